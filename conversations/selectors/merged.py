"""Requests of one person that can be joined, and what was joined to one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from companies import roles
from companies.models import Membership
from conversations.models import Conversation, ConversationHead
from conversations.selectors.rights import may_close
from conversations.selectors.visibility import conversations_for, role_for

_MOST = 50


def same_requester(one: Conversation, other: Conversation) -> bool:
    """The same browser, or the same customer as far as that is proved: a claimed address joins nothing (N-19)."""
    if one.company_id != other.company_id or {one.kind, other.kind} != {Conversation.Kind.CUSTOMER}:
        return False
    if one.visitor_id is not None and one.visitor_id == other.visitor_id:
        return True
    proved = all(talk.visitor is None or talk.visitor.verified for talk in (one, other))
    return proved and one.customer_id is not None and one.customer_id == other.customer_id


def may_merge(one: ConversationHead, other: ConversationHead, member: Membership, roles_in: tuple[str, str]) -> bool:
    """Whether the member may join the first to the second: who may close both; and who holds the second one may take
    in what nobody holds. `roles_in`: their role in the inbox of each; whoever only takes part may not.
    """
    if roles.USER in roles_in or not all(roles.allowed(role, "conversation.merge") for role in roles_in):
        return False
    if not may_close(other, roles_in[1], mine=other.assignee_id == member.user_id):
        return False
    return one.assignee_id is None or may_close(one, roles_in[0], mine=one.assignee_id == member.user_id)


@dataclass(frozen=True)
class Candidate:
    """Another request of the same person that the member may join to the one in question."""

    public_id: UUID
    number: int
    subject: str
    place: str
    status: str
    last_activity: datetime
    count: int


def candidates_for(member: Membership, conversation: Conversation) -> list[Candidate]:
    """Latest first; only what the member may open and act on (S-04). A few statements however many."""
    person = Q(visitor=conversation.visitor_id) if conversation.visitor_id else Q(pk=None)
    if conversation.customer_id:
        person |= Q(customer=conversation.customer_id)
    rows = conversations_for(member).filter(person, kind=Conversation.Kind.CUSTOMER, merged_into=None)
    rows = rows.exclude(pk=conversation.pk).exclude(head__status=ConversationHead.Status.LOCKED)
    here, known = role_for(member, conversation), {}
    found = []
    for row in rows.filter(head__message_count__gt=0).order_by("-head__last_activity")[:_MOST]:
        if row.head.inbox_id not in known:
            known[row.head.inbox_id] = role_for(member, row)
        there = known[row.head.inbox_id]
        if same_requester(row, conversation) and may_merge(row.head, conversation.head, member, (there, here)):
            found.append(_candidate(row))
    return found


def _candidate(row: Conversation) -> Candidate:
    head = row.head
    place = head.inbox.name if head.inbox else ""
    return Candidate(row.public_id, row.number, row.subject, place, head.status, head.last_activity, head.message_count)


def living(conversation: Conversation) -> Conversation:
    """Where what is written to it goes: the conversation itself, or what it was merged into at last."""
    people = ("company", "channel__inbox", "visitor", "customer", "head__inbox")
    while conversation.merged_into_id is not None:
        conversation = Conversation.objects.select_related(*people).get(pk=conversation.merged_into_id)
    return conversation


def merged_into(conversation: Conversation) -> list[Conversation]:
    """What was joined to it, and to that again: at most 20."""
    found: list[Conversation] = []
    level = [conversation.pk]
    while level and len(found) < 20:
        rows = Conversation.objects.filter(merged_into__in=level).select_related("head__inbox", "customer", "visitor")
        new = list(rows.order_by("pk")[:20])
        found += new
        level = [row.pk for row in new]
    return found[:20]


def everything_in(conversation_id: int) -> list[int]:
    """The conversation and all that was joined to it, and to that again (primary keys)."""
    found = level = [conversation_id]
    while level:
        rows = Conversation.objects.filter(merged_into__in=level).order_by("pk")
        level = list(rows.values_list("pk", flat=True))
        found = found + level
    return found


def merged_part(conversation: Conversation, public_id: UUID) -> Conversation:
    """One of them: whoever reads the conversation reads it, too. Raises Conversation.DoesNotExist."""
    found = next((row for row in merged_into(conversation) if row.public_id == public_id), None)
    if found is None:
        raise Conversation.DoesNotExist
    return found
