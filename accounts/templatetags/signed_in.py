"""What the list of signed-in browsers needs."""

from __future__ import annotations

from allauth.usersessions.models import UserSession
from django import template

from accounts.actions import session_handle

register = template.Library()


@register.filter
def handle(session: UserSession) -> str:
    """The word by which a form names the session."""
    return session_handle(session)
