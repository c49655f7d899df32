"""Every websocket group name is built here and nowhere else; a group is one audience."""

from __future__ import annotations

from uuid import UUID


def conversation_team(conversation: UUID | str) -> str:
    """Team members who have the thread open."""
    return f"conversation.{conversation}.team"


def conversation_requester(conversation: UUID | str) -> str:
    """The outside person of a customer conversation; internal conversations have no such group (INV-02)."""
    return f"conversation.{conversation}.requester"


def inbox(inbox_id: UUID | str) -> str:
    """List rows for those who may see the inbox."""
    return f"inbox.{inbox_id}"


def inbox_managers(inbox_id: UUID | str) -> str:
    """List rows of requests that ring or wait: only managers see those from outside (M-39)."""
    return f"inbox.{inbox_id}.managers"


def member(user: UUID | str) -> str:
    """One user's alerts and offers, in all their tabs."""
    return f"member.{user}"


def visitor(visitor_id: UUID | str) -> str:
    """One visitor's own state, in all their tabs."""
    return f"visitor.{visitor_id}"
