"""Helpers for tests of the inbox's pages."""

from __future__ import annotations

import re

from django.test import Client


def rows(answer) -> list[str]:
    """Public ids of the rows of a list, in order."""
    return re.findall(r'<li id="row-([0-9a-f-]{36})"', answer.content.decode())


def signed_in(user) -> Client:
    """A client of their own, as this user."""
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def base(conversation) -> str:
    """The address of its page."""
    return f"/conversations/{conversation.public_id}/"
