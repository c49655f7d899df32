"""Preconditions of the settings pages: an inbox, channel or widget that the member may set up is put on the request.

404 = not in the member's sight, 403 = in sight, but the role there does not allow it (S-02, S-03).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse

from channels_app.models import Channel, Inbox, Widget
from channels_app.selectors import channel_seen_by, inbox_for, managed_inboxes, managed_widgets, may, widget_seen_by
from companies.access import member_required

View = Callable[..., HttpResponse]


def some_inbox_managed(view: View) -> View:
    """The member manages at least one inbox, or is company admin; else 403."""

    @wraps(view)
    def wrapper(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        if not managed_inboxes(request.member).exists():
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return member_required(wrapper)


def inbox_required(action: str) -> Callable[[View], View]:
    """`request.inbox`, in which the member may do `action`."""

    def decorate(view: View) -> View:
        @wraps(view)
        def wrapper(request: HttpRequest, public_id, *args, **kwargs) -> HttpResponse:
            try:
                request.inbox = inbox_for(request.member, public_id)
            except Inbox.DoesNotExist:
                raise Http404 from None
            if not may(request.member, action, request.inbox):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return member_required(wrapper)

    return decorate


def channel_required(view: View) -> View:
    """`request.channel`, which the member may set up."""

    @wraps(view)
    def wrapper(request: HttpRequest, public_id, *args, **kwargs) -> HttpResponse:
        try:
            request.channel = channel_seen_by(request.member, public_id)
        except Channel.DoesNotExist:
            raise Http404 from None
        if not may(request.member, "channel.manage", request.channel.inbox):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return member_required(wrapper)


def widget_required(view: View) -> View:
    """`request.widget`, which the member may set up: all its channels are in inboxes that the member manages."""

    @wraps(view)
    def wrapper(request: HttpRequest, public_key: str, *args, **kwargs) -> HttpResponse:
        try:
            request.widget = widget_seen_by(request.member, public_key)
        except Widget.DoesNotExist:
            raise Http404 from None
        if not managed_widgets(request.member).filter(pk=request.widget.pk).exists():
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return member_required(wrapper)
