"""The one function that stores messages: client ids, order, batches, what a message may be (INV-18, INV-19, R-23)."""

from __future__ import annotations

import uuid

import pytest

from conversations.actions import ringing
from conversations.actions.posting import (
    BadMessage,
    ClientIdTaken,
    Locked,
    NewMessage,
    clean_body,
    post_message,
    post_messages,
)
from conversations.authors import SYSTEM, Author
from conversations.models import ConversationHead, Message
from conversations.selectors.messages import page
from events import groups
from events.models import Stream
from tests.cast import make_cast, make_visitor, write
from tests.conversations.posts import new, one, reply, upload
from tests.conversations.rings import at
from tests.threads import in_threads

pytestmark = pytest.mark.django_db


# --- client ids --------------------------------------------------------------------------------------------
def test_the_same_id_again_is_the_same_message(talk, kim):
    """Sent twice, stored once, and it says so (INV-18)."""
    message = new(talk, kim)
    first, second = one(message), one(message, now=at(9))
    assert (first.created, second.created) == (True, False)
    assert second.message.pk == first.message.pk
    assert second.data == first.data
    assert Message.objects.filter(conversation=talk).count() == 2


def test_the_same_id_twice_in_one_batch(talk, kim, frames, django_capture_on_commit_callbacks):
    """A shared commit may hold a message and its repeat."""
    message = new(talk, kim)
    with django_capture_on_commit_callbacks(execute=True):
        outcomes = post_messages([message, message], now=at(1))
    assert [outcome.created for outcome in outcomes] == [True, False]
    assert outcomes[0].data == outcomes[1].data
    assert Message.objects.filter(conversation=talk).count() == 2
    assert len([f for f in frames if f["k"] == "message"]) == 2, "one for each audience"


@pytest.mark.parametrize("together", [True, False])
def test_the_id_with_another_text_or_author_is_refused(cast, talk, kim, ben, together):
    """409, and the first stays as it is."""
    client_id = uuid.uuid4()
    good = new(talk, kim, "One", client_id=client_id)
    others = [new(talk, kim, "Two", client_id=client_id), reply(talk, ben, "One", client_id=client_id)]
    if together:
        outcomes = post_messages([good, *others], now=at(1))[1:]
    else:
        one(good)
        outcomes = [one(other) for other in others]
    assert [type(outcome) for outcome in outcomes] == [ClientIdTaken, ClientIdTaken]
    assert Message.objects.get(client_id=client_id).body == "One"


def test_the_id_with_other_files_is_refused(cast, talk, kim):
    """A repeat names the same files."""
    file, client_id = upload(cast.nordlicht, kim), uuid.uuid4()
    with_file = new(talk, kim, "Look", client_id=client_id, attachments=(file.public_id,))
    assert one(with_file).created
    assert not one(with_file).created
    assert isinstance(one(new(talk, kim, "Look", client_id=client_id)), ClientIdTaken)


def test_the_same_id_in_another_conversation_is_another_message(cast, talk, kim):
    """Unique per conversation only."""
    other = write(make_visitor(cast.nordlicht), cast.support)
    client_id = uuid.uuid4()
    messages = [new(talk, kim, client_id=client_id), new(other, Author.of_visitor(other.visitor), client_id=client_id)]
    assert all(outcome.created for outcome in post_messages(messages, now=at(1)))


def test_a_repeat_is_answered_even_when_locked(talk, kim):
    """The first was stored: the client must learn it, whatever happened since."""
    message = new(talk, kim)
    one(message)
    ConversationHead.objects.filter(pk=talk.pk).update(status="locked")
    assert one(message).created is False


# --- batches -----------------------------------------------------------------------------------------------
def test_a_batch_of_many_with_refusals_among_them(cast, talk, kim, ben):
    """In the order given, one outcome each; refusals hold nobody up and leave nothing behind."""
    other = write(make_visitor(cast.nordlicht), cast.support)
    batch = [
        new(talk, kim, "1"),
        new(talk, kim, "   "),
        reply(talk, ben, "2"),
        reply(talk, Author.of_user(cast.cem), "not his"),
        new(other, Author.of_visitor(other.visitor), "3"),
        new(talk, kim, "x" * 10_001),
        NewMessage(conversation_id=0, author=kim, body="?", client_id=uuid.uuid4(), via="widget"),
        new(talk, kim, "4", attachments=(uuid.uuid4(),)),
        new(talk, kim, "5"),
    ]
    outcomes = post_messages(batch, now=at(1))
    kinds = [type(outcome).__name__ for outcome in outcomes]
    assert kinds == [
        "Posted",
        "BadMessage",
        "Posted",
        "NotAllowed",
        "Posted",
        "BadMessage",
        "Locked",
        "BadMessage",
        "Posted",
    ]
    assert [m.body for m in page(talk)][1:] == ["1", "2", "5"]
    assert [m.seq for m in page(talk)] == [1, 2, 3, 4]
    head = ConversationHead.objects.get(pk=talk.pk)
    assert (head.last_seq, head.message_count, head.preview) == (4, 4, "5")


