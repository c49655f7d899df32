"""Move to another inbox or channel: rung anew, sight follows, search follows, nothing is lost (model.md §4.2, §6)."""

from __future__ import annotations

import uuid

import pytest
from django.test import Client

from conversations.actions import moving, ringing
from conversations.actions.locking import Conflict, NotAllowed
from conversations.actions.posting import post_message
from conversations.actions.searching import read_in
from conversations.actions.starting import side_conversation
from conversations.authors import Author
from conversations.models import Conversation, ConversationHead, Offer, Participant
from conversations.selectors.history import lines_of
from conversations.selectors.search import Sought, search
from conversations.selectors.visibility import conversations_for
from tests.cast import NOW, make_channel, make_inbox, make_user, make_visitor, write

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clean_valkey")]


@pytest.fixture
def sales(cast):
    """An inbox of its own: Emil works there, Eva manages it; its channel rings at Emil."""
    cast.emil = make_user(cast.nordlicht, "Emil", "Kern", domain="nordlicht")
    cast.eva = make_user(cast.nordlicht, "Eva", "Roth", domain="nordlicht")
    inbox = make_inbox(cast.nordlicht, "Sales", cast.emil, managers=(cast.eva,))
    cast.offers = make_channel(inbox, "Quotes", cast.emil, escalate_after_s=60)
    return inbox


@pytest.fixture
def taken(cast):
    conversation = write(make_visitor(cast.nordlicht), cast.support, "Zirkonlampe gesucht")
    ringing.accept(conversation, user=cast.ben, now=NOW)
    return conversation


def move(cast, conversation, inbox, channel=None, *, by=None, role="team_member", **fields):
    by = cast.member(by or cast.ben)
    moving.move(conversation, inbox=inbox, channel=channel, by=by, role=role, now=NOW, **fields)


def sees(cast, user, conversation) -> bool:
    return conversations_for(cast.member(user)).filter(pk=conversation.pk).exists()


def head_of(conversation) -> ConversationHead:
    return ConversationHead.objects.select_related("inbox").get(pk=conversation.pk)


def test_it_rings_anew_in_the_new_channel(cast, sales, taken):
    """The assignee is free of it, Emil is rung, the thread has a line, side conversation and channel go along."""
    side = side_conversation(taken, member=cast.member(cast.ben), now=NOW)
    move(cast, taken, sales, cast.offers)
    head = head_of(taken)
    assert (head.inbox, head.routing, head.assignee_id) == (sales, "ringing", None)
    assert Offer.objects.get(conversation=taken, state="pending").user == cast.emil
    assert Conversation.objects.get(pk=taken.pk).channel == cast.offers
    assert head_of(side).inbox == sales
    line = lines_of(Conversation.objects.get(pk=taken.pk))[-1]
    assert (line.kind, line.who, line.whom) == ("moved", "Ben Fuchs", "Sales · Quotes")


def test_without_a_channel_it_is_unassigned_there(cast, sales, taken):
    move(cast, taken, sales)
    assert (head_of(taken).routing, head_of(taken).inbox) == ("unclaimed", sales)


def test_into_open_mode_nobody_holds_it(cast, sales, taken):
    """INV-06."""
    sales.assignment_enabled = False
    sales.save()
    move(cast, taken, sales, cast.offers)
    assert (head_of(taken).routing, head_of(taken).assignee_id) == ("open", None)


def test_who_saw_it_through_the_old_inbox_sees_it_no_longer(cast, sales, taken):
    """Following gives no way around; who was added by name keeps it; the mover may keep it."""
    fritz = make_user(cast.nordlicht, "Fritz", "Ohne", domain="nordlicht")
    for user in (cast.cem, fritz):
        ringing.follow(head_of(taken), user, now=NOW)
    move(cast, taken, sales)
    assert [sees(cast, user, taken) for user in (cast.ben, cast.cem, cast.emil, cast.eva, fritz, cast.anna)] == [
        False,
        False,
        True,
        True,
        True,
        True,
    ]
    back = write(make_visitor(cast.nordlicht), cast.support)
    ringing.decline(back, user=Offer.objects.get(conversation=back, state="pending").user, now=NOW)
    holder = Offer.objects.get(conversation=back, state="pending").user
    move(cast, back, sales, by=holder, keep=True)
    ringing.follow(head_of(back), holder, now=NOW)
    assert sees(cast, holder, back)


