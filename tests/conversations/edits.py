"""What is said, changed and taken back in the tests of messages after they were sent."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

from conversations.actions import editing
from conversations.actions.posting import post_message
from conversations.authors import Author
from tests.cast import NOW


def say(talk, user, body="An answer", *, minutes=0, **fields):
    author = Author.of_user(user) if not hasattr(user, "widget_key") else Author.of_visitor(user)
    return post_message(
        talk, author=author, body=body, client_id=fields.pop("client_id", None) or uuid4(), via="app",
        role="team_member", may_post=True, now=NOW + timedelta(minutes=minutes), **fields,
    ).message  # fmt: skip


def change(talk, message, user, body, *, minutes=1, role="team_member"):
    return editing.edit_message(
        talk, message_id=message.client_id, author=Author.of_user(user), body=body, role=role, may_post=True,
        now=NOW + timedelta(minutes=minutes),
    )  # fmt: skip


def take_back(talk, message, user, *, minutes=1):
    return editing.delete_message(
        talk, message_id=message.client_id, author=Author.of_user(user), now=NOW + timedelta(minutes=minutes)
    )
