"""The personal archive of direct conversations: E-02, M-06, M-07, model.md §4.1, INV-19."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.urls import reverse

from conversations.actions import closing, directs
from conversations.actions.locking import Conflict
from conversations.actions.posting import Locked
from conversations.actions.starting import direct_conversation
from conversations.authors import Author
from conversations.models import ConversationHead, Message
from conversations.selectors.folders import Folder, list_page
from conversations.selectors.scope import scope_for
from events.models import Due
from tests.cast import NOW, make_visitor, write
from tests.conversations.test_direct import address, say, signed_in

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=101)


@pytest.fixture
def talk(cast):
    conversation = direct_conversation(cast.udo, cast.anna, now=NOW)
    say(conversation, cast.udo, "Shall we talk?")
    return conversation


def listed(user, where="/conversations/") -> str:
    return signed_in(user).get(where).content.decode()


def test_gone_from_conversations_found_in_the_archive(cast, clean_valkey, talk):
    """M-07: by the icon; readable in full in the archive; the other side keeps it and reads a line with a way to follow."""
    anna = signed_in(cast.anna)
    assert anna.post(address(talk, "conversation_archive")).status_code == 303
    assert str(talk.public_id) not in listed(cast.anna)
    assert str(talk.public_id) not in listed(cast.anna, "/conversations/?view=direct")
    assert str(talk.public_id) in listed(cast.anna, "/archive/")
    assert "Shall we talk?" in anna.get(address(talk)).content.decode()
    assert "in your archive" in anna.get(address(talk)).content.decode()
    assert str(talk.public_id) in listed(cast.udo)
    page = signed_in(cast.udo).get(address(talk)).content.decode()
    assert "<b>Anna Berg</b> archived this conversation" in page
    assert "Archive too" in page
    assert "Archive too" not in anna.get(address(talk)).content.decode()


def test_the_word_archives_and_is_never_a_message(cast, clean_valkey, talk):
    """E-02: “/archive”, as a form without scripts, as JSON, with blanks around it."""
    anna, udo = signed_in(cast.anna), signed_in(cast.udo)
    form = {"body": " /archive\r\n", "client_id": str(uuid.uuid4())}
    assert anna.post(address(talk, "conversation_messages"), form).url == "/conversations/"
    answer = udo.post(
        address(talk, "conversation_messages"),
        {"body": "/archive", "client_id": str(uuid.uuid4())},
        content_type="application/json",
        headers={"accept": "application/json"},
    )
    assert answer.json() == {"archived": True}
    assert talk.participants.exclude(archived_at=None).count() == 2
    assert list(Message.objects.filter(conversation=talk).values_list("body", flat=True)) == ["Shall we talk?"]


def test_in_a_request_the_word_is_explained(cast, clean_valkey):
    """“/archive” is for direct conversations: a request is closed; nothing reaches the customer."""
    request = write(make_visitor(cast.nordlicht), cast.support)
    form = {"body": "/archive", "client_id": str(uuid.uuid4())}
    answer = signed_in(cast.anna).post(address(request, "conversation_messages"), form)
    assert answer.status_code == 409
    assert "A request or an internal one is closed." in answer.content.decode()
    assert Message.objects.filter(conversation=request).count() == 1
    assert signed_in(cast.anna).post(address(request, "conversation_archive")).status_code == 409


@pytest.mark.django_db(transaction=True)
def test_a_new_message_brings_it_back_for_all(cast, clean_valkey, talk, frames):
    """E-02: rows come by frame to both, no longer archived."""
    for user in (cast.anna, cast.udo):
        directs.archive(talk, user=user, now=NOW)
    frames.clear()
    say(talk, cast.udo, "One more thing")
    rows = {f["g"]: f["d"]["archived"] for f in frames if f["k"] == "row"}
    assert rows == {f"member.{cast.anna.public_id}": False, f"member.{cast.udo.public_id}": False}
    for user in (cast.anna, cast.udo):
        assert str(talk.public_id) in listed(user)
        assert str(talk.public_id) not in listed(user, "/archive/")


@pytest.mark.django_db(transaction=True)
def test_only_my_own_list_changes(cast, talk, frames):
    """The row leaves my tabs; the others' rows stay; an open page of theirs fetches the line."""
    frames.clear()
    directs.archive(talk, user=cast.anna, now=NOW)
    rows = {f["g"]: f["d"]["archived"] for f in frames if f["k"] == "row"}
    assert rows == {f"member.{cast.anna.public_id}": True, f"member.{cast.udo.public_id}": False}
    assert [f["k"] for f in frames if f["g"] == f"conversation.{talk.public_id}.team"] == ["state"]
    directs.unarchive(talk, user=cast.anna)
    assert not talk.participants.exclude(archived_at=None).exists()


