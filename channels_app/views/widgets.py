"""Settings pages of chat widgets: the list, a new one, one widget, and the secret of signed identities."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from channels_app.access import some_inbox_managed, widget_required
from channels_app.actions.widgets import (
    MAX_ORIGINS,
    WidgetRefused,
    create_widget,
    drop_previous_secret,
    edit_widget,
    rotate_secret,
)
from channels_app.forms import WidgetForm, widget_initial
from channels_app.models import Widget
from channels_app.selectors import managed_channels, managed_widgets
from channels_app.snippet import painted, snippet_of
from companies.events import by_user
from ui.fragments import redirect_after_post

FRESH = {"colour": "pine", "ask_identity": "optional", "store_page_url": True, "active": True}


@require_safe
@some_inbox_managed
def widgets(request: HttpRequest) -> HttpResponse:
    """The widgets that the member may set up."""
    found = managed_widgets(request.member).order_by("name", "id")
    return render(request, "channels_app/widgets.html", {"widgets": found})


@require_http_methods(["GET", "HEAD", "POST"])
@some_inbox_managed
def new_widget(request: HttpRequest) -> HttpResponse:
    """A new widget; `?channel=<uuid>` has that topic ticked."""
    offered = managed_channels(request.member)
    if request.method != "POST":
        initial = FRESH | {"name": _("Website"), "channels": _wanted_channel(request)}
        return _new_page(request, WidgetForm(initial=initial, channels=offered))
    form = WidgetForm(request.POST, channels=offered)
    if form.is_valid():
        member = request.member
        try:
            widget = create_widget(
                member.company,
                settings=form.settings(),
                channels=list(form.cleaned_data["channels"]),
                by=by_user(member.user),
                now=timezone.now(),
            )
        except WidgetRefused:
            form.add_error("origins", _too_many())
        else:
            messages.success(request, _("The chat widget is made: copy its line into your website."))
            return redirect_after_post(_address(widget))
    return _new_page(request, form, status=422)


def _wanted_channel(request: HttpRequest) -> list[UUID]:
    try:
        return [UUID(request.GET.get("channel", ""))]
    except ValueError:
        return []


def _new_page(request: HttpRequest, form: WidgetForm, *, status: int = 200) -> HttpResponse:
    return render(request, "channels_app/widget_new.html", {"form": form}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@widget_required
def widget(request: HttpRequest) -> HttpResponse:
    """One widget: its line for the website, topics, sites, look and whom it asks for what."""
    offered = managed_channels(request.member)
    if request.method != "POST":
        return _page(request, WidgetForm(initial=widget_initial(request.widget), channels=offered))
    form = WidgetForm(request.POST, channels=offered)
    if form.is_valid():
        try:
            edit_widget(
                request.widget,
                settings=form.settings(),
                channels=list(form.cleaned_data["channels"]),
                by=by_user(request.member.user),
                now=timezone.now(),
            )
        except WidgetRefused:
            form.add_error("origins", _too_many())
        else:
            messages.success(request, _("Saved."))
            return redirect_after_post(_address(request.widget))
    return _page(request, form, status=422)


def _page(request: HttpRequest, form: WidgetForm, *, secret: str = "", status: int = 200) -> HttpResponse:
    context = {
        "widget": request.widget,
        "form": form,
        "secret": secret,
        "snippet": painted(snippet_of(settings.BASE_URL, request.widget)),
    }
    return render(request, "channels_app/widget.html", context, status=status)


def _too_many() -> str:
    return _("At most %(n)s addresses.") % {"n": MAX_ORIGINS}


@require_safe
@widget_required
def secret(request: HttpRequest) -> HttpResponse:
    """The widget's page with the secret on it, for this once: no other page or answer carries it."""
    form = WidgetForm(initial=widget_initial(request.widget), channels=managed_channels(request.member))
    return _page(request, form, secret=request.widget.identity_secret)


@require_POST
@widget_required
def new_secret(request: HttpRequest) -> HttpResponse:
    """A new secret; the one before is accepted until it is dropped."""
    rotate_secret(request.widget, by=by_user(request.member.user), now=timezone.now())
    return redirect_after_post(reverse("settings_widget_secret", args=[request.widget.public_key]))


@require_POST
@widget_required
def drop_secret(request: HttpRequest) -> HttpResponse:
    """The secret before the present one stops working."""
    drop_previous_secret(request.widget, by=by_user(request.member.user), now=timezone.now())
    return redirect_after_post(_address(request.widget))


def _address(widget: Widget) -> str:
    return reverse("settings_widget", args=[widget.public_key])
