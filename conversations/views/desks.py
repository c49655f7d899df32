"""The inboxes as a member works in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from channels_app.models import Inbox
from channels_app.selectors import roles_in_inboxes
from companies import roles
from companies.models import Membership
from conversations.selectors.scope import Scope


@dataclass(frozen=True)
class Desk:
    """An inbox as the member works in it."""

    inbox: Inbox
    manages: bool

    @property
    def views(self) -> tuple[str, ...]:
        """Its folders: by assignee, or in open mode just open and resolved."""
        if not self.inbox.assignment_enabled:
            return ("open", "closed")
        return ("mine", "unassigned", "offered", "closed") if self.manages else ("mine", "unassigned", "closed")


def desks_of(member: Membership) -> list[Desk]:
    """The member's inboxes, by name."""
    return [Desk(inbox, role != roles.TEAM) for inbox, role in roles_in_inboxes(member)]


def scope_of(member: Membership, desks: Sequence[Desk]) -> Scope:
    """The same for the selectors of folders."""
    return Scope.of(member, [(desk.inbox.pk, desk.manages) for desk in desks])
