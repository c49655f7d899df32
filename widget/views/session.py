"""Who is in this browser: begin, say or prove one's identity, end."""

from __future__ import annotations

import structlog
from django.conf import settings
from django.http import JsonResponse
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_POST

from customers.actions import visitors
from customers.actions.visitors import InvalidIdentity, Page
from customers.models import Visitor
from customers.selectors import visitor_by_token
from widget import actions, cookies, identity, limits, origins, payload
from widget.access import WidgetRequest, presented_token, visitor_required, widget_required
from widget.errors import Failure

log = structlog.get_logger(__name__)


@require_POST
@widget_required
def session(request: WidgetRequest) -> JsonResponse:
    """{"start"?, "jwt"? | "user"?, "hash"?, "name"?, "email"?, "page"?} → {"visitor": {…}|null, "token"?, "kept"}.

    A visitor is made only for who starts to act: `start`, a name or address, or a signed identity. `token` is sent
    when the frame has to remember one; `kept` says that the browser's cookie did it already.
    """
    if not limits.allow("session", request):
        raise Failure(429, "slow_down")
    data = payload.read(request)
    page = _page(request, data)
    signed = _signed(request, data)
    before, token = _before(request)
    name, email = payload.text(data, "name", longest=200), payload.text(data, "email", longest=254)
    typed = bool(name.strip() or email.strip()) and signed is None
    if before is None and signed is None and not typed and data.get("start") is not True:
        return JsonResponse({"visitor": None, "kept": False})
    if before is None and not limits.allow("mint", request):
        raise Failure(429, "slow_down")
    now = timezone.now()
    opened = actions.open_session(
        request.widget, visitor=before, signed=signed, language=_language(), page=page, now=now
    )
    if typed:
        _give_identity(request, opened.visitor, name, email)
    return _answer(request, opened.visitor, opened.token or token)


@require_POST
@visitor_required("signal")
def end(request: WidgetRequest) -> JsonResponse:
    """The person signed out on the host page: the token dies, the cookie goes."""
    visitors.end_token(request.visitor)
    response = JsonResponse({"visitor": None, "kept": False})
    cookies.forget(response, request.widget.public_key)
    return response


def _before(request: WidgetRequest) -> tuple[Visitor | None, str]:
    """The visitor of the token in the header or, failing that, in our cookie."""
    guessed = False
    for token in (presented_token(request), cookies.token_in(request, request.widget.public_key)):
        if not token:
            continue
        try:
            visitor = visitor_by_token(
                token,
                company_id=request.widget.company_id,
                widget_key=request.widget.public_key,
                now=timezone.now(),
            )
        except Visitor.DoesNotExist:
            guessed = True
        else:
            return visitor, token
    if guessed and not limits.allow("guess", request):
        raise Failure(429, "slow_down")
    return None, ""


def _signed(request: WidgetRequest, data: dict) -> identity.SignedIdentity | None:
    """The proved identity; a proof that does not hold is refused, never taken as anonymous (S-18)."""
    widget = request.widget
    secrets = [widget.identity_secret, widget.previous_identity_secret]
    if not {"jwt", "user", "hash"} & data.keys():
        if widget.verified_only:
            raise Failure(403, "identity_required")
        return None
    if not limits.allow("identify", request):
        raise Failure(429, "slow_down")
    try:
        if "jwt" in data:
            return identity.from_jwt(data["jwt"], key=widget.public_key, secrets=secrets, now=timezone.now())
        return identity.from_hash(data.get("user"), data.get("hash"), secrets=secrets)
    except identity.IdentityRefused as refused:
        log.warning("identity refused", widget=widget.pk, reason=str(refused))
        raise Failure(403, "identity") from None


def _give_identity(request: WidgetRequest, visitor: Visitor, name: str, email: str) -> None:
    if not limits.allow("identify", request, visitor_id=visitor.pk):
        raise Failure(429, "slow_down")
    try:
        visitors.give_identity(visitor, name=name, email=email, now=timezone.now())
    except InvalidIdentity as invalid:
        raise Failure(422, invalid.field) from None


def _page(request: WidgetRequest, data: dict) -> Page:
    """The host page that the frame reports: kept only if it is one of the widget's sites and the owner wants it."""
    page = data.get("page")
    if not isinstance(page, dict) or not request.widget.store_page_url:
        return Page()
    url, title = payload.text(page, "url", longest=4_000), payload.text(page, "title", longest=4_000)
    if origins.of_address(url) not in origins.allowed(request.widget.allowed_origins):
        return Page()
    return Page(origins.without_query(url), visitors.clean_name(title))


def _language() -> str:
    code = (get_language() or "en").partition("-")[0]
    return code if code in dict(settings.LANGUAGES) else "en"


def _answer(request: WidgetRequest, visitor: Visitor, token: str) -> JsonResponse:
    key = request.widget.public_key
    kept = bool(token) and cookies.token_in(request, key) == token
    response = JsonResponse(
        {
            "token": token,
            "kept": kept,
            "visitor": {
                "id": str(visitor.public_id),
                "name": visitor.name,
                "email": visitor.email,
                "verified": visitor.verified,
            },
        }
    )
    if token and not kept:
        cookies.keep(response, key, token)
    return response
