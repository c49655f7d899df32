"""Two people at the same moment: the mode, the counter of numbers, a tag, a quote, a file; E-08, INV-05, INV-06."""

from __future__ import annotations

import threading
import time
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from channels_app.models import Inbox
from conversations import attachments
from conversations.actions import assigning, closing, editing, labels, posting, starting
from conversations.actions.posting import post_message
from conversations.authors import SYSTEM, Author
from conversations.models import Conversation, ConversationHead, Message, Tag, Tagging
from tests.cast import NOW, accepted_by, make_cast, make_visitor, write
from tests.threads import in_threads

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clean_valkey")]


# --- the mode of an inbox ------------------------------------------------------------------------------------------
def test_the_mode_is_switched_back_while_it_is_switched(cast, monkeypatch):
    """Anna switches assignment off; after the first request another manager switches it on: nothing is left between."""
    requests = [write(make_visitor(cast.nordlicht), cast.support) for _ in range(3)]
    whole, seen = assigning._switch_one, []

    def one(conversation_id, inbox, **fields):
        whole(conversation_id, inbox, **fields)
        seen.append(conversation_id)
        if len(seen) == 1:
            assigning.switch_mode(inbox, assignment=True, by=SYSTEM, now=NOW)

    monkeypatch.setattr(assigning, "_switch_one", one)
    assigning.switch_mode(cast.inbox, assignment=False, by=SYSTEM, now=NOW)
    assert Inbox.objects.get(pk=cast.inbox.pk).assignment_enabled
    heads = ConversationHead.objects.filter(pk__in=[request.pk for request in requests])
    assert not heads.filter(routing="open").exists()


def test_what_is_closed_while_the_mode_is_switched_stays_as_it_is(cast, monkeypatch):
    """It is looked at when it opens again."""
    first, second = (write(make_visitor(cast.nordlicht), cast.support) for _ in range(2))
    assigning.assign(second, to=cast.ben, by=cast.anna, role="admin", now=NOW)
    whole = assigning._switch_one

    def one(conversation_id, *args, **fields):
        whole(conversation_id, *args, **fields)
        if conversation_id == first.pk:
            closing.close(second, author=Author.of_user(cast.ben), role="team_member", now=NOW)

    monkeypatch.setattr(assigning, "_switch_one", one)
    assigning.switch_mode(cast.inbox, assignment=False, by=SYSTEM, now=NOW)
    head = ConversationHead.objects.get(pk=second.pk)
    assert (head.status, head.assignee) == ("closed", cast.ben)


# --- the order of locks --------------------------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("first", ["note", "reason"])
@pytest.mark.parametrize("second", ["discussion", "start again"])
def test_the_counter_comes_before_the_conversation(first, second, monkeypatch):
    """A first note, or a reason for the new assignee, while a discussion or the same start takes the counter."""
    cast, start_id, client_id = make_cast(), uuid4(), uuid4()
    visitor, ben = make_visitor(cast.nordlicht), cast.member(cast.ben)
    request = write(visitor, cast.support, start_id=start_id, client_id=client_id)
    jobs = {
        "note": lambda: starting.side_conversation(request, member=ben, now=NOW),
        "reason": lambda: assigning.assign(
            request, to=cast.cem, by=cast.anna, role="admin", now=NOW, reason="You know it"
        ),
        "discussion": lambda: starting.start_discussion(request, by=ben, people=[], title="Lamp", now=NOW),
        "start again": lambda: write(visitor, cast.support, start_id=start_id, client_id=client_id),
    }

    def slowly(lock):
        def locked(*args):
            found = lock(*args)
            time.sleep(0.5)
            return found

        return locked

    monkeypatch.setattr(starting, "lock_head", slowly(starting.lock_head))
    monkeypatch.setattr(assigning, "lock_head", slowly(assigning.lock_head))
    results = in_threads(jobs[first], jobs[second])
    assert not [found for found in results if isinstance(found, Exception)], results
    assert Conversation.objects.filter(about=request, discussion=False).count() <= 1


