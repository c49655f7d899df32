"""Who takes part in a request or an internal discussion: colleagues, customers; and new discussions (N-03, N-23)."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from companies import roles
from companies.models import Membership
from companies.selectors import colleague
from conversations.access import conversation_required
from conversations.actions import taking_part
from conversations.actions.locking import NotAllowed
from conversations.actions.starting import start_discussion
from conversations.models import Conversation
from conversations.selectors.detail import followers_of, invitable, members_among
from conversations.selectors.requests import guests_of
from conversations.selectors.visibility import role_for, side_conversation_for
from conversations.views import pieces
from conversations.views.commands import REFUSALS, Refused, refusal_of
from conversations.views.verbs import verb
from customers.actions.records import record_of
from customers.actions.visitors import InvalidIdentity
from customers.models import Customer
from customers.selectors import customer_for, customers_like
from events import limits
from ui.fragments import redirect_after_post

_SEARCHED = 80


@require_http_methods(["GET", "HEAD"])
@conversation_required
def page(request: HttpRequest, conversation: Conversation) -> HttpResponse:
    """Who takes part, and whom one can add: ?q= narrows both lists."""
    if conversation.kind == Conversation.Kind.DIRECT:
        raise Http404
    return _page(request, conversation)


def _page(request: HttpRequest, conversation: Conversation, *, error: str = "", status: int = 200) -> HttpResponse:
    member = request.member
    query = " ".join(request.GET.get("q", "").replace("\x00", "").split())[:_SEARCHED]
    is_request = conversation.kind == Conversation.Kind.CUSTOMER
    may = roles.allowed(role_for(member, conversation), "conversation.people")
    here = followers_of(conversation, side_conversation_for(member, conversation) if is_request else None)
    guests = guests_of(conversation)
    context = {
        "conversation": conversation,
        "is_request": is_request,
        "may": may,
        "query": query,
        "followers": members_among(member, here),
        "guests": guests,
        "colleagues": invitable(member, query, here) if may else [],
        "customers": customers_like(member.company_id, query, without=_present(conversation, guests))
        if may and is_request and query
        else [],
        "typed": {name: request.POST.get(name, "") for name in ("email", "name")},
        "error": error,
        "back": pieces.address_of(conversation, pieces.folder_query(request)),
    }
    return render(request, "conversations/people.html", context, status=status)


def _present(conversation: Conversation, guests: list[Customer]) -> set[int]:
    return {guest.pk for guest in guests} | ({conversation.customer_id} - {None})


def _role(request: HttpRequest, conversation: Conversation) -> str:
    """The member's role here, when it lets them say who takes part; asked before anything else is looked at."""
    role = role_for(request.member, conversation)
    if not roles.allowed(role, "conversation.people"):
        raise NotAllowed("conversation.people")
    return role


def _done(request: HttpRequest, conversation: Conversation) -> HttpResponse:
    return redirect_after_post(f"{pieces.address_of(conversation)}participants/")


@require_http_methods(["POST"])
@conversation_required
def add_colleague(request: HttpRequest, conversation: Conversation) -> HttpResponse:
    """`person`: a member of the company takes part from now on."""
    try:
        role = _role(request, conversation)
        person = _colleague(request.member, request.POST.get("person", ""))
        taking_part.add_colleague(conversation, person=person, by=request.member, role=role, now=timezone.now())
    except (Refused, *REFUSALS) as error:
        return _refuse(request, conversation, error)
    return _done(request, conversation)


@verb
def remove_colleague(request: HttpRequest, conversation: Conversation) -> None:
    """`person` takes part no longer."""
    role = _role(request, conversation)
    person = _colleague(request.member, request.POST.get("person", ""))
    taking_part.remove_colleague(conversation, person=person, by=request.member, role=role, now=timezone.now())


def _colleague(member: Membership, public_id: str) -> Membership:
    try:
        return colleague(member, UUID(public_id))
    except (ValueError, Membership.DoesNotExist):
        raise Refused(422, "bad_request", _("This person is not in your company.")) from None


