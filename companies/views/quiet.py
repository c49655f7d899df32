"""Do not disturb for a while, and at fixed hours of the week: no sound, no flash, no push. Requests still ring."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.views import back_to
from companies.access import member_required
from companies.actions.members import set_quiet, set_quiet_hours
from companies.quiet_forms import QuietHoursForm
from ui.fragments import redirect_after_post

_MORNING = time(8)


@require_POST
@member_required
def quiet(request: HttpRequest) -> HttpResponse:
    """`for`: 30 or 60 minutes, `tomorrow` (8:00 in one's own zone), or 0 = no longer."""
    now = timezone.now()
    wanted = request.POST.get("for", "")
    if wanted not in {"0", "30", "60", "tomorrow"}:
        return HttpResponse(status=422)
    zone = ZoneInfo(request.member.user.time_zone)
    until = _tomorrow(now, zone) if wanted == "tomorrow" else now + timedelta(minutes=int(wanted))
    set_quiet(request.member, until=until, now=now)
    return back_to(request, "/")


def _tomorrow(now: datetime, zone: ZoneInfo) -> datetime:
    return datetime.combine(now.astimezone(zone).date() + timedelta(days=1), _MORNING, zone)


@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def hours(request: HttpRequest) -> HttpResponse:
    """The week; an empty one is no quiet hours at all."""
    member = request.member
    form = QuietHoursForm(request.POST if request.method == "POST" else None, hours=member.quiet_hours)
    if request.method == "POST" and form.is_valid():
        set_quiet_hours(member, hours=form.hours())
        messages.success(request, _("Saved."))
        return redirect_after_post(reverse("quiet_hours"))
    status = 422 if request.method == "POST" else 200
    return render(request, "companies/quiet_hours.html", {"form": form, "member": member}, status=status)
