"""The engagement licence taken away: no inbox at the next request, direct messages as before (G-33, E-39, S-16)."""

import uuid
from datetime import timedelta

import pytest
from django.test import Client

from channels_app.selectors import inboxes_for, licensed_users, line_of
from companies.actions.members import set_rights
from conversations.actions import ringing
from conversations.actions.posting import post_message
from conversations.actions.starting import direct_conversation, side_conversation
from conversations.authors import Author
from conversations.models import ConversationHead, Offer
from conversations.selectors.streams import standing_groups
from conversations.selectors.visibility import conversations_for
from events import groups
from notifications.models import Notice
from notifications.selectors import unread_of
from tests.cast import NOW, make_visitor, write


def licence(member, *, on: bool) -> None:
    rights = {"may_post_customer_replies": True, "may_manage_customers": False}
    set_rights(member, engagement_licence=on, **rights, by="operator", now=NOW)


def say(conversation, author: Author, body: str):
    return post_message(
        conversation,
        author=author,
        body=body,
        client_id=uuid.uuid4(),
        via="app" if author.is_team else "widget",
        role="team_member",
        now=NOW,
    )


@pytest.fixture
def held(cast):
    """A request that Cem has accepted, with a line inside."""
    visitor = make_visitor(cast.nordlicht)
    conversation = write(visitor, cast.support)
    while (offer := Offer.objects.get(state="pending")).user != cast.cem:
        ringing.decline(conversation, user=offer.user, now=NOW)
    ringing.accept(conversation, user=cast.cem, now=NOW)
    side_conversation(conversation, member=cast.member(cast.cem), now=NOW)
    return conversation


@pytest.fixture
def talk(cast):
    """Anna and Cem, directly."""
    conversation = direct_conversation(cast.anna, cast.cem, now=NOW)
    say(conversation, Author.of_user(cast.anna), "Good morning")
    return conversation


def browser(user) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_nothing_of_an_inbox_is_open_and_direct_messages_are(cast, held, talk, react, settle):
    cem = browser(cast.cem)
    assert cem.get(f"/conversations/{held.public_id}/").status_code == 200
    react()
    licence(cast.member(cast.cem), on=False)
    assert cem.get(f"/conversations/{held.public_id}/").status_code == 404
    assert cem.get(f"/conversations/{talk.public_id}/").status_code == 200
    react()  # the numbers of what is unseen follow a moment later
    page = cem.get("/conversations/").content.decode()
    assert str(talk.public_id) in page
    assert str(held.public_id) not in page
    for view in ("open", "mine", "customer", "internal", "closed"):
        assert str(held.public_id) not in cem.get(f"/conversations/?view={view}").content.decode()
    member = cast.member(cast.cem)
    assert list(conversations_for(member)) == [talk]
    assert not inboxes_for(member).exists()
    assert standing_groups(member) == {groups.member(cast.cem.public_id)}


def test_what_was_held_goes_back_and_what_rings_moves_on(cast, held, react, settle):
    ringing_now = write(make_visitor(cast.nordlicht), cast.support)
    while (offer := Offer.objects.get(state="pending")).user != cast.cem:
        ringing.decline(ringing_now, user=offer.user, now=NOW)
    licence(cast.member(cast.cem), on=False)
    react()
    settle(NOW)
    head = ConversationHead.objects.get(pk=held.pk)
    assert (head.assignee, head.routing) == (None, "unclaimed")
    assert Offer.objects.get(pk=offer.pk).state == "withdrawn"
    assert cast.cem.pk not in {place.user_id for place in line_of(cast.support)}


def test_sockets_are_told_to_look_again(cast, frames, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        licence(cast.member(cast.cem), on=False)
        licence(cast.member(cast.cem), on=False)
    assert [(f["g"], f["k"]) for f in frames] == [(groups.member(cast.cem.public_id), "rights")]


def test_nothing_more_is_told_of_what_they_followed(
    cast, held, talk, react, frames, django_capture_on_commit_callbacks
):
    react()
    say(held, Author.of_visitor(held.visitor), "One more thing")
    react()
    assert unread_of([cast.cem.pk]) == {cast.cem.pk: 3}  # Anna's, the request's first and last
    licence(cast.member(cast.cem), on=False)
    react()
    assert unread_of([cast.cem.pk]) == {cast.cem.pk: 1}  # Anna's
    frames.clear()
    with django_capture_on_commit_callbacks(execute=True):
        say(held, Author.of_visitor(held.visitor), "SECRET")
        react()
    told = [f for f in frames if f["g"] == groups.member(cast.cem.public_id)]
    assert [f for f in told if f["k"] in {"alert", "row", "message"}] == []
    assert not Notice.objects.filter(user=cast.cem, conversation=held, seen_at=None).exists()


def test_given_back_everything_is_open_again(cast, held, react, settle):
    licence(cast.member(cast.cem), on=False)
    react()
    settle(NOW + timedelta(seconds=1))
    licence(cast.member(cast.cem), on=True)
    assert browser(cast.cem).get(f"/conversations/{held.public_id}/").status_code == 200


def test_licensed_users_keeps_companies_apart(cast):
    everybody = [cast.ben.pk, cast.cem.pk, cast.udo.pk]
    licence(cast.member(cast.cem), on=False)
    found = licensed_users([cast.nordlicht.pk, cast.sued.pk], everybody)
    assert found == {cast.nordlicht.pk: {cast.ben.pk}, cast.sued.pk: {cast.udo.pk}}
