"""Who is asked, and when the channel is closed: the small verbs of a channel's page, each with its own address."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from channels_app.access import channel_required
from channels_app.actions.channels import ChannelRefused, add_member, move_member, order_members, remove_member
from channels_app.actions.schedule import HolidayRefused, add_holiday, remove_holiday
from channels_app.forms import ChannelForm, HolidayForm, channel_initial
from channels_app.hours_form import HoursForm
from channels_app.models import ChannelMember
from channels_app.selectors import schedule_of
from channels_app.views.channels import page
from companies.events import by_user
from companies.models import Membership
from companies.selectors import colleague
from ui.fragments import redirect_after_post


@require_POST
@channel_required
def add(request: HttpRequest) -> HttpResponse:
    """`member` (public id of a colleague) joins the end of the line (M-33)."""
    try:
        member = colleague(request.member, UUID(request.POST.get("member", "")))
        add_member(request.channel, member=member, by=by_user(request.member.user), now=timezone.now())
    except (Membership.DoesNotExist, ValueError):
        raise Http404 from None
    except ChannelRefused:
        pass  # somebody else was faster: the page shows them in the line already
    return _back(request)


@require_POST
@channel_required
def remove(request: HttpRequest) -> HttpResponse:
    """`member` (public id of a user in the line) is asked no more."""
    user_id = _in_line(request, [request.POST.get("member", "")])[0]
    remove_member(request.channel, user_id=user_id, by=by_user(request.member.user), now=timezone.now())
    return _back(request)


@require_POST
@channel_required
def move(request: HttpRequest) -> HttpResponse:
    """`member` goes one place `up` or `down`."""
    steps = {"up": -1, "down": 1}.get(request.POST.get("to", ""))
    if steps is None:
        return HttpResponse(status=422)
    user_id = _in_line(request, [request.POST.get("member", "")])[0]
    move_member(request.channel, user_id=user_id, steps=steps, by=by_user(request.member.user), now=timezone.now())
    return _back(request)


@require_POST
@channel_required
def order(request: HttpRequest) -> HttpResponse:
    """`member`, once each, in the new order; 409 when the line has changed meanwhile."""
    user_ids = _in_line(request, request.POST.getlist("member"))
    try:
        order_members(request.channel, user_ids=user_ids, by=by_user(request.member.user), now=timezone.now())
    except ChannelRefused:
        return HttpResponse(status=409)
    return _back(request)


def _in_line(request: HttpRequest, public_ids: list[str]) -> list[int]:
    """The user ids of people in this channel's line; 404 when one is not."""
    places = ChannelMember.objects.filter(channel=request.channel).select_related("user")
    known = {place.user.public_id: place.user_id for place in places}
    try:
        return [known[UUID(public_id)] for public_id in public_ids]
    except (KeyError, ValueError):
        raise Http404 from None


@require_POST
@channel_required
def holiday_add(request: HttpRequest) -> HttpResponse:
    """A closed day."""
    form = HolidayForm(request.POST)
    if form.is_valid():
        try:
            add_holiday(
                request.channel,
                day=form.cleaned_data["day"],
                name=form.cleaned_data["name"],
                by=by_user(request.member.user),
                now=timezone.now(),
            )
        except HolidayRefused as refused:
            form.add_error("day", _holiday_complaint(refused.code))
        else:
            return _back(request)
    slots, _days, _zone = schedule_of(request.channel)
    whole = ChannelForm(initial=channel_initial(request.channel))
    return page(request, whole, HoursForm(slots=slots), holiday_form=form, status=422)


def _holiday_complaint(code: str) -> str:
    return _("This day is a holiday already.") if code == "taken" else _("At most 200 holidays.")


@require_POST
@channel_required
def holiday_remove(request: HttpRequest) -> HttpResponse:
    """`day` (2026-12-24) is an ordinary day again."""
    try:
        day = parse_date(request.POST.get("day", ""))
    except ValueError:
        day = None
    if day is None:
        return HttpResponse(status=422)
    remove_holiday(request.channel, day=day, by=by_user(request.member.user), now=timezone.now())
    return _back(request)


def _back(request: HttpRequest) -> HttpResponse:
    return redirect_after_post(reverse("settings_channel", args=[request.channel.public_id]))