@require_http_methods(["POST"])
@conversation_required
def add_customer(request: HttpRequest, conversation: Conversation) -> HttpResponse:
    """`customer`: one that we know; or `email` (and `name`) of one more. They read what comes from now on."""
    now = timezone.now()
    try:
        role = _role(request, conversation)
        if conversation.kind != Conversation.Kind.CUSTOMER:
            raise NotAllowed("no_customers")
        customer = _customer(request, now)
        taking_part.add_customer(conversation, customer=customer, by=request.member, role=role, now=now)
    except (Refused, *REFUSALS) as error:
        return _refuse(request, conversation, error)
    return _done(request, conversation)


def _customer(request: HttpRequest, now) -> Customer:
    member = request.member
    if known := request.POST.get("customer"):
        try:
            return customer_for(member.company_id, UUID(known))
        except (ValueError, Customer.DoesNotExist):
            raise Refused(422, "bad_request", _("This customer is not there any more.")) from None
    if not limits.take(f"record:{member.user_id}", limit=30, per_s=600, open_without_valkey=True):
        raise Refused(429, "too_many", _("Too many at once. Wait a few minutes."))
    try:
        return record_of(
            member.company, email=request.POST.get("email", ""), name=request.POST.get("name", ""), now=now
        )
    except InvalidIdentity:
        raise Refused(422, "bad_email", _("Enter an e-mail address, like kim@example.com.")) from None


@verb
def remove_customer(request: HttpRequest, conversation: Conversation) -> None:
    """`customer` reads and writes here no longer."""
    role = _role(request, conversation)
    try:
        customer = customer_for(request.member.company_id, UUID(request.POST.get("customer", "")))
    except (ValueError, Customer.DoesNotExist):
        raise Refused(422, "bad_request", _("This customer is not there any more.")) from None
    taking_part.remove_customer(conversation, customer=customer, by=request.member, role=role, now=timezone.now())


def _refuse(request: HttpRequest, conversation: Conversation, error: Exception) -> HttpResponse:
    refused = error if isinstance(error, Refused) else refusal_of(error)
    return _page(request, conversation, error=refused.text, status=refused.status)


@require_http_methods(["GET", "HEAD", "POST"])
@conversation_required
def discussion(request: HttpRequest, conversation: Conversation) -> HttpResponse:
    """GET: the form. POST `title`, `person` (several): one more internal talk about the request; then its page."""
    if conversation.kind != Conversation.Kind.CUSTOMER:
        raise Http404
    if request.method != "POST":
        return _form(request, conversation)
    chosen = request.POST.getlist("person")
    try:
        if not roles.allowed(role_for(request.member, conversation), "conversation.discuss", own=True):
            raise NotAllowed("conversation.discuss")
        people = [_colleague(request.member, one) for one in dict.fromkeys(chosen[:100])]
        talk = start_discussion(
            conversation, by=request.member, people=people, title=request.POST.get("title", ""), now=timezone.now()
        )
    except ValueError:
        return _form(request, conversation, error=_("Write a title."), chosen=chosen, status=422)
    except (Refused, *REFUSALS) as error:
        refused = error if isinstance(error, Refused) else refusal_of(error)
        return _form(request, conversation, error=refused.text, chosen=chosen, status=refused.status)
    return redirect_after_post(pieces.address_of(talk, "?view=internal"))


def _form(
    request: HttpRequest, conversation: Conversation, *, error: str = "", chosen: list[str] | None = None, status=200
) -> HttpResponse:
    context = {
        "conversation": conversation,
        "colleagues": invitable(request.member, "", [request.member.user]),
        "typed_title": request.POST.get("title", "")[:120],
        "chosen": chosen or [],
        "error": error,
        "back": pieces.address_of(conversation, pieces.folder_query(request)),
    }
    return render(request, "conversations/discussion_new.html", context, status=status)
