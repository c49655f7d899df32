"""Several at once: what is ticked or all that match, the answer, what came of it, undo."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from channels_app.selectors import people_of_inbox
from companies.access import member_required
from companies.selectors import colleagues
from conversations.actions import bulk
from conversations.actions.labels import BadLabel, clean_label
from conversations.actions.locking import Conflict
from conversations.bulk_words import in_words, reason_of
from conversations.models import BulkRun
from conversations.selectors.bulk import passed_over, report_of, run_for
from conversations.selectors.destinations import destinations_for
from conversations.selectors.folders import ids_in
from conversations.selectors.nameable import tags_of_company
from conversations.selectors.visibility import conversations_for
from conversations.snooze_times import ANSWER
from conversations.snooze_times import choices as snooze_choices
from conversations.views.commands import Refused, destination_asked, moment_asked
from conversations.views.desks import desks_of, scope_of
from conversations.views.filtering import words_of
from conversations.views.listing import asked_of, holds_open_ones
from conversations.views.thread import toast, wants_json
from events import limits
from ui.fragments import redirect_after_post, wants_streams
from ui.streams import append
from ui.streams import response as stream_response

_PER_MINUTE = 60
_PRESSED = {"close", "reopen", "read", "unread", "tag", "untag", "assign", "snooze", "wake", "move"}
_MOST_CHOICES = 100


@require_POST
@member_required
def start(request: HttpRequest) -> HttpResponse:
    """`do` with `c` (several) or `all` of the list in the address; `key` is the client's id of this press."""
    try:
        run = _start(request)
    except Refused as refused:
        return _refuse(request, refused)
    return _answer(request, run)


def _start(request: HttpRequest) -> BulkRun:
    if not limits.take(f"bulk:{request.user.pk}", limit=_PER_MINUTE, per_s=60, open_without_valkey=True):
        raise Refused(429, "too_many", _("Too much at once. Wait a moment."))
    verb, argument = _what(request)
    key = _uuid(request.POST.get("key", ""))
    if key is None:
        raise _unreadable()
    ids = _all_that_match(request) if request.POST.get("all") == "1" else _ticked(request)
    if not ids:
        raise Refused(422, "empty", _("Nothing is selected."))
    try:
        return bulk.start(request.member, key=key, verb=verb, argument=argument, ids=ids, now=timezone.now())
    except Conflict as error:
        raise _conflict(error) from None


def _what(request: HttpRequest) -> tuple[str, str]:
    verb, _space, argument = request.POST.get("do", "").partition(" ")
    if verb not in _PRESSED:
        raise _unreadable()
    if verb in {"tag", "untag"}:
        try:
            return verb, clean_label(request.POST.get("tag", ""), 30)
        except BadLabel:
            raise Refused(422, "empty", _("Write a word.")) from None
    if verb == "snooze":
        until = moment_asked(argument or request.POST.get("until", ""), timezone.now())
        return verb, until.isoformat() if until else ANSWER
    if verb == "move":
        inbox, channel = destination_asked(request)
        return verb, str((channel or inbox).public_id)
    if verb == "assign" and not (_uuid(argument) and colleagues(request.member).filter(public_id=argument).exists()):
        raise Refused(422, "bad_request", _("This person is not in your company."))
    return verb, argument[:60] if verb == "assign" else ""


def _ticked(request: HttpRequest) -> list[int]:
    """Of the ids that the form names those that the member may open; the others are as if they were not there."""
    given = {key for text in request.POST.getlist("c")[: bulk.MOST] if (key := _uuid(text)) is not None}
    rows = conversations_for(request.member).order_by().filter(public_id__in=given)
    return list(rows.values_list("pk", flat=True))


