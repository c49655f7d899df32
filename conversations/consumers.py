"""AgentConsumer: an agent's websocket. It brings frames down; up come only open, close, typing and acknowledgements."""

from __future__ import annotations

from uuid import UUID

import structlog
from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import close_old_connections

from channels_app.selectors import inboxes_for, managed_inboxes
from companies.models import Membership
from conversations.models import Conversation
from conversations.selectors.visibility import conversation_for, side_conversation_for
from conversations.sessions import Mark, current_marks, live_sessions, mark_of, member_of_session
from events import consumers, groups, hub, presence
from events.publish import whisper

log = structlog.get_logger(__name__)
MAX_OPEN = 12


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
        self.opened: dict[str, set[str]] = {}
        await self.accept()
        for group in allowed:
            await self.hub.join(self, group)
        if _recheck_all not in self.hub.rechecks:
            self.hub.rechecks.append(_recheck_all)
        await _in_thread(presence.touch, self.user_id)
        self.tell("hello", user=self.user_public_id)

    async def _load(self) -> tuple[Membership | None, set[str]]:
        return await _in_thread(_member_and_groups, self.session_key)

    async def frame(self, kind: str, data: dict) -> None:
        """open/close a thread, typing in it, presence."""
        if kind == "open":
            await self._open(str(data.get("c", "")))
        elif kind == "close":
            await self._close(str(data.get("c", "")))
        elif kind == "typing":
            await self._typing(str(data.get("c", "")))

    async def _open(self, conversation: str) -> None:
        """Join a thread's group (and its side conversation's) after the right was checked by the page's selector."""
        if conversation in self.opened or len(self.opened) >= MAX_OPEN:
            return
        found = await _in_thread(_groups_of_thread, self.session_key, conversation)
        if not found:
            self.tell("refused", c=conversation)
            return
        self.opened[conversation] = found
        for group in found:
            await self.hub.join(self, group)
        self.busy = True
        self.tell("opened", c=conversation)

    async def _close(self, conversation: str) -> None:
        for group in self.opened.pop(conversation, ()):
            await self.hub.leave(self, group)
        self.busy = bool(self.opened)

    async def _typing(self, conversation: str) -> None:
        for group in self.opened.get(conversation, ()):
            who = {"kind": "user", "id": self.user_public_id, "name": self.name}
            data = {"c": conversation, "who": who}
            await _in_thread(whisper, group, "typing", data)
            if group.startswith(f"conversation.{conversation}."):
                await _in_thread(_tell_requester, conversation, data)

    async def goodbye(self) -> None:
        """The presence key runs out by itself; another tab may still be open."""

    async def recheck(self) -> None:
        """Rights changed: leave what is no longer allowed, or close."""
        member, allowed = await self._load()
        if member is None:
            self.tell("revoked")
            await self.close(consumers.LOGIN_AGAIN)
            return
        self.mark = mark_of(member)
        for group in self.standing - allowed:
            await self.hub.leave(self, group)
        for group in allowed - self.standing:
            await self.hub.join(self, group)
        self.standing = allowed
        for conversation in list(self.opened):
            if not await _in_thread(_groups_of_thread, self.session_key, conversation):
                await self._close(conversation)
                self.tell("refused", c=conversation)


def _tell_requester(conversation: str, data: dict) -> None:
    """The requester sees that somebody writes; only customer conversations have that group."""
    if Conversation.objects.filter(public_id=conversation, kind=Conversation.Kind.CUSTOMER).exists():
        whisper(groups.conversation_requester(conversation), "typing", data)


def _member_and_groups(session_key: str | None) -> tuple[Membership | None, set[str]]:
    member = member_of_session(session_key)
    if member is None or member.company.package_id is None:
        return None, set()
    allowed = {groups.member(member.user.public_id)}
    allowed |= {groups.inbox(pk) for pk in inboxes_for(member).values_list("public_id", flat=True)}
    allowed |= {groups.inbox_managers(pk) for pk in managed_inboxes(member).values_list("public_id", flat=True)}
    return member, allowed


def _groups_of_thread(session_key: str | None, conversation: str) -> set[str]:
    member = member_of_session(session_key)
    if member is None:
        return set()
    try:
        found = conversation_for(member, UUID(conversation))
    except (Conversation.DoesNotExist, ValueError):
        return set()
    joined = {groups.conversation_team(found.public_id)}
    side = side_conversation_for(member, found)
    return joined | ({groups.conversation_team(side.public_id)} if side else set())


async def _recheck_all(process: hub.Hub) -> None:
    """Every few seconds: all agents of this process in two queries; who changed looks again. Refreshes presence."""
    sockets = [socket for socket in process.sockets if isinstance(socket, AgentConsumer)]
    if not sockets:
        return
    current, live = await _in_thread(
        _marks_and_sessions, {s.user_id for s in sockets}, {s.session_key for s in sockets}
    )
    for socket in sockets:
        if current.get(socket.user_id) != socket.mark or socket.session_key not in live:
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
