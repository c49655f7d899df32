"""The way in: ledger, routing, who may write as whom, and that nothing is lost."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest

from mail import actions, addresses, selectors
from mail.actions import incoming
from mail.models import IncomingMail, OutgoingMail
from mail.routing import Outcome
from tests.mail.conftest import BEN, NOW, multipart, raw_mail
from tests.threads import in_threads

pytestmark = pytest.mark.django_db
OURS = "mx.memo.example"


def _vouched(verdict: str = "dmarc=pass header.from=nordlicht.example", server: str = OURS) -> tuple[str, str]:
    return ("Authentication-Results", f"{server}; {verdict}")


def test_an_answer_reaches_its_conversation(ben_address, deliver, house):
    """E-19, case 10: token and sender fit; only the new text counts."""
    text = "Yes, that is fine.\n\nOn Mon, Nov 23, 2026 at 10:00 AM Kim <reply@memo.example> wrote:\n> Is it?\n"
    row = deliver(raw_mail(text, to=ben_address), ben_address)
    assert (row.state, row.outcome, row.reason) == ("done", "posted", "message in conversation 7")
    assert (row.from_email, row.subject, row.message_id) == (BEN, "Re: Two lamps", "<one@nordlicht.example>")
    assert [(who, mail.text) for who, mail in house.posted] == [("user:5", "Yes, that is fine.")]


def test_the_mail_that_is_answered_is_known(ben_address, deliver, house, queued):
    """Case 30: our own text is quote even when no pattern knows the headline above it."""
    sent = queued(text="Two of the eight lamps are missing from the crate.\nPlease check the ramp.")
    text = "On it.\n\n~~ Kim, some time ago ~~\nTwo of the eight lamps are missing from the crate.\nPlease check the ramp.\n"
    deliver(raw_mail(text, headers=(("In-Reply-To", sent.message_id),)), ben_address)
    assert house.texts == ["On it."]


def test_the_same_mail_again_is_one_mail(ben_address, deliver, house):
    """E-19, case 7: a second delivery differs only in what deliveries write on top."""
    raw = raw_mail()
    again = b"Return-Path: <ben@nordlicht.example>\r\nReceived: from a\r\n by b\r\nDelivered-To: x\r\n" + raw
    first, second = deliver(raw, ben_address), deliver(again, ben_address.upper())
    third = deliver(raw.replace(b"\r\n", b"\n"), ben_address)
    assert {first.pk, second.pk, third.pk} == {first.pk}
    assert len(house.posted) == 1


def test_two_mails_with_one_message_id_are_two_mails(ben_address, deliver, house):
    """Case 8: a Message-ID proves nothing."""
    deliver(raw_mail("first"), ben_address)
    deliver(raw_mail("second"), ben_address)
    assert house.texts == ["first", "second"]


def test_one_mail_to_two_conversations_is_there_once_each(ben_address, deliver, house):
    """Case 18: the token of each envelope recipient counts for itself."""
    other = addresses.reply_address(kind="conversation", subject_id=8, recipient="user:5", recipient_email=BEN, now=NOW)
    raw = raw_mail(to=f"{ben_address}, {other}")
    actions.receive(raw, envelope_from=BEN, envelope_to=[ben_address, other, other], via="smtp", now=NOW)
    assert actions.process_received(now=NOW) == 2
    assert sorted(IncomingMail.objects.values_list("reason", flat=True)) == [
        "message in conversation 7",
        "message in conversation 8",
    ]


@pytest.mark.parametrize("header", ["X-Original-To", "Delivered-To", "X-Delivered-To", "To", "Cc"])
def test_without_an_envelope_the_headers_name_the_address(ben_address, deliver, house, header):
    """A pipe that tells no recipient."""
    deliver(raw_mail(headers=((header, ben_address),)))
    assert len(house.posted) == 1


def test_without_any_address_the_answered_mail_names_it(ben_address, deliver, house, queued):
    """Providers without sub-addressing: In-Reply-To, then References from the last to the first."""
    sent = queued(reply_to=ben_address)
    deliver(
        raw_mail(headers=(("References", f"<x@y.example> {sent.message_id} <z@y.example>"),), to="notify@memo.example")
    )
    assert len(house.posted) == 1


FORGED = {
    "stranger with Ben's token": {"sender": "Eve <eve@evil.example>"},
    "Ben only as a name": {"sender": f'"{BEN}" <eve@evil.example>'},
    "two senders": {"sender": f"{BEN}, eve@evil.example"},
    "two From headers": {"headers": (("From", "eve@evil.example"),)},
    "no sender": {"sender": None},
    "a look-alike domain": {"sender": "ben@nordlicht.example.evil.example"},
    "a look-alike letter": {"sender": "bеn@nordlicht.example"},
}


@pytest.mark.parametrize("fields", FORGED.values(), ids=FORGED)
def test_a_token_in_foreign_hands_posts_nothing(ben_address, deliver, house, fields):
    """S-55, cases 11 and 17: held with a visible reason, and the conversation's owner is told."""
    row = deliver(raw_mail(**fields), ben_address)
    assert (row.outcome, house.posted) == ("held", [])
    assert row.reason.startswith("Held: it ")
    assert [one[:2] for one in house.held] == [("user:5", "held")]
    assert list(selectors.held()) == [row]


