"""Settings → Writing: for how long a reply can be taken back, and what keys do."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.actions import choose_keys, choose_writing
from accounts.forms import WritingForm
from companies.access import member_required
from ui.fragments import redirect_after_post


@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def writing(request: HttpRequest) -> HttpResponse:
    """The seconds between “Send” and sending, Enter, single keys."""
    user = request.member.user
    initial = {name: getattr(user, name) for name in WritingForm.base_fields}
    form = WritingForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_bound and form.is_valid():
        choose_writing(user, **form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect_after_post(reverse("settings_writing"))
    return render(request, "conversations/writing.html", {"form": form}, status=422 if form.is_bound else 200)


@require_POST
@member_required
def keys(request: HttpRequest) -> HttpResponse:
    """The switch in the list of keys."""
    choose_keys(request.member.user, single=request.POST.get("single_keys") == "on")
    return HttpResponse(status=204)
