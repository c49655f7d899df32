"""An agent's websocket: who gets in, what they hear, what they may say, when it ends; S-14, S-05, S-16, R-13, INV-02."""

from __future__ import annotations

import asyncio
import uuid

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.utils import timezone

from channels_app.actions.inboxes import set_role
from companies.actions.members import deactivate_member
from conversations import consumers
from conversations.actions.starting import side_conversation
from events import groups, hub, publish
from tests.conversations.wires import PATIENCE_S, Wire, arrive, do, open_thread, say

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.asyncio]


OWN = settings.BASE_URL


@pytest.mark.parametrize(
    "origin",
    [
        None,
        "null",
        "",
        "https://evil.example",
        OWN.upper(),
        OWN + ".",
        OWN + "0",
        OWN.replace("127", "evil-127"),
        OWN + ".evil.example",
        OWN + "/",
    ],
)
async def test_only_our_own_origin(world, origin):
    """S-14: anything but our own address, letter for letter, is refused before the handshake."""
    wire = Wire(world["sessions"]["Ben"], origin)
    assert await wire.closed() == 4403
    assert not wire.accepted


@pytest.mark.parametrize("session", [None, "", "nonsense", "x" * 32])
async def test_no_session_no_socket(world, session):
    """Without a member's session: 4401, and nothing before it."""
    wire = Wire(session)
    assert await wire.closed() == 4401
    assert wire.heard == []


async def test_hello_names_the_groups_and_the_time(world):
    """The versions of everything heard from now on, and the server's clock; own groups only."""
    cast = world["cast"]
    wire = Wire(world["sessions"]["Ben"])
    hello = await wire.until("hello")
    assert set(hello["s"]) == {groups.member(cast.ben.public_id), groups.inbox(cast.inbox.public_id)}
    assert abs(hello["now"] - timezone.now().timestamp() * 1000) < 5_000
    anna = Wire(world["sessions"]["Anna"])
    seen = set((await anna.until("hello"))["s"])
    assert groups.inbox_managers(cast.inbox.public_id) in seen
    udo = Wire(world["sessions"]["Udo"])
    assert not seen & set((await udo.until("hello"))["s"])


async def test_a_message_comes_as_the_page_shows_it(world):
    """Rendered by the page's partial, escaped; list rows to everybody of the inbox."""
    conversation = world["conversation"]
    ben, cem = await arrive(world, "Ben"), await arrive(world, "Cem")
    opened = await open_thread(ben, conversation)
    assert list(opened["s"]) == [groups.conversation_team(conversation.public_id)]
    posted = await say(conversation, conversation.visitor, "<b>hi</b> https://a.example")
    frame = await ben.until("message")
    assert frame["d"] == {
        "c": str(conversation.public_id),
        "seq": 2,
        "id": str(posted.message.client_id),
        "author": {"kind": "visitor", "id": str(conversation.visitor.public_id), "name": "Visitor #1", "avatar": ""},
    }
    assert "&lt;b&gt;hi&lt;/b&gt;" in frame["html"]
    assert 'rel="noopener noreferrer nofollow"' in frame["html"]
    row = await cem.until("row")
    assert f'id="row-{conversation.public_id}"' in row["html"]
    assert not [one for one in cem.heard if one["k"] == "message"]


@pytest.mark.parametrize("which", ["foreign", "missing", "nonsense", "empty", "number"])
async def test_foreign_threads_are_not_heard(world, which):
    """S-05: a conversation of another company, none at all, or nonsense: refused alike, no frame of it."""
    conversation = world["conversation"]
    wire = await arrive(world, "Udo")
    wanted = {"foreign": str(conversation.public_id), "missing": str(uuid.uuid4()), "empty": "", "number": 7}.get(
        which, "x"
    )
    wire.say(k="open", c=wanted)
    assert (await wire.until("refused"))["c"] == str(wanted)
    await say(conversation, conversation.visitor, "secret")
    wire.say(k="typing", c=wanted)
    wire.say(k="viewing", c=wanted)
    wire.say(k="open", c="again")
    await wire.until("refused", c="again")
    assert {frame["k"] for frame in wire.heard} == {"hello", "refused"}


@pytest.fixture
def whispers(monkeypatch):
    told: list[tuple[str, str, dict]] = []
    monkeypatch.setattr(consumers, "whisper", lambda *one: told.append(one))
    return told


async def test_what_is_written_inside_stays_inside(world, whispers):
    """INV-02: typing in the internal tab never goes to the requester, before and after the side conversation exists."""
    conversation, cast = world["conversation"], world["cast"]
    wire = await arrive(world, "Ben")
    await open_thread(wire, conversation)
    whispers.clear()
    c = str(conversation.public_id)
    team, requester = groups.conversation_team(c), groups.conversation_requester(c)

    async def typed(**extra) -> list[str]:
        whispers.clear()
        wire.say(k="typing", c=c, **extra)
        wire.say(k="open", c="nonsense")
        await wire.until("refused")
        return [group for group, kind, _ in whispers if kind == "typing"]

    assert await typed() == [team, requester]
    assert await typed(side=True) == [team]
    assert whispers[0][2]["side"] is True
    side = await do(side_conversation, conversation, member=await do(cast.member, cast.ben), now=timezone.now())
    opened = await open_thread(wire, conversation)
    inside = groups.conversation_team(side.public_id)
    assert set(opened["s"]) == {team, inside}
    assert await typed(side=True) == [inside]
    assert await typed(side="yes") == [team, requester], "only true is true"


