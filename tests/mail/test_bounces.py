"""Bounces find the mail they are about; late, delivered and unknown ones change nothing."""

from __future__ import annotations

import pytest

from mail import addresses
from mail.models import OutgoingMail
from tests.mail.conftest import BEN, NOW, multipart, raw_mail

pytestmark = pytest.mark.django_db


def _report(
    action: str,
    status: str,
    *,
    returned: str = "",
    sender: str = "MAILER-DAEMON@mx.example",
    to: str = "x@memo.example",
) -> bytes:
    fields = f"Reporting-MTA: dns; mx.example\r\n\r\nFinal-Recipient: rfc822; {BEN}\r\nAction: {action}\r\nStatus: {status}\r\n"
    fields += f"Diagnostic-Code: smtp; 550 {status} mailbox unknown\r\n"
    parts = [
        ("Content-Type: text/plain", b"Your mail could not be delivered."),
        ("Content-Type: message/delivery-status", fields.encode()),
    ]
    if returned:
        parts.append(("Content-Type: text/rfc822-headers", f"Message-ID: {returned}\r\nSubject: x\r\n".encode()))
    head, body = multipart(*parts, kind="report; report-type=delivery-status")
    return raw_mail(
        headers=(("Content-Type", head[1][1].replace('"multipart', "multipart")),), body=body, sender=sender, to=to
    )


@pytest.fixture
def sent(queued):
    mail = queued("notice:1")
    OutgoingMail.objects.update(state="sent", next_try_at=None, sent_at=NOW)
    return mail


def test_a_hard_bounce_marks_the_mail_and_tells_its_owner(sent, deliver, house):
    """The bounce address names the mail; the text only says how bad it is."""
    row = deliver(_report("failed", "5.1.1"), addresses.bounce_address("notice:1"), envelope_from="")
    sent.refresh_from_db()
    assert (row.outcome, sent.state, sent.bounced_at) == ("bounce", "bounced", NOW)
    assert "5.1.1 mailbox unknown" in sent.last_error
    assert house.undelivered == ["notice:1"]


def test_the_same_bounce_twice_tells_once(sent, deliver, house):
    """Two servers report the same failure."""
    deliver(_report("failed", "5.1.1"), addresses.bounce_address("notice:1"), envelope_from="")
    deliver(_report("failed", "5.1.2"), addresses.bounce_address("notice:1"), envelope_from="")
    assert house.undelivered == ["notice:1"]


@pytest.mark.parametrize(
    ("action", "status"), [("delayed", "4.4.1"), ("delivered", "2.0.0"), ("relayed", "2.0.0"), ("failed", "4.2.2")]
)
def test_late_delivered_and_passing_trouble_mark_nothing(sent, deliver, house, action, status):
    """Case 24: no bounce that counts."""
    row = deliver(_report(action, status), addresses.bounce_address("notice:1"), envelope_from="")
    sent.refresh_from_db()
    assert (row.outcome, sent.state, house.undelivered) == ("bounce", "sent", [])


def test_a_german_text_bounce_finds_its_mail(sent, deliver, house):
    """Case 25: no report at all."""
    text = f"Die folgende Adresse konnte nicht erreicht werden:\n\n   {BEN}\n\n550 5.1.1 User unknown\n"
    raw = raw_mail(text, sender="Mail Delivery System <MAILER-DAEMON@mx.example>", subject="Unzustellbar: Ihre Anfrage")
    deliver(raw, addresses.bounce_address("notice:1"), envelope_from="")
    sent.refresh_from_db()
    assert (sent.state, sent.last_error) == ("bounced", "550 5.1.1 User unknown")


def test_a_german_delay_notice_marks_nothing(sent, deliver, house):
    """Case 24 in free text."""
    raw = raw_mail(
        "Die Zustellung verzögert sich: 452 4.2.2 Mailbox full. Wir versuchen es weiter.",
        sender="MAILER-DAEMON@mx.example",
        subject="Verzögert: Ihre Anfrage",
    )
    deliver(raw, addresses.bounce_address("notice:1"), envelope_from="")
    sent.refresh_from_db()
    assert sent.state == "sent"


def test_a_bounce_elsewhere_is_found_by_the_returned_message_id(sent, deliver, house):
    """Servers that bounce to Reply-To or From: our Message-ID cannot be guessed."""
    deliver(_report("failed", "5.1.1", returned=sent.message_id), "", envelope_from="")
    sent.refresh_from_db()
    assert sent.state == "bounced"


@pytest.mark.parametrize("returned", ["", "<guess@memo.example>", "<c.uuid.notice-1.aaaaaaaaaaaaaaaa@memo.example>"])
def test_backscatter_is_ignored(sent, deliver, house, returned):
    """Case 26: never sent by us, or only guessed."""
    row = deliver(_report("failed", "5.1.1", returned=returned), "", envelope_from="")
    sent.refresh_from_db()
    assert (row.outcome, row.reason) == ("bounce", "Ignored: it is about a mail that was not sent from here.")
    assert (sent.state, house.undelivered) == ("sent", [])


def test_an_8_bit_or_missing_sender_breaks_nothing(sent, deliver, house):
    """Case 6 for bounces."""
    raw = _report("failed", "5.1.1", sender="Zustellsystem für Müll <>")
    row = deliver(raw, addresses.bounce_address("notice:1"), envelope_from="")
    assert row.state == "done"
