"""Reads the mail tables: what is due, which mail a Message-ID names, what an admin has to see."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet

from mail import addresses
from mail.models import IncomingMail, OutgoingMail, ReplyAddress
from mail.parsing import references_in_headers, tokens_in_headers


def sent_mail(message_ids: list[str]) -> OutgoingMail | None:
    """The mail of ours that one of these Message-IDs names, the first id that is known first."""
    ids = [one for one in message_ids[:20] if one]
    found = {mail.message_id: mail for mail in OutgoingMail.objects.filter(message_id__in=ids)} if ids else {}
    return next((found[one] for one in ids if one in found), None)


def sent_text(message_ids: list[str]) -> str:
    """The text of that mail, for telling its lines from new ones; "" when it is none of ours."""
    mail = sent_mail(message_ids)
    return mail.text if mail else ""


def undelivered() -> QuerySet[OutgoingMail]:
    """Mails that failed or came back, newest first; the reason is in `last_error`."""
    return OutgoingMail.objects.filter(state__in=["failed", "bounced"]).order_by("-id")


def held() -> QuerySet[IncomingMail]:
    """Mails that were not taken in as what they claim to be, newest first, without their raw bytes."""
    return IncomingMail.objects.filter(outcome="held").select_related("address").defer("raw").order_by("-id")


def quarantined() -> QuerySet[IncomingMail]:
    """Mails that could not be processed, newest first, without their raw bytes."""
    return (
        IncomingMail.objects.filter(state=IncomingMail.State.QUARANTINED)
        .select_related("address")
        .defer("raw")
        .order_by("-id")
    )


def received_for(address: ReplyAddress) -> QuerySet[IncomingMail]:
    """Everything that came to one reply address, newest first, without raw bytes."""
    return IncomingMail.objects.filter(address=address).defer("raw").order_by("-id")


def automatic_mails(*, to: str, since: datetime, key_prefix: str = "") -> int:
    """How many automatic mails this address got since then; `key_prefix` narrows it to one purpose (S-60)."""
    mails = OutgoingMail.objects.filter(to__iexact=to.strip(), auto=True, created_at__gte=since)
    return mails.filter(key__startswith=key_prefix).count() if key_prefix else mails.count()


def oldest_due(now: datetime) -> datetime | None:
    """The due time of the mail that waits longest, out or in; None when nothing is overdue. For /ready."""
    overdue = [
        rows.filter(next_try_at__lte=now).order_by("next_try_at").values_list("next_try_at", flat=True).first()
        for rows in (OutgoingMail.objects, IncomingMail.objects)
    ]
    return min((one for one in overdue if one), default=None)


def names_us(raw: bytes) -> bool:
    """Does a raw mail name an address or a mail of ours at all? For a way in that knows no recipients."""
    return any(addresses.is_known(one) for one in tokens_in_headers(raw)) or bool(references_in_headers(raw))
