"""Who is told of a message, and when: frames after the commit, one for each audience (INV-02, M-28, design.md §5.3)."""

from __future__ import annotations

import pytest

from conversations.actions import closing
from conversations.actions.posting import post_messages
from conversations.actions.starting import direct_conversation, side_conversation
from conversations.authors import Author
from conversations.models import Message
from events import groups
from events.models import Event, Stream
from tests.cast import NOW
from tests.conversations.posts import new, one, reply
from tests.conversations.rings import at

pytestmark = pytest.mark.django_db


def test_one_frame_for_each_audience_after_the_commit(cast, talk, kim, frames, django_capture_on_commit_callbacks):
    """Team and requester get the same data; the inbox gets the row; versions rise by one (design.md §5.3)."""
    team, outside = groups.conversation_team(talk.public_id), groups.conversation_requester(talk.public_id)
    with django_capture_on_commit_callbacks(execute=False) as callbacks:
        posted = one(new(talk, kim, "Is anybody there?"))
        assert frames == []
    for callback in callbacks:
        callback()
    assert [(f["g"], f["k"]) for f in frames] == [
        (team, "message"),
        (outside, "message"),
        (groups.inbox(cast.inbox.public_id), "row"),
    ]
    assert frames[0]["d"] == frames[1]["d"] == posted.data
    before = {f["g"]: f["v"] for f in frames}
    frames.clear()
    with django_capture_on_commit_callbacks(execute=True):
        post_messages([new(talk, kim, "1"), new(talk, kim, "2")], now=at(2))
    assert [f["v"] - before[team] for f in frames if f["g"] == team] == [1, 2]
    assert [f["d"]["seq"] for f in frames if f["g"] == team] == [3, 4]
    assert Stream.objects.get(name=team).version == before[team] + 2


def test_a_rollback_tells_nobody(talk, kim, frames, django_capture_on_commit_callbacks, monkeypatch):
    """Neither frame nor event nor version."""
    events, versions = Event.objects.count(), dict(Stream.objects.values_list("name", "version"))
    monkeypatch.setattr("conversations.actions.posting.record_many", lambda rows: 1 / 0)
    with django_capture_on_commit_callbacks(execute=True), pytest.raises(ZeroDivisionError):
        one(new(talk, kim))
    assert frames == []
    assert Event.objects.count() == events
    assert dict(Stream.objects.values_list("name", "version")) == versions
    assert Message.objects.filter(conversation=talk).count() == 1


def test_a_repeat_tells_nobody(talk, kim, frames, django_capture_on_commit_callbacks):
    """Who saw it once does not see it again."""
    message = new(talk, kim)
    one(message)
    with django_capture_on_commit_callbacks(execute=True):
        one(message)
    assert frames == []


def test_an_internal_line_reaches_no_requester(cast, talk, ben, frames, django_capture_on_commit_callbacks):
    """INV-02: whatever is posted inside, no frame of any kind goes to a requester's or visitor's group."""
    with django_capture_on_commit_callbacks(execute=True):
        side = side_conversation(talk, member=cast.member(cast.ben), now=at(1))
        assert one(reply(side, ben, "CANARY: he is a difficult one")).created
        closing.close(side, author=ben, role="team_member", now=at(2))
    assert frames
    outside = {groups.conversation_requester(c.public_id) for c in (talk, side)} | {
        groups.visitor(talk.visitor.public_id)
    }
    assert not outside & {frame["g"] for frame in frames}
    assert not [f for f in frames if "CANARY" in str(f) and f["g"] != groups.conversation_team(side.public_id)]


def test_a_direct_message_stays_between_two(cast, frames, django_capture_on_commit_callbacks):
    """Rows go to the two people, not to an inbox (M-28)."""
    with django_capture_on_commit_callbacks(execute=True):
        talk = direct_conversation(cast.anna, cast.udo, now=NOW)
        assert one(reply(talk, Author.of_user(cast.udo), "Hello Anna", role="")).created
    told = {frame["g"] for frame in frames if frame["k"] == "row"}
    assert told == {groups.member(cast.anna.public_id), groups.member(cast.udo.public_id)}
    assert not any(frame["g"].startswith("inbox.") for frame in frames)
