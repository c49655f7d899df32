"""Turbo streams: pieces of HTML with the place they go to. The same text from a socket, a form's answer or a page."""

from __future__ import annotations

from collections.abc import Iterable

from django.http import HttpResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from ui.fragments import STREAM

# `bump` is ours (static/ui/js/streams.js): brings the row up to date and to the top of its list, keeping the focus.
# `place` too (static/conversations/js/lines.js): puts lines into a timeline by their time, each once.
ACTIONS = ("append", "prepend", "before", "after", "replace", "update", "remove", "bump", "place", "refresh")


def stream(action: str, target: str, html: str = "", *, morph: bool = False) -> SafeString:
    """One <turbo-stream> for the element with the id `target`. `html` must be rendered by a template already."""
    if action not in ACTIONS:
        raise ValueError(f"unknown stream action {action!r}")
    method = mark_safe(' method="morph"') if morph else ""
    return format_html(
        '<turbo-stream action="{}" target="{}"{}><template>{}</template></turbo-stream>',
        action,
        target,
        method,
        mark_safe(html),  # noqa: S308 -- rendered by a template, which escaped it
    )


def append(target: str, html: str) -> SafeString:
    """To the end of the target; an element with the same id there goes first, so a repeat does no harm."""
    return stream("append", target, html)


def prepend(target: str, html: str) -> SafeString:
    """To the start of the target."""
    return stream("prepend", target, html)


def replace(target: str, html: str, *, morph: bool = True) -> SafeString:
    """Instead of the target; morphing keeps focus and what was typed."""
    return stream("replace", target, html, morph=morph)


def update(target: str, html: str) -> SafeString:
    """The target's new inside."""
    return stream("update", target, html)


def remove(target: str) -> SafeString:
    """Takes the target away."""
    return stream("remove", target)


def bump(target: str, html: str) -> SafeString:
    """A list row, new or changed, at the top of the list with the id `target`. `html` is one element with an id."""
    return stream("bump", target, html)


def response(parts: Iterable[str], *, status: int = 200) -> HttpResponse:
    """An answer made of streams."""
    return HttpResponse("\n".join(parts), content_type=f"{STREAM}; charset=utf-8", status=status)
