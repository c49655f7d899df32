"""What may be seen of companies and members."""

from __future__ import annotations

from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, Q, QuerySet

from accounts.models import User
from companies.models import Company, Membership


def membership_of(user: User | AnonymousUser) -> Membership | None:
    """The user's active membership in a company that is not suspended, with company and user; else None."""
    if not user.is_authenticated:
        return None
    return active_memberships().filter(user_id=user.pk, user__is_active=True).first()


def active_memberships() -> QuerySet[Membership]:
    """Memberships that count now."""
    return Membership.objects.select_related("company", "company__package", "user").filter(
        state=Membership.State.ACTIVE, company__suspended_at=None
    )


def colleagues(member: Membership, query: str = "") -> QuerySet[Membership]:
    """Active members of the viewer's company by name; with `query` those whose name or position holds each word."""
    rows = active_memberships().filter(company=member.company, user__is_active=True)
    for word in query.split():
        rows = rows.filter(
            Q(user__first_name__icontains=word) | Q(user__last_name__icontains=word) | Q(position__icontains=word)
        )
    return rows.order_by("user__first_name", "user__last_name", "id")


def company_by_slug(slug: str) -> Company:
    """For operators' commands; raises Company.DoesNotExist."""
    return Company.objects.get(slug=slug)


def companies_with_users() -> QuerySet[Company]:
    """For operators: every company by short name, with its package and the number `active_users`."""
    active = Q(memberships__state=Membership.State.ACTIVE)
    companies = Company.objects.select_related("package").order_by("slug")
    return companies.annotate(active_users=Count("memberships", filter=active))


def colleague(member: Membership, public_id: UUID) -> Membership:
    """One active member of the viewer's company; raises Membership.DoesNotExist for foreign and missing alike."""
    return colleagues(member).get(public_id=public_id)


_PUBLIC = (
    "id", "public_id", "slug", "name", "description", "street", "postcode", "town", "country", "phone", "email",
    "website", "logo",
)  # fmt: skip


def listed_companies(query: str = "") -> QuerySet[Company]:
    """Companies in the directory whose name, town or description holds `query`; public fields only (M-09, S-62)."""
    rows = Company.objects.filter(listed=True, suspended_at=None, package__isnull=False).only(*_PUBLIC)
    if query:
        rows = rows.filter(Q(name__icontains=query) | Q(town__icontains=query) | Q(description__icontains=query))
    return rows


def listed_company(slug: str) -> Company:
    """One company of the directory; raises Company.DoesNotExist."""
    return listed_companies().get(slug=slug)
