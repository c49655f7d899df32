"""Mail in: stored as it came before anybody answers 250, processed later, each mail to exactly one outcome."""

from __future__ import annotations

import hashlib
import re
import time
from datetime import datetime, timedelta

import structlog
from django.db import transaction

from events import nudge
from mail import addresses, classes, routing, selectors
from mail.actions.outgoing import fail_for_good
from mail.decoding import clean_line
from mail.models import IncomingMail, OutgoingMail, ReplyAddress
from mail.parsing import HEADER_BLOCK_CAP, RAW_CAP, ParsedMail, Unreadable, parse
from mail.routing import Outcome

log = structlog.get_logger(__name__)

LEASE = timedelta(seconds=10)
RETRY = timedelta(seconds=30)
# A mail that fails twice is put aside; when workers die with it, it gets a third chance: it may not be its fault.
FAILURES = 2
CLAIMS = 3
KEEP_RAW_DAYS = 90
_RUN_S = 15.0
_State = IncomingMail.State
# Lines that every delivery writes anew on top of the same mail.
_TRACE = re.compile(
    rb"(?:return-path|delivered-to|x-delivered-to|x-original-to|envelope-to|received|received-spf|authentication-results"
    rb"|arc-[a-z-]+|x-spam[a-z-]*|x-received|x-google-[a-z-]+):",
    re.IGNORECASE,
)


class NotTakenIn(Exception):
    """The mail is too large or empty; the sender has to hear it at once."""


def receive(raw: bytes, *, envelope_from: str | None, envelope_to: list[str], via: str, now: datetime) -> IncomingMail:
    """Stores a mail once per recipient, returns the row of the first; the same mail again gives the row that is there.

    `envelope_from` "" is the null sender, None means unknown; without `envelope_to` the headers name the recipient.
    Committed when the caller's transaction is. Raises NotTakenIn.
    """
    if len(raw) > RAW_CAP:
        raise NotTakenIn("The mail is larger than 25 MB.")
    if not raw.strip():
        raise NotTakenIn("The mail is empty.")
    digest = fingerprint(raw)
    recipients = list(dict.fromkeys(one.strip().lower()[:254] for one in envelope_to)) or [""]
    with transaction.atomic():
        rows = [_store(raw, digest, recipient, envelope_from, via, now) for recipient in recipients]
        transaction.on_commit(nudge.received, robust=True)
    return rows[0]


def fingerprint(raw: bytes) -> str:
    """SHA-256 of a mail without the lines that each delivery adds on top, so that a second delivery is noticed."""
    head, separator, body = raw[:HEADER_BLOCK_CAP].replace(b"\r\n", b"\n").partition(b"\n\n")
    kept = [line for line in re.split(rb"\n(?![ \t])", head) if not _TRACE.match(line)]
    digest = hashlib.sha256(b"\n".join(kept) + separator + body)
    digest.update(raw[HEADER_BLOCK_CAP:].replace(b"\r\n", b"\n"))
    return digest.hexdigest()


def process_received(*, now: datetime) -> int:
    """Processes what is due, for at most 15 s; how many mails ended. Any number may run at once."""
    started, done = time.monotonic(), 0
    while time.monotonic() - started < _RUN_S:
        row = _claim(now)
        if row is None:
            break
        process(row, now=now)
        done += 1
    return done


def process(row: IncomingMail, *, now: datetime) -> IncomingMail:
    """Reads and routes one claimed mail. Its outcome and what its handler wrote commit together, or not at all."""
    try:
        mail = parse(
            bytes(row.raw), recipient=row.recipient, envelope_from=row.envelope_from, sent_text=selectors.sent_text
        )
        with transaction.atomic():
            if _still_ours(row):
                _remember(row, mail)
                _finish(row, _route(row, mail, now), now)
    except Unreadable as error:
        _quarantine(row, str(error), now)
    except Exception as error:  # whatever breaks on this mail must not stop the next one
        log.exception("mail.processing_failed", mail=row.pk, attempt=row.attempts)
        _failed(row, f"{type(error).__name__}: {error}", now)
    return row


