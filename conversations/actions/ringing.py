"""The ring: offer to one member, escalate on time, accept, decline, give up (M-33…M-44, model.md §4.2)."""

from __future__ import annotations

from datetime import datetime, timedelta

from accounts.models import User
from channels_app.models import Channel, ChannelMember
from channels_app.rotation import Turn, next_in_line
from channels_app.selectors import line_of, next_opening, people_of_inbox
from conversations import events
from conversations.actions.locking import Conflict, NotAllowed, lock_channel, lock_head, lock_mode, lock_offer
from conversations.authors import SYSTEM, Author
from conversations.models import Conversation, ConversationHead, Offer, Participant
from conversations.models.head import ROUTING_FIELDS
from events import due
from events.publish import unit

Routing = ConversationHead.Routing


def begin(head: ConversationHead, *, now: datetime, preferred: int | None = None, after: str = "fresh") -> None:
    """Route a new or reopened request whose head is locked; `preferred` is asked first if available.

    Writes head.routing (and saves it), the offer and its deadline; the frames of row and state are the caller's.
    `after` says why when it is not rung at all: “fresh” = its message tells whom it concerns.
    """
    conversation = head.conversation
    head.assignee = None
    if not lock_mode(head.inbox_id):
        _set_routing(head, Routing.OPEN)
        return
    channel = conversation.channel
    if channel is None or not channel.ring_enabled or channel.state == Channel.State.PAUSED:
        _set_routing(head, Routing.UNCLAIMED)
        _unclaimed(head, after, now)
        return
    ring = (
        Offer.objects.filter(conversation=conversation).order_by("-id").values_list("ring", flat=True).first() or 0
    ) + 1
    _continue(head, ring=ring, now=now, preferred=preferred, after="nobody")


def fit_mode(head: ConversationHead) -> None:
    """A closed request comes back as its inbox works now: the mode may have changed, the assignee may have left.

    Changes the locked head in memory only; whoever opens it saves it.
    """
    if head.kind != Conversation.Kind.CUSTOMER:
        return
    before = head.assignee_id
    if not lock_mode(head.inbox_id):
        head.assignee, head.routing = None, Routing.OPEN
    elif head.routing == Routing.OPEN or (before and not people_of_inbox(head.inbox).filter(user=before).exists()):
        head.assignee, head.routing = None, Routing.UNCLAIMED
    if before and head.assignee_id is None:
        head.last_assignee_id = before


def _set_routing(head: ConversationHead, routing: str) -> None:
    head.routing = routing
    head.wake()
    head.save(update_fields=ROUTING_FIELDS)


def _unclaimed(head: ConversationHead, after: str, now: datetime) -> None:
    events.history("conversation.unclaimed", head.conversation, by=SYSTEM, now=now, after=after)


def _continue(
    head: ConversationHead, *, ring: int, now: datetime, preferred: int | None = None, after: str = "ring"
) -> None:
    """Offer to the next member of this ring, wait for the opening, or give up as unclaimed."""
    conversation = head.conversation
    channel = lock_channel(conversation.channel_id)
    if channel.state == Channel.State.PAUSED or not channel.ring_enabled:
        _set_routing(head, Routing.UNCLAIMED)
        _unclaimed(head, "paused", now)
        return
    opens = next_opening(channel, now)
    if opens is None:  # holidays for ever: nobody is rung outside the hours, so the managers must hear of it
        _set_routing(head, Routing.UNCLAIMED)
        _unclaimed(head, after, now)
        return
    if opens > now:
        _set_routing(head, Routing.WAITING)
        due.add("opening", subject_id=conversation.pk, due_at=opens)
        return
    tried = list(
        Offer.objects.filter(conversation=conversation, ring=ring).order_by("id").values_list("user_id", "round")
    )
    asker = conversation.customer.user_id if conversation.customer else None  # nobody is offered what they ask
    turn = next_in_line(
        [place for place in line_of(channel) if place.user_id != asker],
        tried=tried,
        max_rounds=channel.max_rounds,
        fixed=channel.order == Channel.Order.FIXED,
        preferred=preferred,
    )
    if turn is None:
        _set_routing(head, Routing.UNCLAIMED)
        _unclaimed(head, "ring" if tried else after, now)
        return
    _offer(head, channel, turn, ring=ring, now=now)


