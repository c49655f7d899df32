"""What the templates of the inbox need: the text of messages, sizes, whole seconds."""

from __future__ import annotations

from collections.abc import Iterable

from django import template
from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from conversations import markup
from conversations.excerpts import Part
from conversations.reasons import why_returned as reason_of
from events.personal import DELETED, called
from ui.templatetags.ui import written

register = template.Library()


@register.filter
def said(message: dict) -> SafeString:
    """{{ m|said }}: a message's text as HTML; escaped, with its markup, addresses and the people it names."""
    return markup.rendered(message["body"], message.get("mentions") or ())


@register.filter
def marked(text: str) -> SafeString:
    """{{ version.body|marked }}: the same of a text alone."""
    return markup.rendered(text)


@register.filter
def in_parts(parts: Iterable[Part]) -> SafeString:
    """{{ row.marks.subject|in_parts }}: a text with what was looked for in it."""
    return format_html_join(
        "", "{}", ((format_html("<mark>{}</mark>", part.text) if part.marked else part.text,) for part in parts)
    )


@register.filter
def moment(stamp: str) -> str:
    """{{ m.at|moment }}: day and time in the reader's zone and language, where no script writes it."""
    return written(timezone.localtime(parse_datetime(stamp)), "full")


@register.filter
def first_name(name: str) -> str:
    """{{ "Kim Berg"|first_name }} → Kim; “Visitor #12”, addresses and who was erased stay whole."""
    whole = called(name)
    first = whole.partition(" ")[0]
    return whole if whole == called(DELETED) or "#" in whole or "@" in first or len(first) < 2 else first


@register.filter
def ending(name: str) -> str:
    """{{ "Lieferschein.PDF"|ending }} → pdf, at most four characters; "file" without one."""
    stem, dot, last = name.rpartition(".")
    return last[:4].lower() if dot and stem and last else "file"


@register.filter
def size(number: int) -> str:
    """{{ 184000|size }} → 179.7 KB, in the reader's language."""
    return filesizeformat(number)


@register.filter
def lookup(table: dict, key: str) -> object:
    """{{ unread|lookup:row.c }}: the value, "" without one."""
    return table.get(key, "") if table else ""


@register.filter
def why_returned(why: str) -> str:
    """{{ later.why|why_returned }} → “Cem Aydın answers here now.”"""
    return reason_of(why)
