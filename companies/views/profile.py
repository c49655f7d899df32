"""A member's own data, picture and availability; nobody else's (M-25, M-26)."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.actions import edit_person, remove_picture, set_picture
from accounts.forms import PictureForm
from accounts.images import PictureRefused
from accounts.views import back_to
from companies.access import member_required
from companies.actions.members import edit_position, set_availability
from companies.forms import ProfileForm
from companies.models import Membership
from ui.fragments import redirect_after_post

_OWN = ("first_name", "last_name", "phone", "language", "time_zone", "theme")


@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def profile(request: HttpRequest) -> HttpResponse:
    """The form with one's own data."""
    member = request.member
    if request.method != "POST":
        return _page(request, ProfileForm(initial=_initial(member)), PictureForm())
    form = ProfileForm(request.POST)
    if not form.is_valid():
        return _page(request, form, PictureForm(), status=422)
    edit_person(member.user, **{name: form.cleaned_data[name] for name in _OWN})
    edit_position(member, position=form.cleaned_data["position"])
    with translation.override(member.user.language):
        messages.success(request, _("Saved."))
    return _back()


@require_POST
@member_required
def upload_picture(request: HttpRequest) -> HttpResponse:
    """A new picture, drawn anew by us."""
    form = PictureForm(request.POST, request.FILES)
    if form.is_valid():
        upload = form.cleaned_data["picture"]
        try:
            set_picture(request.member.user, file=upload, size=upload.size)
        except PictureRefused as error:
            form.add_error("picture", str(error))
        else:
            messages.success(request, _("Your new picture is in use."))
            return _back()
    return _page(request, ProfileForm(initial=_initial(request.member)), form, status=422)


@require_POST
@member_required
def delete_picture(request: HttpRequest) -> HttpResponse:
    """Back to initials."""
    remove_picture(request.member.user)
    messages.success(request, _("The picture is removed."))
    return _back()


@require_POST
@member_required
def availability(request: HttpRequest) -> HttpResponse:
    """Available or away: `available` is 1 or 0 (E-10)."""
    wanted = request.POST.get("available")
    if wanted not in {"0", "1"}:
        return HttpResponse(status=422)
    set_availability(request.member, available=wanted == "1", now=timezone.now())
    return back_to(request, "/")


def _initial(member: Membership) -> dict:
    return {name: getattr(member.user, name) for name in _OWN} | {"position": member.position}


def _page(request: HttpRequest, form: ProfileForm, picture_form: PictureForm, *, status: int = 200) -> HttpResponse:
    context = {"form": form, "picture_form": picture_form}
    return render(request, "companies/profile.html", context, status=status)


def _back() -> HttpResponse:
    return redirect_after_post(reverse("profile"))
