"""Settings → Writing: for how long a reply can be taken back."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.actions import choose_undo
from accounts.forms import UndoForm
from companies.access import member_required
from ui.fragments import redirect_after_post


@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def writing(request: HttpRequest) -> HttpResponse:
    """The seconds between “Send” and sending."""
    user = request.member.user
    initial = {"undo_seconds": user.undo_seconds}
    form = UndoForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_bound and form.is_valid():
        choose_undo(user, seconds=int(form.cleaned_data["undo_seconds"]))
        messages.success(request, _("Saved."))
        return redirect_after_post(reverse("settings_writing"))
    return render(request, "conversations/writing.html", {"form": form}, status=422 if form.is_bound else 200)
