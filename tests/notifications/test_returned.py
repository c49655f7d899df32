"""A message that waited and was not sent: its author finds that in the bell, wherever they are by then."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client

from conversations.actions import assigning, later, taking_part
from conversations.authors import Author
from conversations.models import Conversation, Draft
from conversations.selectors.visibility import conversation_for
from notifications.centre import centre
from notifications.models import Notice
from notifications.selectors import unseen_of
from tests.cast import NOW, make_user, make_visitor, write
from tests.notifications.minutes import post

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clean_valkey")]


@pytest.fixture
def put_off(cast):
    """put_off(scheduled): a reply of Ben's that is due in a minute, in a request of his."""

    def put(*, scheduled: bool = True):
        talk = write(make_visitor(cast.nordlicht, name="Lea Winter"), cast.support, "Where is it?")
        assigning.assign(talk, to=cast.ben, by=cast.anna, role="admin", now=NOW)
        found = conversation_for(cast.member(cast.ben), talk.public_id)
        return later.put_off(
            found, member=cast.member(cast.ben), kind="reply", body="On its way.", client_id=uuid4(),
            due_at=NOW + timedelta(minutes=1), scheduled=scheduled, now=NOW,
        )  # fmt: skip

    return put


def returned(user) -> list[Notice]:
    return list(Notice.objects.filter(user=user, cause="returned"))


@pytest.mark.parametrize("scheduled", [True, False])
def test_the_author_finds_it_in_the_bell(cast, put_off, react, settle, scheduled):
    """N-29: given to a colleague meanwhile, so it may not be sent; no mail, for nobody wrote; once."""
    row = put_off(scheduled=scheduled)
    assigning.assign(row.conversation, to=cast.cem, by=cast.anna, role="admin", now=NOW)
    react()
    settle(NOW + timedelta(minutes=1))
    settle(NOW + timedelta(minutes=2))
    react()
    row.refresh_from_db()
    assert row.state == "returned"
    [notice] = returned(cast.ben)
    assert (notice.conversation, notice.in_app, notice.due_at) == (row.conversation, True, None)
    lines = [line for group in centre(cast.member(cast.ben)).groups for line in group.lines]
    assert ("returned", True) in [(line.cause, line.unread) for line in lines]
    assert not returned(cast.cem)


def test_what_was_sent_or_taken_back_tells_nothing(cast, put_off, react, settle):
    sent, undone = put_off(), put_off()
    later.take_back(undone, now=NOW)
    settle(NOW + timedelta(minutes=1))
    react()
    sent.refresh_from_db()
    assert sent.state == "sent"
    assert not Notice.objects.filter(cause="returned").exists()


def test_the_bell_moves_at_once(cast, put_off, react, frames, django_capture_on_commit_callbacks):
    """N-29: even when something else of that conversation waited for the author already."""
    row = put_off()
    post(row.conversation, Author.of_visitor(row.conversation.visitor), "Another question", now=NOW)
    react()
    with django_capture_on_commit_callbacks(execute=True):
        later.discard(row, by=cast.anna, now=NOW)
        react()
    told = [one["d"] for one in frames if one["k"] == "unread" and one["g"] == f"member.{cast.ben.public_id}"]
    assert [one["bell"] for one in told] == [1]


def test_who_stopped_it_is_not_told(cast, put_off, react):
    """An admin stops Ben's message: Ben hears of it."""
    row = put_off()
    later.discard(row, by=cast.anna, now=NOW)
    react()
    assert [notice.user for notice in returned(cast.ben)] == [cast.ben]
    assert not returned(cast.anna)


@pytest.fixture
def lost(cast, react, settle):
    """What Eva wrote for later in a request that she took part in; it came back when she did not any more."""
    eva = make_user(cast.nordlicht, "Eva", "Kern", domain="nordlicht")
    talk = write(make_visitor(cast.nordlicht, name="Lea Winter"), cast.support, "Where is it?")
    assigning.assign(talk, to=cast.ben, by=cast.anna, role="admin", now=NOW)
    ben = cast.member(cast.ben)
    taking_part.add_colleague(talk, person=cast.member(eva), by=ben, role="team_member", now=NOW)
    found = conversation_for(cast.member(eva), talk.public_id)
    row = later.put_off(
        found, member=cast.member(eva), kind="internal", body="<b>Ask Dora</b> first", client_id=uuid4(),
        due_at=NOW + timedelta(minutes=1), scheduled=True, now=NOW,
    )  # fmt: skip
    talk = Conversation.objects.select_related("head").get(pk=talk.pk)
    taking_part.remove_colleague(talk, person=cast.member(eva), by=ben, role="team_member", now=NOW)
    react()
    settle(NOW + timedelta(minutes=1))
    react()
    row.refresh_from_db()
    assert (row.state, row.why) == ("returned", "gone")
    return row


def pages(user, *addresses) -> list[str]:
    client = Client()
    client.force_login(user)
    return [client.get(address).content.decode() for address in addresses]


def test_who_lost_the_conversation_finds_their_own_words(cast, lost):
    """The bell counts it, the centre leads to the scheduled ones, the text is there; nothing else of the conversation."""
    eva = lost.user
    [group] = centre(cast.member(eva)).groups
    assert unseen_of([eva.pk])[eva.pk].bell == 1
    assert [(line.cause, line.url, line.text, line.who) for line in group.lines] == [("returned", "/later/", "", "")]
    told, listed = pages(eva, "/notifications/", "/later/")
    assert "A conversation that is not open to you any more" in told
    assert "&lt;b&gt;Ask Dora&lt;/b&gt; first</textarea>" in listed
    for page in (told, listed):
        assert "Lea" not in page
        assert "Where is it?" not in page
    assert str(lost.conversation.public_id) not in listed


def test_they_are_discarded_by_their_author_alone(cast, lost):
    url = f"/later/{lost.client_id}/discard/"
    for user, status in ((cast.ben, 404), (cast.udo, 404), (lost.user, 303), (lost.user, 404)):
        client = Client()
        client.force_login(user)
        assert client.post(url).status_code == status
    assert "Ask Dora" not in pages(lost.user, "/later/")[0]
    assert not Draft.objects.filter(user=lost.user).exclude(body="").exists()


def test_what_can_be_opened_is_not_discarded_there(cast, put_off, react, settle):
    """Its own conversation shows it: the words in the composer, the note above it."""
    row = put_off()
    assigning.assign(row.conversation, to=cast.cem, by=cast.anna, role="admin", now=NOW)
    settle(NOW + timedelta(minutes=1))
    client = Client()
    client.force_login(cast.ben)
    assert client.post(f"/later/{row.client_id}/discard/").status_code == 404
    assert f"/conversations/{row.conversation.public_id}/" in client.get("/later/").content.decode()
