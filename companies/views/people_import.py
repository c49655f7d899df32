"""Inviting many at once: a pasted or uploaded list is shown with what is wrong in each line, then sent (M-17)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from companies.access import company_role_required
from companies.actions.invitations import Invitee, invite_many, where_known
from companies.models import Company, Membership
from companies.packages import NoRoom, NotInPackage, room_left
from companies.people_csv import BadList, Row, rows_of, text_of
from companies.people_forms import ListedForm, ListForm
from companies.views.people import known_text, mails_left, require_unlocked, room, too_many_mails
from mail.actions import BadAddress
from ui.fragments import redirect_after_post


@dataclass(frozen=True)
class Checked:
    """A line of the list; without `problem` it can be invited."""

    row: Row
    problem: str
    invitee: Invitee | None = None


@require_http_methods(["GET", "HEAD", "POST"])
@company_role_required("company.manage")
def people_import(request: HttpRequest) -> HttpResponse:
    """The form; then the list with its problems; with `invite` the mails leave."""
    if request.method != "POST":
        return _page(request, ListForm())
    company = request.member.company
    require_unlocked(company)
    form = ListForm(request.POST, request.FILES)
    text = _text(form) if form.is_valid() else ""
    lines = _checked(form, company, text, timezone.now()) if form.is_valid() else []
    if lines and "invite" in request.POST and _invite(request, form, lines):
        return redirect_after_post(reverse("people"))
    return _page(request, form, lines=lines, text=text, status=200 if lines and form.is_valid() else 422)


def _text(form: ListForm) -> str:
    upload = form.cleaned_data["file"]
    if not upload:
        return str(form.cleaned_data["text"])
    try:
        return text_of(upload.read())
    except BadList as bad:
        form.add_error("file", _bad_list(bad.code))
        return ""


def _checked(form: ListForm, company: Company, text: str, now: datetime) -> list[Checked]:
    try:
        rows = rows_of(text)
    except BadList as bad:
        form.add_error("text", _bad_list(bad.code))
        return []
    forms = [(row, ListedForm(row.cells | _beginning(company))) for row in rows]
    good = [one.cleaned_data["email"] for _row, one in forms if one.is_valid()]
    known = where_known(company, good, now=now)
    left = room_left(company, "users", now=now)
    first_lines: dict[str, int] = {}
    checked: list[Checked] = []
    for row, one in forms:
        problem = _problem(one, known, first_lines)
        if not problem:
            first_lines[one.cleaned_data["email"]] = row.number
            if left is not None and len(first_lines) > left:
                problem = _("does not fit into your package")
        checked.append(Checked(row, problem, None if problem else Invitee(**one.cleaned_data)))
    return checked


def _beginning(company: Company) -> dict:
    return {"role": Membership.Role.MEMBER, "language": company.language}


def _problem(form: ListedForm, known: dict[str, str], first_lines: dict[str, int]) -> str:
    if not form.is_valid():
        return " ".join(f"{form.fields[name].label}: {' '.join(errors)}" for name, errors in form.errors.items())
    email = form.cleaned_data["email"]
    if email in known:
        return known_text(known[email])
    if email in first_lines:
        return _("stands in line %(number)s already") % {"number": first_lines[email]}
    return ""


def _invite(request: HttpRequest, form: ListForm, lines: list[Checked]) -> bool:
    wanted = [line.invitee for line in lines if line.invitee]
    if not wanted:
        form.add_error(None, _("No line of this list can be invited."))
        return False
    member = request.member
    if not mails_left(member.company, cost=len(wanted)):
        form.add_error(None, too_many_mails())
        return False
    try:
        made = invite_many(member.company, invitees=wanted, inviter=member.user, now=timezone.now())
    except NotInPackage:
        raise PermissionDenied from None
    except NoRoom as full:
        form.add_error(None, _("Your package is full: %(usage)s.") % {"usage": full})
        return False
    except BadAddress as bad:
        form.add_error(None, _("Mail cannot be sent to this address: %(address)s") % {"address": bad})
        return False
    _say(request, len(made), len(lines) - len(made))
    return True


def _say(request: HttpRequest, made: int, left_out: int) -> None:
    text = ngettext("%(count)s invitation is on its way.", "%(count)s invitations are on their way.", made)
    said = text % {"count": made}
    if left_out:
        rest = ngettext("%(count)s line was left out.", "%(count)s lines were left out.", left_out)
        said = f"{said} {rest % {'count': left_out}}"
    messages.success(request, said)


def _bad_list(code: str) -> str:
    return {
        "too_big": _("The list is larger than 256 kB."),
        "too_long": _("The list has more than 500 lines."),
        "empty": _("There is nobody in this list."),
        "unreadable": _("This is no list that can be read: save it as CSV."),
    }[code]


def _page(
    request: HttpRequest, form: ListForm, *, lines: list[Checked] | None = None, text: str = "", status: int = 200
) -> HttpResponse:
    good = sum(1 for line in lines or [] if line.invitee)
    context = {"form": form, "lines": lines, "text": text, "good": good} | room(request.member.company)
    return render(request, "companies/people_import.html", context, status=status)
