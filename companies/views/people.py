"""Settings → People: the list, adding somebody, and what may be done with an invitation; for company admins."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from companies.access import company_role_required
from companies.actions.invitations import InvitationRefused, Invitee, invite, send_again, withdraw
from companies.events import by_user
from companies.models import Company, Invitation
from companies.packages import LIMITS, NoRoom, NotInPackage, locked_text, usage
from companies.people import STATES, invitation_of, people_of
from companies.people_forms import InviteForm
from events import limits
from mail.actions import BadAddress
from ui.fragments import redirect_after_post
from ui.paging import BadCursor

_MAILS_PER_HOUR = 300


@require_safe
@company_role_required("company.manage")
def people(request: HttpRequest) -> HttpResponse:
    """Everybody with state, role and address; search, filter, keyset pages (M-17)."""
    query = " ".join(request.GET.get("q", "").replace("\x00", "").split())[:80]
    state = request.GET.get("state", "")
    state = state if state in STATES else ""
    wanted = {"query": query, "state": state, "now": timezone.now()}
    try:
        found = people_of(request.member, after=request.GET.get("after", ""), **wanted)
    except BadCursor:
        found = people_of(request.member, after="", **wanted)
    filters = [("", _("All")), ("active", _("Active")), ("invited", _("Invited")), ("deactivated", _("Deactivated"))]
    context = {"lines": found.rows, "after": found.after, "query": query, "state": state, "filters": filters}
    return render(request, "companies/people.html", context | room(request.member.company) | {"roles_url": roles_url()})


@require_http_methods(["GET", "HEAD", "POST"])
@company_role_required("company.manage")
def new(request: HttpRequest) -> HttpResponse:
    """One more person: four fields, and a mail with a link leaves (M-20, M-23)."""
    member = request.member
    if request.method != "POST":
        return _new_page(request, InviteForm(initial={"language": member.company.language}))
    require_unlocked(member.company)
    form = InviteForm(request.POST)
    if form.is_valid() and _invite(request, form):
        messages.success(
            request, _("The invitation to %(address)s is on its way.") % {"address": form.cleaned_data["email"]}
        )
        return redirect_after_post(reverse("people"))
    return _new_page(request, form, status=422)


def _invite(request: HttpRequest, form: InviteForm) -> Invitation | None:
    member = request.member
    if not mails_left(member.company):
        form.add_error(None, too_many_mails())
        return None
    try:
        return invite(member.company, invitee=Invitee(**form.cleaned_data), inviter=member.user, now=timezone.now())
    except NotInPackage:
        raise PermissionDenied from None
    except NoRoom as full:
        form.add_error(None, _("Your package is full: %(usage)s.") % {"usage": full})
    except InvitationRefused as refused:
        form.add_error("email", known_text(refused.code))
    except BadAddress:
        form.add_error("email", _("Mail cannot be sent to this address."))
    return None


def _new_page(request: HttpRequest, form: InviteForm, *, status: int = 200) -> HttpResponse:
    context = {"form": form} | room(request.member.company)
    return render(request, "companies/people_new.html", context, status=status)


@require_POST
@company_role_required("company.manage")
def again(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """“Send again”: a new link, the old one is dead."""
    invitation = _invitation(request, public_id)
    if not mails_left(request.member.company) or not limits.take(f"invite-again:{public_id}", limit=5, per_s=3600):
        messages.error(request, too_many_mails())
        return redirect_after_post(reverse("people"))
    try:
        send_again(invitation, inviter=request.member.user, now=timezone.now())
    except InvitationRefused:
        messages.error(request, _("This invitation is open no longer."))
    except NoRoom as full:
        messages.error(request, _("Your package is full: %(usage)s.") % {"usage": full})
    else:
        messages.success(request, _("A new link is on its way; the old one is dead."))
    return redirect_after_post(reverse("people"))


@require_POST
@company_role_required("company.manage")
def take_back(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The link is dead and the seat free."""
    invitation = _invitation(request, public_id)
    try:
        withdraw(invitation, by=by_user(request.member.user), now=timezone.now())
    except InvitationRefused:
        messages.error(request, _("This invitation is open no longer."))
    else:
        messages.success(request, _("The invitation is withdrawn; its link is dead."))
    return redirect_after_post(reverse("people"))


def _invitation(request: HttpRequest, public_id: UUID) -> Invitation:
    try:
        return invitation_of(request.member, public_id)
    except Invitation.DoesNotExist:
        raise Http404 from None


# --- what the pages of people share -----------------------------------------------------------------------
def room(company: Company) -> dict:
    """`usage` of the package, and `locked`: from which package on people are added at all; empty = now."""
    used = usage(company, "users")
    is_locked = used.most is not None and used.most <= LIMITS["users"].least
    return {"usage": used, "locked": locked_text(company.package, "users") if is_locked else ""}


def require_unlocked(company: Company) -> None:
    """403 in a package without further people, whatever is sent (M-16)."""
    if room(company)["locked"]:
        raise PermissionDenied


def known_text(code: str) -> str:
    """Why an address cannot be invited; `code` as in companies.actions.invitations.where_known."""
    return {
        "member": _("Somebody with this address already exists here."),
        "deactivated": _("Somebody with this address already exists here, deactivated: reactivate them in the list."),
        "invited": _("An invitation to this address already exists: send it again from the list."),
        "expired": _("An invitation to this address already exists and has expired: send it again from the list."),
    }[code]


def mails_left(company: Company, cost: int = 1) -> bool:
    """A stolen session must not become a cannon of mails."""
    return limits.take(f"invite:{company.pk}", limit=_MAILS_PER_HOUR, per_s=3600, cost=cost)


def too_many_mails() -> str:
    """What is said then."""
    return _("Too many invitations at once. Wait a while and go on.")


def roles_url() -> str:
    """The table of people and inboxes, which lives above; empty when the project does not mount it."""
    try:
        return reverse("people_roles")
    except NoReverseMatch:
        return ""
