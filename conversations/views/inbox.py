"""The folders: a list of conversations, the archive, and the state to fetch after a gap."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from companies.access import member_required
from companies.first_steps import begin_with_steps
from conversations.views.desks import desks_of
from conversations.views.listing import as_many_as_shown, asked_of, list_context, my_offers, rows_context, versions_for
from conversations.views.sidebar import sections, side_of
from ui.fragments import frame_of


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The front door leads to the inbox; the first admin of a new company to the first steps (M-02)."""
    first = request.member and begin_with_steps(request.member, timezone.now())
    return HttpResponseRedirect(reverse("first_steps" if first else "inbox"))


@require_safe
@member_required
def inbox(request: HttpRequest) -> HttpResponse:
    """A folder: ?view=…&inbox=…; ?after= and the frame rows-N bring an older page of the list."""
    return _folder(request, "all")


@require_safe
@member_required
def archive(request: HttpRequest) -> HttpResponse:
    """What is closed and may be read (E-02)."""
    return _folder(request, "archive")


def _folder(request: HttpRequest, default: str) -> HttpResponse:
    frame = frame_of(request)
    if frame.startswith("rows-"):
        desks = desks_of(request.member)
        context = rows_context(request, asked_of(request, desks, default=default), desks)
        return render(request, "conversations/_rows_page.html", context | {"frame": frame})
    if frame == "conversation":
        return render(request, "conversations/_nothing_open.html", {"in_frame": True})
    return render(request, "conversations/page.html", list_context(request, default=default))


@require_safe
@member_required
def state(request: HttpRequest) -> JsonResponse:
    """What a page may have missed: unread numbers, offers, side bar, and with ?list=1 the first rows of its folder,
    with &shown=75 as many as the page shows (at most 200), so that a long list stays where it is (§10).

    {"unread", "rows", "bell", "offers": [{"offer", "c", "html"}], "side", "list", "more", "versions", "now"}
    """
    desks = desks_of(request.member)
    default = "archive" if request.GET.get("view") == "archive" else "all"
    asked = asked_of(request, desks, default=default)
    versions = versions_for(request, desks)
    rows = more = None
    if request.GET.get("list") == "1":
        context = rows_context(request, asked, desks, limit=as_many_as_shown(request))
        rows, more = (render_to_string(f"conversations/_{name}.html", context, request) for name in ("rows", "more"))
    side = {"sections": sections(request, side_of(request, desks, asked, now=timezone.now()), asked)}
    return JsonResponse(
        {
            "unread": request.attention.total,
            "rows": request.attention.rows,
            "bell": request.attention.bell,
            "offers": [_card(request, offer) for offer in my_offers(request)],
            "side": render_to_string("conversations/_side.html", side, request),
            "list": rows,
            "more": more,
            "versions": versions,
            "now": timezone.now().isoformat(),
        }
    )


def _card(request: HttpRequest, offer: dict) -> dict:
    html = render_to_string("conversations/_offer.html", {"offer": offer}, request)
    return {"offer": offer["offer"], "c": offer["c"], "html": html}
