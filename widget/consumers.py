"""VisitorConsumer: a visitor's websocket. Down come frames of their own conversations; up come typing and open."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs
from uuid import UUID

from asgiref.sync import sync_to_async
from django.db import close_old_connections

from conversations.models import Conversation
from conversations.selectors.visibility import conversation_for
from customers.models import Visitor
from events import consumers, guessing, hub
from widget import actions, limits, passes, selectors


class VisitorConsumer(consumers.Socket):
    """One frame of one visitor; admitted by a one-use ticket, kept while the visitor's token lives."""

    rendered = False

    async def welcome(self) -> None:
        """Our own origin (the frame is ours), the ticket, then the visitor's groups (S-14)."""
        self.require_own_origin()
        query = parse_qs(self.scope.get("query_string", b"").decode("latin-1"))
        admitted = await _in_thread(passes.redeem, query.get("ticket", [""])[0])
        if admitted is None:
            raise consumers.Refused(consumers.LOGIN_AGAIN)
        self.admitted = admitted
        allowed = await _in_thread(_groups, admitted)
        if not allowed:
            raise consumers.Refused(consumers.LOGIN_AGAIN)
        await self.accept()
        for group in allowed:
            await self.hub.join(self, group)
        if _recheck_all not in self.hub.rechecks:
            self.hub.rechecks.append(_recheck_all)
        self.tell("hello")

    async def frame(self, kind: str, data: dict) -> None:
        """`open` {"on"}: looked at, faster beats; `typing` {"c", "text"?}, `page` {"c", "url", "title"}.

        A foreign id is not heard (S-05).
        """
        if kind == "open":
            self.busy = data.get("on") is True
        elif kind == "typing":
            await _in_thread(_typing, self.admitted, data)
        elif kind == "page":
            await _in_thread(_page, self.admitted, data)

    async def recheck(self) -> None:
        """A conversation came or went, or the token died: join, leave or close."""
        allowed = await _in_thread(_groups, self.admitted)
        if not allowed:
            self.tell("revoked")
            await self.close(consumers.LOGIN_AGAIN)
            return
        for group in self.groups - allowed:
            await self.hub.leave(self, group)
        for group in allowed - self.groups:
            await self.hub.join(self, group)


def _visitor(admitted: passes.Pass) -> Visitor | None:
    if selectors.living_sessions([admitted.visitor_pk]).get(admitted.visitor_pk) != admitted.token_hash:
        return None
    return Visitor.objects.select_related("customer", "company").get(pk=admitted.visitor_pk)


def _groups(admitted: passes.Pass) -> set[str]:
    visitor = _visitor(admitted)
    return selectors.groups_of(visitor) if visitor else set()


def _theirs(admitted: passes.Pass, data: dict) -> tuple[Visitor, Conversation] | None:
    """The visitor and the conversation they speak of; None for a foreign one, or when they speak too often."""
    visitor = _visitor(admitted)
    if visitor is None or not limits.allow_signal(visitor.pk):
        return None
    actor = guessing.visitor(visitor.pk)
    if guessing.waits(actor):
        return None
    try:
        return visitor, conversation_for(visitor, UUID(str(data.get("c", ""))))
    except (Conversation.DoesNotExist, ValueError):
        guessing.missed(actor)
        return None


def _typing(admitted: passes.Pass, data: dict) -> None:
    found = _theirs(admitted, data)
    if found is not None:
        text = data.get("text")
        actions.signal_typing(*found, text=text if isinstance(text, str) else None)


def _page(admitted: passes.Pass, data: dict) -> None:
    found, url, title = _theirs(admitted, data), data.get("url"), data.get("title")
    if found is not None and isinstance(url, str) and isinstance(title, str):
        actions.signal_page(*found, url=url[:4_000], title=title[:4_000])


async def _recheck_all(process: hub.Hub) -> None:
    """Every few seconds: all visitors of this process in two queries; whose session ended looks again alone."""
    sockets = [socket for socket in process.sockets if isinstance(socket, VisitorConsumer)]
    if not sockets:
        return
    living = await _in_thread(selectors.living_sessions, [socket.admitted.visitor_pk for socket in sockets])
    for socket in sockets:
        if living.get(socket.admitted.visitor_pk) != socket.admitted.token_hash:
            await socket.recheck()


async def _in_thread(function: Callable, *args: object) -> Any:
    def call() -> Any:
        try:
            return function(*args)
        finally:
            close_old_connections()

    return await sync_to_async(call, thread_sensitive=False)()
