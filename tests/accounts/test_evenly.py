"""Known and unknown addresses answer at the same time (S-51)."""

from __future__ import annotations

import asyncio
import random
import time
from urllib.parse import urlencode

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings as django_settings
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.core.asgi import get_asgi_application

from accounts import evenly
from accounts.evenly import STEP_S, Evenly
from events import limits
from tests.cast import make_cast

SAMPLES = 500


async def answered(scope: dict, took_s: float) -> float:
    """When the answer of an application that works for `took_s` leaves, on a clock of its own."""
    now = [100.0]
    sent = []

    async def app(scope, receive, send):
        now[0] += took_s
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"x"})

    async def sleep(seconds: float) -> None:
        now[0] += seconds

    async def send(event: dict) -> None:
        sent.append((event["type"], now[0]))

    await Evenly(app, clock=lambda: now[0], sleep=sleep)(scope, None, send)
    assert [kind for kind, _ in sent] == ["http.response.start", "http.response.body"]
    return sent[0][1] - 100.0


def post(path: str) -> dict:
    return {"type": "http", "method": "POST", "path": path}


@pytest.mark.parametrize(
    "path",
    [
        "/accounts/login/",
        "/accounts/login/code/",
        "/accounts/password/reset/",
        "/accounts/email/",
        "/settings/people/new/",
    ],
)
@pytest.mark.parametrize(("took", "leaves"), [(0.0, 1), (0.08, 1), (0.49, 1), (0.51, 2), (1.2, 3)])
async def test_answers_leave_at_full_steps(path, took, leaves):
    """S-51: however long the work took within a step."""
    assert await answered(post(path), took) == pytest.approx(leaves * STEP_S)


@pytest.mark.parametrize(
    "scope",
    [
        {"type": "http", "method": "GET", "path": "/accounts/login/"},
        post("/accounts/logout/"),
        post("/conversations/"),
        post("/accounts/login/x/"),
    ],
)
async def test_nothing_else_waits(scope):
    assert await answered(scope, 0.08) == pytest.approx(0.08)


def told_apart(first: list[float], second: list[float]) -> float:
    """Mann and Whitney: how surely a time from `second` is longer than one from `first`; 0.5 is a coin."""
    ranks = sorted([(value, 0) for value in first] + [(value, 1) for value in second])
    total = sum(rank for rank, (_, whose) in enumerate(ranks, 1) if whose)
    return (total - len(second) * (len(second) + 1) / 2) / (len(first) * len(second))


def test_the_measure_sees_a_difference():
    """What the next test asks can be answered with no: 1 ms in 5 ms of noise is seen, none is not."""
    dice = random.Random(1)
    plain = [dice.gauss(20, 5) for _ in range(SAMPLES)]
    assert 0.45 < told_apart(plain, [dice.gauss(20, 5) for _ in range(SAMPLES)]) < 0.55
    assert told_apart(plain, [dice.gauss(21.5, 5) for _ in range(SAMPLES)]) > 0.55


@pytest.mark.walk
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("path", ["/accounts/login/", "/accounts/password/reset/", "/accounts/login/code/"])
async def test_the_clock_tells_nothing(path, settings, monkeypatch, clean_valkey):
    """S-51: 500 answers each through the application, with the real hasher; steps shortened, or it takes an hour."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
    settings.ACCOUNT_RATE_LIMITS = False
    monkeypatch.setattr(Argon2PasswordHasher, "time_cost", 1)
    monkeypatch.setattr(Argon2PasswordHasher, "memory_cost", 8 * 1024)
    monkeypatch.setattr(evenly, "STEP_S", 0.04)
    monkeypatch.setattr(limits, "take", lambda *a, **k: True)
    ben = await sync_to_async(_ben)()
    asked = Evenly(get_asgi_application())
    took: dict[str, list[float]] = {ben: [], "xyz@nordlicht.example": []}
    for round_ in range(SAMPLES + 10):
        for address in random.Random(round_).sample(sorted(took), 2):
            seconds = await _post(asked, path, {"login": address, "email": address, "password": "wrong"})
            if round_ >= 10:  # the first ones load what all others find
                took[address].append(seconds)
    known, unknown = took.values()
    assert 0.42 < told_apart(known, unknown) < 0.58


def _ben() -> str:
    ben = make_cast().ben
    ben.set_password("correct horse battery staple")
    ben.save()
    return ben.email


async def _post(app, path: str, form: dict[str, str]) -> float:
    """Seconds until the answer begins."""
    body = urlencode(form | {"csrfmiddlewaretoken": "c" * 32}).encode()
    headers = [
        (b"host", b"testserver"),
        (b"cookie", f"{django_settings.CSRF_COOKIE_NAME}={'c' * 32}".encode()),
        (b"content-type", b"application/x-www-form-urlencoded"),
        (b"content-length", str(len(body)).encode()),
    ]
    scope = {"type": "http", "method": "POST", "path": path, "query_string": b"", "headers": headers}
    began, statuses = time.perf_counter(), []
    given = asyncio.Event()

    async def receive() -> dict:
        if given.is_set():
            await asyncio.Event().wait()
        given.set()
        return {"type": "http.request", "body": body}

    async def send(event: dict) -> None:
        if event["type"] == "http.response.start":
            statuses.append((event["status"], time.perf_counter() - began))

    await app(scope, receive, send)
    [(status, seconds)] = statuses
    assert status in {200, 302, 303, 422}, status
    return seconds
