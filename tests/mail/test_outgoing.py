"""The queue: once per key, exactly once with two workers, retried, given up, and no header nobody meant."""

from __future__ import annotations

import smtplib
import threading
from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from functools import partial

import pytest
from django.core import mail as outbox
from django.db import connection, transaction

from mail import actions, transports
from mail.actions import outgoing
from mail.models import OutgoingMail
from tests.mail.conftest import BEN, NOW
from tests.threads import in_threads

pytestmark = pytest.mark.django_db


def _sent():
    """What went out, as a receiver would read it."""
    return [message_from_bytes(one.message().as_bytes(), policy=default) for one in outbox.outbox]


@pytest.fixture
def broken(monkeypatch):
    """broken(error): the mail server answers every mail with this."""

    def run(error: Exception) -> list[str]:
        tried: list[str] = []

        def send(mail, backend) -> None:
            tried.append(mail.message_id)
            raise error

        monkeypatch.setattr(transports, "send", send)
        return tried

    return run


def test_one_mail_per_key(queued):
    """The same cause twice sends once, also when its text changed meanwhile."""
    first, second = queued("notice:1"), queued("notice:1", subject="Another")
    assert (first.pk, second.subject) == (second.pk, "Two lamps missing")
    assert actions.send_due(now=NOW) == 1
    assert actions.send_due(now=NOW) == 0
    assert len(outbox.outbox) == 1


def test_a_rolled_back_cause_sends_nothing(queued):
    """The mail lives in the caller's transaction."""
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        queued("notice:1")
        raise ZeroDivisionError
    assert actions.send_due(now=NOW) == 0


def test_what_a_receiver_gets(queued):
    """Real MIME, threading headers, our mark, the bounce address as envelope sender."""
    queued(
        reply_to="reply+aaaaaaaaaaaaaaaaaaaaaaaaaaa@memo.example",
        in_reply_to="<root@memo.example>",
        references=("<root@memo.example>", "<two@memo.example>"),
        sender_name="Zoë “Kim” Berg via Süd",
    )
    actions.send_due(now=NOW)
    (mail,) = _sent()
    assert [part.get_content_type() for part in mail.walk()] == ["multipart/alternative", "text/plain", "text/html"]
    assert str(mail["From"].addresses[0].display_name) == "Zoë “Kim” Berg via Süd"
    assert mail["From"].addresses[0].addr_spec == "notify@memo.example"
    assert mail["References"] == "<root@memo.example> <two@memo.example>"
    assert mail["In-Reply-To"] == "<root@memo.example>"
    assert mail["Reply-To"] == "reply+aaaaaaaaaaaaaaaaaaaaaaaaaaa@memo.example"
    assert mail["X-Memo-Loop"] == "memo.example"
    assert "AutoReply" in mail["X-Auto-Response-Suppress"]
    assert outbox.outbox[0].from_email.startswith("bounce+")
    assert outbox.outbox[0].recipients() == [BEN]


def test_only_automatic_mail_says_so(queued):
    """Human answers carry no Auto-Submitted; the bot's do."""
    queued("a", auto=True)
    queued("b", auto=False)
    actions.send_due(now=NOW)
    assert [mail["Auto-Submitted"] for mail in _sent()] == ["auto-generated", None]


INJECTION = "Kim\r\nBcc: evil@x.example\r\n\r\n<script>\0\x1b[31m"


@pytest.mark.parametrize("field", ["subject", "sender_name", "in_reply_to", "message_id"])
def test_no_text_adds_a_header_or_a_recipient(queued, field):
    """S-44: CR LF in a name, a subject or an id."""
    queued(**{field: INJECTION})
    assert actions.send_due(now=NOW) == 1
    (mail,) = _sent()
    assert "Bcc" not in mail
    assert outbox.outbox[0].recipients() == [BEN]


def test_references_take_only_ids(queued):
    """S-44 for the list header."""
    queued(references=("<a@b.example>", "x\r\nBcc: evil@x.example", "<c@d.example>"))
    actions.send_due(now=NOW)
    assert _sent()[0]["References"] == "<a@b.example> <c@d.example>"