PROOFS = {
    "vouched for": ((_vouched(),), True),
    "no result": ((), False),
    "fails": ((_vouched("dmarc=fail header.from=nordlicht.example"),), False),
    "another server": ((_vouched(server="mx.evil.example"),), False),
    "own header below ours": ((_vouched("dmarc=none"), _vouched()), False),
    "another domain": ((_vouched("dmarc=pass header.from=evil.example"),), False),
    "half a proof": ((_vouched("dkim=pass header.d=nordlicht.example"),), False),
}


@pytest.mark.parametrize(("headers", "posted"), PROOFS.values(), ids=PROOFS)
def test_for_users_our_server_must_vouch(ben_address, deliver, house, settings, headers, posted):
    """S-55, cases 12 and 13: as soon as MAIL_AUTHSERV_ID says that the server looks."""
    settings.MAIL_AUTHSERV_ID = OURS
    row = deliver(raw_mail(headers=headers), ben_address)
    assert (row.outcome == "posted", len(house.posted) == 1) == (posted, posted)
    if not posted:
        assert "not proven" in row.reason


def test_customers_need_no_dmarc_but_a_proven_forgery_is_held(kim_address, deliver, house, settings):
    """Small domains have no DMARC; a failing one is a forgery."""
    settings.MAIL_AUTHSERV_ID = OURS
    assert deliver(raw_mail("plain", sender="kim@abc.example"), kim_address).outcome == "posted"
    failing = (_vouched("dmarc=fail header.from=abc.example"),)
    row = deliver(raw_mail("forged", sender="kim@abc.example", headers=failing), kim_address)
    assert (row.outcome, house.texts) == ("held", ["plain"])
    assert "forged" in row.reason


def test_a_token_of_somebody_else_is_held(ben_address, kim_address, deliver, house):
    """S-55: token of another recipient; Ben cannot speak as Kim, nor Kim as Ben."""
    assert deliver(raw_mail("as Kim"), kim_address).outcome == "held"
    assert deliver(raw_mail("as Ben", sender="kim@abc.example"), ben_address).outcome == "held"
    assert house.posted == []


def test_a_guessed_message_id_leads_nowhere(ben_address, deliver, house, queued):
    """S-55."""
    sent = queued(reply_to=ben_address)
    guessed = sent.message_id.replace("notice-1", "notice-2")
    row = deliver(raw_mail(headers=(("In-Reply-To", guessed),)))
    assert (row.outcome, house.posted) == ("unroutable", [])


def test_somebody_who_left_is_held(ben_address, deliver, house):
    """S-17: the token of a removed user."""
    addresses.revoke(recipient="user:5", now=NOW)
    row = deliver(raw_mail(), ben_address)
    assert (row.outcome, row.reason) == ("held", "Held: this person may no longer answer by mail.")


def test_a_handler_may_hold_a_mail_too(ben_address, deliver, house, monkeypatch):
    """S-17: rights are checked when the mail is processed; whoever has to see it is told."""
    monkeypatch.setitem(
        incoming.routing.HANDLERS, "conversation", lambda **given: Outcome("held", "No role there any more.")
    )
    row = deliver(raw_mail(), ben_address)
    assert (row.outcome, house.held) == ("held", [("user:5", "held", "No role there any more.")])


MACHINES = {
    "out of office by header": ((("Auto-Submitted", "auto-replied"),), {}, "auto_reply"),
    "out of office by subject": ((), {"subject": "Abwesenheitsnotiz: Zwei Lampen"}, "auto_reply"),
    "our own mail": ((("X-Memo-Loop", "memo.example"),), {}, "loop"),
    "complaint": (
        (("Content-Type", "multipart/report; report-type=feedback-report; boundary=x"),),
        {"body": b"--x--"},
        "complaint",
    ),
    "bounce": (
        (("Content-Type", "multipart/report; report-type=delivery-status; boundary=x"),),
        {"body": b"--x--"},
        "bounce",
    ),
}


