"""Runs of bulk actions, as their own person sees them."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from companies.models import Membership
from conversations.models import BulkItem, BulkRun
from conversations.selectors.visibility import conversations_for

_MOST = 200


def run_for(member: Membership, public_id: UUID) -> BulkRun:
    """One's own run; raises BulkRun.DoesNotExist for foreign and missing ones alike."""
    return BulkRun.objects.select_related("user").get(
        user=member.user_id, company=member.company_id, public_id=public_id
    )


def report_of(run: BulkRun) -> dict:
    """How far it is: the shape in which it travels and is shown. Codes only; words are made where it is read."""
    return {
        "id": str(run.public_id),
        "verb": run.verb,
        "total": run.total,
        "turned": run.done + sum(run.skipped.values()),
        "done": run.done,
        "skipped": run.skipped,
        "over": run.finished_at is not None,
        "undoing": run.undoes_id is not None,
    }


@dataclass(frozen=True)
class Passed:
    """A conversation that was passed over, and the code of the reason."""

    public_id: UUID
    number: int | None
    title: str
    why: str


def passed_over(member: Membership, run: BulkRun) -> list[Passed]:
    """What was passed over, the first ones, as far as the member may still open it."""
    items = BulkItem.objects.filter(run=run).exclude(outcome__in=["", "done"]).order_by("conversation_id")
    found = dict(items.values_list("conversation_id", "outcome")[:_MOST])
    rows = {row.pk: row for row in conversations_for(member).filter(pk__in=found)}
    return [
        Passed(row.public_id, row.number, row.subject or row.requester_label, found[pk])
        for pk, row in sorted(rows.items())
    ]
