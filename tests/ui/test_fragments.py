"""Turbo's rules for answers to forms (ux.md §1.5, rule 1)."""

from __future__ import annotations

import pytest
from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.test import RequestFactory

from ui.fragments import STREAM, TurboFormsMiddleware, frame_of, redirect_after_post, wants_streams

TURBO = {"accept": f"{STREAM}, text/html, application/xhtml+xml"}


def answer(response: HttpResponse, *, method: str = "POST", headers: dict | None = None) -> HttpResponse:
    request = RequestFactory().generic(method, "/x/", headers=headers if headers is not None else TURBO)
    return TurboFormsMiddleware(lambda _request: response)(request)


@pytest.mark.parametrize(
    ("response", "status"),
    [
        (HttpResponse("<p>again</p>"), 422),
        (HttpResponseRedirect("/y/"), 303),
        (HttpResponse("<turbo-stream>", content_type=STREAM), 200),
        (JsonResponse({}), 200),
        (HttpResponse(status=204), 204),
        (HttpResponse("<p>no</p>", status=403), 403),
    ],
)
def test_a_turbo_form_gets_a_redirect_or_an_error(response, status):
    assert answer(response).status_code == status


def test_reading_and_ordinary_forms_are_left_alone():
    assert answer(HttpResponse("<p>page</p>"), method="GET").status_code == 200
    assert answer(HttpResponse("<p>page</p>"), headers={"accept": "text/html"}).status_code == 200
    assert answer(HttpResponseRedirect("/y/"), headers={}).status_code == 302


def test_who_asks():
    request = RequestFactory().get("/", headers={"turbo-frame": "thread", **TURBO})
    assert frame_of(request) == "thread"
    assert wants_streams(request)
    assert frame_of(RequestFactory().get("/")) == ""
    assert redirect_after_post("/y/").status_code == 303
