"""The atoms every page uses: icon, avatar, badge, time, field, piece, import map, scripts; in every template."""

from __future__ import annotations

import datetime as dt
import functools
import json
from pathlib import Path
from typing import Any

from django import template
from django.conf import settings
from django.forms import BoundField
from django.templatetags.static import static
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext

from ui import modules
from ui.devices import device_of
from ui.people import face_of
from ui.pieces import render_piece

register = template.Library()

_ICON_NAMES = Path(__file__).resolve().parent.parent.parent / "static" / "ui" / "icons.json"
# They point the other way where text runs from right to left.
_MIRRORED = {"back", "forward", "reply", "sign-out", "undo", "side", "panel"}
_JOINED = "ui.joined"  # in a rendering: which joined script the page's import map has
# Day, short month, long month: 22. Nov., 22. November; elsewhere 22 Nov, 22 November.
_DATES = {"de": ("j. N", "j. F")}
_WEEK = 7


class UnknownIcon(LookupError):
    """The sprite has no such drawing; static/ui/icons.json lists the names."""


@functools.cache
def icon_names() -> frozenset[str]:
    """Every name that {% icon %} takes."""
    return frozenset(json.loads(_ICON_NAMES.read_text())) | {"memo"}


@register.simple_tag
def icon(name: str, size: str = "", label: str = "", css: str = "") -> SafeString:
    """{% icon "send" %}, {% icon "send" "s" %} (s, l); with `label` it speaks, else the words beside it do."""
    return _icon(name, size, str(label), css)


@functools.lru_cache(maxsize=512)
def _icon(name: str, size: str, label: str, css: str) -> SafeString:
    if name not in icon_names():
        raise UnknownIcon(name)
    classes = " ".join(part for part in ("i", size and f"i-{size}", "i-flip" if name in _MIRRORED else "", css) if part)
    spoken = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    return format_html('<svg class="{}" {}><use href="{}#{}"/></svg>', classes, spoken, static("ui/icons.svg"), name)


@register.simple_tag
def brand(css: str = "") -> SafeString:
    """The product's mark."""
    classes = f"brand {css}".strip()
    return format_html(
        '<svg class="{}" aria-hidden="true"><use href="{}#memo"/></svg>', classes, static("ui/icons.svg")
    )


@register.simple_tag
def avatar(person: Any, size: str = "", presence: str = "", label: bool = False) -> SafeString:
    """{% avatar person %}: round for people, square for companies. size: xs, s, l, xl. presence: on, away, moon or "".

    Beside a written name it is decoration; with label=True it speaks the name.
    """
    face = face_of(person)
    colour = f"p{face.colour}" if face.colour else "none"
    classes = " ".join(part for part in ("av", colour, size, "sq" if face.square else "", presence) if part)
    inside = format_html('<img src="{}" alt="" loading="lazy">', face.image) if face.image else face.initials
    spoken = format_html('role="img" aria-label="{}"', face.name) if label else mark_safe('aria-hidden="true"')
    return format_html('<span class="{}" {}>{}</span>', classes, spoken, inside)


@register.simple_tag
def badge(text: str, kind: str = "", symbol: str = "") -> SafeString:
    """{% badge _("Internal") "note" "lock" %}; kinds: "", ok, note, warn, plain, solid."""
    mark = icon(symbol, "s") if symbol else ""
    return format_html('<span class="{}">{}{}</span>', f"badge {kind}".strip(), mark, text)


@register.simple_tag
def count(number: int, kind: str = "", word: str = "") -> SafeString:
    """A number with its word for those who listen; nothing for 0. {% count 4 "new" %} is the green bubble."""
    if not number:
        return SafeString("")
    spoken = word or (gettext("unread") if kind == "new" else "")
    said = format_html('<span class="vh"> {}</span>', spoken) if spoken else ""
    return format_html(
        '<span class="{}">{}{}</span>', f"count {kind}".strip(), number if number < 1000 else "999+", said
    )


@register.simple_tag(name="time")
def time_tag(moment: dt.datetime | str | None, style: str = "row") -> SafeString:
    """{% time dt "row" %}: a moment that the browser writes in the reader's zone and language.

    Styles: clock (10:31), row (10:31, Fri, 12 Nov), ago (5 minutes ago), full (date and time), day (Today, Friday …).
    """
    value = parse_datetime(moment) if isinstance(moment, str) else moment
    if value is None:
        return SafeString("")
    shown = timezone.localtime(value)
    text = written(shown, style)
    stamp = value.astimezone(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return format_html('<memo-time format="{}"><time datetime="{}">{}</time></memo-time>', style, stamp, text)


def written(shown: dt.datetime, style: str) -> str:
    """As time.js writes it, for those without scripts: of today the time, of this week the day."""
    today = timezone.localdate()
    past, (short, long) = (today - shown.date()).days, _DATES.get((get_language() or "")[:2], ("j M", "j F"))
    year = "" if shown.year == today.year else " Y"
    if style == "clock" or (style == "row" and past == 0):
        return date_format(shown, "H:i")
    if style == "row":
        return date_format(shown, "D" if 0 < past < _WEEK else f"{short}{year}")
    return date_format(shown, f"l, {long}{year}" if style == "day" else f"{long} Y, H:i")


@register.simple_tag
def field(bound: BoundField) -> SafeString:
    """{% field form.email %}: label, control, what went wrong, help; tied together for those who listen."""
    return bound.as_field_group()


@register.simple_tag(takes_context=True)
def importmap(context: template.Context, *names: str) -> SafeString:
    """The import map, before the first module; of these modules only, on pages that load nothing else later.

    {% importmap "memo/team" %} goes with {% script "memo/team" %}: one joined script instead of its modules.
    """
    context.render_context[_JOINED] = next((name for name in names if name in modules.JOINED), "")
    table = mark_safe(modules.import_map(*names))  # noqa: S308 -- our own file names as JSON, "<" escaped
    return format_html('<script type="importmap" nonce="{}">{}</script>', context.get("CSP_NONCE", ""), table)


@register.simple_tag(takes_context=True)
def script(context: template.Context, *names: str) -> SafeString:
    """{% script "memo/ui/app" %}: runs these modules; what they import is fetched at the same time."""
    joined = context.render_context.get(_JOINED, "")
    return _script(names, joined) if settings.DEBUG else _script_once(names, joined)


def _script(names: tuple[str, ...], joined: str) -> SafeString:
    preload = format_html_join(
        "\n",
        '<link rel="modulepreload" href="{}">',
        [(modules.address(name),) for name in modules.fetched_for(*names, joined=joined) if name not in names],
    )
    run = format_html_join(
        "\n",
        '<script type="module" src="{}" data-turbo-track="reload"></script>',
        [(modules.address(name),) for name in names],
    )
    return format_html("{}\n{}", preload, run)


_script_once = functools.cache(_script)


@register.simple_tag
def piece(template_name: str, **data: Any) -> SafeString:
    """{% piece "conversations/_line.html" line=line %}: an include that sees only what it is given, kept for that."""
    return render_piece(template_name, data)


@register.filter
def device(user_agent: str) -> str:
    """A browser's long name in short: "Firefox, Linux"; unknown ones as they call themselves, cut."""
    return device_of(user_agent)