def test_locked_when_all_archived_and_100_days_passed(cast, clean_valkey, talk, settle):
    """Model §4.1: then it is read-only for ever, with a warning and no composer; a new talk begins afresh (INV-19)."""
    directs.archive(talk, user=cast.anna, now=NOW)
    settle(LATER)
    assert ConversationHead.objects.get(pk=talk.pk).status == "open"
    directs.archive(talk, user=cast.udo, now=NOW + timedelta(days=50))
    settle(NOW + timedelta(days=149))
    assert ConversationHead.objects.get(pk=talk.pk).status == "open"
    settle(NOW + timedelta(days=151))
    assert ConversationHead.objects.get(pk=talk.pk).status == "locked"
    page = signed_in(cast.anna).get(address(talk)).content.decode()
    assert "nobody writes here any more" in page
    assert str(talk.public_id) in listed(cast.anna, "/archive/")
    with pytest.raises(Locked):
        say(talk, cast.anna, "Hello again")
    for act in (directs.archive, directs.mute):
        with pytest.raises(Conflict, match="locked"):
            act(talk, user=cast.anna, **({"now": LATER} if act is directs.archive else {"muted": True}))
    with pytest.raises(Conflict, match="locked"):
        directs.add_people(talk, people=[cast.ben], by=cast.member(cast.anna), now=LATER)
    assert direct_conversation(cast.udo, cast.anna, now=LATER).pk != talk.pk


@pytest.mark.parametrize("by", ["message", "taking it out"])
def test_what_lives_again_is_not_locked(cast, talk, settle, by):
    """A message, or somebody who takes it out: the deadline finds nothing to do."""
    for user in (cast.anna, cast.udo):
        directs.archive(talk, user=user, now=NOW)
    assert Due.objects.get(kind="lock_direct").due_at == NOW + timedelta(days=100)
    if by == "message":
        say(talk, cast.udo)
    else:
        directs.unarchive(talk, user=cast.udo)
    settle(LATER)
    assert ConversationHead.objects.get(pk=talk.pk).status == "open"


def test_the_archive_holds_both_kinds_in_pages(cast, clean_valkey):
    """A-28: closed requests and direct ones archived by me, the latest activity first; nobody else's."""
    first = write(make_visitor(cast.nordlicht), cast.support, now=NOW)
    closing.close(first, author=Author.of_user(cast.anna), role="admin", now=NOW + timedelta(hours=9))
    talks = []
    for user in (cast.ben, cast.cem, cast.dora):
        talk = direct_conversation(cast.anna, user, now=NOW)
        say(talk, user)
        directs.archive(talk, user=cast.anna, now=NOW)
        talks.append(talk)
    page = listed(cast.anna, "/archive/")
    assert all(str(one.public_id) in page for one in (first, *talks))
    assert not any(str(one.public_id) in listed(cast.udo, "/archive/") for one in (first, *talks))
    assert reverse("archive") in page


def test_pages_of_the_archive_go_on_where_they_ended(cast, clean_valkey):
    """Keyset pages over both kinds: every row once, in order of activity."""
    expected = []
    for number in range(7):
        at = NOW + timedelta(minutes=number)
        if number % 2:
            one = write(make_visitor(cast.nordlicht), cast.support, now=at)
            closing.close(one, author=Author.of_user(cast.anna), role="admin", now=at)
        else:
            one = direct_conversation(cast.anna, [cast.ben, cast.cem, cast.dora, cast.udo][number // 2], now=at)
            say(one, cast.anna)
            ConversationHead.objects.filter(pk=one.pk).update(last_activity=at)
            directs.archive(one, user=cast.anna, now=at)
        expected.insert(0, one.pk)
    found, cursor = [], ""
    while True:
        page = list_page(scope_for(cast.member(cast.anna)), Folder("archive"), cursor=cursor, limit=2)
        found += [head.pk for head in page.heads]
        cursor = page.next_cursor
        if not cursor:
            break
    assert found == expected
