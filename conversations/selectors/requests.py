"""Requests that a user made of a company, as the one who asks: never what the served company keeps to itself."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Q, QuerySet

from channels_app.models import Channel
from companies.models import Company, Membership
from conversations.models import Conversation


def asked_by(user_id: int) -> QuerySet[Conversation]:
    """Conversations with a company in which the user is the customer; not what a mere claim in a chat began (N-19)."""
    return Conversation.objects.filter(
        Q(visitor=None) | Q(visitor__verified=True), kind=Conversation.Kind.CUSTOMER, customer__user_id=user_id
    )


def request_for(member: Membership, public_id: UUID) -> Conversation:
    """One's own request with head, channel, company and answering person; raises Conversation.DoesNotExist."""
    rows = asked_by(member.user_id).select_related(
        "company", "channel", "customer", "visitor", "head", "head__inbox", "head__assignee"
    )
    return rows.get(public_id=public_id)


def channels_open_to(member: Membership, company: Company) -> QuerySet[Channel]:
    """The channels of a company that the member may write to: listed and not paused; a hidden company's are its own.

    Sees the same as a visitor's topic list: closed hours do not hide a channel, the request waits then (M-30, M-41).
    """
    rows = Channel.objects.filter(
        company=company, listed=True, state=Channel.State.ACTIVE, company__suspended_at=None,
        company__package__isnull=False,
    )  # fmt: skip
    if company.pk != member.company_id:
        rows = rows.filter(company__listed=True)
    return rows.select_related("company", "inbox").order_by("name", "id")


def open_channel(member: Membership, slug: str, public_id: UUID) -> Channel:
    """One of them; raises Channel.DoesNotExist for hidden, paused, foreign to the address and missing alike."""
    company = Company.objects.filter(slug=slug).first()
    if company is None:
        raise Channel.DoesNotExist
    return channels_open_to(member, company).get(public_id=public_id)
