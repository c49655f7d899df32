"""Pages of the product itself: what is shown without a connection, the manifest, the service worker."""

from __future__ import annotations

import zlib

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils import translation
from django.utils.translation import get_language, get_language_bidi
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

_SIZES = (192, 512)
_KEPT = (
    "ui/css/memo.css", "ui/icons.svg", "ui/favicon.svg", "ui/icon-192.png", "vendor/inter-latin.woff2",
    "ui/js/again.js",
)  # fmt: skip


@require_safe
@cache_control(public=True, max_age=3600)
def offline(request: HttpRequest) -> HttpResponse:
    """Kept by the service worker in every language (?language=de) and shown when a page cannot be fetched; says nothing
    about anybody.
    """
    wanted = request.GET.get("language", "")
    if wanted not in dict(settings.LANGUAGES):
        return render(request, "ui/offline.html")
    with translation.override(wanted):
        answer = render(request, "ui/offline.html")
        answer.headers["Content-Language"] = wanted
        return answer


@require_safe
@cache_control(public=True, max_age=3600)
def manifest(request: HttpRequest) -> JsonResponse:
    """What the system needs to put Memo on a home screen."""
    icons = [
        {"src": static(f"ui/icon-{size}.png"), "sizes": f"{size}x{size}", "type": "image/png", "purpose": purpose}
        for size in _SIZES
        for purpose in ("any", "maskable")
    ]
    content = {
        "id": "/",
        "name": "Memo",
        "short_name": "Memo",
        "description": _("Messages between companies and their customers"),
        "lang": get_language(),
        "dir": "rtl" if get_language_bidi() else "ltr",
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "launch_handler": {"client_mode": ["focus-existing", "auto"]},
        "categories": ["business", "productivity"],
        "shortcuts": _shortcuts(),
        "background_color": "#fbfaf6",
        "theme_color": "#f2f1eb",
        "icons": icons,
    }
    return JsonResponse(content, content_type="application/manifest+json")


def _shortcuts() -> list[dict]:
    """What a long press on the icon offers."""
    parts = (
        ("inbox", _("Conversations")),
        ("centre", _("Notifications")),
        ("search", _("Search")),
        ("contacts", _("Contacts")),
    )
    icon = [{"src": static("ui/icon-192.png"), "sizes": "192x192", "type": "image/png"}]
    return [{"name": name, "url": reverse(route), "icons": icon} for route, name in parts]


@require_safe
@cache_control(no_cache=True)
def service_worker(request: HttpRequest) -> HttpResponse:
    """At the root, so that it may serve every page; names the files it keeps by their hashed addresses.

    A new address of one of them is a new version, which replaces what the old one kept; no page is loaded anew for it.
    """
    kept = [static(path) for path in _KEPT]
    content = {
        "version": zlib.crc32(" ".join(kept).encode()),
        "kept": kept,
        "icon": static("ui/icon-192.png"),
        "languages": settings.LANGUAGES,
    }
    return render(request, "ui/service_worker.js", content, content_type="text/javascript; charset=utf-8")
