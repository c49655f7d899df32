"""Preconditions of views: a signed-in member, a company admin."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render

from companies import roles
from companies.second_factor import lacks_second_factor

View = Callable[..., HttpResponse]


def member_required(view: View) -> View:
    """`request.member` is an active member of a company with a package, or the answer says what is missing (M-01)."""

    @wraps(view)
    def wrapper(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        if not request.user.is_authenticated:
            if request.headers.get("X-Memo-Fetch"):
                return JsonResponse({"error": "sign_in"}, status=401)
            return redirect_to_login(request.get_full_path())
        if not request.member:
            raise PermissionDenied
        if request.member.company.package_id is None:
            return render(request, "companies/no_package.html", status=403)
        if lacks_second_factor(request.member):
            return _second_factor_first(request)
        return view(request, *args, **kwargs)

    return wrapper


def _second_factor_first(request: HttpRequest) -> HttpResponse:
    """The company asks for a second factor: pages lead to where one is set up, everything else is refused."""
    if request.headers.get("X-Memo-Fetch"):
        return JsonResponse({"error": "second_factor"}, status=403)
    if request.method not in ("GET", "HEAD"):
        raise PermissionDenied
    return redirect("mfa_index")


def company_role_required(action: str) -> Callable[[View], View]:
    """member_required, and the member's company role may do `action` (companies/roles.py), else 403."""

    def decorate(view: View) -> View:
        @wraps(view)
        def wrapper(request: HttpRequest, *args, **kwargs) -> HttpResponse:
            role = roles.ADMIN if request.member.is_admin else roles.USER
            if not roles.allowed(role, action):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return member_required(wrapper)

    return decorate