def _all_that_match(request: HttpRequest) -> list[int]:
    """The list of the address, exactly as it was shown: what has changed its meaning since is refused."""
    desks = desks_of(request.member)
    asked = asked_of(request, desks)
    if asked.words != words_of(request.GET.dict()):
        raise Refused(409, "changed", _("This list is not the same any more. Load the page again."))
    return ids_in(scope_of(request.member, desks), asked.folder, asked.filters, limit=bulk.MOST)


def _unreadable() -> Refused:
    return Refused(422, "bad_request", _("This could not be read."))


def _conflict(error: Conflict) -> Refused:
    words = {
        "busy": _("One of these is under way already. Wait until it is done."),
        "not_over": _("It is still under way."),
        "no_undo": _("This cannot be undone."),
    }
    return Refused(409, str(error), words[str(error)])


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _refuse(request: HttpRequest, refused: Refused) -> HttpResponse:
    if wants_json(request):
        return JsonResponse(refused.data, status=refused.status)
    if wants_streams(request):
        return stream_response([toast(request, refused.text)], status=refused.status)
    return HttpResponse(refused.text, status=refused.status, content_type="text/plain; charset=utf-8")


def _answer(request: HttpRequest, run: BulkRun) -> HttpResponse:
    report = report_of(run)
    if wants_json(request):
        return JsonResponse(report)
    if wants_streams(request):
        said = render(request, "conversations/_bulk.html", {"run": in_words(report)})
        return stream_response([append("toasts", said.content.decode())])
    return redirect_after_post(reverse("bulk_run", args=[run.public_id]))


def _own_run(request: HttpRequest, public_id: UUID) -> BulkRun:
    try:
        return run_for(request.member, public_id)
    except BulkRun.DoesNotExist:
        raise Http404 from None


@require_safe
@member_required
def run(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """What came of it, and what was passed over and why; as a stream, the toast once more."""
    found = _own_run(request, public_id)
    if wants_streams(request):
        return _answer(request, found)
    passed = [replace(one, why=reason_of(one.why)) for one in passed_over(request.member, found)]
    return render(request, "conversations/bulk.html", {"run": in_words(report_of(found)), "passed": passed})


@require_POST
@member_required
def undo(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The opposite for what was done."""
    found = _own_run(request, public_id)
    try:
        undoing = bulk.undo(request.member, found, now=timezone.now())
    except Conflict as error:
        return _refuse(request, _conflict(error))
    return _answer(request, undoing)


@require_safe
@member_required
def count(request: HttpRequest) -> JsonResponse:
    """{"count", "most"}: how many the list of the address holds; never more than a run takes."""
    if not limits.take(f"count:{request.user.pk}", limit=_PER_MINUTE, per_s=60, open_without_valkey=True):
        return JsonResponse({"error": "too_many"}, status=429)
    desks = desks_of(request.member)
    asked = asked_of(request, desks)
    found = ids_in(scope_of(request.member, desks), asked.folder, asked.filters, limit=bulk.MOST)
    return JsonResponse({"count": len(found), "most": len(found) == bulk.MOST})


@require_safe
@member_required
def choices(request: HttpRequest) -> HttpResponse:
    """The rest of the verbs: tags that there are, and to whom may be assigned."""
    desks = desks_of(request.member)
    asked = asked_of(request, desks)
    managed = [desk.inbox for desk in desks if desk.manages and asked.folder.inbox in (None, desk.inbox)]
    if managed:
        people = list({one.pk: one for inbox in managed[:10] for one in people_of_inbox(inbox)}.values())[
            :_MOST_CHOICES
        ]
    else:
        people = [request.member] if desks else []
    tags = tags_of_company(request.member).values_list("name", flat=True)
    context = {
        "people": people,
        "tags": tags[:_MOST_CHOICES],
        "open_folder": holds_open_ones(asked),
        "asleep": asked.folder.view == "snoozed",
        "snooze_choices": snooze_choices(timezone.now(), timezone.get_current_timezone()),
        "destinations": destinations_for(request.member) if desks else [],
    }
    return render(request, "conversations/_bulk_choices.html", context)
