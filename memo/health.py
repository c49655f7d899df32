"""/up: the process answers. /ready: database, Valkey, oldest due row, worker heartbeat – each with its reason."""

from __future__ import annotations

import time

import redis
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone

from events import valkey
from events.models import Due
from events.tasks import HEARTBEAT

_MAX_DUE_AGE_S = 30
_MAX_BEAT_AGE_S = 30


def up(request: HttpRequest) -> HttpResponse:
    """200 as long as the process serves requests."""
    return HttpResponse("up\n", content_type="text/plain")


def ready(request: HttpRequest) -> JsonResponse:
    """200 when every part works, else 503; the body names each part's state."""
    found = parts()
    good = all(part["ok"] for part in found.values())
    return JsonResponse({"ready": good, "parts": found}, status=200 if good else 503)


def parts() -> dict[str, dict]:
    """Each part: {"ok": True, …} or {"ok": False, "reason": words}."""
    return {"database": _database(), "valkey": _valkey(), "due": _due(), "worker": _worker()}


def _database() -> dict:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        return {"ok": True}
    except DatabaseError as error:
        return {"ok": False, "reason": f"PostgreSQL does not answer ({type(error).__name__})"}


def _valkey() -> dict:
    try:
        valkey.client().ping()
        return {"ok": True}
    except redis.RedisError as error:
        return {"ok": False, "reason": f"Valkey does not answer ({type(error).__name__})"}


def _due() -> dict:
    try:
        oldest = Due.objects.order_by("due_at").values_list("due_at", flat=True).first()
    except DatabaseError:
        return {"ok": False, "reason": "not known without the database"}
    age = (timezone.now() - oldest).total_seconds() if oldest else 0
    if age > _MAX_DUE_AGE_S:
        return {"ok": False, "reason": f"the oldest due row waits for {age:.0f} s: is a worker running?"}
    return {"ok": True, "age_s": max(0, round(age, 1))}


def _worker() -> dict:
    try:
        beat = valkey.client().get(valkey.key(HEARTBEAT))
    except redis.RedisError:
        return {"ok": False, "reason": "not known without Valkey"}
    age = time.time() - float(beat) if beat else None
    if age is None or age > _MAX_BEAT_AGE_S:
        return {"ok": False, "reason": "no heartbeat: start the worker and beat"}
    return {"ok": True, "age_s": round(age, 1)}
