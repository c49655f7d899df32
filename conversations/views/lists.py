"""What narrows a list and what keeps it: the panel of filters, and the saved views with their names and order."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from companies.access import member_required
from companies.selectors import colleagues
from conversations.actions import saved_views
from conversations.actions.labels import BadLabel
from conversations.actions.locking import Conflict, NotAllowed
from conversations.models import SavedView
from conversations.selectors.folders import CUSTOMER_VIEWS, TOGETHER
from conversations.selectors.nameable import channels_in, tags_of_company
from conversations.selectors.saved_views import may_change, saved_view_for
from conversations.selectors.scope import Scope
from conversations.views.desks import Desk, desks_of, scope_of
from conversations.views.filtering import Asked, kind_names, sort_names, waiting_names
from conversations.views.listing import asked_of
from conversations.views.sidebar import title_of, url_of, views_of
from ui.fragments import frame_of, redirect_after_post

_MOST_CHOICES = 200


@require_safe
@member_required
def filters(request: HttpRequest) -> HttpResponse:
    """The panel for the list that the address names: a plain form whose answer is that list, narrowed."""
    desks = desks_of(request.member)
    asked = asked_of(request, desks)
    inboxes = [asked.folder.inbox.pk] if asked.folder.inbox else [desk.inbox.pk for desk in desks]
    channels = channels_in(inboxes)[:_MOST_CHOICES]
    people = colleagues(request.member)[:_MOST_CHOICES] if desks else []
    context = {
        "listed": asked,
        "words": asked.words,
        "title": title_of(asked.folder),
        "people": [(str(one.user.public_id), one.user.full_name) for one in people],
        "channels": [(str(one.public_id), one.name) for one in channels],
        "tags": list(tags_of_company(request.member).values_list("name", flat=True)[:_MOST_CHOICES]),
        "kinds": kind_names().items() if asked.folder.view in TOGETHER else (),
        "waiting": waiting_names().items(),
        "sorts": sort_names().items(),
        "plain_url": url_of(asked.folder),
        "desks": desks,
    }
    page = "conversations/filters.html" if frame_of(request) != "list-panel" else "conversations/_filters.html"
    return render(request, page, context)


@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def new_view(request: HttpRequest) -> HttpResponse:
    """Keep the list that the address names: for oneself, or for everybody in an inbox that one manages."""
    desks = desks_of(request.member)
    asked = asked_of(request, desks)
    if request.method != "POST":
        return _new(request, desks, asked)
    inbox, wanted = None, request.POST.get("inbox", "")
    if wanted:
        inbox = next((desk.inbox for desk in desks if str(desk.inbox.public_id) == wanted), None)
        if inbox is None:
            raise Http404
    try:
        saved_views.save_view(
            scope_of(request.member, desks),
            name=request.POST.get("name", ""),
            icon=request.POST.get("icon", ""),
            words=asked.words,
            keys=asked.keys,
            inbox=inbox,
            now=timezone.now(),
        )
    except NotAllowed:
        raise PermissionDenied from None
    except (BadLabel, Conflict) as error:
        return _new(request, desks, asked, error=_why(error), status=422)
    return redirect_after_post(asked.url)


def _why(error: BadLabel | Conflict) -> str:
    if isinstance(error, Conflict):
        return _("Only a folder of an inbox can be shared.")
    words = {"empty": _("Give it a name."), "too_many": _("There are %(number)d already.")}
    return words[error.code] % {"number": saved_views.MOST}


def _new(request: HttpRequest, desks: list[Desk], asked: Asked, *, error: str = "", status: int = 200) -> HttpResponse:
    shareable = [desk.inbox for desk in desks if desk.manages] if asked.folder.view in CUSTOMER_VIEWS else []
    context = {
        "listed": asked,
        "title": title_of(asked.folder),
        "icons": saved_views.ICONS,
        "inboxes": [one for one in shareable if asked.folder.inbox in (None, one)],
        "error": error,
        "given": request.POST,
        "longest": saved_views.LONGEST,
    }
    page = "conversations/view_new.html" if frame_of(request) != "list-panel" else "conversations/_view_new.html"
    return render(request, page, context, status=status)


@require_safe
@member_required
def views(request: HttpRequest) -> HttpResponse:
    """One's own saved views, and the shared ones: names, icons, order; who may change what."""
    return _page(request)


def _page(request: HttpRequest, *, error: str = "", about: SavedView | None = None, status: int = 200) -> HttpResponse:
    desks = desks_of(request.member)
    scope = scope_of(request.member, desks)
    groups: dict[str, list[dict]] = {}
    for view, asked in views_of(request.member, desks, now=timezone.now()):
        heading = view.inbox.name if view.inbox else _("Only for you")
        row = {
            "view": view,
            "url": asked.url,
            "title": title_of(asked.folder),
            "mine": may_change(scope, view),
            "error": error if about is not None and about.pk == view.pk else "",
        }
        groups.setdefault(heading, []).append(row)
    context = {"groups": groups.items(), "icons": saved_views.ICONS, "longest": saved_views.LONGEST}
    return render(request, "conversations/views.html", context, status=status)


def _changes(act: Callable[[HttpRequest, Scope, SavedView], None]) -> Callable[..., HttpResponse]:
    """POST only, for a saved view that the member has; 404 for others, 403 for those of managers."""

    @require_POST
    @member_required
    @wraps(act)
    def view(request: HttpRequest, public_id: UUID) -> HttpResponse:
        scope = scope_of(request.member, desks_of(request.member))
        try:
            found = saved_view_for(scope, public_id)
        except SavedView.DoesNotExist:
            raise Http404 from None
        try:
            act(request, scope, found)
        except NotAllowed:
            raise PermissionDenied from None
        except BadLabel as error:
            return _page(request, error=_why(error), about=found, status=422)
        return redirect_after_post(reverse("saved_views"))

    return view


@_changes
def rename(request: HttpRequest, scope: Scope, view: SavedView) -> None:
    """`name` and `icon`."""
    saved_views.rename_view(scope, view, name=request.POST.get("name", ""), icon=request.POST.get("icon", ""))


@_changes
def move(request: HttpRequest, scope: Scope, view: SavedView) -> None:
    """`to` up or down."""
    saved_views.move_view(scope, view, up=request.POST.get("to") == "up")


@_changes
def delete(request: HttpRequest, scope: Scope, view: SavedView) -> None:
    """Gone, for everybody who had it."""
    saved_views.delete_view(scope, view)