def test_open_pages_and_lists_are_told(cast, sales, taken, frames, django_capture_on_commit_callbacks):
    """S-16: sockets with the thread open look at their rights at once; the row leaves the old lists and enters the new."""
    with django_capture_on_commit_callbacks(execute=True):
        move(cast, taken, sales)
    told = {(f["g"], f["k"]) for f in frames}
    assert (f"conversation.{taken.public_id}.team", "rights") in told
    assert (f"inbox.{cast.inbox.public_id}", "row_hidden") in told
    assert (f"inbox.{sales.public_id}", "row") in told
    assert not any(f["g"] == f"inbox.{cast.inbox.public_id}" and f["k"] == "row" for f in frames)


def test_what_rings_elsewhere_stops(cast, sales):
    """The holder's offer is withdrawn; they may hand it on themselves."""
    asked = write(make_visitor(cast.nordlicht), cast.support)
    offer = Offer.objects.get(conversation=asked, state="pending")
    with pytest.raises(NotAllowed):
        move(cast, asked, sales, by=next(u for u in (cast.ben, cast.cem) if u != offer.user))
    move(cast, asked, sales, cast.offers, by=offer.user)
    offer.refresh_from_db()
    assert (offer.state, offer.reason) == ("withdrawn", "moved")


def test_who_may(cast, sales, taken):
    """The assignee and managers; nobody into another company, nor where it is already, nor when it is closed."""
    with pytest.raises(NotAllowed):
        move(cast, taken, sales, by=cast.cem)
    with pytest.raises(NotAllowed):
        move(cast, taken, cast.sued.inboxes.get() if hasattr(cast.sued, "inboxes") else _inbox_of(cast.sued))
    with pytest.raises(NotAllowed):
        move(cast, taken, sales, cast.support)
    with pytest.raises(Conflict, match="same_place"):
        move(cast, taken, cast.inbox, cast.support)
    move(cast, taken, sales, by=cast.anna, role="admin")
    ConversationHead.objects.filter(pk=taken.pk).update(status="closed", closed_at=NOW)
    with pytest.raises(Conflict, match="closed"):
        move(cast, taken, cast.inbox, by=cast.anna, role="admin")


def _inbox_of(company):
    from channels_app.models import Inbox

    return Inbox.objects.get(company=company)


def test_search_follows(cast, sales, taken):
    """S-04: found by the new inbox, not by the old one, message and card alike; words of it are known there."""
    read_in([(taken.pk, 1)])

    def finds(user):
        found = search(cast.member(user), Sought("zirkonlampe"))
        return len(found.messages), len(found.heads)

    assert (finds(cast.cem), finds(cast.emil)) == ((1, 1), (0, 0))
    move(cast, taken, sales)
    assert (finds(cast.cem), finds(cast.emil)) == ((0, 0), (1, 1))
    assert len(search(cast.member(cast.emil), Sought("konlam")).messages) == 1


def test_the_former_assignee_cannot_answer_by_any_way(cast, sales, taken):
    """INV-05 after a move."""
    move(cast, taken, sales)
    with pytest.raises(NotAllowed):
        post_message(
            taken,
            author=Author.of_user(cast.ben),
            body="One more thing",
            client_id=uuid.uuid4(),
            via="app",
            role="team_member",
            now=NOW,
        )


def test_by_a_form(cast, sales, taken, client: Client):
    """The page lists places; foreign and unknown ids are refused; afterwards the mover is led to the list."""
    client.force_login(cast.ben)
    where = f"/conversations/{taken.public_id}/move/"
    page = client.get(where).content.decode()
    assert "Quotes" in page
    assert "Süd" not in page
    for to in ("", "x", str(uuid.uuid4()), str(_inbox_of(cast.sued).public_id)):
        assert client.post(where, {"to": to}).status_code == 422
    answer = client.post(where, {"to": str(cast.offers.public_id)})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/conversations/")
    assert client.get(f"/conversations/{taken.public_id}/").status_code == 404
    other = write(make_visitor(cast.nordlicht), cast.support)
    holder = Offer.objects.get(conversation=other, state="pending").user
    client.force_login(cast.cem if holder != cast.cem else cast.dora)
    assert client.get(f"/conversations/{other.public_id}/move/").status_code == 403
    assert Participant.objects.filter(conversation=taken, user=cast.ben, left_at=None).count() == 0
