"""Registry of event names: every kind that may be recorded, and the data fields that it carries."""

from __future__ import annotations

KINDS: dict[str, frozenset[str]] = {
    "conversation.started": frozenset({"channel"}),
    "conversation.closed": frozenset(),
    "conversation.reopened": frozenset(),
    "conversation.assigned": frozenset({"assignee", "before"}),
    "conversation.unassigned": frozenset({"before", "after"}),  # after: “mode” or nothing
    "conversation.unclaimed": frozenset({"after"}),
    "conversation.archived": frozenset(),
    "conversation.joined": frozenset({"user"}),
    "conversation.left": frozenset(),
    "conversation.removed": frozenset({"user"}),
    "conversation.guest_joined": frozenset({"customer"}),
    "conversation.guest_left": frozenset({"customer"}),
    "conversation.snoozed": frozenset({"until"}),
    "conversation.woken": frozenset({"after", "user"}),
    "conversation.moved": frozenset({"before", "inbox", "channel"}),
    "conversation.merged": frozenset({"source", "number", "count"}),
    "conversation.unmerged": frozenset({"source", "number"}),
    "conversation.undelivered": frozenset({"notice"}),
    "conversation.seen": frozenset({"seq", "who"}),
    "conversation.unread": frozenset({"seq", "newest"}),
    "message.posted": frozenset({"seq", "author", "automatic", "fresh", "mentions"}),
    "message.edited": frozenset({"seq", "author", "mentions"}),
    "message.deleted": frozenset({"seq", "author"}),
    "message.returned": frozenset({"user"}),
    "offer.started": frozenset({"offer", "user", "seq"}),
    "offer.ended": frozenset({"offer", "user", "state"}),
    "member.availability": frozenset({"available"}),
    "member.deactivated": frozenset(),
    "member.invited": frozenset({"again"}),
    "member.joined": frozenset(),
    "member.reactivated": frozenset(),
    "invitation.withdrawn": frozenset(),
    "company.created": frozenset(),
    "company.suspended": frozenset(),
    "company.resumed": frozenset(),
    "package.activated": frozenset({"package"}),
    "inbox.role_changed": frozenset({"user", "role"}),
    "settings.changed": frozenset({"what"}),
}


class UnknownKind(Exception):
    """An event kind or one of its fields is not registered; a start-up check and the tests find it first."""


def check(kind: str, data: dict) -> None:
    """Raise UnknownKind unless `kind` exists and carries exactly its fields."""
    fields = KINDS.get(kind)
    if fields is None or fields != frozenset(data):
        raise UnknownKind(f"{kind} with {sorted(data)}")
