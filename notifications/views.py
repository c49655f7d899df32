"""The page with one's own notification preferences."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from companies.access import member_required
from notifications.forms import PreferenceForm
from notifications.models import Preference
from ui.fragments import redirect_after_post


@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def preferences(request: HttpRequest) -> HttpResponse:
    """How I want to be told; a row is stored with the first change."""
    user = request.member.user
    if request.method == "POST":
        preference, _new = Preference.objects.get_or_create(user=user)
    else:
        preference = Preference.objects.filter(user=user).first() or Preference(user=user)
    form = PreferenceForm(request.POST if request.method == "POST" else None, instance=preference)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Saved."))
        return redirect_after_post(reverse("notifications"))
    status = 422 if request.method == "POST" else 200
    return render(request, "notifications/preferences.html", {"form": form}, status=status)
