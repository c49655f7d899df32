"""Bytes of a mail to a ParsedMail, under hard caps: whatever a sender makes up costs little, breaks nothing (S-57)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from email.message import Message
from email.parser import BytesParser
from email.policy import Policy, compat32
from email.utils import parsedate_to_datetime

from django.conf import settings
from django.utils.translation import gettext

from mail import addresses, classes, phrases
from mail.authentication import Authentication, read_authentication
from mail.bounces import Bounce, read_bounce
from mail.decoding import addresses as read_addresses
from mail.decoding import header, header_text, message_ids, raw_values
from mail.html_lines import html_lines
from mail.parts import Attachment, Contents, read_parts
from mail.quoting import Split, split

RAW_CAP = 25 * 1024 * 1024
HEADER_BLOCK_CAP = 256 * 1024
HEADERS_CAP = 1000
LINES_CAP = 1_000_000
# More parts than any mail program makes: not parsed, kept as it came (of fewer, the first 200 are read).
PARTS_CAP = 1000
_END_OF_HEADERS = re.compile(rb"\r?\n\r?\n")
_HEADER_START = re.compile(rb"(?m)^[^\s:]+:")
_DELIVERY_HEADERS = ("X-Original-To", "Delivered-To", "X-Delivered-To", "Envelope-To", "X-Envelope-To", "To", "Cc")


class Unreadable(Exception):
    """The mail cannot be read within the caps; the text says why, for people. It stays stored as it came."""


@dataclass(frozen=True)
class ParsedMail:
    """A mail as the product sees it; every text is clean, every list is short, nothing in it is trusted."""

    kind: str
    kind_reason: str
    message_id: str
    in_reply_to: list[str]
    references: list[str]
    subject: str
    from_name: str
    from_email: str
    from_count: int
    to: list[tuple[str, str]]
    cc: list[tuple[str, str]]
    recipients: list[str]
    date: datetime | None
    envelope_from: str | None
    authentication: Authentication
    text: str
    split: Split
    html: str
    plain: str
    differs: bool
    attachments: list[Attachment]
    encrypted: bool
    calendar: bool
    forwarded: bool
    answer_refused: str
    bounce: Bounce | None
    notes: list[str] = field(default_factory=list)

    @property
    def full_text(self) -> str:
        """Everything, quotes and signature included."""
        return self.split.full

    @property
    def may_be_answered_automatically(self) -> bool:
        """The one gate for automatic answers (S-60); the reason against it is in `answer_refused`."""
        return not self.answer_refused


def parse(
    raw: bytes,
    *,
    recipient: str = "",
    envelope_from: str | None = None,
    sent_text: Callable[[list[str]], str] = lambda _ids: "",
) -> ParsedMail:
    """Reads a mail; raises Unreadable. `sent_text` gives the text of our mail that one of these Message-IDs names."""
    message = _message(raw)
    contents = read_parts(message)
    if contents.encrypted:
        contents.attachments = [Attachment("encrypted.eml", "message/rfc822", raw)]
    return _Reader(message, contents, recipient, envelope_from).mail(sent_text)


def tokens_in_headers(raw: bytes) -> list[str]:
    """The addresses of ours in the delivery headers of a raw mail, for a way in that names no recipient."""
    return [one for one in _recipients(_headers_only(raw)) if addresses.reply_token(one) or addresses.bounce_token(one)]


def references_in_headers(raw: bytes) -> list[str]:
    """The Message-IDs of ours that a raw mail answers, the nearest first."""
    message = _headers_only(raw)
    ids = [*message_ids(raw_values(message, "In-Reply-To")), *reversed(message_ids(raw_values(message, "References")))]
    return [one for one in dict.fromkeys(ids) if addresses.is_own_message_id(one)]


class _Reader:
    """Puts a ParsedMail together from headers and parts."""

    def __init__(self, message: Message, contents: Contents, recipient: str, envelope_from: str | None) -> None:
        self.message, self.contents = message, contents
        self.recipients = list(dict.fromkeys(filter(None, [recipient.lower(), *_recipients(message)])))
        self.envelope_from = envelope_from
        self.subject = header(message, "Subject")
        senders = read_addresses(raw_values(message, "From"))
        self.from_name, self.from_email = senders[0] if senders else ("", "")
        self.from_count = len(senders)

    def mail(self, sent_text: Callable[[list[str]], str]) -> ParsedMail:
        message, contents = self.message, self.contents
        in_reply_to, references = (
            message_ids(raw_values(message, "In-Reply-To")),
            message_ids(raw_values(message, "References")),
        )
        kind, kind_reason = self._kind()
        parts = split(
            text=contents.text, html=contents.html, sent_text=sent_text([*in_reply_to, *reversed(references)])
        )
        forwarded = bool(parts.forwarded) or bool(phrases.FORWARD_SUBJECT.match(self.subject))
        return ParsedMail(
            kind=kind,
            kind_reason=kind_reason,
            message_id=next(iter(message_ids(raw_values(message, "Message-ID"))), ""),
            in_reply_to=in_reply_to,
            references=references,
            subject=self.subject,
            from_name=self.from_name,
            from_email=self.from_email,
            from_count=self.from_count,
            to=read_addresses(raw_values(message, "To")),
            cc=read_addresses(raw_values(message, "Cc")),
            recipients=self.recipients,
            date=_date(message),
            envelope_from=self.envelope_from,
            authentication=read_authentication(
                [header_text(value, limit=8192) for value in raw_values(message, "Authentication-Results")],
                settings.MAIL_AUTHSERV_ID,
            ),
            text=self._text(parts, forwarded),
            split=parts,
            html=contents.html,
            plain=contents.text,
            differs=_differs(contents),
            attachments=contents.attachments,
            encrypted=contents.encrypted,
            calendar=contents.calendar,
            forwarded=forwarded,
            answer_refused=self._answer_refused(kind),
            bounce=read_bounce(contents) if kind == classes.BOUNCE else None,
            notes=contents.notes,
        )

    def _kind(self) -> tuple[str, str]:
        return classes.classify(
            self.message,
            from_email=self.from_email,
            subject=self.subject,
            envelope_from=self.envelope_from,
            recipients=self.recipients,
            text=self.contents.text,
        )

    def _answer_refused(self, kind: str) -> str:
        own = any(addresses.reply_token(one) for one in self.recipients)
        return classes.answer_refused(
            self.message, kind, from_email=self.from_email, envelope_from=self.envelope_from, own_recipient=own
        )

    def _text(self, parts: Split, forwarded: bool) -> str:
        """What the conversation shows: the new text; of a forward also what was forwarded; never an empty bubble."""
        if self.contents.encrypted:
            return gettext("This e-mail is encrypted and cannot be read here. It is attached as it came.")
        if forwarded:
            rest = parts.forwarded or parts.quoted
            return "\n\n".join(part for part in (parts.text, rest) if part)
        return parts.text


def _message(raw: bytes) -> Message:
    if len(raw) > RAW_CAP:
        raise Unreadable("The mail is larger than 25 MB.")
    if not raw.strip():
        raise Unreadable("The mail is empty.")
    if raw.count(b"\n") > LINES_CAP:
        raise Unreadable("The mail has too many lines.")
    try:
        return BytesParser(_counted_parts(), policy=compat32).parsebytes(_with_short_headers(raw))
    except RecursionError:
        raise Unreadable("The mail has too many nested parts.") from None


def _counted_parts() -> Callable[..., Message]:
    """A maker of messages for the parser, which asks it for every part: the one place that sees a part bomb coming."""
    made = 0

    def make(*, policy: Policy = compat32) -> Message:
        nonlocal made
        made += 1
        if made > PARTS_CAP:
            raise Unreadable("The mail has too many parts.")
        return Message(policy)

    return make


def _with_short_headers(raw: bytes) -> bytes:
    """The mail with at most 256 KB and 1,000 lines of headers; what is cut was never read by anybody."""
    found = _END_OF_HEADERS.search(raw)
    end = found.start() if found else len(raw)
    starts = [match.start() for match in _HEADER_START.finditer(raw, 0, min(end, HEADER_BLOCK_CAP))]
    keep = starts[HEADERS_CAP] if len(starts) > HEADERS_CAP else min(end, HEADER_BLOCK_CAP)
    return raw if keep == end else raw[:keep].rstrip(b"\r\n") + raw[end:]


def _headers_only(raw: bytes) -> Message:
    short = _with_short_headers(raw[: HEADER_BLOCK_CAP * 2])
    return BytesParser(policy=compat32).parsebytes(short, headersonly=True)


def _recipients(message: Message) -> list[str]:
    return [address for name in _DELIVERY_HEADERS for _, address in read_addresses(raw_values(message, name)[:20])]


def _date(message: Message) -> datetime | None:
    try:
        found = parsedate_to_datetime(header(message, "Date", limit=100))
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return found if found.tzinfo else None


def _differs(contents: Contents) -> bool:
    """Text and HTML part say different things (case 47): fewer than half of the words are in both."""
    if not contents.html or len(contents.text.split()) < 5:
        return False
    plain = set(re.findall(r"\w{3,}", contents.text[:20_000].casefold()))
    shown = set(re.findall(r"\w{3,}", " ".join(line.text for line in html_lines(contents.html))[:40_000].casefold()))
    return len(plain & shown) < 0.5 * min(len(plain), len(shown) or 1)
