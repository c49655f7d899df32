"""AgentConsumer: an agent's websocket. Frames come down; up come open, close, typing, viewing and acknowledgements."""

from __future__ import annotations

import time
from dataclasses import dataclass
from uuid import UUID

import structlog
from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import close_old_connections

from companies.models import Membership
from conversations import events
from conversations.authors import Author
from conversations.models import Conversation
from conversations.selectors.requests import asker_in, request_for
from conversations.selectors.streams import standing_groups, versions
from conversations.selectors.visibility import reach_of, side_id_for
from conversations.sessions import Mark, current_marks, live_sessions, mark_of, member_of_session, member_of_user
from events import consumers, groups, guessing, hub, presence
from events.publish import whisper

log = structlog.get_logger(__name__)
MAX_OPEN = 12
_ROW_EVERY_S = 4


@dataclass(frozen=True)
class Open:
    """A thread that a socket has open: the groups it hears, and where its typing is told (None: nobody there)."""

    team: str
    side: str | None = None
    requester: str | None = None
    asker: dict | None = None  # as whom the member reads it, when it is a request of their own

    @property
    def heard(self) -> set[str]:
        """The groups of the thread; the requester's is only spoken to."""
        return {self.team} | ({self.side} if self.side else set())


class AgentConsumer(consumers.Socket):
    """One tab of one agent."""

    rendered = True

    async def welcome(self) -> None:
        """Origin, session, membership; then the groups of the member and of their inboxes."""
        self.require_own_origin()
        self.session_key = self.cookies().get(settings.SESSION_COOKIE_NAME)
        member, allowed = await self._load()
        if member is None:
            raise consumers.Refused(consumers.LOGIN_AGAIN)
        self.user_id, self.user_public_id = member.user_id, str(member.user.public_id)
        self.name, self.language = member.user.full_name, member.user.language
        self.mark = mark_of(member)
        self.standing = allowed
        self.opened: dict[str, Open] = {}
        self.told_row = 0.0
        await self.accept()
        for group in allowed:
            await self.hub.join(self, group)
        if _recheck_all not in self.hub.rechecks:
            self.hub.rechecks.append(_recheck_all)
        await _in_thread(presence.touch, self.user_id)
        known = await _in_thread(versions, self.groups)
        self.tell("hello", user=self.user_public_id, now=round(time.time() * 1000), s=known)

    async def _load(self) -> tuple[Membership | None, set[str]]:
        return await _in_thread(_member_and_groups, self.session_key)

    async def frame(self, kind: str, data: dict) -> None:
        """open/close a thread, typing in it, looking at it."""
        conversation = str(data.get("c", ""))
        if kind == "open":
            if guessing.waits(guessing.user(self.user_id)):
                raise consumers.Refused(consumers.TOO_MUCH)
            await self._open(conversation, asked=data.get("asked") is True)
        elif kind == "close":
            await self._close(conversation)
        elif kind == "typing" and conversation in self.opened:
            await self._typing(conversation, side=data.get("side") is True)
        elif kind == "viewing" and conversation in self.opened:
            await self._viewing(conversation)

    async def _open(self, conversation: str, *, asked: bool = False) -> None:
        """Join a thread's group (and its side conversation's) after the right was checked by the page's selector.

        Opening again looks again: the side conversation may have begun meanwhile.
        """
        if conversation not in self.opened and len(self.opened) >= MAX_OPEN:
            return
        found = await _in_thread(_asked_thread if asked else _thread_of, self.user_id, conversation)
        if found is None:
            await _in_thread(guessing.missed, guessing.user(self.user_id))
            await self._close(conversation)
            self.tell("refused", c=conversation)
            return
        before = self.opened.get(conversation)
        self.opened[conversation] = found
        for group in found.heard:
            await self.hub.join(self, group)
        for group in (before.heard if before else set()) - found.heard:
            await self.hub.leave(self, group)
        self.busy = True
        # Joined first, asked then: what happens in between shows in one of the two.
        self.tell("opened", c=conversation, s=await _in_thread(versions, found.heard))
        if before is None:
            await self._viewing(conversation)

    async def _close(self, conversation: str) -> None:
        closed = self.opened.pop(conversation, None)
        if closed is None:
            return
        for group in closed.heard:
            await self.hub.leave(self, group)
        self.busy = bool(self.opened)
        await self._viewing(conversation, closed, gone=True)

    def _who(self, conversation: str) -> dict:
        return {"c": conversation, "who": {"kind": "user", "id": self.user_public_id, "name": self.name}}

    async def _typing(self, conversation: str, *, side: bool) -> None:
        """To the team; to the requester only what is written to the requester (INV-02)."""
        thread, data = self.opened[conversation], self._who(conversation)
        if thread.asker:
            await _in_thread(whisper, thread.requester, "typing", data | {"who": thread.asker})
            return
        if side:
            await _in_thread(whisper, thread.side or thread.team, "typing", data | {"side": True})
            return
        await _in_thread(whisper, thread.team, "typing", data)
        if thread.requester:
            await _in_thread(whisper, thread.requester, "typing", data)
            if time.monotonic() - self.told_row > _ROW_EVERY_S:
                self.told_row = time.monotonic()
                await _in_thread(events.answering, UUID(conversation), data["who"])

    async def _viewing(self, conversation: str, thread: Open | None = None, *, gone: bool = False) -> None:
        """Colleagues with the same thread open see who else is looking at it."""
        thread = thread or self.opened[conversation]
        if thread.asker:
            return
        data = self._who(conversation) | ({"gone": True} if gone else {})
        await _in_thread(whisper, thread.team, "viewing", data)

    async def goodbye(self) -> None:
        """Colleagues need not wait until the name fades; the presence key runs out by itself."""
        for conversation, thread in self.opened.items():
            await self._viewing(conversation, thread, gone=True)

    async def expel(self) -> None:
        """The session is over, or its person no member any more."""
        self.tell("revoked")
        await self.close(consumers.LOGIN_AGAIN)

    async def recheck(self) -> None:
        """Rights changed: leave what is no longer allowed, or close."""
        member, allowed = await self._load()
        if member is None:
            await self.expel()
            return
        self.mark = mark_of(member)
        for group in self.standing - allowed:
            await self.hub.leave(self, group)
        for group in allowed - self.standing:
            await self.hub.join(self, group)
        self.standing = allowed
        for conversation, thread in list(self.opened.items()):
            await self._open(conversation, asked=thread.asker is not None)


