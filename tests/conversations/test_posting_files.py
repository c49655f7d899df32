"""Files of a message: whose they are, when they may be sent, how many (S-41, model.md §8)."""

from __future__ import annotations

import uuid

import pytest

from conversations.actions import assigning
from conversations.actions.locking import NotAllowed
from conversations.actions.posting import BadMessage, post_messages
from conversations.authors import Author
from conversations.models import Attachment, ConversationHead
from tests.conversations.posts import new, one, reply, upload
from tests.conversations.rings import at

pytestmark = pytest.mark.django_db


def test_files_belong_to_their_message(cast, talk, kim, tmp_path):
    """In the order named; a message of files only is one, and the list shows the name."""
    files = [upload(cast.nordlicht, kim, f"{n}.txt") for n in "ab"]
    posted = one(new(talk, kim, "", attachments=tuple(f.public_id for f in files[::-1])))
    assert [f["name"] for f in posted.data["files"]] == ["b.txt", "a.txt"]
    assert list(posted.message.attachments.order_by("id").values_list("name", flat=True)) == ["a.txt", "b.txt"]
    assert ConversationHead.objects.get(pk=talk.pk).preview == "b.txt"
    assert set(Attachment.objects.values_list("conversation_id", flat=True)) == {talk.pk}


def test_nobody_sends_another_s_upload_or_a_sent_one(cast, talk, kim, ben):
    """S-41: unknown, foreign, already sent, named twice, named by two messages of a batch: bad_file."""
    mine, his = upload(cast.nordlicht, kim), upload(cast.nordlicht, ben)
    for wanted in ((his.public_id,), (uuid.uuid4(),), (mine.public_id, mine.public_id)):
        outcome = one(new(talk, kim, attachments=wanted))
        assert isinstance(outcome, BadMessage)
        assert outcome.code == "bad_file"
    pair = [new(talk, kim, attachments=(mine.public_id,)) for _ in range(2)]
    first, second = post_messages(pair, now=at(1))
    assert first.created
    assert isinstance(second, BadMessage)
    assert isinstance(one(new(talk, kim, attachments=(mine.public_id,))), BadMessage)
    his.refresh_from_db()
    assert his.message is None


def test_a_refused_message_leaves_its_files_free(cast, talk):
    """Who may not answer now may send the same upload later."""
    cem = Author.of_user(cast.cem)
    file = upload(cast.nordlicht, cem)
    message = reply(talk, cem, attachments=(file.public_id,))
    assert isinstance(one(message), NotAllowed)
    assigning.assign(talk, to=cast.cem, by=cast.anna, role="admin", now=at(2))
    assert one(message).created


def test_at_most_five_files(cast, talk, kim):
    """model.md §8."""
    outcome = one(new(talk, kim, attachments=tuple(uuid.uuid4() for _ in range(6))))
    assert (type(outcome), outcome.code) == (BadMessage, "too_many_files")