async def test_rows_say_who_is_answering(world):
    """Issue 4 §9: colleagues with the list open hear it, once in four seconds; what is written inside is not told."""
    conversation, cast = world["conversation"], world["cast"]
    ben, cem = await arrive(world, "Ben"), await arrive(world, "Cem")
    await open_thread(ben, conversation)
    c = str(conversation.public_id)
    for extra in ({"side": True}, {}, {}):
        ben.say(k="typing", c=c, **extra)
    frame = await cem.until("answering")
    assert frame["g"] == groups.inbox(cast.inbox.public_id)
    assert frame["d"] == {"c": c, "who": {"kind": "user", "id": str(cast.ben.public_id), "name": cast.ben.full_name}}
    ben.say(k="open", c="nonsense")
    await ben.until("refused")
    await say(conversation, conversation.visitor, "and then?")
    await cem.until("row")
    assert [one["k"] for one in cem.heard].count("answering") == 1


async def test_colleagues_see_who_looks(world):
    """“Cem is looking at this”: on opening, on the reminder, and no longer when he closes or goes."""
    conversation = world["conversation"]
    ben, cem = await arrive(world, "Ben"), await arrive(world, "Cem")
    await open_thread(ben, conversation)
    await open_thread(cem, conversation)
    cem_id = str(world["cast"].cem.public_id)

    async def news() -> bool:
        while (frame := await ben.until("viewing"))["d"]["who"]["id"] != cem_id:
            continue
        return "gone" in frame["d"]

    assert await news() is False
    cem.say(k="viewing", c=str(conversation.public_id))
    assert await news() is False
    cem.say(k="close", c=str(conversation.public_id))
    assert await news() is True
    await open_thread(cem, conversation)
    assert await news() is False
    cem.leave()
    assert await news() is True


async def test_a_right_that_is_taken_away_ends_the_stream(world):
    """S-16: out of the inbox: the thread is refused, rows and messages stop; the next reader hears them still."""
    conversation, cast = world["conversation"], world["cast"]
    ben, cem = await arrive(world, "Ben"), await arrive(world, "Cem")
    for wire in (ben, cem):
        await open_thread(wire, conversation)
    member = await do(cast.member, cast.cem)
    await do(set_role, cast.inbox, member=member, role="", by="user:1", now=timezone.now())
    await cem.until("refused")
    before = len(cem.heard)
    await say(conversation, conversation.visitor, "secret")
    await ben.until("message")
    cem.say(k="open", c=str(conversation.public_id))
    await cem.until("refused")
    assert [frame["k"] for frame in cem.heard[before:]] == ["refused"]
    assert cem.code is None, "the rest of the application is still theirs"


async def test_a_deactivated_member_is_out_at_once(world):
    """INV-20: told, closed with 4401, and the same session gets in no more."""
    cast = world["cast"]
    cem = await arrive(world, "Cem")
    member = await do(cast.member, cast.cem)
    await do(deactivate_member, member, by="user:1", now=timezone.now())
    assert await cem.closed() == 4401
    assert cem.heard[-1]["k"] == "revoked"
    assert await Wire(world["sessions"]["Cem"]).closed() == 4401


@pytest.mark.parametrize("what", ["session", "password", "expired"])
async def test_the_recheck_finds_what_nobody_told(world, what):
    """S-16, S-49: a session that ended elsewhere, a new password: closed by the next recheck, others stay."""
    ben, cem = await arrive(world, "Ben"), await arrive(world, "Cem")
    await do(_undermine, world, what)
    await consumers._recheck_all(hub.get())
    assert await cem.closed() == 4401
    ben.say(k="open", c="nonsense")
    await ben.until("refused")


def _undermine(world, what: str) -> None:
    key, cem = world["sessions"]["Cem"], world["cast"].cem
    if what == "session":
        Session.objects.filter(session_key=key).delete()
    elif what == "expired":
        Session.objects.filter(session_key=key).update(expire_date=timezone.now())
    else:
        cem.set_password("another correct horse")
        cem.save()


async def test_what_was_missed_shows_in_the_next_greeting(world):
    """R-01: a frame that no socket took is a higher version in hello and opened: the page fetches what it missed."""
    conversation = world["conversation"]
    ben = await arrive(world, "Ben")
    first = (await open_thread(ben, conversation))["s"]
    ben.leave()
    await asyncio.wait_for(ben.task, PATIENCE_S)
    await say(conversation, conversation.visitor, "while away")
    again = await arrive(world, "Ben")
    second = (await open_thread(again, conversation))["s"]
    [group] = first
    assert second[group] == first[group] + 1
    assert again.heard[0]["s"][groups.inbox(world["cast"].inbox.public_id)] > 0


async def test_a_frame_while_valkey_is_away_is_missed_and_noticed(world, monkeypatch):
    """R-05: the message is stored, the version is raised; the beat names it."""
    conversation = world["conversation"]
    ben = await arrive(world, "Ben")
    opened = await open_thread(ben, conversation)
    [group] = opened["s"]
    monkeypatch.setattr(publish, "_send", lambda wire: None)
    await say(conversation, conversation.visitor, "unheard")
    beat = await ben.until("beat")
    while beat["s"].get(group) == opened["s"][group]:
        beat = await ben.until("beat")
    assert beat["s"][group] == opened["s"][group] + 1
    assert not [frame for frame in ben.heard if frame["k"] == "message"]
