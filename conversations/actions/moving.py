"""Move a request to another inbox or channel: it rings anew there, and who worked on it in the old inbox lets go."""

from __future__ import annotations

from datetime import datetime

from channels_app.models import Channel, Inbox
from channels_app.selectors import users_of_inboxes
from companies import roles
from companies.models import Membership
from conversations import events
from conversations.actions import ringing
from conversations.actions.locking import Conflict, NotAllowed, lock_head, lock_heads, lock_offer
from conversations.authors import Author
from conversations.models import Conversation, ConversationHead, Offer, Participant
from conversations.models.head import ROUTING_FIELDS
from events.publish import unit

Routing = ConversationHead.Routing


def move(
    conversation: Conversation,
    *,
    inbox: Inbox,
    channel: Channel | None,
    by: Membership,
    role: str,
    now: datetime,
    keep: bool = False,
) -> None:
    """Into an inbox of the same company, through one of its channels or none. What rings stops and begins anew there,
    the assignee is free, who saw it only through the old inbox sees it no longer; `keep`: the mover goes on following.

    Raises Conflict (closed, merged, there already), NotAllowed (no right, an inbox of somebody else).
    """
    with unit():
        head = lock_head(conversation.pk)
        offer = lock_offer(head.pk)
        _require_right(head, offer, by, role)
        if inbox.company_id != head.company_id or (channel is not None and channel.inbox_id != inbox.pk):
            raise NotAllowed("conversation.move")
        talk, before = head.conversation, head.inbox
        if (before.pk, talk.channel_id) == (inbox.pk, channel.pk if channel else None):
            raise Conflict("same_place")
        if offer is not None:
            ringing.end_offer(offer, Offer.State.WITHDRAWN, conversation=talk, now=now, reason="moved")
        head.last_assignee_id = head.assignee_id or head.last_assignee_id
        head.assignee, head.routing = None, Routing.UNCLAIMED
        head.wake()
        head.save(update_fields=ROUTING_FIELDS)
        talk.channel = channel
        talk.save(update_fields=["channel"])
        events.history(
            "conversation.moved",
            talk,
            by=Author.of_user(by.user),
            now=now,
            before=before.pk,
            inbox=inbox.pk,
            channel=channel.pk if channel else None,
        )
        rehouse(head, inbox, now=now, keep={by.user_id} if keep else set())
        ringing.begin(head, now=now, after="moved")
        ringing.announce(head, now=now)


def _require_right(head: ConversationHead, offer: Offer | None, by: Membership, role: str) -> None:
    if head.kind != Conversation.Kind.CUSTOMER:
        raise NotAllowed("not a request")
    if head.conversation.merged_into_id is not None:
        raise Conflict("merged")
    if head.status != head.Status.OPEN:
        raise Conflict(head.status)
    if head.routing == Routing.OPEN:
        allowed = roles.allowed(role, "conversation.move.open")
    else:
        holds = offer is not None and offer.user_id == by.user_id
        mine = head.assignee_id == by.user_id or holds
        allowed = roles.allowed(role, "conversation.move.assigned", assigned=mine)
    if not allowed:
        raise NotAllowed(ringing.whereabouts(head, offer))


def rehouse(head: ConversationHead, inbox: Inbox, *, now: datetime, keep: set[int]) -> dict[int, bool]:
    """The locked request and what lies beside it stand in `inbox` from now on; lists, open threads and what people
    follow are put right. Who took part without any role in the old inbox was chosen by name and stays. Returns the
    seats that were lost, with whether they followed (reseat() gives them back).
    """
    before = head.inbox
    if before.pk == inbox.pk:
        return {}
    beside = Conversation.objects.filter(about=head.pk).values_list("pk", flat=True)
    heads = [head, *lock_heads(list(beside)).values()]
    for one in heads:
        one.inbox = inbox
        one.save(update_fields=["inbox"])
    people = users_of_inboxes([before.pk, inbox.pk])
    lost = people[before.pk] - people[inbox.pk] - keep
    places = [one.pk for one in heads]
    seats = Participant.objects.filter(conversation_id__in=places, user_id__in=lost, left_at=None)
    gone = dict(seats.values_list("pk", "following"))
    Participant.objects.filter(pk__in=gone).update(following=False, left_at=now)
    events.row_left(head.conversation, before)
    for one in heads:
        events.sight_changed(one.conversation)
    return gone


def reseat(head: ConversationHead, seats: dict[int, bool], *, lost_at: datetime) -> None:
    """Back where it was (rehouse()): who lost a seat at that moment has it again, unless they work there no longer or
    something else has become of it since.
    """
    here = users_of_inboxes([head.inbox_id]).get(head.inbox_id, set())
    rows = Participant.objects.filter(pk__in=seats, user_id__in=here, left_at=lost_at)
    for follows in (True, False):
        rows.filter(pk__in=[pk for pk, followed in seats.items() if followed is follows]).update(
            following=follows, left_at=None
        )
