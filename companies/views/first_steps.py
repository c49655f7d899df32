"""First steps: five, in order; they tick themselves; the list can be put away and fetched again (M-02, M-03)."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from companies import first_steps as pure
from companies.access import company_role_required
from companies.actions.companies import hide_first_steps, look_around
from companies.first_steps import Step, is_locked, steps_of
from companies.models import PlanPackage
from companies.packages import describe
from companies.selectors import packages
from ui.fragments import redirect_after_post

_manage = company_role_required("company.manage")

#     step: title, words, button, URL names of its page (the first one that is mounted)
_WORDS: dict[str, tuple[Promise | str, Promise | str, Promise | str, tuple[str, ...]]] = {
    pure.LOOK: (
        _("Look around"),
        _("The menu is at the bottom left: conversations, archive, contacts, companies, settings."),
        _("Look around"),
        ("first_steps_look",),
    ),
    pure.COMPANY: (
        _("Your company"),
        _("Logo, address and two sentences for the directory. Takes about three minutes."),
        _("Fill in profile"),
        ("company_settings",),
    ),
    pure.USERS: (
        _("Users"),
        _("Invite the colleagues who answer customers."),
        _("Invite colleagues"),
        ("people", "settings_people", "contacts"),
    ),
    pure.CHANNELS: (
        _("Channels"),
        _("Decide whose bell rings first, and put the chat on your website."),
        _("Make a channel"),
        ("settings_channels",),
    ),
    pure.BROADCASTS: (
        _("Broadcasts"),
        _("Write to everyone who wants to hear from you."),
        _("Make a broadcast"),
        ("broadcasts", "settings_broadcasts"),
    ),
}


@dataclass(frozen=True)
class Shown:
    """A step as the page shows it; `url` "" = this version of Memo has no page for it."""

    step: Step
    title: Promise | str
    words: Promise | str
    button: Promise | str
    url: str
    now: bool
    posts: bool


@require_safe
@_manage
def first_steps(request: HttpRequest) -> HttpResponse:
    """The checklist."""
    company = request.member.company
    shown = _shown(steps_of(company, timezone.now()))
    possible = [row for row in shown if not row.step.locked and row.url]
    total = len(possible) + sum(bool(row.step.locked) for row in shown)
    done = sum(row.step.done for row in possible)
    locked = [row.step for row in shown if row.step.locked]
    context = {
        "steps": shown,
        "done": done,
        "total": total,
        "part": round(done / total * 5) * 20,
        "finished": done == len(possible),
        "hidden": company.first_steps_dismissed_at is not None,
        "first_locked": locked[0].number if locked else 0,
        "last_locked": locked[-1].number if locked else 0,
        "bigger": _bigger(company.package) if locked else None,
        "hour": timezone.localtime().hour,
    }
    return render(request, "companies/first_steps.html", context)


def _shown(steps: list[Step]) -> list[Shown]:
    rows, found_now = [], False
    for step in steps:
        title, words, button, names = _WORDS[step.what]
        url = next((address for name in names if (address := _address(name))), "")
        now = not found_now and not step.done and not step.locked and bool(url)
        found_now = found_now or now
        rows.append(Shown(step, title, words, button, url, now, step.what == pure.LOOK))
    return rows


def _address(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


def _bigger(package: PlanPackage) -> dict | None:
    """The next package in which all five steps are possible, in words."""
    for row in packages():
        if row.rank > package.rank and not any(is_locked(row, what) for what in pure.ORDER):
            return {"code": row.code, "has": describe(row), "yours": package.code}
    return None


@require_POST
@_manage
def look(request: HttpRequest) -> HttpResponse:
    """Step 1: on to the application; it counts as seen."""
    look_around(request.member.company, now=timezone.now())
    return redirect_after_post("/")


@require_POST
@_manage
def dismiss(request: HttpRequest) -> HttpResponse:
    """Put the list away (`hidden` 1) or have it again (0)."""
    wanted = request.POST.get("hidden")
    if wanted not in {"0", "1"}:
        return HttpResponse(status=422)
    hide_first_steps(request.member.company, hidden=wanted == "1", now=timezone.now())
    return redirect_after_post("/" if wanted == "1" else reverse("first_steps"))
