"""Whom a member knows, and to whom they may write directly (M-08, M-28, M-29)."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from channels_app.models import Channel
from companies.models import ContactPerson, Membership
from companies.selectors import active_memberships
from conversations.models import Contact
from conversations.selectors.requests import open_channels

ORDER = ("first", "last", "id")


def reachable(member: Membership) -> QuerySet[Membership]:
    """Whom the member may write to: colleagues, whom a listed company names in public, and people in their contacts.

    Never themselves, never a customer: an outside person without a membership is in no row of this.
    """
    named = ContactPerson.objects.filter(user=OuterRef("user_id"), company=OuterRef("company_id"), company__listed=True)
    known = Contact.objects.filter(owner=member.user, target=OuterRef("user_id"))
    return (
        active_memberships()
        .filter(user__is_active=True, company__package__isnull=False)
        .filter(Q(company=member.company) | Exists(named) | Exists(known))
        .exclude(user=member.user)
    )


def reachable_people(member: Membership, public_ids: Collection[UUID]) -> list[Membership]:
    """These people, all of them; raises Membership.DoesNotExist when one is unknown, foreign or oneself (alike)."""
    wanted = set(public_ids)
    found = list(reachable(member).filter(public_id__in=wanted).order_by("pk"))
    if len(found) != len(wanted) or not wanted:
        raise Membership.DoesNotExist
    return found


def contacts_of(member: Membership, query: str = "") -> QuerySet[Membership]:
    """Colleagues and the people of the member's contacts, with `blocked`, in ORDER; `query`: each word is in the
    name, the position or the company's name.
    """
    mine = Contact.objects.filter(owner=member.user, target__isnull=False)
    rows = (
        active_memberships()
        .filter(user__is_active=True)
        .filter(Q(company=member.company) | Q(user_id__in=mine.values("target_id")))
        .exclude(user=member.user)
        .annotate(
            first=F("user__first_name"),
            last=F("user__last_name"),
            blocked=Exists(mine.filter(target=OuterRef("user_id"), blocked_at__isnull=False)),
        )
    )
    for word in query.split():
        rows = rows.filter(
            Q(user__first_name__icontains=word)
            | Q(user__last_name__icontains=word)
            | Q(position__icontains=word)
            | Q(company__name__icontains=word)
        )
    return rows


def contact_of(member: Membership, public_id: UUID) -> Membership:
    """One person of another company in the member's contacts; raises Membership.DoesNotExist."""
    mine = Contact.objects.filter(owner=member.user, target__isnull=False).values("target_id")
    return active_memberships().exclude(company=member.company).get(public_id=public_id, user_id__in=mine)


def channels_known_to(member: Membership, query: str = "") -> QuerySet[Channel]:
    """Channels of companies that the member has asked before and that still stand open, by company and name."""
    mine = Contact.objects.filter(owner=member.user, channel__isnull=False).values("channel_id")
    rows = open_channels(member).filter(pk__in=mine)
    if query:
        rows = rows.filter(Q(name__icontains=query) | Q(company__name__icontains=query))
    return rows.order_by("company__name", "name", "id")
