"""/join/: the page behind the link of an invitation. The link only opens the door: it is in no page and no log."""

from __future__ import annotations

import structlog
from allauth.account.utils import perform_login
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_safe

from accounts.actions import BadLogin
from accounts.models import User
from companies.actions.invitations import LinkDead, OwnLoginNeeded, accept, accept_as, token_hash, why_dead
from companies.actions.members import WorksElsewhere
from companies.models import Invitation, Membership
from companies.people import invitation_by, login_of
from companies.people_forms import JoinForm
from companies.selectors import membership_of
from events import limits
from events.origin import network_of, shortened
from ui.fragments import redirect_after_post

log = structlog.get_logger(__name__)
_KEPT = "invitation"
_PAGES_PER_MINUTE = 30


@require_safe
@sensitive_variables("token")
def join_link(request: HttpRequest, token: str) -> HttpResponse:
    """Remember the link's hash for this browser and go where the address says nothing; nothing is used up yet."""
    if _too_fast(request):
        return render(request, "429.html", status=429)
    request.session[_KEPT] = token_hash(token)
    response = redirect("join")
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("password", "again")
def join(request: HttpRequest) -> HttpResponse:
    """Who invites, and the one thing left to do: choose a password, or join with the login one has (M-24)."""
    if _too_fast(request):
        return render(request, "429.html", status=429)
    hashed = request.session.get(_KEPT, "")
    invitation = invitation_by(hashed) if hashed else None
    if invitation is None:
        return _dead(request, None, "unknown")
    if request.user.is_authenticated and invitation.user_id == request.user.pk:
        return redirect_after_post("/") if request.method == "POST" else _dead(request, invitation, "used")
    if code := why_dead(invitation, now=timezone.now()):
        return _dead(request, invitation, code)
    with translation.override(_language(request, invitation)):
        response = _live(request, invitation)
        response.headers["Content-Language"] = translation.get_language()
        return response


def _live(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    login = request.user if request.user.is_authenticated else login_of(invitation.email)
    if login is not None:
        return _with_login(request, invitation, login)
    form = JoinForm(request.POST if request.method == "POST" else None, user=_unsaved(invitation))
    if request.method == "POST" and form.is_valid():
        return _accepted(request, invitation, form)
    status = 422 if request.method == "POST" else 200
    return _page(request, invitation, "password", status=status, form=form)


def _accepted(request: HttpRequest, invitation: Invitation, form: JoinForm) -> HttpResponse:
    try:
        member = accept(invitation.token_hash, password=form.cleaned_data["password"], now=timezone.now())
    except LinkDead as dead:
        return _dead(request, invitation, dead.code)
    except OwnLoginNeeded:
        return redirect_after_post(reverse("join"))
    except BadLogin as bad:
        form.add_error("password", str(bad))
        return _page(request, invitation, "password", status=422, form=form)
    request.session.pop(_KEPT, None)
    response = perform_login(request, member.user, email_verification="none", redirect_url="/")
    _greet(request, member)
    return response


def _with_login(request: HttpRequest, invitation: Invitation, login: User) -> HttpResponse:
    """Somebody who has a login joins with it, signed in: with its second factor, and nobody sets it a new password."""
    if login.email.lower() != invitation.email.lower():
        return _page(request, invitation, "other")
    if not login.is_active:
        return _page(request, invitation, "locked")
    if membership_of(login) is not None:
        return _page(request, invitation, "elsewhere")
    if not request.user.is_authenticated:
        return _page(request, invitation, "sign_in")
    if request.method != "POST":
        return _page(request, invitation, "join")
    try:
        member = accept_as(invitation.token_hash, user=login, now=timezone.now())
    except LinkDead as dead:
        return _dead(request, invitation, dead.code)
    except (OwnLoginNeeded, WorksElsewhere):
        return _page(request, invitation, "elsewhere", status=409)
    request.session.pop(_KEPT, None)
    _greet(request, member)
    return redirect_after_post("/")


def _greet(request: HttpRequest, member: Membership) -> None:
    with translation.override(member.user.language):
        messages.success(request, _("Welcome to %(company)s.") % {"company": member.company.name})


def _page(request: HttpRequest, invitation: Invitation, step: str, *, status: int = 200, **more) -> HttpResponse:
    """`step`: password, sign_in, join, other, locked or elsewhere."""
    inviter = invitation.invited_by.full_name if invitation.invited_by else ""
    context = {"invitation": invitation, "company": invitation.company, "inviter": inviter, "step": step} | more
    return render(request, "companies/join.html", context, status=status)


def _dead(request: HttpRequest, invitation: Invitation | None, code: str) -> HttpResponse:
    """Each reason in its own words; 410: it will not work again."""
    context = {"code": code, "company": invitation.company if invitation else None}
    return render(request, "companies/join_dead.html", context, status=410)


def _language(request: HttpRequest, invitation: Invitation) -> str:
    """The signed-in person's own, or what was chosen on the page; else the invitation's."""
    if request.user.is_authenticated:
        return request.LANGUAGE_CODE
    return request.LANGUAGE_CODE if settings.LANGUAGE_COOKIE_NAME in request.COOKIES else invitation.language


def _unsaved(invitation: Invitation) -> User:
    """What a password must not resemble."""
    return User(email=invitation.email, first_name=invitation.first_name, last_name=invitation.last_name)


def _too_fast(request: HttpRequest) -> bool:
    if limits.take(f"join:{network_of(request)}", limit=_PAGES_PER_MINUTE, per_s=60):
        return False
    log.warning("too many invitations asked for", network=shortened(network_of(request)))
    return True
