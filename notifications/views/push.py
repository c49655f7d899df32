"""The browsers that take my push messages: adding this one, removing any."""

from __future__ import annotations

import json
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from companies.access import member_required
from events import limits
from notifications.devices import device_for
from notifications.models import PushSubscription
from notifications.pushing import BadSubscription, subscribe, unsubscribe
from ui.devices import device_of
from ui.fragments import redirect_after_post

_LARGEST = 4_000


@require_POST
@member_required
def add(request: HttpRequest) -> HttpResponse:
    """JSON of PushSubscription.toJSON(): {endpoint, keys: {p256dh, auth}}; browser and session are those that ask."""
    if not limits.take(f"push:{request.user.pk}", limit=30, per_s=600):
        return JsonResponse({"error": "too_many"}, status=429)
    fields = _fields(request)
    if fields is None:
        return JsonResponse({"error": "bad_subscription"}, status=422)
    try:
        stored = subscribe(
            request.user,
            session_key=request.session.session_key or "",
            device=device_of(request.headers.get("User-Agent", "")),
            now=timezone.now(),
            **fields,
        )
    except BadSubscription:
        return JsonResponse({"error": "bad_subscription"}, status=422)
    return JsonResponse({"id": str(stored.public_id)})


def _fields(request: HttpRequest) -> dict[str, str] | None:
    if len(request.body) > _LARGEST:
        return None
    try:
        sent = json.loads(request.body)
        found = {"endpoint": sent["endpoint"], "p256dh": sent["keys"]["p256dh"], "auth": sent["keys"]["auth"]}
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    if any(not isinstance(value, str) or "\x00" in value for value in found.values()):
        return None
    if len(found["p256dh"]) > 100 or len(found["auth"]) > 40:
        return None
    return found


@require_POST
@member_required
def remove(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One of one's own devices takes no more push messages; foreign and missing ones look alike."""
    try:
        found = device_for(request.user, public_id)
    except PushSubscription.DoesNotExist:
        raise Http404 from None
    unsubscribe([found])
    messages.success(request, _("%(device)s gets no more push messages.") % {"device": found.device})
    return redirect_after_post(reverse("notifications") + "#devices")
