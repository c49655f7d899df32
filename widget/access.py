"""Preconditions of the widget's views: the widget of the key, our own origin, a visitor with a living token."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from channels_app.models import Widget
from channels_app.selectors import widget_by_key
from conversations.models import Conversation
from conversations.selectors.visibility import conversation_for
from customers.models import Visitor
from customers.selectors import visitor_by_token
from events import guessing
from widget import errors, limits
from widget.errors import Failure
from widget.payload import BadPayload

View = Callable[..., HttpResponseBase]


class WidgetRequest(HttpRequest):
    """What the decorators below put on a request."""

    widget: Widget
    visitor: Visitor
    conversation: Conversation


def find_widget(key: str) -> Widget:
    """The active widget of this public key; raises Failure(404)."""
    try:
        return widget_by_key(key)
    except Widget.DoesNotExist:
        raise Failure(404, "not_found") from None


def own_origin() -> str:
    """Where the frame lives: the origin of this installation's address."""
    parts = urlsplit(settings.BASE_URL)
    return f"{parts.scheme}://{parts.netloc}"


def widget_required(view: View) -> View:
    """`request.widget`; other sites' scripts are refused (no Origin but our own writes); failures become JSON.

    There is no CSRF token because no cookie gives any right here: the token travels in a header.
    """

    @csrf_exempt
    @wraps(view)
    def wrapper(request: WidgetRequest, key: str, *args: object, **kwargs: object) -> HttpResponseBase:
        try:
            request.widget = find_widget(key)
            _require_own_origin(request)
            return view(request, *args, **kwargs)
        except Failure as failure:
            return errors.answer(failure)
        except BadPayload as bad:
            code = "too_large" if bad.status == 413 else f"bad_{bad.what}"
            return errors.answer(Failure(bad.status, code))

    return wrapper


def _require_own_origin(request: HttpRequest) -> None:
    """Letter for letter (S-14). Browsers send Origin with every POST; GETs of the frame may come without."""
    origin = request.headers.get("Origin")
    if origin is None and request.method in {"GET", "HEAD"}:
        return
    if origin != own_origin():
        raise Failure(403, "origin")


def visitor_required(what: str) -> Callable[[View], View]:
    """`request.visitor` from “Authorization: Memo <token>”, within the limits of `what` (widget/limits.py)."""

    def decorate(view: View) -> View:
        @wraps(view)
        def wrapper(request: WidgetRequest, *args: object, **kwargs: object) -> HttpResponseBase:
            request.visitor = visitor_of(request)
            if guessing.waits(guessing.visitor(request.visitor.pk)) or not limits.allow(
                what, request, visitor_id=request.visitor.pk
            ):
                raise Failure(429, "slow_down")
            return view(request, *args, **kwargs)

        return widget_required(wrapper)

    return decorate


def visitor_of(request: WidgetRequest) -> Visitor:
    """The visitor of the request's token; raises Failure(401), and 429 for who guesses (S-52)."""
    try:
        visitor = visitor_by_token(
            presented_token(request),
            company_id=request.widget.company_id,
            widget_key=request.widget.public_key,
            now=timezone.now(),
        )
    except Visitor.DoesNotExist:
        if not limits.allow("guess", request):
            raise Failure(429, "slow_down") from None
        raise Failure(401, "session") from None
    if request.widget.verified_only and not visitor.verified:
        raise Failure(403, "identity_required")
    return visitor


def presented_token(request: HttpRequest) -> str:
    """What follows “Memo ” in Authorization, or empty."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme == "Memo" else ""


def conversation_required(what: str) -> Callable[[View], View]:
    """visitor_required, and `request.conversation` is one of the visitor's own (S-05), else 404."""

    def decorate(view: View) -> View:
        @wraps(view)
        def wrapper(request: WidgetRequest, public_id: UUID, *args: object, **kwargs: object) -> HttpResponseBase:
            try:
                request.conversation = conversation_for(request.visitor, public_id)
            except Conversation.DoesNotExist:
                raise Failure(404, "not_found") from None
            return view(request, *args, **kwargs)

        return visitor_required(what)(wrapper)

    return decorate
