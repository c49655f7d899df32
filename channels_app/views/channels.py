"""Settings pages of channels: the list, a new one, one channel, and the verbs pause, resume, delete."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from channels_app.access import channel_required, some_inbox_managed
from channels_app.actions.channels import (
    ChannelRefused,
    ChannelSettings,
    create_channel,
    delete_channel,
    edit_channel,
    pause_channel,
    resume_channel,
)
from channels_app.actions.schedule import replace_hours
from channels_app.forms import ChannelForm, HolidayForm, NewChannelForm, channel_initial
from channels_app.hours_form import HoursForm, duration
from channels_app.models import Channel
from channels_app.selectors import (
    could_join,
    is_open,
    line_for_settings,
    managed_channels,
    managed_inboxes,
    may,
    next_opening,
    schedule_of,
)
from channels_app.snippet import painted, snippet_of
from channels_app.views.above import address_above
from companies.events import by_user
from companies.packages import NoRoom, NotInPackage, locked_text, usage
from events.publish import unit
from ui.fragments import redirect_after_post


@require_safe
@some_inbox_managed
def channels(request: HttpRequest) -> HttpResponse:
    """The channels that the member may set up, and how many the package still has."""
    rows = [(channel, duration(channel.escalate_after_s)) for channel in managed_channels(request.member)]
    return render(request, "channels_app/channels.html", {"rows": rows} | _room(request))


def _room(request: HttpRequest) -> dict:
    company = request.member.company
    used = usage(company, "channels")
    return {"usage": used, "locked": locked_text(company.package, "channels") if used.most == 0 else ""}


@require_http_methods(["GET", "HEAD", "POST"])
@some_inbox_managed
def new_channel(request: HttpRequest) -> HttpResponse:
    """A new channel of an inbox that the member manages; admins may have an inbox made with it."""
    form = NewChannelForm(
        request.POST if request.method == "POST" else None,
        inboxes=managed_inboxes(request.member),
        may_create_inbox=may(request.member, "inbox.create"),
    )
    if request.method == "POST" and form.is_valid():
        channel = _create(request, form)
        if channel is not None:
            messages.success(request, _("The channel is made. Now choose who is asked."))
            return redirect_after_post(_address(channel))
    status = 422 if request.method == "POST" else 200
    return render(request, "channels_app/channel_new.html", {"form": form} | _room(request), status=status)


def _create(request: HttpRequest, form: NewChannelForm) -> Channel | None:
    wanted = ChannelSettings(name=form.cleaned_data["name"], purpose=form.cleaned_data["purpose"])
    member = request.member
    try:
        return create_channel(
            member.company,
            settings=wanted,
            inbox=form.cleaned_data["inbox"],
            by=by_user(member.user),
            now=timezone.now(),
        )
    except NotInPackage:
        raise PermissionDenied from None
    except NoRoom as full:
        form.add_error(None, _("Your package is full: %(usage)s.") % {"usage": full})
    except ChannelRefused:
        form.add_error("name", _("There is a channel or an inbox of this name already."))
    return None


@require_http_methods(["GET", "HEAD", "POST"])
@channel_required
def channel(request: HttpRequest) -> HttpResponse:
    """One channel: everything about it on one page; this form saves what it is, how it rings and its hours."""
    if request.method != "POST":
        slots, _days, _zone = schedule_of(request.channel)
        return page(request, ChannelForm(initial=channel_initial(request.channel)), HoursForm(slots=slots))
    form, hours = ChannelForm(request.POST), HoursForm(request.POST)
    valid = [form.is_valid(), hours.is_valid()]
    if all(valid) and _save(request, form, hours):
        messages.success(request, _("Saved."))
        return redirect_after_post(_address(request.channel))
    return page(request, form, hours, status=422)


def _save(request: HttpRequest, form: ChannelForm, hours: HoursForm) -> bool:
    by, now = by_user(request.member.user), timezone.now()
    try:
        with unit():
            edit_channel(request.channel, settings=form.settings(), by=by, now=now)
            replace_hours(request.channel, slots=hours.slots, by=by, now=now)
    except ChannelRefused:
        request.channel.refresh_from_db(fields=["name"])
        form.add_error("name", _("There is a channel of this name already."))
        return False
    return True


def page(
    request: HttpRequest,
    form: ChannelForm,
    hours: HoursForm,
    *,
    holiday_form: HolidayForm | None = None,
    status: int = 200,
) -> HttpResponse:
    """The channel's page; the views of its parts show it again when something they got was wrong."""
    channel, now = request.channel, timezone.now()
    line = line_for_settings(channel)
    widgets = list(channel.widgets.order_by("name", "id"))
    context = {
        "channel": channel,
        "form": form,
        "hours": hours,
        "holiday_form": holiday_form or HolidayForm(),
        "holidays": channel.holidays.filter(date__gte=timezone.localdate(now)),
        "line": line,
        "could_join": could_join(channel),
        "longest_wait": duration(max(len(line), 1) * channel.escalate_after_s * channel.max_rounds),
        "escalation": duration(channel.escalate_after_s),
        "is_open": is_open(channel, now),
        "next_opening": next_opening(channel, now),
        "ring_log_address": address_above("channel_ring_log", channel.public_id),
        "widgets": [(widget, painted(snippet_of(settings.BASE_URL, widget))) for widget in widgets],
    }
    return render(request, "channels_app/channel.html", context, status=status)


@require_POST
@channel_required
def pause(request: HttpRequest) -> HttpResponse:
    """No new requests, no ringing, until it is resumed."""
    pause_channel(request.channel, by=by_user(request.member.user), now=timezone.now())
    messages.success(request, _("The channel is paused."))
    return redirect_after_post(_address(request.channel))


@require_POST
@channel_required
def resume(request: HttpRequest) -> HttpResponse:
    """Takes requests again."""
    resume_channel(request.channel, by=by_user(request.member.user), now=timezone.now())
    messages.success(request, _("The channel takes requests again."))
    return redirect_after_post(_address(request.channel))


_KEPT = {
    "in_use": gettext_lazy("This channel has conversations, so it is kept: pause it instead."),
    "last_of_widget": gettext_lazy("A chat widget offers only this channel: give that widget another topic first."),
}


@require_POST
@channel_required
def delete(request: HttpRequest) -> HttpResponse:
    """Only while nothing hangs on it."""
    try:
        delete_channel(request.channel, by=by_user(request.member.user), now=timezone.now())
    except ChannelRefused as refused:
        messages.error(request, _KEPT[refused.code])
        return redirect_after_post(_address(request.channel))
    messages.success(request, _("The channel is deleted."))
    return redirect_after_post(reverse("settings_channels"))


def _address(channel: Channel) -> str:
    return reverse("settings_channel", args=[channel.public_id])
