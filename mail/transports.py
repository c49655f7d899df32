"""Mail out: builds the real MIME message of an OutgoingMail and hands it to the SMTP server; no row is written here."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import formataddr, parseaddr
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection

from mail import addresses
from mail.decoding import clean_line
from mail.models import OutgoingMail

# What no mail server may do with a notification of ours, in the words Exchange understands.
_SUPPRESS = "DR, RN, NRN, OOF, AutoReply"


class Refused(Exception):
    """The server will never take this mail (mailbox unknown, content refused); trying again is no use."""


class Unreachable(Exception):
    """No server to talk to, or it hung up: the other mails of this run would fail the same way."""


@contextmanager
def connection() -> Iterator[Any]:
    """One SMTP connection for a run of mails; opened by the first, closed whatever happens. Raises Unreachable."""
    backend = get_connection()
    try:
        backend.open()
    except (OSError, smtplib.SMTPException) as error:
        raise Unreachable(describe(error)) from error
    try:
        yield backend
    finally:
        try:
            backend.close()
        except (OSError, smtplib.SMTPException):
            pass


def build(mail: OutgoingMail) -> EmailMultiAlternatives:
    """The message: text and HTML, threading headers, our loop mark; the envelope sender is the bounce address."""
    sender = parseaddr(settings.DEFAULT_FROM_EMAIL)
    headers = {
        "From": formataddr((mail.sender_name or sender[0], sender[1])),
        "Message-ID": mail.message_id,
        "X-Auto-Response-Suppress": _SUPPRESS,
        addresses.LOOP_HEADER: settings.MAIL_DOMAIN,
    }
    if mail.in_reply_to:
        headers["In-Reply-To"] = mail.in_reply_to
    if mail.references:
        headers["References"] = " ".join(mail.references)
    if mail.auto:
        headers["Auto-Submitted"] = "auto-generated"
    message = EmailMultiAlternatives(
        subject=mail.subject,
        body=mail.text,
        from_email=addresses.bounce_address(mail.key),
        to=[mail.to],
        reply_to=[mail.reply_to] if mail.reply_to else None,
        headers=headers,
    )
    if mail.html:
        message.attach_alternative(mail.html, "text/html")
    return message


def send(mail: OutgoingMail, backend: Any) -> None:
    """Hands one mail over; raises Refused, Unreachable or another SMTPException/OSError for "try again later"."""
    message = build(mail)
    message.connection = backend
    try:
        message.send()
    except smtplib.SMTPRecipientsRefused as error:
        codes = [code for code, _ in error.recipients.values()]
        if codes and all(code >= 500 for code in codes):
            raise Refused(describe(error)) from error
        raise
    except smtplib.SMTPDataError as error:
        if error.smtp_code >= 500:
            raise Refused(describe(error)) from error
        raise
    except (smtplib.SMTPServerDisconnected, ConnectionError, TimeoutError) as error:
        raise Unreachable(describe(error)) from error


def describe(error: BaseException) -> str:
    """One clean line for the admin about what the server said."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, text = next(iter(error.recipients.values()), (0, b""))
        return clean_line(f"{code} {_said(text)}", 500)
    if isinstance(error, smtplib.SMTPResponseException):
        return clean_line(f"{error.smtp_code} {_said(error.smtp_error)}", 500)
    return clean_line(f"{type(error).__name__}: {error}", 500)


def _said(text: bytes | str) -> str:
    return text.decode("utf-8", "replace") if isinstance(text, bytes) else text
