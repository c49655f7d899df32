"""Mail out: one row per mail in the transaction of its cause, sent by whichever worker claims it, at least once."""

from __future__ import annotations

import smtplib
import threading
import time
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import connection, transaction

from events import nudge
from mail import addresses, routing, transports
from mail.decoding import clean_body, clean_line, message_ids
from mail.models import OutgoingMail

log = structlog.get_logger(__name__)

# Pauses after the first, second … failed attempt; after the last one the mail has failed (model.md §4.3).
RETRY_MINUTES = (1, 5, 15, 60)
# A dead worker's mail is taken over after this; a living one extends its lease while a slow server keeps it waiting.
LEASE = timedelta(seconds=6)
_RENEW_S = 2.0
_RUN_S = 20.0
_State = OutgoingMail.State


class BadAddress(ValueError):
    """The address cannot get mail: not well-formed, or it carries more than an address (S-44)."""


def queue(
    *,
    key: str,
    to: str,
    subject: str,
    text: str,
    html: str = "",
    sender_name: str = "",
    reply_to: str = "",
    message_id: str,
    in_reply_to: str = "",
    references: Iterable[str] = (),
    auto: bool,
    secret: bool = False,
    now: datetime,
) -> OutgoingMail:
    """One mail, sent once per `key`, in the caller's transaction; the same key again gives the row that is there.

    `auto` is for what nobody wrote (bot, reminders): it gets Auto-Submitted. What is `secret` (a link or a code that
    lets somebody in) is not kept once it was sent or has failed. Raises BadAddress. Header values are cleaned here, so
    that no name or subject can add a header or a recipient (S-44).
    """
    mail, created = OutgoingMail.objects.get_or_create(
        key=key,
        defaults={
            "to": _address(to),
            "sender_name": clean_line(sender_name, 200),
            "reply_to": reply_to if not reply_to or addresses.reply_token(reply_to) else _address(reply_to),
            "message_id": _one_id(message_id) or addresses.message_id(key),
            "in_reply_to": _one_id(in_reply_to),
            "references": message_ids([" ".join(references)]),
            "subject": clean_line(subject, 500),
            "text": clean_body(text),
            "html": clean_body(html),
            "auto": auto,
            "secret": secret,
            "bounce_hash": addresses.bounce_hash(key),
            "created_at": now,
            "next_try_at": now,
        },
    )
    if created:
        transaction.on_commit(nudge.mail, robust=True)
    return mail


def send_due(*, now: datetime) -> int:
    """Sends what is due, one claim after the other, for at most 20 s; how many were sent. Any number may run."""
    mail = _claim(now)
    sent = 0
    started = time.monotonic()
    while mail:
        try:
            with transports.connection() as backend:
                while mail:
                    sent += _attempt(mail, backend, now)
                    mail = _claim(now) if time.monotonic() - started < _RUN_S else None
        except transports.Unreachable as error:
            if mail:
                _put_back(mail, str(error), now)
            log.warning("mail.server_unreachable", error=str(error))
            break
    return sent


def cancel(keys: Collection[str], *, reason: str) -> int:
    """These mails are not sent any more, in the caller's transaction; one that is being handed over just now may still
    leave. How many were stopped; their owners are not told.
    """
    rows = OutgoingMail.objects.filter(key__in=keys, state=_State.QUEUED)
    return rows.update(state=_State.FAILED, last_error=reason[:500], next_try_at=None)


def fail_for_good(mail: OutgoingMail, *, state: str, error: str, now: datetime) -> None:
    """Settles a mail as failed or bounced and tells its owner (UNDELIVERED), in one transaction."""
    with transaction.atomic():
        mail.state, mail.last_error, mail.next_try_at = state, error[:500], None
        if state == _State.BOUNCED:
            mail.bounced_at = now
        _forget_secret(mail)
        mail.save(update_fields=["state", "last_error", "next_try_at", "bounced_at", "text", "html"])
        tell = routing.UNDELIVERED.get(mail.key.partition(":")[0])
        if tell:
            tell(mail=mail, now=now)
    log.warning("mail.undelivered", state=state, mail=mail.pk)


def _claim(now: datetime) -> OutgoingMail | None:
    """Takes the mail that is due longest; others skip it. The attempt counts from here, so that a crash counts too."""
    while True:
        with transaction.atomic():
            due = OutgoingMail.objects.filter(next_try_at__lte=now).order_by("next_try_at", "id")
            mail = due.select_for_update(skip_locked=True).first()
            if mail is None:
                return None
            if mail.attempts <= len(RETRY_MINUTES):
                mail.state, mail.next_try_at, mail.attempts = _State.SENDING, now + LEASE, mail.attempts + 1
                mail.save(update_fields=["state", "next_try_at", "attempts"])
                return mail
            error = mail.last_error or "The worker died while sending it."
            fail_for_good(mail, state=_State.FAILED, error=error, now=now)


def _attempt(mail: OutgoingMail, backend: Any, now: datetime) -> bool:
    """Sends outside any transaction, then marks; a crash in between sends it again with the same Message-ID."""
    try:
        with _lease(mail, now):
            transports.send(mail, backend)
    except transports.Refused as error:
        fail_for_good(mail, state=_State.FAILED, error=str(error), now=now)
        return False
    except transports.Unreachable:
        raise
    except (smtplib.SMTPException, OSError, ValueError) as error:
        _put_back(mail, transports.describe(error), now)
        return False
    mail.state, mail.sent_at, mail.next_try_at, mail.last_error = _State.SENT, now, None, ""
    _forget_secret(mail)
    mail.save(update_fields=["state", "sent_at", "next_try_at", "last_error", "text", "html"])
    return True


def _forget_secret(mail: OutgoingMail) -> None:
    """Nobody who reads the table or a backup of it finds a way in (security.md §2)."""
    if mail.secret:
        mail.text = mail.html = ""


def _put_back(mail: OutgoingMail, error: str, now: datetime) -> None:
    if mail.attempts > len(RETRY_MINUTES):
        fail_for_good(mail, state=_State.FAILED, error=error, now=now)
        return
    mail.state, mail.last_error = _State.QUEUED, error[:500]
    mail.next_try_at = now + timedelta(minutes=RETRY_MINUTES[mail.attempts - 1])
    mail.save(update_fields=["state", "last_error", "next_try_at"])


@contextmanager
def _lease(mail: OutgoingMail, now: datetime) -> Iterator[None]:
    """Extends the claim every two seconds while the server takes its time; a fast server costs no query."""
    done = threading.Event()
    started = time.monotonic()

    def renew() -> None:
        while not done.wait(_RENEW_S):
            until = now + timedelta(seconds=time.monotonic() - started) + LEASE
            try:
                OutgoingMail.objects.filter(pk=mail.pk, state=_State.SENDING).update(next_try_at=until)
            finally:
                connection.close()

    keeper = threading.Thread(target=renew, name="mail-lease", daemon=True)
    keeper.start()
    try:
        yield
    finally:
        done.set()
        keeper.join()


def _address(value: str) -> str:
    address = value.strip()
    try:
        validate_email(address)
    except ValidationError:
        raise BadAddress("This is no e-mail address.") from None
    if len(address) > 254:
        raise BadAddress("This e-mail address is too long.")
    local, _, domain = address.rpartition("@")
    return f"{local}@{domain.lower()}"


def _one_id(value: str) -> str:
    return next(iter(message_ids([value])), "")
