"""Answers to caught mails, built as real mail programs build them, and handed to the mail entrance."""

from __future__ import annotations

import html
import smtplib
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid, parseaddr

from mail.catcher.store import Caught


class NotTaken(Exception):
    """The mail entrance refused the answer, or nobody listens there; the text is what it said."""


def answer(caught: Caught, *, text: str, sender: str = "", automatic: bool = False, now: datetime) -> EmailMessage:
    """The reply a person (with `automatic`: an out-of-office assistant) would send from the mailbox it went to."""
    own = sender or parseaddr(caught.header("To"))[1]
    subject = caught.header("Subject")
    reply = EmailMessage()
    reply["From"] = own
    reply["To"] = caught.header("Reply-To") or caught.header("From")
    reply["Date"] = format_datetime(now)
    reply["Message-ID"] = make_msgid(domain=own.rpartition("@")[2] or "localhost")
    reply["In-Reply-To"] = caught.header("Message-ID")
    reply["References"] = f"{caught.header('References')} {caught.header('Message-ID')}".strip()
    if automatic:
        reply["Subject"] = f"Automatic reply: {subject}"
        reply["Auto-Submitted"] = "auto-replied"
    else:
        reply["Subject"] = subject if subject.lower().startswith("re:") else f"Re: {subject}"
    headline = f"On {now:%a, %b %d, %Y at %I:%M %p} {caught.header('From')} wrote:"
    quoted = "\n".join(f"> {line}" for line in caught.body("plain").splitlines())
    reply.set_content(f"{text}\n\n{headline}\n\n{quoted}\n")
    reply.add_alternative(_as_html(text, headline, caught), subtype="html")
    return reply


def hand_over(reply: EmailMessage, *, port: int) -> str:
    """Sends it to the mail entrance on this machine; what that said. Raises NotTaken."""
    sender, recipient = parseaddr(str(reply["From"]))[1], parseaddr(str(reply["To"]))[1]
    try:
        with smtplib.SMTP("127.0.0.1", port, timeout=10) as server:
            code, said = _deliver(server, sender, recipient, reply.as_bytes(policy=SMTP))
    except (OSError, smtplib.SMTPException) as error:
        raise NotTaken(f"The mail entrance on port {port} does not answer ({type(error).__name__}).") from error
    text = f"{code} {said.decode('utf-8', 'replace')}"
    if code != 250:
        raise NotTaken(text)
    return text


def _deliver(server: smtplib.SMTP, sender: str, recipient: str, raw: bytes) -> tuple[int, bytes]:
    server.ehlo()
    server.mail(sender)
    code, said = server.rcpt(recipient)
    return server.data(raw) if code in {250, 251} else (code, said)


def _as_html(text: str, headline: str, caught: Caught) -> str:
    new = html.escape(text).replace("\n", "<br>")
    old = caught.body("html") or f"<pre>{html.escape(caught.body('plain'))}</pre>"
    return (
        f'<div dir="ltr">{new}</div><br><div class="gmail_quote gmail_quote_container">'
        '<div dir="ltr" class="gmail_attr">'
        f'{html.escape(headline)}<br></div><blockquote class="gmail_quote">{old}</blockquote></div>'
    )
