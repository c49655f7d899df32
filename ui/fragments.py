"""One page or one piece of it, and the rules that Turbo has for answers to forms."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render

STREAM = "text/vnd.turbo-stream.html"


def frame_of(request: HttpRequest) -> str:
    """The id of the <turbo-frame> that asks; "" for a whole page."""
    return request.headers.get("Turbo-Frame", "")


def wants_streams(request: HttpRequest) -> bool:
    """Whether the asking page can apply <turbo-stream> answers."""
    return STREAM in request.headers.get("Accept", "")


def page_or_piece(
    request: HttpRequest, page: str, piece: str, context: dict, *, frame: str, status: int = 200
) -> HttpResponse:
    """The template `piece` when the frame with that id asks, else `page`, which includes the piece itself."""
    return render(request, piece if frame_of(request) == frame else page, context, status=status)


def redirect_after_post(url: str) -> HttpResponseRedirect:
    """303: the browser goes there by GET, whatever the method was."""
    response = HttpResponseRedirect(url)
    response.status_code = 303
    return response


class TurboFormsMiddleware:
    """Turbo shows an answer to a form only as redirect or error: a page with 200 becomes 422, a redirect 303."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.method in ("GET", "HEAD", "OPTIONS") or not wants_streams(request):
            return response
        if response.status_code in (301, 302):
            response.status_code = 303
        elif response.status_code == 200 and response.headers.get("Content-Type", "").startswith("text/html"):
            response.status_code = 422
        return response