@pytest.mark.parametrize(("headers", "fields", "outcome"), MACHINES.values(), ids=MACHINES)
def test_machines_end_in_the_ledger_and_nowhere_else(ben_address, deliver, house, headers, fields, outcome):
    """S-60, cases 19, 20, 23, 27: stored, no message, no mail out."""
    row = deliver(raw_mail(headers=headers, **fields), ben_address)
    assert (row.state, row.outcome, house.posted, house.held) == ("done", outcome, [], [])
    assert row.reason
    assert not OutgoingMail.objects.exists()


def test_two_of_our_companies_cannot_loop(queued, deliver, house, kim_address):
    """S-60: what we send to an address of ours comes in once and ends."""
    from django.core import mail as outbox

    for number in range(20):
        queued(f"bot:{number}", to=kim_address, auto=True)
    actions.send_due(now=NOW)
    for one in outbox.outbox:
        deliver(one.message().as_bytes(), kim_address, envelope_from=one.from_email)
    assert set(IncomingMail.objects.values_list("outcome", flat=True)) == {"loop"}
    assert (house.posted, OutgoingMail.objects.count()) == ([], 20)


def test_list_mail_with_a_valid_token_is_a_message_without_an_answer(kim_address, deliver, house):
    """Case 28: people write through lists; only the automatic answer is held back."""
    row = deliver(raw_mail(sender="kim@abc.example", headers=(("List-Id", "<team.abc.example>"),)), kim_address)
    assert row.outcome == "posted"
    assert not house.posted[0][1].may_be_answered_automatically


def test_list_mail_to_nobody_ends_as_such(deliver, house):
    """Case 28 without a token."""
    assert deliver(raw_mail(headers=(("Precedence", "bulk"),))).outcome == "list"


def test_automatic_mails_are_counted_per_address(queued):
    """S-60, case 22: what a sender of automatic mails asks before it sends another."""
    queued("bot:7:1", auto=True)
    queued("bot:8:1", auto=True)
    queued("notice:1", auto=False)
    since = NOW - timedelta(hours=1)
    assert selectors.automatic_mails(to=BEN.upper(), since=since) == 2
    assert selectors.automatic_mails(to=BEN, since=since, key_prefix="bot:7:") == 1
    assert selectors.automatic_mails(to=BEN, since=NOW + timedelta(seconds=1)) == 0


def test_a_kind_nobody_takes_in_is_said(deliver, house):
    """A handler that is not wired does not lose the mail."""
    address = addresses.reply_address(kind="ticket", subject_id=1, recipient="user:5", recipient_email=BEN, now=NOW)
    row = deliver(raw_mail(), address)
    assert (row.outcome, row.reason) == ("unroutable", "Nothing takes in mails of the kind “ticket”.")


def test_an_unreadable_mail_is_put_aside_and_told(ben_address, deliver, house):
    """S-57: stored as it came, with a reason; the next mail is processed."""
    head, _ = multipart()
    raw = raw_mail(headers=head, body=b"--frontier\r\n\r\nx\r\n" * 5000)
    row = deliver(raw, ben_address)
    assert (row.state, row.outcome, bytes(row.raw)) == ("quarantined", "unreadable", raw)
    assert house.held == [("user:5", "unreadable", row.reason)]
    assert "too many parts" in row.reason
    assert list(selectors.quarantined()) == [row]
    assert deliver(raw_mail(), ben_address).outcome == "posted"


def test_a_mail_that_fails_twice_is_put_aside(ben_address, deliver, house, monkeypatch):
    """Never lost, never for ever: half a minute later once more, then an admin decides."""
    calls = []

    def failing(**given):
        calls.append(1)
        raise RuntimeError("no disk\nhere")

    monkeypatch.setitem(incoming.routing.HANDLERS, "conversation", failing)
    row = deliver(raw_mail(), ben_address)
    assert (row.state, row.attempts, row.reason) == ("received", 1, "RuntimeError: no disk here")
    actions.process_received(now=NOW + timedelta(seconds=29))
    assert len(calls) == 1
    actions.process_received(now=NOW + incoming.RETRY)
    row.refresh_from_db()
    assert (row.state, len(calls)) == ("quarantined", 2)
    monkeypatch.setitem(incoming.routing.HANDLERS, "conversation", house.handler)
    actions.retry(row, now=NOW)
    actions.process_received(now=NOW)
    row.refresh_from_db()
    assert (row.state, row.outcome) == ("done", "posted")


def test_half_a_handler_leaves_nothing(ben_address, deliver, house, monkeypatch):
    """What a handler wrote and the outcome commit together."""

    def half(*, mail, address, incoming, now):
        addresses.reply_address(kind="x", subject_id=1, recipient="user:1", recipient_email=BEN, now=now)
        raise RuntimeError

    monkeypatch.setitem(incoming.routing.HANDLERS, "conversation", half)
    deliver(raw_mail(), ben_address)
    assert not addresses.ReplyAddress.objects.filter(kind="x").exists()


