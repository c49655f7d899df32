"""What the templates of the inbox need: text with links, sizes, whole seconds."""

from __future__ import annotations

from django import template
from django.template.defaultfilters import filesizeformat
from django.utils.safestring import SafeString

from conversations.linking import linked as link_addresses
from conversations.reasons import why_returned as reason_of

register = template.Library()


@register.filter
def linked(text: str) -> SafeString:
    """{{ m.body|linked }}: plain text, escaped, with its web addresses as links."""
    return link_addresses(text)


@register.filter
def first_name(name: str) -> str:
    """{{ "Kim Berg"|first_name }} → Kim; “Visitor #12” and addresses stay whole."""
    first = name.partition(" ")[0]
    return name if "#" in name or "@" in first or len(first) < 2 else first


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
