"""How far each group of frames is: what a page was rendered at, so that its socket notices what came after."""

from __future__ import annotations

from collections.abc import Iterable

from channels_app.selectors import inboxes_for, managed_inboxes
from companies.models import Membership
from conversations.models import Conversation
from events import groups
from events.models import Stream
from events.prepared import Prepared


def versions(names: Iterable[str]) -> dict[str, int]:
    """group → version; 0 for a group that never had a frame. Read it before what the page shows."""
    wanted = list(names)
    found = dict(_VERSIONS.rows(wanted))
    return {name: found.get(name, 0) for name in wanted}


_VERSIONS = Prepared(lambda names: Stream.objects.filter(name__any=names).values_list("name", "version"))


def standing_groups(member: Membership) -> set[str]:
    """The groups that every socket of the member hears: their own, their inboxes', what managers see besides."""
    names = {groups.member(member.user.public_id)}
    names |= {groups.inbox(pk) for pk in inboxes_for(member).values_list("public_id", flat=True)}
    return names | {groups.inbox_managers(pk) for pk in managed_inboxes(member).values_list("public_id", flat=True)}


def thread_groups(conversation: Conversation, side: Conversation | None) -> list[str]:
    """The groups of an open thread: the conversation's team and that of its side conversation."""
    return [groups.conversation_team(one.public_id) for one in (conversation, side) if one is not None]