def test_a_mail_that_kills_workers_is_put_aside(ben_address, deliver, house):
    """Three workers died with it in their hands."""
    row = actions.receive(raw_mail(), envelope_from=BEN, envelope_to=[ben_address], via="smtp", now=NOW)
    IncomingMail.objects.update(state="processing", attempts=3, next_try_at=NOW)
    assert actions.process_received(now=NOW) == 0
    row.refresh_from_db()
    assert (row.state, house.posted) == ("quarantined", [])
    assert "The worker died while reading it." in row.reason


def test_a_worker_that_died_is_followed_by_another(ben_address, deliver, house):
    """R-07: the claim runs out and the mail is posted, once."""
    row = actions.receive(raw_mail(), envelope_from=BEN, envelope_to=[ben_address], via="smtp", now=NOW)
    lost = incoming._claim(NOW)
    assert actions.process_received(now=NOW + incoming.LEASE - timedelta(seconds=1)) == 0
    assert actions.process_received(now=NOW + incoming.LEASE) == 1
    incoming.process(lost, now=NOW + incoming.LEASE)
    row.refresh_from_db()
    assert (row.outcome, len(house.posted)) == ("posted", 1)


@pytest.mark.django_db(transaction=True)
def test_two_workers_post_every_mail_once(ben_address, house):
    """FOR UPDATE SKIP LOCKED on the way in."""
    for number in range(20):
        actions.receive(raw_mail(f"mail {number}"), envelope_from=BEN, envelope_to=[ben_address], via="smtp", now=NOW)
    assert sum(in_threads(*[partial(actions.process_received, now=NOW)] * 2)) == 20
    assert sorted(house.texts) == sorted(f"mail {number}" for number in range(20))
    assert set(IncomingMail.objects.values_list("outcome", flat=True)) == {"posted"}


@pytest.mark.parametrize("raw", [b"", b" \r\n", b"x" * (25 * 1024 * 1024 + 1)], ids=["empty", "white", "26 MB"])
def test_what_is_not_taken_in_is_said_at_once(raw):
    """Case 46: no row, no retry storm."""
    with pytest.raises(actions.NotTakenIn):
        actions.receive(raw, envelope_from=None, envelope_to=[], via="pipe", now=NOW)
    assert not IncomingMail.objects.exists()


def test_the_worker_is_told_after_commit(ben_address, quiet_worker, django_capture_on_commit_callbacks):
    """E-19: five seconds from mail to message."""
    with django_capture_on_commit_callbacks(execute=True):
        actions.receive(raw_mail(), envelope_from=BEN, envelope_to=[ben_address], via="smtp", now=NOW)
    assert quiet_worker == ["mail.tasks.process_received"]


def test_old_mails_lose_their_bytes_and_keep_their_line(ben_address, deliver, house):
    """After 90 days; what is quarantined stays."""
    row = deliver(raw_mail(), ben_address)
    assert actions.forget_old(now=NOW + timedelta(days=89)) == 0
    assert actions.forget_old(now=NOW + timedelta(days=91)) == 1
    assert actions.forget_old(now=NOW + timedelta(days=91)) == 0
    row.refresh_from_db()
    assert (bytes(row.raw), row.outcome) == (b"", "posted")
    assert deliver(raw_mail(), ben_address).pk == row.pk


def test_the_oldest_due_mail_is_known(queued, ben_address):
    """For /ready: how late are we?"""
    assert selectors.oldest_due(NOW) is None
    queued()
    actions.receive(
        raw_mail(), envelope_from=BEN, envelope_to=[ben_address], via="smtp", now=NOW - timedelta(minutes=1)
    )
    assert selectors.oldest_due(NOW) == NOW - timedelta(minutes=1)


def test_forged_mails_by_the_hundred(ben_address, kim_address, deliver, house, settings):
    """Goal 13: 0 posts as agent of 200 forged mails, every way of forging crossed with every address."""
    settings.MAIL_AUTHSERV_ID = OURS
    bad_headers = [headers for headers, posted in PROOFS.values() if not posted]
    senders = [f"Ben <{BEN}>", *(one.get("sender") for one in FORGED.values())]
    count = 0
    for headers in bad_headers:
        for sender in senders:
            for to in (ben_address, kim_address):
                for extra in ((), (("Sender", BEN),), (("Reply-To", BEN), ("X-Original-To", ben_address))):
                    count += 1
                    deliver(raw_mail(f"forged {count}", sender=sender, headers=(*headers, *extra)), to)
    assert count >= 200
    assert house.posted == []
    assert IncomingMail.objects.exclude(outcome="held").count() == 0
