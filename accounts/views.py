"""A person's picture and the appearance they chose."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.actions import choose_theme, end_session
from accounts.forms import THEMES
from accounts.models import User
from ui.fragments import redirect_after_post


def back_to(request: HttpRequest, fallback: str) -> HttpResponse:
    """See other: the form's `next` when it is an address of ours, else `fallback` (S-38)."""
    wanted = request.POST.get("next", "")
    own = url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    return redirect_after_post(wanted if own else fallback)


@require_safe
def picture(request: HttpRequest, public_id: UUID) -> HttpResponseBase:
    """The picture of an active user. The address is a random UUID that only people who may see the person get:
    colleagues, and visitors whom the person answers (their widget fetches it without any sign-in).
    """
    user = User.objects.filter(public_id=public_id, is_active=True).exclude(avatar="").first()
    if user is None:
        raise Http404
    try:
        content = user.avatar.open("rb")
    except FileNotFoundError:
        raise Http404 from None
    response = FileResponse(content, content_type="image/webp")
    response.headers["Cache-Control"] = "private, max-age=300"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    return response


@login_required
@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """System, light or dark; anything else is refused."""
    wanted = request.POST.get("theme", "")
    if wanted not in dict(THEMES):
        return HttpResponse(status=422)
    choose_theme(request.user, theme=wanted)
    return back_to(request, "/")


@login_required
@require_POST
def sign_out_browser(request: HttpRequest) -> HttpResponse:
    """End one of one's own sessions; the word names it. Gone already looks the same."""
    if end_session(request.user, handle=request.POST.get("session", "")[:64]):
        messages.success(request, _("That browser is signed out."))
    return redirect_after_post(reverse("usersessions_list"))