def retry(row: IncomingMail, *, now: datetime) -> IncomingMail:
    """An admin lets a mail from quarantine, or a held one whose reason is gone, run again."""
    row.state, row.attempts, row.next_try_at = _State.RECEIVED, 0, now
    row.outcome = row.reason = ""
    row.done_at = None
    row.save(update_fields=["state", "attempts", "next_try_at", "outcome", "reason", "done_at"])
    transaction.on_commit(nudge.received, robust=True)
    return row


def forget_old(*, now: datetime) -> int:
    """Empties the raw bytes of mails that ended 90 days ago (the ledger line stays); quarantined ones are kept."""
    old = IncomingMail.objects.filter(state=_State.DONE, done_at__lt=now - timedelta(days=KEEP_RAW_DAYS))
    return old.exclude(raw=b"").update(raw=b"")


def _store(raw: bytes, digest: str, recipient: str, envelope_from: str | None, via: str, now: datetime) -> IncomingMail:
    row, created = IncomingMail.objects.get_or_create(
        sha256=digest,
        recipient=recipient,
        defaults={
            "raw": raw,
            "size": len(raw),
            "envelope_from": None if envelope_from is None else clean_line(envelope_from, 254).strip("<>").lower(),
            "via": via,
            "received_at": now,
            "next_try_at": now,
        },
    )
    if not created:
        log.info("mail.repeated", mail=row.pk, via=via)
    return row


def _claim(now: datetime) -> IncomingMail | None:
    """Takes the oldest waiting mail; others skip it. Claims count, so that a mail that kills workers is put aside."""
    while True:
        with transaction.atomic():
            due = IncomingMail.objects.filter(next_try_at__lte=now).order_by("next_try_at", "id")
            row = due.select_for_update(skip_locked=True).first()
            if row is None:
                return None
            if row.attempts < CLAIMS:
                row.state, row.attempts, row.next_try_at = _State.PROCESSING, row.attempts + 1, now + LEASE
                row.save(update_fields=["state", "attempts", "next_try_at"])
                return row
            _quarantine(row, row.reason or "The worker died while reading it.", now)


def _still_ours(row: IncomingMail) -> bool:
    """False when another worker took the mail over after our lease had run out: then nothing of ours may count."""
    same = IncomingMail.objects.select_for_update().filter(pk=row.pk, state=row.state, attempts=row.attempts)
    return same.values_list("pk", flat=True).first() is not None


def _remember(row: IncomingMail, mail: ParsedMail) -> None:
    row.message_id, row.from_email, row.subject = mail.message_id, mail.from_email, mail.subject
    row.save(update_fields=["message_id", "from_email", "subject"])


def _route(row: IncomingMail, mail: ParsedMail, now: datetime) -> Outcome:
    """Machines first, then the address, then the sender, then the handler."""
    targets = _targets(row, mail)
    row.address = targets[0] if targets else None
    if mail.kind == classes.BOUNCE:
        return _take_bounce(row, mail, now)
    if mail.kind in {classes.LOOP, classes.COMPLAINT, classes.RECEIPT, classes.AUTO_REPLY}:
        return Outcome(mail.kind, f"Not taken in: {mail.kind_reason}.")
    if not targets:
        name = routing.LIST if mail.kind == classes.LIST else routing.UNROUTABLE
        return Outcome(name, "No address in it belongs to a conversation.")
    return _merged([_hand_over(row, mail, address, now) for address in targets])


def _targets(row: IncomingMail, mail: ParsedMail) -> list[ReplyAddress]:
    """The address the envelope names; else those in the headers; else that of our mail which is being answered."""
    own = addresses.find_reply_address(row.recipient)
    if own:
        return [own]
    if addresses.bounce_token(row.recipient):
        return []
    found = addresses.find_reply_addresses(mail.recipients)
    if found:
        return found
    answered = selectors.sent_mail([*mail.in_reply_to, *reversed(mail.references)])
    return addresses.find_reply_addresses([answered.reply_to]) if answered else []