# --- a quote -------------------------------------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("verb", ["edit", "delete"])
def test_a_message_is_changed_while_somebody_quotes_it(verb, monkeypatch):
    """Cem's note quotes it after Ben's change has looked for quotes: the change comes, and the note is told anew."""
    cast = make_cast()
    request = accepted_by(cast.ben, cast.support)
    side = starting.side_conversation(request, member=cast.member(cast.cem), now=NOW)
    fields = {"client_id": uuid4(), "via": "app", "role": "team_member", "may_post": True, "now": NOW}
    post_message(request, author=Author.of_user(cast.ben), body="The old price", **fields)
    quoting = fields | {"client_id": uuid4(), "quote": fields["client_id"]}
    whole, looked = editing.lock_heads, []

    def lock_heads(ids):
        if not looked:
            looked.append(True)
            [noted] = in_threads(lambda: post_message(side, author=Author.of_user(cast.cem), body="See", **quoting))
            assert noted.created
        return whole(ids)

    monkeypatch.setattr(editing, "lock_heads", lock_heads)
    what = {"message_id": fields["client_id"], "author": Author.of_user(cast.ben), "now": NOW}
    if verb == "edit":
        editing.edit_message(request, body="The new price", role="team_member", may_post=True, **what)
    else:
        editing.delete_message(request, **what)
    assert Message.objects.get(client_id=quoting["client_id"]).changed == 1


# --- a tag ---------------------------------------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("first", ["add", "remove"])
def test_a_tag_is_used_while_its_last_use_goes(first, monkeypatch):
    """Two requests: off the one, on the other, either a moment before the other's commit. The use stays, and its word."""
    cast = make_cast()
    one, other = (write(make_visitor(cast.nordlicht), cast.support) for _ in range(2))
    ben = cast.member(cast.ben)
    labels.add_tag(one, member=ben, name="VIP")
    jobs = {
        "add": lambda: labels.add_tag(other, member=ben, name="vip"),
        "remove": lambda: labels.remove_tag(one, member=ben, name="VIP"),
    }
    done = threading.Event()
    whole, waiting = labels._tell, []

    def slowly(*args):
        whole(*args)
        if not waiting:
            waiting.append(True)
            done.set()  # the first has written and is about to commit
            time.sleep(0.5)

    def after_it():
        done.wait(5)
        return jobs["remove" if first == "add" else "add"]()

    monkeypatch.setattr(labels, "_tell", slowly)
    results = in_threads(jobs[first], after_it)
    assert results == [None, None]
    assert [tagging.conversation_id for tagging in Tagging.objects.all()] == [other.pk]
    assert Tag.objects.count() == 1


# --- a file --------------------------------------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
def test_an_old_upload_is_sent_while_old_uploads_go(monkeypatch):
    """The page stood open for a day: what is being sent at that moment keeps its file, another one goes."""
    cast = make_cast()
    request = accepted_by(cast.ben, cast.support)
    key = Author.of_user(cast.ben).key
    sent, old = (
        attachments.accept_upload(
            company=cast.nordlicht, uploader=key, file=SimpleUploadedFile("f", b"x"), name="plan.txt", now=NOW
        )
        for _ in range(2)
    )
    tomorrow = NOW + timedelta(days=2)
    locked, go_on = threading.Event(), threading.Event()
    whole = posting._lock_files

    def slowly(new):
        found = whole(new)
        locked.set()
        go_on.wait(5)
        return found

    def send():
        fields = {"client_id": uuid4(), "via": "app", "role": "team_member", "may_post": True, "now": tomorrow}
        author = Author.of_user(cast.ben)
        return post_message(request, author=author, body="Here", attachments=(sent.public_id,), **fields)

    def sweep():
        locked.wait(5)
        try:
            return attachments.drop_unsent(now=tomorrow)
        finally:
            go_on.set()

    monkeypatch.setattr(posting, "_lock_files", slowly)
    posted, gone = in_threads(send, sweep)
    assert (posted.created, gone) == (True, 1)
    assert [file.pk for file in posted.message.attachments.all()] == [sent.pk]
    assert sent.file.storage.exists(sent.file.name)
    assert not old.file.storage.exists(old.file.name)
