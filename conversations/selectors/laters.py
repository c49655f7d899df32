"""Messages that wait for their time, as their author and the team see them."""

from __future__ import annotations

from functools import cache
from uuid import UUID

from django.db.models import Q, QuerySet

from companies import roles
from companies.models import Membership
from conversations.models import Conversation, Later
from conversations.selectors.visibility import conversations_for, role_for
from events.prepared import Prepared

_MANAGES = {roles.MANAGER, roles.ADMIN}
_BY_INBOX = {roles.TEAM, roles.MANAGER, roles.ADMIN}
_OPEN = [Later.State.WAITING, Later.State.RETURNED]


def laters_in(member: Membership, conversation: Conversation, role: str) -> list[Later]:
    """What stands between thread and composer: the team's scheduled messages, one's own waiting and returned ones.

    `role`: the member's in the inbox. Internal ones are for those who read the internal lines of the whole inbox.
    """
    if conversation.kind == Conversation.Kind.DIRECT:  # what is not said yet is the writer's alone
        kinds: tuple[str, ...] = ()
    else:
        kinds = ("reply", "internal") if role in _BY_INBOX else ("reply",)
    found = _laters(kinds).rows(conversation.pk, member.user_id)
    for row in found:
        row.mine = row.user_id == member.user_id
        row.stoppable = row.mine or role in _MANAGES
    return found


@cache
def _laters(kinds: tuple[str, ...]) -> Prepared:
    """One's own, and of these kinds the team's."""
    team = Q(scheduled=True, state=Later.State.WAITING, kind__in=kinds)
    rows = Later.objects.select_related("user").filter(state__in=_OPEN).order_by("due_at", "id")
    return Prepared(lambda pk, user_id: rows.filter(Q(user_id=user_id) | team, conversation_id=pk))


def later_for(member: Membership, conversation: Conversation, client_id: UUID) -> Later:
    """One's own, or as manager of the inbox a scheduled one of a colleague; else Later.DoesNotExist."""
    row = Later.objects.select_related("user").get(conversation=conversation, client_id=client_id)
    row.mine = row.user_id == member.user_id
    if not row.mine and not (row.scheduled and role_for(member, conversation) in _MANAGES):
        raise Later.DoesNotExist
    return row


def laters_of(member: Membership) -> QuerySet[Later]:
    """The member's own scheduled messages that still wait, soonest first, and those that came back. `lost`: its
    conversation is not open to them any more; only what came back is there then, for the words are theirs.
    """
    visible = conversations_for(member).order_by().values("pk")
    rows = Later.objects.filter(user=member.user_id, state__in=_OPEN).annotate(lost=~Q(conversation__in=visible))
    rows = rows.filter(Q(scheduled=True, lost=False) | Q(state=Later.State.RETURNED))
    return rows.select_related("conversation__customer", "conversation__visitor__customer").order_by("due_at", "id")


def lost_of(member: Membership, client_id: UUID) -> Later:
    """What came back to the member out of a conversation that is not open to them; else Later.DoesNotExist."""
    visible = conversations_for(member).order_by().values("pk")
    rows = Later.objects.filter(user=member.user_id, state=Later.State.RETURNED, client_id=client_id)
    found = rows.exclude(conversation__in=visible).first()
    if found is None:
        raise Later.DoesNotExist
    return found


def quote_of(conversation: Conversation, client_id: UUID) -> UUID | None:
    """The id of the message that a waiting one answers."""
    rows = Later.objects.filter(conversation=conversation, client_id=client_id)
    return rows.values_list("quote", flat=True).first()
