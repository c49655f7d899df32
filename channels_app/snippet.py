"""Pure: the line that a site's owner copies into their pages (M-43)."""

from __future__ import annotations

import re

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from channels_app.models import Widget

# The launcher is drawn before anything is asked, so the line itself says how it looks; the default needs no words.
LAUNCHER = {
    "ink": "oklch(.31 .012 170)",
    "ocean": "oklch(.31 .062 240)",
    "violet": "oklch(.31 .062 295)",
    "berry": "oklch(.31 .062 355)",
    "amber": "oklch(.31 .062 65)",
}


def snippet_of(base_url: str, widget: Widget) -> SafeString:
    """One script element for a widget of the installation at `base_url`."""
    colour = LAUNCHER.get(widget.colour)
    look = format_html(' data-colour="{}"', colour) if colour else ""
    return format_html('<script async src="{}/w/memo.js" data-key="{}"{}></script>', base_url, widget.public_key, look)


def painted(snippet: SafeString) -> SafeString:
    """The line as text to read and copy, its names and values in colours."""
    text = str(snippet).replace(" data-", "\n  data-")
    parts = re.split(r'("[^"]*"|\bscript\b)', text)
    kinds = ["v" if part.startswith('"') else "k" if part == "script" else "" for part in parts]
    return format_html_join("", '<span class="{}">{}</span>', zip(kinds, parts, strict=True))
