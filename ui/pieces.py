"""Pieces of a page that are the same for the same data: rendered once, kept by their content, never stale.

A list row or a message depends on its data, the language, the time zone and the day alone. Its HTML is kept under
exactly that, so whoever may see the data gets the HTML, and a change of the data is another key.
"""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock

import orjson
from django.conf import settings
from django.template.loader import get_template
from django.utils.safestring import SafeString
from django.utils.timezone import get_current_timezone_name, localdate
from django.utils.translation import get_language

_MOST = 4_000
_LONGEST = 16_384
_kept: OrderedDict[bytes, SafeString] = OrderedDict()
_lock = Lock()


def render_piece(template: str, data: dict) -> SafeString:
    """`template` with nothing but `data` (JSON values, dates, dataclasses); no request, so no CSRF token in it."""
    if settings.DEBUG:
        return get_template(template).render(data)
    # Without scripts a moment is written as seen from today.
    key = orjson.dumps((template, get_language(), get_current_timezone_name(), localdate(), data))
    with _lock:
        if (html := _kept.get(key)) is not None:
            _kept.move_to_end(key)
            return html
    html = get_template(template).render(data)
    if len(html) + len(key) <= _LONGEST:
        with _lock:
            _kept[key] = html
            while len(_kept) > _MOST:
                _kept.popitem(last=False)
    return html
