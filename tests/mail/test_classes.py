"""People and machines: who is which, and who gets no automatic answer (S-60)."""

from __future__ import annotations

import pytest

from mail import addresses, classes
from mail.parsing import parse
from tests.mail.conftest import multipart, raw_mail

REPLY = "reply+aaaaaaaaaaaaaaaaaaaaaaaaaaa@memo.example"
BOUNCE = "bounce+aaaaaaaaaaaaaaaaaaaaaaaaaaa@memo.example"


def _kind(
    *headers: tuple[str, str], envelope_from: str | None = "ben@nordlicht.example", to: str = REPLY, **fields
) -> str:
    return parse(raw_mail(headers=headers, to=to, **fields), envelope_from=envelope_from, recipient=to).kind


def _report(kind: str) -> tuple[tuple[str, str], ...]:
    return (("Content-Type", f'multipart/report; report-type={kind}; boundary="frontier"'),)


@pytest.mark.parametrize(
    ("headers", "fields"),
    [
        ((), {}),
        ((("Auto-Submitted", "no"),), {}),
        ((("Auto-Submitted", "No; owner=x"),), {}),
        ((("X-Auto-Response-Suppress", "DR, OOF, AutoReply"),), {"subject": "AW: Ihre Anfrage"}),
        ((("X-Auto-Response-Suppress", "All"),), {"subject": "Re: Ihre Anfrage"}),
        ((), {"subject": "Re: Automatische Antwort einrichten?"}),
        ((), {"subject": "Wie richte ich eine Abwesenheitsnotiz ein?"}),
        ((), {"subject": "Auto: Kratzer an der Tür"}),
        ((), {"subject": "Re: how to set up an out of office reply"}),
        ((), {"subject": "Zustellung der Lampen am Montag"}),
        ((), {"subject": "Delivery delayed?", "text": "The truck stands in 550 Main Street."}),
        ((("Precedence", "normal"),), {}),
    ],
)
def test_people_stay_people(headers, fields):
    """Case 21: a person taken for a machine is the worst error."""
    assert _kind(*headers, **fields) == classes.PERSON


@pytest.mark.parametrize(
    ("headers", "fields"),
    [
        ((("Auto-Submitted", "auto-replied"),), {"subject": "Re: Two lamps"}),
        ((("Auto-Submitted", "AUTO-GENERATED; x=y"),), {}),
        ((("X-Autoreply", "yes"),), {}),
        ((("X-Autorespond", ""),), {}),
        ((("Precedence", "auto_reply"),), {}),
        ((("X-POST-MessageClass", "9; Autoresponder"),), {}),
        ((("X-Auto-Response-Suppress", "All"),), {"subject": "Abwesend Re: Ihre Anfrage"}),
        ((), {"subject": "Abwesenheitsnotiz: Ihre Anfrage"}),
        ((), {"subject": "Automatische Antwort: Ihre Anfrage"}),
        ((), {"subject": "Autosvar: Din fråga"}),
        ((), {"subject": "Automatiskt svar: Din fråga"}),
        ((), {"subject": "Frånvaromeddelande: Din fråga"}),
        ((), {"subject": "Automatic reply: Two lamps"}),
        ((), {"subject": "Out of Office: Two lamps"}),
        ((), {"subject": "Réponse automatique : Deux lampes"}),
        ((), {"envelope_from": ""}),
        ((("Return-Path", "<>"),), {"envelope_from": None}),
    ],
)
def test_automatic_answers_are_seen(headers, fields):
    """Cases 19 and 20: by header alone, by subject alone, by the null sender."""
    assert _kind(*headers, **fields) == classes.AUTO_REPLY


