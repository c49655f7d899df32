"""The two addresses that a host's page asks for: the loader and the frame."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import render
from django.utils import timezone, translation
from django.views.decorators.http import require_safe

from channels_app.models import Widget
from conversations.actions.posting import MAX_BODY, MAX_FILES
from ui.people import colour_of, initials_of
from widget import assets, limits, origins, selectors, words
from widget.access import find_widget
from widget.errors import Failure


@require_safe
def loader(request: HttpRequest) -> HttpResponse:
    """memo.js: for every site, kept five minutes, a day while a newer one is fetched."""
    file = assets.loader()
    if request.headers.get("If-None-Match") == file.etag:
        response: HttpResponse = HttpResponseNotModified()
    else:
        response = _encoded(file, request.headers.get("Accept-Encoding", ""))
    response["ETag"] = file.etag
    response["Vary"] = "Accept-Encoding"
    response["Cache-Control"] = "public, max-age=300, stale-while-revalidate=86400"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    response["Access-Control-Allow-Origin"] = "*"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _encoded(file: assets.Loader, accepted: str) -> HttpResponse:
    kind = "text/javascript; charset=utf-8"
    known = {part.partition(";")[0].strip() for part in accepted.lower().split(",")}
    for coding, body in (("br", file.br), ("gzip", file.gzip)):
        if coding in known:
            return HttpResponse(body, content_type=kind, headers={"Content-Encoding": coding})
    return HttpResponse(file.plain, content_type=kind)


@require_safe
def frame(request: HttpRequest, key: str) -> HttpResponse:
    """The chat itself, to be framed by the widget's own sites only (S-35); ?lang= is the host page's language."""
    code = request.GET.get("lang", "")
    language = code if code in dict(settings.LANGUAGES) else translation.get_language() or "en"
    with translation.override(language):
        try:
            if not limits.allow("frame", request):
                raise Failure(429, "slow_down")
            widget = find_widget(key)
        except Failure as failure:
            response = render(request, "widget/unavailable.html", status=failure.status)
            return _framed(request, response, "'none'")
        response = render(request, "widget/frame.html", _context(widget))
    return _framed(request, response, origins.frame_ancestors(widget.allowed_origins))


def _context(widget: Widget) -> dict:
    return {
        "colour": widget.colour,
        "company": widget.company.name,
        "files": assets.frame(),
        "boot": _boot(widget),
    }


def _boot(widget: Widget) -> dict:
    """What the frame knows before it asks anything; all of it is public."""
    company = widget.company
    return {
        "key": widget.public_key,
        "language": (translation.get_language() or "en").partition("-")[0],
        "origins": origins.allowed(widget.allowed_origins),
        "company": {
            "name": company.name,
            "initials": initials_of(company.name),
            "colour": colour_of(company.public_id),
            "avatar": company.avatar_url,
        },
        "greeting": widget.greeting,
        "ask": widget.ask_identity,
        "verified_only": widget.verified_only,
        "limits": {"files": MAX_FILES, "mb": company.attachment_max_mb, "body": MAX_BODY},
        "words": words.words(),
        **selectors.entrance(widget, now=timezone.now()),
    }


def _framed(request: HttpRequest, response: HttpResponse, ancestors: str) -> HttpResponse:
    """The frame's own policy: only our own files, framed by whom the list names, no X-Frame-Options beside it."""
    socket = urlsplit(settings.BASE_URL)
    policy = {
        "default-src": "'none'",
        "script-src": f"'self' 'nonce-{request.csp_nonce}'",  # type: ignore[attr-defined]
        "style-src": "'self'",
        "img-src": "'self' blob:",
        "font-src": "'self'",
        "connect-src": f"'self' {'wss' if socket.scheme == 'https' else 'ws'}://{socket.netloc}",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": ancestors,
    }
    response["Content-Security-Policy"] = "; ".join(f"{name} {value}" for name, value in policy.items())
    response["Cache-Control"] = "private, no-cache"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    response["Cross-Origin-Embedder-Policy"] = "require-corp"
    response["Referrer-Policy"] = "same-origin"
    response.headers.pop("X-Frame-Options", None)
    return response
