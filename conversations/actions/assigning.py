"""Claim, assign, release (G-12…G-18): the only writers of an assignee besides the ring."""

from __future__ import annotations

from datetime import datetime
from uuid import uuid5

from accounts.models import User
from channels_app.models import Inbox
from channels_app.selectors import people_of_inbox
from companies import audit, roles
from conversations import events
from conversations.actions import ringing
from conversations.actions.locking import Conflict, NotAllowed, lock_head, lock_mode, lock_offer
from conversations.actions.posting import post_message
from conversations.actions.starting import lock_for_side, side_conversation
from conversations.authors import SYSTEM, Author
from conversations.models import Conversation, ConversationHead, Offer
from conversations.models.head import ROUTING_FIELDS
from events.publish import unit

Routing = ConversationHead.Routing
LONGEST_REASON = 300


def assign(
    conversation: Conversation,
    *,
    to: User,
    by: User,
    role: str,
    now: datetime,
    reason: str = "",
    seen: str | None = None,
) -> ConversationHead:
    """Assign to oneself (claim) or, as manager, to anybody who works in the inbox; a `reason` becomes an internal
    message that the new assignee reads. `seen`: the public id of the assignee whom the page showed, "" for nobody.

    Raises NotAllowed (open mode, no right, person not in the inbox) and Conflict (somebody was faster).
    """
    reason = " ".join(reason.replace("\x00", "").split())[:LONGEST_REASON]
    with unit():
        if reason:
            lock_for_side(conversation)
        head = lock_head(conversation.pk)
        _require_open_request(head)
        offer = lock_offer(head.pk)
        fresh = head.routing == Routing.UNCLAIMED
        action = "conversation.assign_self" if to.pk == by.pk else "conversation.assign_other"
        if not roles.allowed(role, action, fresh=fresh):
            if action.endswith("self") and roles.rule(role, action) == "fresh":
                raise Conflict(ringing.whereabouts(head, offer))
            raise NotAllowed(action)
        if not people_of_inbox(head.inbox).filter(user=to).exists():
            raise NotAllowed("works elsewhere")
        if head.assignee_id == to.pk:
            return head
        if seen is not None and seen != (str(head.assignee.public_id) if head.assignee else ""):
            raise Conflict(ringing.whereabouts(head, offer))
        if offer is not None:
            ringing.end_offer(offer, Offer.State.WITHDRAWN, conversation=head.conversation, now=now, reason="assigned")
        before = head.assignee_id
        head.last_assignee_id = before or head.last_assignee_id
        head.assignee, head.routing = to, Routing.ASSIGNED
        head.wake()
        head.save(update_fields=ROUTING_FIELDS)
        ringing.follow(head, to, now=now)
        by_author = Author.of_user(by)
        events.history("conversation.assigned", head.conversation, by=by_author, now=now, assignee=to.pk, before=before)
        ringing.announce(head, now=now)
        if reason:
            _say_why(head, reason, by=by, role=role, now=now)
        return head


def _say_why(head: ConversationHead, reason: str, *, by: User, role: str, now: datetime) -> None:
    side = side_conversation(head.conversation, member=None, now=now)
    ringing.follow(side.head, head.assignee, now=now)
    name = head.assignee.full_name
    body = reason if head.assignee_id == by.pk else f"→ {name}: {reason}"
    key = f"{by.pk}:{head.assignee_id}:{now.isoformat()}"
    post_message(
        side, author=Author.of_user(by), body=body, client_id=uuid5(side.public_id, key), via="app", role=role, now=now
    )


def _require_open_request(head: ConversationHead) -> None:
    if head.kind != Conversation.Kind.CUSTOMER:
        raise NotAllowed("not a request")
    if head.routing == Routing.OPEN:
        raise NotAllowed("open mode")
    if head.status != head.Status.OPEN:
        raise Conflict("closed")