def _member_and_groups(session_key: str | None) -> tuple[Membership | None, set[str]]:
    member = member_of_session(session_key)
    if member is None or member.company.package_id is None:
        return None, set()
    return member, standing_groups(member)


def _thread_of(user_id: int, conversation: str) -> Open | None:
    member = member_of_user(user_id)
    if member is None:
        return None
    try:
        reach = reach_of(member, UUID(conversation))
    except (Conversation.DoesNotExist, ValueError):
        return None
    side = requester = None
    if reach.kind == Conversation.Kind.CUSTOMER:
        beside = side_id_for(member, reach)
        side = groups.conversation_team(beside) if beside else None
        requester = groups.conversation_requester(conversation.lower())
    return Open(groups.conversation_team(conversation.lower()), side, requester)


def _asked_thread(user_id: int, conversation: str) -> Open | None:
    """One's own request: the requester's group is heard; the team is told who types, as the customer they are there."""
    member = member_of_user(user_id)
    if member is None:
        return None
    try:
        found = request_for(member, UUID(conversation))
    except (Conversation.DoesNotExist, ValueError):
        return None
    asker = asker_in(user_id, found)
    if asker is None:
        return None
    me = Author.of_customer(asker.customer)
    heard, told = groups.conversation_requester(found.public_id), groups.conversation_team(found.public_id)
    return Open(heard, requester=told, asker={"kind": me.kind, "id": me.public_id, "name": me.name})


async def _recheck_all(process: hub.Hub) -> None:
    """Every few seconds: all agents of this process in two queries; who changed looks again. Refreshes presence."""
    sockets = [socket for socket in process.sockets if isinstance(socket, AgentConsumer)]
    if not sockets:
        return
    current, live = await _in_thread(
        _marks_and_sessions, {s.user_id for s in sockets}, {s.session_key for s in sockets}
    )
    for socket in sockets:
        if socket.session_key not in live:
            await socket.expel()  # the database decides, whatever a cache still knows
        elif current.get(socket.user_id) != socket.mark:
            await socket.recheck()


def _marks_and_sessions(user_ids: set[int], session_keys: set[str]) -> tuple[dict[int, Mark], set[str]]:
    marks = current_marks(user_ids)
    for user_id in marks:
        presence.touch(user_id)
    return marks, live_sessions(session_keys)


async def _in_thread(function, *args):
    def call():
        try:
            return function(*args)
        finally:
            close_old_connections()

    return await sync_to_async(call, thread_sensitive=False)()
