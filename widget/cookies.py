"""The partitioned cookie that keeps the visitor's token inside the frame; only where the site is served over https."""

from __future__ import annotations

from http.cookies import Morsel
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from customers.selectors import TOKEN_LIFE

# Python before 3.14 does not know the attribute.
_reserved: dict[str, str] = Morsel._reserved  # type: ignore[attr-defined]  # noqa: SLF001
_flags: set[str] = Morsel._flags  # type: ignore[attr-defined]  # noqa: SLF001
_reserved.setdefault("partitioned", "Partitioned")
_flags.add("partitioned")


def name(key: str) -> str:
    """One cookie for each widget: two widgets on one site do not share visitors."""
    return f"__Host-memo-{key}"


def token_in(request: HttpRequest, key: str) -> str:
    """The token that the browser kept for us, or empty."""
    return request.COOKIES.get(name(key), "") if settings.HTTPS else ""


def keep(response: HttpResponse, key: str, token: str) -> None:
    """Have the browser keep the token: out of reach of every script, and only under this top-level site (CHIPS)."""
    if settings.HTTPS:
        _write(response, key, token, max_age=int(TOKEN_LIFE.total_seconds()))


def forget(response: HttpResponse, key: str) -> None:
    """Have the browser drop it."""
    if settings.HTTPS:
        _write(response, key, "", max_age=0)


def _write(response: HttpResponse, key: str, token: str, **attributes: Any) -> None:
    response.set_cookie(name(key), token, secure=True, httponly=True, samesite="None", path="/", **attributes)
    response.cookies[name(key)]["partitioned"] = True
