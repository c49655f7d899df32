"""Per request: an id for the logs, the member with its language and time zone, headers that every answer carries."""

from __future__ import annotations

import uuid
import zoneinfo
from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers
from django.utils.functional import SimpleLazyObject

from companies.selectors import membership_of
from events import guessing
from events.origin import address_of, coming_from, network_of
from notifications.selectors import Attention

Handler = Callable[[HttpRequest], HttpResponse]


class RequestContextMiddleware:
    """Binds a request id to the logs; private pages are never stored by caches; powerful features are off."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request_id = uuid.uuid4().hex
        with structlog.contextvars.bound_contextvars(request_id=request_id), coming_from(address_of(request)):
            response = self.get_response(request)
        response.headers.setdefault("X-Request-ID", request_id)
        response.headers.setdefault("Cache-Control", "private, no-store")
        response.headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=()")
        return response


class MemberMiddleware:
    """`request.member`: the active Membership of the signed-in user, or None; its language and zone are active.

    `request.attention` and `request.unread`: what is unseen, asked for at first use.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.member = SimpleLazyObject(lambda: membership_of(request.user))
        user = request.user if request.user.is_authenticated else None
        request.attention = Attention(user.pk) if user else None
        request.unread = SimpleLazyObject(lambda: request.attention.total) if user else 0
        language = user.language if user else translation.get_language_from_request(request)
        with translation.override(language):
            if user:
                timezone.activate(zoneinfo.ZoneInfo(user.time_zone))
            request.LANGUAGE_CODE = language
            try:
                response = self.get_response(request)
            finally:
                timezone.deactivate()
            response.headers.setdefault("Content-Language", language)
        patch_vary_headers(response, ["Accept-Language", "Cookie"])
        return response


class GuessingMiddleware:
    """Who walks through ids gets 429 for every address that has one, until he has stopped for a minute (S-52)."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code == 404 and _guessed(request):
            guessing.missed(_asking(request))
        return response

    def process_view(self, request: HttpRequest, view: Callable, args: tuple, kwargs: dict) -> HttpResponse | None:
        if not _guessed(request) or not guessing.waits(_asking(request)):
            return None
        response = render(request, "429.html", status=429)
        response.headers["Retry-After"] = str(round(guessing.WAIT_S))
        return response


def _guessed(request: HttpRequest) -> bool:
    """Whether the address has an id. The key of a widget is public, and stays on a site after the widget is gone."""
    route = request.resolver_match
    if route is None or not route.kwargs:
        return False
    return route.namespace != "widget" or hasattr(request, "visitor")


def _asking(request: HttpRequest) -> str:
    """The signed-in person, the widget's visitor (known to its view, which asks waits() itself), or the network."""
    if visitor := getattr(request, "visitor", None):
        return guessing.visitor(visitor.pk)
    if request.user.is_authenticated:
        return guessing.user(request.user.pk)
    return guessing.network(network_of(request))
