"""Keep, rename, order and drop saved views: one's own, and those shared in an inbox that one manages."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db.models import QuerySet

from channels_app.models import Inbox
from companies.models import Company
from conversations.actions.labels import BadLabel, clean_label
from conversations.actions.locking import Conflict, NotAllowed
from conversations.models import SavedView
from conversations.selectors.folders import CUSTOMER_VIEWS
from conversations.selectors.saved_views import may_change
from conversations.selectors.scope import Scope
from events import groups
from events.publish import publish, unit

MOST = 30
LONGEST = 40
ICONS = ("star", "flag", "tag", "clock", "alert", "person", "people", "chat", "mail", "building", "smile", "timer")


def save_view(
    scope: Scope,
    *,
    name: str,
    icon: str,
    words: Mapping[str, str],
    keys: Mapping[str, int],
    inbox: Inbox | None,
    now: datetime,
) -> SavedView:
    """A new one at the end: one's own, or (`inbox`) shared with everybody who works there, over that inbox alone.

    Raises BadLabel (empty, too_many), NotAllowed (not a manager there), Conflict (a folder that is no inbox's).
    """
    name = clean_label(name, LONGEST)
    words = dict(words)
    if inbox is not None:
        if inbox.pk not in scope.managed_ids:
            raise NotAllowed("inbox.settings")
        if words.get("view") not in CUSTOMER_VIEWS:
            raise Conflict("not_of_inbox")
        words["inbox"] = str(inbox.public_id)
    with unit():
        Company.objects.select_for_update(no_key=True).get(
            pk=scope.member.company_id
        )  # two at once: one after the other
        beside = _beside(scope, inbox.pk if inbox else None)
        if beside.count() >= MOST:
            raise BadLabel("too_many")
        last = beside.order_by("-position").values_list("position", flat=True).first()
        view = SavedView.objects.create(
            company_id=scope.member.company_id,
            owner_id=None if inbox else scope.member.user_id,
            inbox=inbox,
            name=name,
            icon=_icon(icon),
            words=words,
            keys=dict(keys),
            position=0 if last is None else last + 1,
            created_at=now,
        )
        _tell(view)
    return view


def rename_view(scope: Scope, view: SavedView, *, name: str, icon: str) -> None:
    """Another name and icon. Raises BadLabel, NotAllowed."""
    _require(scope, view)
    with unit():
        view.name, view.icon = clean_label(name, LONGEST), _icon(icon)
        view.save(update_fields=["name", "icon"])
        _tell(view)


def move_view(scope: Scope, view: SavedView, *, up: bool) -> None:
    """One place up or down among its neighbours. Raises NotAllowed."""
    _require(scope, view)
    with unit():
        order = list(_beside(scope, view.inbox_id).select_for_update().order_by("position", "id"))
        at = next((number for number, one in enumerate(order) if one.pk == view.pk), None)
        if at is None:
            return
        to = max(0, min(at + (-1 if up else 1), len(order) - 1))
        order.insert(to, order.pop(at))
        for number, one in enumerate(order):
            one.position = number
        SavedView.objects.bulk_update(order, ["position"])
        _tell(view)


def delete_view(scope: Scope, view: SavedView) -> None:
    """Gone, for everybody who had it. Raises NotAllowed."""
    _require(scope, view)
    with unit():
        _tell(view)
        view.delete()


def _beside(scope: Scope, inbox_id: int | None) -> QuerySet[SavedView]:
    if inbox_id is not None:
        return SavedView.objects.filter(inbox=inbox_id)
    return SavedView.objects.filter(owner=scope.member.user_id, company=scope.member.company_id)


def _require(scope: Scope, view: SavedView) -> None:
    if not may_change(scope, view):
        raise NotAllowed("inbox.settings")


def _icon(name: str) -> str:
    return name if name in ICONS else ICONS[0]


def _tell(view: SavedView) -> None:
    """The side bars of those who have it fetch themselves anew."""
    if view.inbox is not None:
        publish(groups.inbox(view.inbox.public_id), "views", {})
    elif view.owner is not None:
        publish(groups.member(view.owner.public_id), "views", {})