def test_post_message_raises_what_a_batch_returns(talk, kim):
    """The convenience for one."""
    with pytest.raises(BadMessage, match="empty"):
        post_message(talk, author=kim, body="\n \n", client_id=uuid.uuid4(), via="widget", now=at(1))


def test_the_ring_accepts_in_the_same_batch(cast):
    """The holder's two replies and the visitor's line, gathered in one commit."""
    rings = write(make_visitor(cast.nordlicht), cast.support)
    holder = Author.of_user(rings.offers.get(state="pending").user)
    outcomes = post_messages(
        [reply(rings, holder, "1"), reply(rings, holder, "2"), new(rings, Author.of_visitor(rings.visitor), "3")],
        now=at(3),
    )
    assert [outcome.message.seq for outcome in outcomes] == [2, 3, 4]
    assert ConversationHead.objects.get(pk=rings.pk).assignee_id == holder.id
    with pytest.raises(ringing.Conflict):
        ringing.decline(rings, user=cast.anna, now=at(4))


@pytest.mark.django_db(transaction=True)
def test_eight_threads_leave_no_gap():
    """seq = 1 … n in one conversation, whatever the order of the commits (R-23, INV-18)."""
    cast = make_cast()
    talk = write(make_visitor(cast.nordlicht), cast.support)
    other = write(make_visitor(cast.nordlicht), cast.support)
    kim, lea = Author.of_visitor(talk.visitor), Author.of_visitor(other.visitor)
    failures: list[Exception] = []

    def send() -> None:
        for _ in range(6):
            batch = [new(talk, kim), new(other, lea), new(talk, kim)]
            found = post_messages(batch if uuid.uuid4().int % 2 else batch[::-1], now=at(1))
            failures.extend(outcome for outcome in found if isinstance(outcome, Exception))

    assert in_threads(*[send] * 8) == [None] * 8
    assert failures == []
    for conversation, expected in ((talk, 97), (other, 49)):
        seqs = list(Message.objects.filter(conversation=conversation).order_by("id").values_list("seq", flat=True))
        assert sorted(seqs) == list(range(1, expected + 1))
        head = ConversationHead.objects.get(pk=conversation.pk)
        assert (head.last_seq, head.message_count) == (expected, expected)
    version = Stream.objects.get(name=groups.conversation_team(talk.public_id)).version
    assert version >= 97, "no frame without a number of its own"


# --- what a message may be ---------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("body", "code"), [("", "empty"), (" \r\n\t ", "empty"), ("\x00", "empty"), ("x" * 10_001, "too_long")]
)
def test_what_is_no_message(talk, kim, body, code):
    """422 with a code (model.md §3)."""
    outcome = one(new(talk, kim, body))
    assert isinstance(outcome, BadMessage)
    assert outcome.code == code


def test_ten_thousand_characters_are_a_message(talk, kim):
    """The limit counts characters, not bytes, after cleaning."""
    assert one(new(talk, kim, "😀" * 10_000)).created
    assert one(new(talk, kim, "x" * 10_000 + "\n\n\x00")).created


@pytest.mark.parametrize(
    ("raw", "stored"),
    [
        ("a\x00b", "ab"),
        ("a\r\nb\rc\nd", "a\nb\nc\nd"),
        ("\n\n  text \n", "text"),
        ("half \ud83d of a character", "half ? of a character"),
        ("مرحبا 👩‍👩‍👧 \u202etxt", "مرحبا 👩‍👩‍👧 \u202etxt"),
    ],
)
def test_text_is_stored_as_it_was_written_but_storable(talk, kim, raw, stored):
    """NUL and half surrogates would make PostgreSQL refuse the whole batch."""
    assert clean_body(raw) == stored
    assert one(new(talk, kim, raw)).message.body == stored


def test_nobody_writes_into_a_locked_conversation(cast, talk, kim, ben):
    """INV-19."""
    ConversationHead.objects.filter(pk=talk.pk).update(status="locked")
    for message in (new(talk, kim), reply(talk, ben), new(talk, SYSTEM, via="system")):
        assert isinstance(one(message), Locked)
    assert Message.objects.filter(conversation=talk).count() == 1
