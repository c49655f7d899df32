"""What a member may do with a conversation at this moment, and why not: what its page offers (permission matrix).

The actions check again under their locks; this only keeps the page honest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from companies import roles
from companies.models import Membership
from conversations.models import Conversation, ConversationHead, Offer
from conversations.selectors.offers import pending_offer
from conversations.selectors.peers import Peer, people_of, seat_of, snooze_word
from conversations.selectors.visibility import role_for

Routing = ConversationHead.Routing
Status = ConversationHead.Status


@dataclass(frozen=True)
class Rights:
    """`reply` is "" when the member may answer now, else why not: merged, locked, offered, ringing, waiting, unclaimed,
    assigned, may_not. `verbs` are those of accept, decline, assign_self, assign_other, unassign, ring, close, reopen,
    snooze, wake, move, merge, people, discuss; of a direct one archive, unarchive, add, leave, mute, unmute, snooze,
    wake. `snoozed`: see snooze_word().
    """

    role: str
    offer: Offer | None
    holds: bool
    mine: bool
    reply: str
    internal: bool
    verbs: frozenset[str]
    snoozed: str = ""

    @property
    def menu(self) -> frozenset[str]:
        """The verbs that stand in the menu; accept and decline are the ring card's."""
        return self.verbs - {"accept", "decline"}

    @property
    def kinds(self) -> list[str]:
        """The composer's tabs: reply, internal."""
        return [kind for kind, allowed in (("reply", not self.reply), ("internal", self.internal)) if allowed]


def rights_of(member: Membership, conversation: Conversation) -> Rights:
    """The member's rights; the conversation comes from conversation_for(member, …)."""
    head, role = conversation.head, role_for(member, conversation)
    offer = pending_offer(conversation.pk) if head.routing == Routing.RINGING else None
    holds = offer is not None and offer.user_id == member.user_id
    mine = head.assignee_id == member.user_id
    merged = conversation.merged_into_id is not None
    reply = "merged" if merged else _why_no_reply(member, head, role, mine=mine, holds=holds)
    if head.kind == Conversation.Kind.DIRECT:
        return _rights_in_direct(conversation, member, role, reply)
    verbs = _verbs(conversation, role, mine=mine, holds=holds)
    internal = head.status != Status.LOCKED and not merged and _may_note(role)
    snoozed = snooze_word(head.snoozed_at, head.snoozed_until)
    return Rights(role, offer, holds, mine, reply, internal, frozenset(verbs), snoozed)


def _rights_in_direct(conversation: Conversation, member: Membership, role: str, reply: str) -> Rights:
    people = people_of([conversation.pk]).get(conversation.pk, [])
    seat = seat_of(people, member.user_id)
    verbs = [] if seat is None or reply == "locked" else _of_direct(people, seat)
    snoozed = seat.snoozed if seat else ""
    return Rights(role, None, False, False, reply, False, frozenset(verbs), snoozed)


def _may_note(role: str) -> bool:
    # Who can open the conversation takes part in it (conversation_for), so "own" holds.
    return roles.allowed(role, "internal.write", own=True)


def _why_no_reply(member: Membership, head: ConversationHead, role: str, *, mine: bool, holds: bool) -> str:
    if head.status == Status.LOCKED:
        return "locked"
    if head.kind == Conversation.Kind.DIRECT:
        return ""
    if head.kind == Conversation.Kind.INTERNAL:
        return "may_not"
    if head.routing == Routing.OPEN:
        allowed = roles.allowed(role, "customer.answer.open", switch=member.may_post_customer_replies)
        return "" if allowed else "may_not"
    if mine and roles.allowed(role, "customer.answer.assigned", assigned=True):
        return ""
    if holds:
        return "offered"
    return str(head.routing)


def _verbs(conversation: Conversation, role: str, *, mine: bool, holds: bool) -> list[str]:
    head = conversation.head
    if head.kind != Conversation.Kind.CUSTOMER:
        found = ["people"] if conversation.discussion and _may_invite(head, role) else []
        return found + _close_or_reopen(head, head.kind == Conversation.Kind.INTERNAL and _may_note(role))
    if conversation.merged_into_id is not None:
        return []
    found = ["accept", "decline"] if holds else []
    if head.status == Status.OPEN and head.routing != Routing.OPEN:
        fresh = head.routing == Routing.UNCLAIMED
        if not mine and not holds and roles.allowed(role, "conversation.assign_self", fresh=fresh):
            found.append("assign_self")
        if roles.allowed(role, "conversation.assign_other"):
            found.append("assign_other")
        if head.routing == Routing.ASSIGNED and roles.allowed(role, "conversation.release_own", assigned=mine):
            found.append("unassign")
        if _can_ring(conversation) and roles.allowed(role, "conversation.ring_again"):
            found.append("ring")
    if _may_move(head, role, mine=mine or holds):
        found.append("move")
    if _may_invite(head, role):
        found.append("people")
    if head.status != Status.LOCKED and roles.allowed(role, "conversation.discuss", own=True):
        found.append("discuss")
    may = may_close(head, role, mine=mine)
    if may and head.status == Status.OPEN and roles.allowed(role, "conversation.merge"):
        found.append("merge")
    return found + _snooze_or_wake(head, role, mine=mine) + _close_or_reopen(head, may)


def _may_invite(head: ConversationHead, role: str) -> bool:
    return head.status != Status.LOCKED and roles.allowed(role, "conversation.people")


def _may_move(head: ConversationHead, role: str, *, mine: bool) -> bool:
    """`mine`: as assignee or as holder of the offer."""
    if head.status != Status.OPEN:
        return False
    if head.routing == Routing.OPEN:
        return roles.allowed(role, "conversation.move.open")
    return roles.allowed(role, "conversation.move.assigned", assigned=mine)


def _snooze_or_wake(head: ConversationHead, role: str, *, mine: bool) -> list[str]:
    """Only what somebody holds goes out of sight (actions/snoozing.py)."""
    held = head.status == Status.OPEN and head.routing in {Routing.ASSIGNED, Routing.OPEN}
    if not held or not may_close(head, role, mine=mine):
        return []
    return ["wake" if head.snoozed_at else "snooze"]


def _of_direct(people: Sequence[Peer], seat: Peer) -> list[str]:
    found = ["unarchive" if seat.archived else "archive", "unmute" if seat.muted else "mute", "add"]
    found.append("wake" if seat.snoozed else "snooze")
    return [*found, "leave"] if len(people) > 2 else found


def _can_ring(conversation: Conversation) -> bool:
    channel = conversation.channel
    if channel is None or not channel.ring_enabled:
        return False
    return conversation.head.routing in {Routing.UNCLAIMED, Routing.ASSIGNED}


def may_close(head: ConversationHead, role: str, *, mine: bool) -> bool:
    """Whether a team member may close or reopen this request."""
    if head.routing == Routing.OPEN:
        return roles.allowed(role, "conversation.close.open")
    return roles.allowed(role, "conversation.close.assigned", assigned=mine)


def _close_or_reopen(head: ConversationHead, allowed: bool) -> list[str]:
    if not allowed or head.status == Status.LOCKED:
        return []
    return ["close" if head.status == Status.OPEN else "reopen"]