@pytest.mark.parametrize(
    "to",
    [
        "",
        "ben",
        "ben@x.example, evil@x.example",
        "ben@x.example\r\nBcc: evil@x.example",
        "Ben <ben@x.example>",
        "a" * 300 + "@x.example",
    ],
)
def test_no_address_is_more_than_an_address(queued, to):
    """S-44: the recipient field is one address or nothing."""
    with pytest.raises(actions.BadAddress):
        queued(to=to)
    assert not OutgoingMail.objects.exists()


def test_a_mail_that_does_not_go_is_tried_after_1_5_15_60_minutes_and_then_failed(queued, broken, house):
    """model.md §4.3; R-15: temporary trouble, bounded, every time under the same Message-ID."""
    mail = queued("notice:1")
    tried = broken(smtplib.SMTPResponseException(451, b"try later"))
    now, waits = NOW, []
    while True:
        actions.send_due(now=now)
        mail.refresh_from_db()
        if mail.next_try_at is None:
            break
        waits.append(round((mail.next_try_at - now).total_seconds() / 60))
        actions.send_due(now=mail.next_try_at - timedelta(seconds=1))
        now = mail.next_try_at
    assert (waits, len(tried), len(set(tried))) == ([1, 5, 15, 60], 5, 1)
    assert (mail.state, mail.last_error, house.undelivered) == ("failed", "451 try later", ["notice:1"])


@pytest.mark.parametrize(
    "error",
    [transports.Refused("550 5.1.1 unknown")],
)
def test_a_final_no_is_final(queued, broken, house, error):
    """R-15: 5xx for the recipient or the content is not tried again."""
    mail = queued("notice:1")
    broken(error)
    actions.send_due(now=NOW)
    mail.refresh_from_db()
    assert (mail.state, mail.attempts, house.undelivered) == ("failed", 1, ["notice:1"])


@pytest.mark.parametrize(
    ("error", "raised"),
    [
        (smtplib.SMTPRecipientsRefused({BEN: (550, b"unknown")}), transports.Refused),
        (smtplib.SMTPRecipientsRefused({BEN: (450, b"greylisted")}), smtplib.SMTPRecipientsRefused),
        (smtplib.SMTPDataError(554, b"spam"), transports.Refused),
        (smtplib.SMTPDataError(451, b"later"), smtplib.SMTPDataError),
        (smtplib.SMTPServerDisconnected("gone"), transports.Unreachable),
        (ConnectionResetError("gone"), transports.Unreachable),
        (smtplib.SMTPSenderRefused(530, b"log in", "x"), smtplib.SMTPSenderRefused),
    ],
)
def test_what_servers_say_is_told_apart(queued, error, raised):
    """Refused for good, unreachable for all, or try again."""

    class Server:
        def send_messages(self, messages):
            raise error

    with pytest.raises(raised):
        transports.send(queued(), Server())


def test_a_dead_server_costs_one_attempt_not_all(queued, monkeypatch):
    """R-15: with no server the run stops after one mail; the others keep their attempts."""
    mails = [queued(f"notice:{number}") for number in range(3)]

    def refuse():
        raise ConnectionRefusedError("nobody there")

    monkeypatch.setattr(transports, "get_connection", type("B", (), {"open": staticmethod(refuse)}))
    assert actions.send_due(now=NOW) == 0
    assert sorted(OutgoingMail.objects.values_list("attempts", flat=True)) == [0, 0, 1]
    mails[0].refresh_from_db()
    assert mails[0].last_error == "ConnectionRefusedError: nobody there"


def test_a_crash_between_sending_and_marking_sends_again_with_the_same_id(queued, monkeypatch):
    """At least once plus one Message-ID: the receiver can drop the second (security.md §1.8)."""
    queued()
    monkeypatch.setattr(OutgoingMail, "save", _dying_save(OutgoingMail.save))
    with pytest.raises(_Killed):
        actions.send_due(now=NOW)
    monkeypatch.undo()
    assert actions.send_due(now=NOW + outgoing.LEASE - timedelta(seconds=1)) == 0
    assert actions.send_due(now=NOW + outgoing.LEASE) == 1
    assert [one["Message-ID"] for one in _sent()] == [_sent()[0]["Message-ID"]] * 2


