"""Whom and what the filters of a list may name: channels and tags of the member's own, people of whom they read."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.db.models import QuerySet

from channels_app.models import Channel
from companies.models import Membership
from conversations.models import Tag
from conversations.selectors.visibility import conversations_for
from customers.models import Customer, Visitor


def channels_in(inbox_ids: Collection[int]) -> QuerySet[Channel]:
    """The channels of these inboxes, by name."""
    return Channel.objects.filter(inbox__in=inbox_ids).order_by("name", "id")


def tags_of_company(member: Membership) -> QuerySet[Tag]:
    """Every word of the member's company, by name."""
    return Tag.objects.filter(company=member.company_id).order_by("name")


def requester_for(member: Membership, public_id: UUID) -> Customer | Visitor | None:
    """A customer or visitor of the member's company of whom they may read at least one conversation."""
    readable = conversations_for(member).order_by()
    customer = Customer.objects.filter(company=member.company_id, public_id=public_id).first()
    if customer is not None:
        theirs = readable.filter(customer=customer) | readable.filter(visitor__customer=customer)
        return customer if theirs.exists() else None
    visitor = Visitor.objects.filter(company=member.company_id, public_id=public_id).select_related("customer").first()
    return visitor if visitor is not None and readable.filter(visitor=visitor).exists() else None
