"""Who joins later reads what comes from then on, by whatever way it travels; nothing from before (N-03)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from conversations.actions import assigning, directs, editing, taking_part
from conversations.actions.starting import direct_conversation
from conversations.authors import Author
from conversations.consumers import _asked_thread
from conversations.models import Conversation
from tests.cast import NOW, accepted_by, make_customer, make_visitor, write_by_mail
from tests.notifications.minutes import post
from widget.selectors import conversation_data, groups_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clean_valkey")]
SECRET = "SECRETBEFORE iban 123"


def fresh(conversation: Conversation) -> Conversation:
    rows = Conversation.objects.select_related("head__inbox", "customer", "visitor__customer", "company")
    return rows.get(pk=conversation.pk)


def say(conversation, user, body: str, **fields):
    return post(fresh(conversation), Author.of_user(user), body, now=NOW, **fields)


def take_back(conversation, message, user, *, days: int = 0) -> None:
    later, author = NOW + timedelta(days=days), Author.of_user(user)
    editing.delete_message(fresh(conversation), message_id=message.client_id, author=author, now=later)


@pytest.fixture
def kim(cast):
    """Kim's request, which Ben has."""
    talk = write_by_mail(make_customer(cast.nordlicht, "Kim", "kim@abc.example"), "first", channel=cast.support)
    assigning.assign(talk, to=cast.ben, by=cast.anna, role="admin", now=NOW)
    return talk


@pytest.fixture
def lea(cast):
    """Lea, whose chat is proved to be hers, and who is Udo in his own inbox."""
    customer = make_customer(cast.nordlicht, "Lea", "lea@abc.example")
    customer.user = cast.udo
    customer.save()
    return customer


def add(cast, talk, customer) -> None:
    taking_part.add_customer(fresh(talk), customer=customer, by=cast.member(cast.ben), role="team_member", now=NOW)


@pytest.mark.parametrize("how", ["edited", "deleted"])
def test_old_messages_that_change_travel_without_words(cast, kim, lea, frames, django_capture_on_commit_callbacks, how):
    """The frame of a changed message, and of those that quote it, tells somebody who came later to fetch, no more."""
    one = say(kim, cast.ben, "ONE")
    say(kim, cast.ben, SECRET, quote=one.client_id)
    add(cast, kim, lea)
    heard = groups_of(make_visitor(cast.nordlicht, customer=lea, verified=True))
    frames.clear()
    with django_capture_on_commit_callbacks(execute=True):
        if how == "deleted":
            take_back(kim, one, cast.ben, days=5)
        else:
            editing.edit_message(
                fresh(kim), message_id=one.client_id, author=Author.of_user(cast.ben), body="SECRETBEFORE two",
                role="team_member", may_post=True, now=NOW,
            )  # fmt: skip
    told = [frame for frame in frames if frame["g"] in heard]
    assert ("changed", {"c": str(kim.public_id)}) in [(frame["k"], frame["d"]) for frame in told]
    assert not [frame for frame in told if "SECRETBEFORE" in str(frame)]


def test_what_is_new_changes_by_its_frame(cast, kim, lea, frames, django_capture_on_commit_callbacks):
    """A message after they came is theirs: everybody gets it at once."""
    add(cast, kim, lea)
    new = say(kim, cast.ben, "for both")
    frames.clear()
    with django_capture_on_commit_callbacks(execute=True):
        take_back(kim, new, cast.ben)
    told = [frame for frame in frames if frame["g"] == f"conversation.{kim.public_id}.requester"]
    assert [frame["d"]["deleted"] for frame in told if frame["k"] == "message"] == [True]


def test_the_list_shows_no_words_from_before(cast, kim, lea):
    """The newest message is taken back: the row falls back to nothing, not to what stood before Lea came."""
    say(kim, cast.ben, SECRET)
    add(cast, kim, lea)
    take_back(kim, say(kim, cast.ben, "for both"), cast.ben)
    udo = Client()
    udo.force_login(cast.udo)
    assert "SECRETBEFORE" not in udo.get("/conversations/?view=asked").content.decode()
    chat = make_visitor(cast.nordlicht, customer=lea, verified=True)
    assert conversation_data(fresh(kim), chat, now=NOW)["preview"] == ""


def test_the_list_of_a_direct_conversation_neither(cast):
    """Dora is added to what Ben and Cem talk about."""
    talk = direct_conversation(cast.ben, cast.cem, now=NOW)
    say(talk, cast.ben, SECRET)
    directs.add_people(fresh(talk), people=[cast.dora], by=cast.member(cast.ben), now=NOW)
    take_back(talk, say(talk, cast.ben, "Welcome"), cast.ben)
    dora = Client()
    dora.force_login(cast.dora)
    assert "SECRETBEFORE" not in dora.get("/conversations/").content.decode()


def test_the_row_still_falls_back_where_nobody_came_later(cast, kim):
    """Everybody was there from the start: the message before is shown again."""
    say(kim, cast.ben, "It is on its way.")
    take_back(kim, say(kim, cast.ben, "oops"), cast.ben)
    assert fresh(kim).head.preview == "It is on its way."


def test_a_guest_types_as_themselves(cast, kim, lea):
    """Not as the customer who asked; and an anonymous chat with a guest can be opened by them at all."""
    add(cast, kim, lea)
    assert _asked_thread(cast.udo.pk, str(kim.public_id)).asker["name"] == "Lea"
    chat = accepted_by(cast.ben, cast.support)
    add(cast, chat, lea)
    assert _asked_thread(cast.udo.pk, str(chat.public_id)).asker["name"] == "Lea"