class _Killed(BaseException):
    """Stands for kill -9: nothing catches it."""


def _dying_save(save):
    def run(self, **given):
        if self.state == "sent":
            raise _Killed
        save(self, **given)

    return run


def test_a_mail_that_kills_every_worker_is_given_up(queued, house):
    """Five crashes are enough; the mail does not go round for ever."""
    queued("notice:1")
    OutgoingMail.objects.update(state="sending", attempts=5, next_try_at=NOW)
    assert actions.send_due(now=NOW) == 0
    assert OutgoingMail.objects.get().state == "failed"
    assert house.undelivered == ["notice:1"]


@pytest.mark.django_db(transaction=True)
def test_two_workers_send_every_mail_once(queued, monkeypatch):
    """FOR UPDATE SKIP LOCKED: nobody waits, nothing twice, nothing left."""
    for number in range(30):
        queued(f"notice:{number}")
    sent: list[str] = []
    barrier = threading.Barrier(2)

    class Backend:
        def open(self):
            barrier.wait(10)

        def close(self):
            pass

    monkeypatch.setattr(transports, "get_connection", Backend)
    monkeypatch.setattr(transports, "send", lambda mail, _backend: sent.append(mail.key))
    counts = in_threads(*[partial(actions.send_due, now=NOW)] * 2)
    assert sorted(sent) == sorted(f"notice:{number}" for number in range(30))
    assert sum(counts) == 30
    assert all(counts)


@pytest.mark.django_db(transaction=True)
def test_a_slow_server_keeps_its_claim(queued, monkeypatch):
    """The lease is extended while a living worker waits, so that nobody else sends meanwhile."""
    queued()
    monkeypatch.setattr(outgoing, "_RENEW_S", 0.01)
    renewed = threading.Event()
    update = outgoing.OutgoingMail.objects.filter(pk=0).__class__.update

    def noticed(self, **given):
        done = update(self, **given)
        renewed.set()
        return done

    monkeypatch.setattr(outgoing.OutgoingMail.objects.filter(pk=0).__class__, "update", noticed)
    ends: list = []

    def slow(mail, backend):
        assert renewed.wait(10)
        ends.append(OutgoingMail.objects.get().next_try_at)

    monkeypatch.setattr(transports, "send", slow)
    assert actions.send_due(now=NOW) == 1
    assert ends[0] > NOW + outgoing.LEASE
    assert OutgoingMail.objects.get().state == "sent"


def test_the_worker_is_told_after_commit(queued, quiet_worker, django_capture_on_commit_callbacks):
    """Seconds count: the sweep is only the net."""
    with django_capture_on_commit_callbacks(execute=True):
        queued()
        assert quiet_worker == []
    assert quiet_worker == ["mail.tasks.send_due"]


def test_finding_what_is_due_uses_its_index(queued):
    """A million sent mails must not slow down the next one."""
    queued()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(
            "EXPLAIN SELECT id FROM mail_outgoingmail WHERE next_try_at <= now() ORDER BY next_try_at, id LIMIT 1"
        )
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "outgoing_due" in plan


@pytest.mark.parametrize("ending", ["sent", "refused"])
def test_what_lets_somebody_in_does_not_stay_in_the_table(queued, broken, ending):
    """A link or a code leaves with the mail; who reads the table or its backup later finds none (security.md §2)."""
    mail = queued("account:1", secret=True, text="https://memo.example/join/abc/", html="<p>abc</p>")
    if ending == "refused":
        broken(transports.Refused("550 No such user"))
    actions.send_due(now=NOW)
    mail.refresh_from_db()
    assert (mail.state, mail.text, mail.html) == ("sent" if ending == "sent" else "failed", "", "")


def test_other_mails_stay_readable(queued):
    """What an answer quotes is told from new lines by the text that was sent."""
    mail = queued("notice:1", text="Two lamps")
    actions.send_due(now=NOW)
    mail.refresh_from_db()
    assert "Two lamps" in mail.text