@pytest.mark.parametrize(
    ("headers", "fields"),
    [
        (_report("delivery-status"), {"body": b"--frontier--"}),
        ((), {"sender": "MAILER-DAEMON@mx.kunde.example", "envelope_from": "", "subject": "Undelivered Mail"}),
        ((), {"sender": "Mail Delivery System <x@kunde.example>", "subject": "Unzustellbar: Ihre Anfrage"}),
        ((), {"sender": "postmaster@kund.example", "subject": "Kan inte levereras: Din fråga", "envelope_from": ""}),
        ((), {"sender": "mailer-daemon@x.example", "to": BOUNCE, "subject": "x"}),
        ((), {"to": BOUNCE, "envelope_from": "", "subject": "Nachricht"}),
        ((), {"sender": "x@y.example", "envelope_from": "", "subject": "failure notice", "text": "550 5.1.1 unknown"}),
    ],
)
def test_bounces_are_seen(headers, fields):
    """Case 25: with and without a report, in three languages."""
    assert _kind(*headers, **fields) == classes.BOUNCE


def test_a_vacation_answer_to_the_bounce_address_is_no_bounce():
    """RFC 3834: responders answer to the envelope sender."""
    assert _kind(("Auto-Submitted", "auto-replied"), to=BOUNCE, envelope_from="", subject="Away") == classes.AUTO_REPLY


def test_reports_of_other_kinds():
    """Case 27 and reading receipts."""
    assert _kind(*_report("feedback-report"), body=b"--frontier--") == classes.COMPLAINT
    assert _kind(*_report("disposition-notification"), body=b"--frontier--") == classes.RECEIPT


@pytest.mark.parametrize(
    "header", [("List-Id", "<l.example>"), ("List-Post", "x"), ("Precedence", "bulk"), ("Precedence", "list")]
)
def test_lists_are_seen(header):
    """Case 28."""
    assert _kind(header) == classes.LIST


def test_our_own_mail_is_a_loop():
    """Case 23: by our mark, our Message-ID or our sender; not by a Message-ID of the same domain."""
    assert _kind(("X-Memo-Loop", "memo.example")) == classes.LOOP
    assert _kind(message_id=addresses.message_id("c", 1)) == classes.LOOP
    assert _kind(sender="Memo <notify@memo.example>") == classes.LOOP
    assert _kind(sender=f"x <{BOUNCE}>") == classes.LOOP
    assert _kind(("X-Memo-Loop", "other.example")) == classes.PERSON
    assert _kind(message_id="<abc.def@memo.example>", sender="ben@memo.example") == classes.PERSON


@pytest.mark.parametrize(
    ("headers", "fields"),
    [
        ((("Auto-Submitted", "auto-generated"),), {}),
        ((("Precedence", "bulk"),), {}),
        ((("List-Unsubscribe", "<x>"),), {}),
        ((("X-Auto-Response-Suppress", "OOF"),), {}),
        ((("X-Auto-Response-Suppress", "All"),), {}),
        ((), {"sender": "noreply@shop.example"}),
        ((), {"sender": "donotreply@shop.example"}),
        ((), {"envelope_from": ""}),
        ((), {"envelope_from": "bounces@shop.example"}),
        ((), {"to": "somebody@else.example"}),
    ],
)
def test_who_gets_no_automatic_answer(headers, fields):
    """S-60: the one gate, in the words of RFC 3834."""
    to = fields.pop("to", REPLY)
    envelope_from = fields.pop("envelope_from", "ben@nordlicht.example")
    mail = parse(raw_mail(headers=headers, to=to, **fields), envelope_from=envelope_from)
    assert not mail.may_be_answered_automatically
    assert mail.answer_refused


def test_a_person_may_be_answered():
    """The gate opens for an ordinary mail to us."""
    mail = parse(raw_mail(to=REPLY), envelope_from="ben@nordlicht.example")
    assert (mail.may_be_answered_automatically, mail.answer_refused) == (True, "")


def test_a_foreign_helpdesk_that_says_so_is_a_machine():
    """Case 22 where headers tell; where none do, selectors.automatic_mails() counts."""
    assert _kind(("Auto-Submitted", "auto-generated"), sender="Helpdesk <noreply@other.example>") == classes.AUTO_REPLY


def test_a_report_inside_an_ordinary_mail_is_an_ordinary_mail():
    """Somebody forwards a bounce to ask about it."""
    head, body = multipart(("Content-Type: text/plain", b"What is this?"), ("Content-Type: message/rfc822", raw_mail()))
    assert parse(raw_mail(headers=head, body=body, to=REPLY)).kind == classes.PERSON
