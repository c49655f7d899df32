"""Standing: what a process may remember of an author for a moment, and the check that it still holds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from channels_app.models import InboxMembership
from companies import roles
from companies.models import Membership
from conversations.authors import Author
from conversations.models import ConversationHead
from conversations.selectors.visibility import reach_of
from conversations.sessions import Mark, current_marks, live_sessions, mark_of
from events.prepared import Prepared

_BY_INBOX = {InboxMembership.Role.TEAM_MEMBER, InboxMembership.Role.MANAGER, roles.ADMIN}


@dataclass(frozen=True)
class Standing:
    """A session's member as seen at one moment, and one conversation they reach through a role in its inbox."""

    session_key: str
    user_id: int
    mark: Mark
    author: Author
    language: str
    conversation_id: int
    inbox_id: int
    role: str
    may_post: bool


def standing_in(member: Membership, session_key: str, conversation: UUID) -> Standing | None:
    """The member's standing, or None when they reach the conversation by taking part only: that is not remembered.

    Raises Conversation.DoesNotExist.
    """
    reach = reach_of(member, conversation)
    if reach.role not in _BY_INBOX or reach.inbox_id is None or member.company.package_id is None:
        return None
    return Standing(
        session_key,
        member.user_id,
        mark_of(member),
        Author.of_user(member.user),
        member.user.language,
        reach.conversation_id,
        reach.inbox_id,
        reach.role,
        member.may_post_customer_replies,
    )


def still_standing(standings: Iterable[Standing]) -> set[Standing]:
    """Those that still hold: session alive, member active with the same rights and password, same inbox.

    Three queries however many; every change of a right changes the member's mark, so it counts at the next message.
    """
    wanted = set(standings)
    sessions = live_sessions(s.session_key for s in wanted)
    marks = current_marks(s.user_id for s in wanted)
    inboxes = dict(_INBOXES.rows({s.conversation_id for s in wanted}))
    return {
        s
        for s in wanted
        if s.session_key in sessions and marks.get(s.user_id) == s.mark and inboxes.get(s.conversation_id) == s.inbox_id
    }


_INBOXES = Prepared(lambda ids: ConversationHead.objects.filter(pk__any=ids).values_list("conversation_id", "inbox_id"))
