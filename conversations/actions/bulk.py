"""One verb for many conversations, in bounded portions, each through the action of the single verb and with its rights.

What is meant is written down first, row by row; each row's outcome is stored in the transaction of its verb. Whatever
dies, each conversation has its turn exactly once, and the worker goes on where it was.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.db import IntegrityError, connection, transaction
from django.db.models import Count

from companies.models import Membership
from companies.selectors import membership_of
from conversations.actions.bulk_verbs import DONE, VERBS, carry_out
from conversations.actions.locking import Conflict
from conversations.models import BulkItem, BulkRun
from conversations.selectors.bulk import report_of
from events import groups, nudge
from events.publish import after_commit, publish, unit

log = structlog.get_logger(__name__)
MOST = 10_000
AT_ONCE = 25  # a portion; so many are done before the answer, too
_KEEP = timedelta(days=7)

_MEAN = """
INSERT INTO conversations_bulkitem (run_id, conversation_id, outcome, before)
SELECT %s, id, '', '' FROM unnest(%s::bigint[]) AS meant(id) ORDER BY id
"""


def start(member: Membership, *, key: UUID, verb: str, argument: str, ids: Sequence[int], now: datetime) -> BulkRun:
    """Write down what is meant (conversations by primary key, at most MOST); a repeat of `key` is the same run.

    A small one is done at once, the rest by the worker. Raises Conflict (busy: one of theirs is under way).
    """
    known = BulkRun.objects.filter(user=member.user_id, key=key).first()
    if known is not None:
        return known
    run = _write(member, key=key, verb=verb, argument=argument, ids=ids, undoes=None, now=now)
    _begin(run, now=now)
    return run


def undo(member: Membership, run: BulkRun, *, now: datetime) -> BulkRun:
    """The opposite for what was done; pressing twice is once. Raises Conflict (busy, not_over, no_undo)."""
    known = BulkRun.objects.filter(undoes=run).first()
    if known is not None:
        return known
    opposite = VERBS[run.verb].undo
    if run.finished_at is None:
        raise Conflict("not_over")
    if not opposite or run.undoes_id is not None:
        raise Conflict("no_undo")
    ids = list(run.items.filter(outcome=DONE).order_by("conversation_id").values_list("conversation_id", flat=True))
    # The key is made of the run's, so that two presses at the same moment cannot make two.
    key = UUID(int=run.key.int ^ 1)
    undoing = _write(member, key=key, verb=opposite, argument=run.argument, ids=ids, undoes=run, now=now)
    _begin(undoing, now=now)
    return undoing


def _write(
    member: Membership,
    *,
    key: UUID,
    verb: str,
    argument: str,
    ids: Sequence[int],
    undoes: BulkRun | None,
    now: datetime,
) -> BulkRun:
    meant = sorted(set(ids))[:MOST]
    try:
        with unit(), transaction.atomic():
            run = BulkRun.objects.create(
                company_id=member.company_id,
                user_id=member.user_id,
                key=key,
                verb=verb,
                argument=argument,
                undoes=undoes,
                background=len(meant) > AT_ONCE,
                total=len(meant),
                created_at=now,
            )
            with connection.cursor() as cursor:
                cursor.execute(_MEAN, [run.pk, meant])
    except IntegrityError:
        same = BulkRun.objects.filter(user=member.user_id, key=key).first()
        if same is None:
            raise Conflict("busy") from None
        return same
    return run


def _begin(run: BulkRun, *, now: datetime) -> None:
    if not run.background:
        _portion(run.pk, now)
    else:
        with unit():
            after_commit(nudge.bulk)
    run.refresh_from_db()


def work(*, now: datetime) -> int:
    """A portion of every run that is under way, in turn; returns how many runs were looked at. Safe beside others."""
    waiting = list(BulkRun.objects.filter(finished_at=None).order_by("id").values_list("pk", flat=True))
    for run_id in waiting:
        _portion(run_id, now)
    return len(waiting)


def _portion(run_id: int, now: datetime) -> None:
    run = BulkRun.objects.select_related("user").filter(pk=run_id, finished_at=None).first()
    if run is None:
        return
    member = membership_of(run.user)
    if member is not None and (member.company_id != run.company_id or member.company.package_id is None):
        member = None
    items = BulkItem.objects.filter(run=run, outcome="").order_by("conversation_id")
    for item_id in list(items.values_list("pk", flat=True)[:AT_ONCE]):
        try:
            _turn(run, item_id, member, now)
        except Exception:
            # One bad row must not hold up the others, nor come back for ever.
            log.exception("bulk row failed", run=run.pk, item=item_id)
            BulkItem.objects.filter(pk=item_id, outcome="").update(outcome="error")
    _count(run, now)


def _turn(run: BulkRun, item_id: int, member: Membership | None, now: datetime) -> None:
    """The verb and its outcome, in one transaction; whoever works beside takes another row."""
    with unit():
        rows = BulkItem.objects.select_for_update(of=("self",), skip_locked=True).select_related("conversation")
        item = rows.filter(pk=item_id, outcome="").first()
        if item is None:
            return
        if member is None:
            item.outcome = "not_allowed"
        else:
            before = _before_of(run, item)
            item.outcome, item.before = carry_out(
                run.verb, item.conversation.public_id, member, run.argument, before=before, now=now
            )
        item.save(update_fields=["outcome", "before"])


def _before_of(run: BulkRun, item: BulkItem) -> str:
    if run.undoes_id is None:
        return ""
    rows = BulkItem.objects.filter(run=run.undoes_id, conversation=item.conversation_id)
    return rows.values_list("before", flat=True).first() or ""


def _count(run: BulkRun, now: datetime) -> None:
    """What became of it so far, to all tabs of the person."""
    counts: Counter[str] = Counter()
    for outcome, number in BulkItem.objects.filter(run=run).values_list("outcome").annotate(Count("id")):
        counts[outcome] = number
    waiting = counts.pop("", 0)
    run.done, run.skipped = counts.pop(DONE, 0), dict(counts)
    with unit():
        # Two workers may count at the same time: whoever ends it says so once.
        mine = BulkRun.objects.filter(pk=run.pk, finished_at=None)
        changed = mine.update(done=run.done, skipped=run.skipped, finished_at=None if waiting else now)
        if changed:
            run.finished_at = None if waiting else now
            publish(groups.member(run.user.public_id), "bulk", report_of(run))


def forget(*, now: datetime) -> None:
    """Runs that nobody asks about any more."""
    BulkRun.objects.filter(finished_at__lt=now - _KEEP).delete()
