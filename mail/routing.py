"""Where a mail goes: handlers by kind of reply address, who may write as whom, and the outcomes a mail can end in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings

from mail.decoding import same_address
from mail.models import ReplyAddress
from mail.parsing import ParsedMail

POSTED = "posted"
REFUSED = "refused"
HELD = "held"
AUTO_REPLY = "auto_reply"
BOUNCE = "bounce"
COMPLAINT = "complaint"
RECEIPT = "receipt"
LIST = "list"
LOOP = "loop"
UNROUTABLE = "unroutable"
UNREADABLE = "unreadable"


@dataclass(frozen=True)
class Outcome:
    """How a mail ended: one of the names above and the reason in plain words (at most 500 characters)."""

    name: str
    reason: str = ""


@dataclass(frozen=True)
class SenderCheck:
    """Truthy when the mail may count as written by the person of the address; else `reason` says why not."""

    reason: str = ""

    def __bool__(self) -> bool:
        return not self.reason


# Filled by memo/wiring.py.
# kind of reply address -> fn(*, mail: ParsedMail, address: ReplyAddress, incoming: IncomingMail, now) -> Outcome
HANDLERS: dict[str, Callable[..., Outcome]] = {}
# kind of reply address -> fn(*, address: ReplyAddress, incoming: IncomingMail, outcome: Outcome, now) -> None,
# told in the same transaction when a mail was held (by the check below or by its handler) or could not be read,
# so that the admin sees it there.
HELD_HANDLERS: dict[str, Callable[..., None]] = {}
# first part of an outgoing mail's key (before ":") -> fn(*, mail: OutgoingMail, now) -> None,
# told in the same transaction when a mail failed for good or bounced for good.
UNDELIVERED: dict[str, Callable[..., None]] = {}


def sender_matches(mail: ParsedMail, address: ReplyAddress) -> SenderCheck:
    """Is this mail from the person whose mailbox got the token (S-55)? A token is not enough: mails get forwarded.

    For our users the own mail server must also vouch for the sender, where MAIL_AUTHSERV_ID says it looks at that.
    """
    if address.revoked_at is not None:
        return SenderCheck("this person may no longer answer by mail")
    if mail.from_count != 1:
        return SenderCheck("it names no sender or more than one")
    if not same_address(mail.from_email, address.recipient_email):
        return SenderCheck(
            f"it comes from {mail.from_email}, but only {address.recipient_email} may answer at this address"
        )
    verdict = mail.authentication
    if address.recipient.startswith("user:") and settings.MAIL_AUTHSERV_ID and not verdict.proves(mail.from_email):
        seen = verdict.dmarc or ("no result" if verdict.known else "no check")
        return SenderCheck(f"the sender {mail.from_email} is not proven (DMARC: {seen})")
    if verdict.dmarc == "fail":
        return SenderCheck(f"the sender {mail.from_email} is forged (DMARC: fail)")
    return SenderCheck()
