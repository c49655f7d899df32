"""How people are called on pages and in mails."""

from __future__ import annotations

from django import template

from events.personal import called

register = template.Library()
# In templates: m.author.name|called.
register.filter("called", called)