def release(conversation: Conversation, *, by: User, role: str, now: datetime) -> ConversationHead:
    """Back to Unassigned: a manager's right, or one's own conversation. Raises NotAllowed, Conflict."""
    with unit():
        head = lock_head(conversation.pk)
        _require_open_request(head)
        if head.routing != Routing.ASSIGNED:
            raise Conflict(ringing.whereabouts(head, lock_offer(head.pk)))
        if not roles.allowed(role, "conversation.release_own", assigned=head.assignee_id == by.pk):
            raise NotAllowed("conversation.release_own")
        _release_locked(head, by=Author.of_user(by), now=now)
        return head


def _release_locked(head: ConversationHead, *, by: Author, now: datetime) -> None:
    before = head.assignee_id
    head.last_assignee_id, head.assignee, head.routing = before, None, Routing.UNCLAIMED
    head.wake()
    head.save(update_fields=ROUTING_FIELDS)
    events.history("conversation.unassigned", head.conversation, by=by, now=now, before=before, after="")
    events.history("conversation.unclaimed", head.conversation, by=by, now=now, after="released")
    ringing.announce(head, now=now)


def settle_release(conversation_id: int, recipient: str, now: datetime) -> None:
    """DUE: the assignee (`recipient`, “user:5”) was deactivated or left the inbox: unclaimed, unless they are back."""
    head = lock_head(conversation_id)
    if head.status != head.Status.OPEN or f"user:{head.assignee_id}" != recipient:
        return
    if not people_of_inbox(head.inbox).filter(user=head.assignee_id).exists():
        _release_locked(head, by=SYSTEM, now=now)


def release_all_of(user: User, *, now: datetime, by: Author, inbox: Inbox | None = None) -> None:
    """The user was deactivated or left the inbox: their open conversations become unclaimed (model.md §4.2)."""
    held = ConversationHead.objects.filter(assignee=user, status="open", routing=Routing.ASSIGNED)
    if inbox is not None:
        held = held.filter(inbox=inbox)
    for conversation_id in list(held.order_by("conversation_id").values_list("conversation_id", flat=True)):
        with unit():
            head = lock_head(conversation_id)
            if head.assignee_id == user.pk and head.status == head.Status.OPEN:
                _release_locked(head, by=by, now=now)


def switch_mode(inbox: Inbox, *, assignment: bool, by: Author, now: datetime) -> None:
    """Turn assignment on (all become unclaimed) or off (offers withdrawn, assignees cleared) for an inbox (A-01).

    Whoever switches back while this goes on has the last word: each request is looked at again under its lock.
    """
    with unit():
        Inbox.objects.filter(pk=inbox.pk).update(assignment_enabled=assignment)
        audit.write(inbox.company, "inbox.mode", by=by.key, subject=inbox.name, now=now, assignment=assignment)
    heads = ConversationHead.objects.filter(inbox=inbox, kind=Conversation.Kind.CUSTOMER, status="open")
    wanted = heads.filter(routing=Routing.OPEN) if assignment else heads.exclude(routing=Routing.OPEN)
    for conversation_id in list(wanted.order_by("conversation_id").values_list("conversation_id", flat=True)):
        with unit():
            _switch_one(conversation_id, inbox, assignment=assignment, by=by, now=now)


def _switch_one(conversation_id: int, inbox: Inbox, *, assignment: bool, by: Author, now: datetime) -> None:
    head = lock_head(conversation_id)
    there = head.inbox_id == inbox.pk and head.status == head.Status.OPEN
    if not there or (head.routing == Routing.OPEN) is not assignment or lock_mode(inbox.pk) is not assignment:
        return
    offer = lock_offer(conversation_id)
    if offer is not None:
        ringing.end_offer(offer, Offer.State.WITHDRAWN, conversation=head.conversation, now=now, reason="open mode")
    before = head.assignee_id
    head.last_assignee_id = before or head.last_assignee_id
    head.assignee = None
    head.routing = Routing.UNCLAIMED if assignment else Routing.OPEN
    head.wake()
    head.save(update_fields=ROUTING_FIELDS)
    if before:
        events.history("conversation.unassigned", head.conversation, by=by, now=now, before=before, after="mode")
    ringing.announce(head, now=now)
