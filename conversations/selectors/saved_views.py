"""Saved views that a member may use: their own, and those shared in the inboxes in which they work."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.db.models import Q, QuerySet

from companies.models import Membership
from conversations.models import SavedView
from conversations.selectors.scope import Scope


def saved_views(member: Membership, inbox_ids: Collection[int]) -> QuerySet[SavedView]:
    """The member's own ones and those of these inboxes, each in its order; one query."""
    mine = Q(owner=member.user_id, company=member.company_id)
    return SavedView.objects.filter(mine | Q(inbox__in=inbox_ids)).select_related("inbox").order_by("position", "id")


def saved_view_for(scope: Scope, public_id: UUID) -> SavedView:
    """One of them; raises SavedView.DoesNotExist for foreign and missing ones alike."""
    return saved_views(scope.member, scope.inbox_ids).get(public_id=public_id)


def may_change(scope: Scope, view: SavedView) -> bool:
    """One's own, or shared in an inbox that one manages."""
    return view.owner_id == scope.member.user_id if view.inbox_id is None else view.inbox_id in scope.managed_ids