def _offer(head: ConversationHead, channel: Channel, turn: Turn, *, ring: int, now: datetime) -> None:
    _set_routing(head, Routing.RINGING)
    offer = Offer(
        conversation=head.conversation,
        user=User.objects.get(pk=turn.user_id),
        ring=ring,
        round=turn.round,
        offered_at=now,
        expires_at=now + timedelta(seconds=channel.escalate_after_s),
    )
    offer.save(force_insert=True)
    due.add("offer", subject_id=offer.pk, due_at=offer.expires_at)
    ChannelMember.objects.filter(channel=channel, user_id=turn.user_id).update(last_offered_at=now)
    events.offer_started(head.conversation, offer)


def end_offer(offer: Offer, state: str, *, conversation: Conversation, now: datetime, reason: str = "") -> None:
    """End a locked pending offer; the alert at its holder goes away."""
    offer.state, offer.ended_at, offer.reason = state, now, reason
    offer.save(update_fields=["state", "ended_at", "reason"])
    events.offer_ended(conversation, offer)


def pass_on(head: ConversationHead, offer: Offer, state: str, *, now: datetime, reason: str = "") -> None:
    """End the offer and ask the next member, all in the caller's unit; tells every page."""
    end_offer(offer, state, conversation=head.conversation, now=now, reason=reason)
    _continue(head, ring=offer.ring, now=now)
    announce(head, now=now)


def announce(head: ConversationHead, *, now: datetime) -> None:
    """Row and state frames after the routing changed."""
    offer = lock_offer(head.pk) if head.routing == Routing.RINGING else None
    events.row_changed(head.conversation, head, offer=offer)
    events.state_changed(head.conversation, head, now=now)


def accept_locked(head: ConversationHead, offer: Offer, *, now: datetime) -> None:
    """The holder takes the request: assigned, no further escalation (M-36, INV-04)."""
    end_offer(offer, Offer.State.ACCEPTED, conversation=head.conversation, now=now)
    head.assignee = offer.user
    _set_routing(head, Routing.ASSIGNED)
    follow(head, offer.user, now=now)
    by = Author.of_user(offer.user)
    events.history("conversation.assigned", head.conversation, by=by, now=now, assignee=offer.user_id, before=None)


def follow(head: ConversationHead, user: User, *, now: datetime) -> None:
    """The user takes part from now on and follows what happens (N-41)."""
    Participant.objects.bulk_create(
        [
            Participant(
                conversation=head.conversation, user=user, side=Participant.Side.TEAM, following=True, joined_at=now
            )
        ],
        update_conflicts=True,
        unique_fields=["conversation", "user"],
        update_fields=["following", "left_at"],
    )


def accept(conversation: Conversation, *, user: User, now: datetime) -> ConversationHead:
    """Accept the offer one holds. Raises Conflict (“already with Cem”, “moved on”) when it is not there any more."""
    with unit():
        head = lock_head(conversation.pk)
        if head.assignee_id == user.pk:
            return head
        offer = lock_offer(head.pk)
        if offer is None or offer.user_id != user.pk:
            raise Conflict(whereabouts(head, offer))
        accept_locked(head, offer, now=now)
        announce(head, now=now)
        return head


def decline(conversation: Conversation, *, user: User, now: datetime) -> ConversationHead:
    """“No time”: the next member has the offer at once (M-36). Raises Conflict when one does not hold it."""
    with unit():
        head = lock_head(conversation.pk)
        offer = lock_offer(head.pk)
        if offer is None or offer.user_id != user.pk:
            raise Conflict(whereabouts(head, offer))
        pass_on(head, offer, Offer.State.DECLINED, now=now)
        return head


def whereabouts(head: ConversationHead, offer: Offer | None) -> str:
    """Where the request is now, for the person who came too late."""
    if head.status != head.Status.OPEN:
        return "closed"
    if head.assignee:
        return f"assigned:{head.assignee.full_name}"
    return f"ringing:{offer.user.full_name}" if offer else head.routing


def settle_offer(offer_id: int, recipient: str, now: datetime) -> None:
    """DUE: an offer's time is over. Runs in a unit; does nothing when somebody was faster (R-12)."""
    conversation_id = Offer.objects.filter(pk=offer_id).values_list("conversation_id", flat=True).first()
    if conversation_id is None:
        return
    head = lock_head(conversation_id)
    offer = lock_offer(conversation_id)
    if offer is None or offer.pk != offer_id or offer.expires_at > now:
        return
    pass_on(head, offer, Offer.State.TIMED_OUT, now=now)


