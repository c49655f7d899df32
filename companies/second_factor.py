"""The second factor that a company may ask of everybody: who has one, and who is let in (security.md §2)."""

from __future__ import annotations

from allauth.mfa.models import Authenticator
from django.db.models import Exists, OuterRef, Q, QuerySet

from companies.models import Membership

# Recovery codes come with one of these and are none by themselves.
FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


def _has_one() -> Exists:
    return Exists(Authenticator.objects.filter(user=OuterRef("user"), type__in=FACTORS))


def with_facts(rows: QuerySet[Membership]) -> QuerySet[Membership]:
    """The memberships with `has_second_factor`."""
    return rows.annotate(has_second_factor=_has_one())


def without_one(rows: QuerySet[Membership]) -> QuerySet[Membership]:
    """Those who have none."""
    return rows.exclude(_has_one())


def let_in(rows: QuerySet[Membership]) -> QuerySet[Membership]:
    """Those whose company asks for nothing, or who have what it asks for."""
    return rows.filter(Q(company__second_factor_required=False) | _has_one())


def lacks_second_factor(member: Membership | None) -> bool:
    """Whether the member must set one up before anything else. No query unless the company asks for it."""
    if not member or not member.company.second_factor_required:
        return False
    return not Authenticator.objects.filter(user=member.user_id, type__in=FACTORS).exists()