def _hand_over(row: IncomingMail, mail: ParsedMail, address: ReplyAddress, now: datetime) -> Outcome:
    check = routing.sender_matches(mail, address)
    handler = routing.HANDLERS.get(address.kind)
    if not check:
        outcome = Outcome(routing.HELD, f"Held: {check.reason}.")
    elif handler is None:
        outcome = Outcome(routing.UNROUTABLE, f"Nothing takes in mails of the kind “{address.kind}”.")
    else:
        outcome = handler(mail=mail, address=address, incoming=row, now=now)
    if outcome.name == routing.HELD:
        _tell_held(row, address, outcome, now)
    return outcome


def _merged(outcomes: list[Outcome]) -> Outcome:
    """One outcome for a mail that went to several conversations: posted wins, the reasons stand side by side."""
    best = next((one for one in outcomes if one.name == routing.POSTED), outcomes[0])
    return Outcome(best.name, " / ".join(dict.fromkeys(one.reason for one in outcomes if one.reason)))


def _take_bounce(row: IncomingMail, mail: ParsedMail, now: datetime) -> Outcome:
    """Marks the mail that came back. A bounce of something we never sent changes nothing (backscatter, case 26)."""
    bounce = mail.bounce
    sent = addresses.find_bounced(row.recipient) or _bounced_in_headers(mail)
    if sent is None and bounce:
        sent = selectors.sent_mail([one for one in bounce.message_ids if addresses.is_own_message_id(one)])
    if sent is None or bounce is None:
        return Outcome(routing.BOUNCE, "Ignored: it is about a mail that was not sent from here.")
    said = bounce.diagnostic or bounce.status or "no reason given"
    if bounce.action == "delivered":
        return Outcome(routing.BOUNCE, "The mail was delivered.")
    if bounce.action == "delayed":
        return Outcome(routing.BOUNCE, f"The mail is late, its server keeps trying: {said}"[:500])
    if sent.state != OutgoingMail.State.BOUNCED:
        locked = OutgoingMail.objects.select_for_update().get(pk=sent.pk)
        if bounce.permanent:
            fail_for_good(locked, state=OutgoingMail.State.BOUNCED, error=said, now=now)
        else:
            locked.last_error = said[:500]
            locked.save(update_fields=["last_error"])
    return Outcome(
        routing.BOUNCE, f"The mail to {sent.to} came back{' for good' if bounce.permanent else ''}: {said}"[:500]
    )


def _bounced_in_headers(mail: ParsedMail) -> OutgoingMail | None:
    return next((found for one in mail.recipients if (found := addresses.find_bounced(one))), None)


def _finish(row: IncomingMail, outcome: Outcome, now: datetime, state: str = _State.DONE) -> None:
    row.state, row.outcome, row.reason = state, outcome.name[:20], clean_line(outcome.reason, 500)
    row.next_try_at, row.done_at = None, now
    row.save(update_fields=["state", "outcome", "reason", "next_try_at", "done_at", "address"])
    log.info("mail.ended", mail=row.pk, outcome=row.outcome, state=state)


def _failed(row: IncomingMail, error: str, now: datetime) -> None:
    row.reason = clean_line(error, 500)
    if row.attempts >= FAILURES:
        _quarantine(row, row.reason, now)
        return
    row.state, row.next_try_at = _State.RECEIVED, now + RETRY
    row.save(update_fields=["state", "reason", "next_try_at"])


def _quarantine(row: IncomingMail, reason: str, now: datetime) -> None:
    """Puts a mail aside where admins see it; where its address is known, that conversation is told."""
    outcome = Outcome(routing.UNREADABLE, f"The mail could not be read and is kept as it came. {reason}")
    with transaction.atomic():
        row.address = addresses.find_reply_address(row.recipient)
        if row.address:
            _tell_held(row, row.address, outcome, now)
        _finish(row, outcome, now, state=_State.QUARANTINED)


def _tell_held(row: IncomingMail, address: ReplyAddress, outcome: Outcome, now: datetime) -> None:
    tell = routing.HELD_HANDLERS.get(address.kind)
    if tell:
        tell(address=address, incoming=row, outcome=outcome, now=now)