def settle_opening(conversation_id: int, recipient: str, now: datetime) -> None:
    """DUE: the channel opens; a request that waited rings now."""
    head = lock_head(conversation_id)
    if head.routing != Routing.WAITING or head.status != head.Status.OPEN:
        return
    begin(head, now=now, preferred=head.last_assignee_id, after="paused")
    announce(head, now=now)


def settle_withdrawal(offer_id: int, recipient: str, now: datetime) -> None:
    """DUE: the holder went away, left or was taken out of the line (`recipient` says which): the offer moves on."""
    conversation_id = Offer.objects.filter(pk=offer_id).values_list("conversation_id", flat=True).first()
    if conversation_id is None:
        return
    head = lock_head(conversation_id)
    offer = lock_offer(conversation_id)
    if offer is None or offer.pk != offer_id:
        return
    if any(place.available and place.user_id == offer.user_id for place in line_of(head.conversation.channel)):
        return  # back already
    pass_on(head, offer, Offer.State.WITHDRAWN, now=now, reason=recipient)


def settle_reroute(conversation_id: int, recipient: str, now: datetime) -> None:
    """DUE: the channel was paused, rings no longer or has other hours: what rings or waits there is looked at again."""
    head = lock_head(conversation_id)
    channel = head.conversation.channel
    if head.status != head.Status.OPEN or head.routing not in {Routing.RINGING, Routing.WAITING}:
        return
    if channel.state == Channel.State.PAUSED or not channel.ring_enabled:
        _stop(head, now=now)
    elif head.routing == Routing.WAITING:
        settle_opening(conversation_id, recipient, now)


def _stop(head: ConversationHead, *, now: datetime) -> None:
    offer = lock_offer(head.pk)
    if offer is not None:
        end_offer(offer, Offer.State.WITHDRAWN, conversation=head.conversation, now=now, reason="paused")
    _set_routing(head, Routing.UNCLAIMED)
    _unclaimed(head, "paused", now)
    announce(head, now=now)


def ring_again(conversation: Conversation, *, by: User, now: datetime) -> ConversationHead:
    """A manager has the request rung anew (from unclaimed or assigned). Raises Conflict, NotAllowed."""
    with unit():
        head = lock_head(conversation.pk)
        if head.status != head.Status.OPEN or head.routing not in {Routing.UNCLAIMED, Routing.ASSIGNED}:
            raise Conflict(whereabouts(head, lock_offer(head.pk)))
        channel = head.conversation.channel
        if channel is None or not channel.ring_enabled or channel.state == Channel.State.PAUSED:
            raise NotAllowed("no channel that rings")
        before = head.assignee_id
        head.last_assignee_id = before or head.last_assignee_id
        if before:
            author = Author.of_user(by)
            events.history("conversation.unassigned", conversation, by=author, now=now, before=before, after="")
        events.row_hidden(head.conversation, head)
        begin(head, now=now, after="nobody")
        announce(head, now=now)
        return head


def withdraw_offers_of(user: User, *, now: datetime, reason: str) -> None:
    """The user went away or was deactivated: what rings at them moves on at once, each in its own lock order."""
    held = Offer.objects.filter(user=user, state=Offer.State.PENDING).order_by("conversation_id")
    for conversation_id in list(held.values_list("conversation_id", flat=True)):
        with unit():
            head = lock_head(conversation_id)
            offer = lock_offer(conversation_id)
            if offer is not None and offer.user_id == user.pk:
                pass_on(head, offer, Offer.State.WITHDRAWN, now=now, reason=reason)


def stop_ringing_of(channel: Channel, *, now: datetime) -> None:
    """The channel was paused: what rings or waits becomes unclaimed and the managers are told."""
    rows = ConversationHead.objects.filter(
        conversation__channel=channel, status="open", routing__in=[Routing.RINGING, Routing.WAITING]
    )
    for conversation_id in list(rows.order_by("conversation_id").values_list("conversation_id", flat=True)):
        with unit():
            head = lock_head(conversation_id)
            if head.status == head.Status.OPEN and head.routing in {Routing.RINGING, Routing.WAITING}:
                _stop(head, now=now)
