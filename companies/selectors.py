"""What may be seen of companies and members."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.apps import apps
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Concat

from accounts.models import User
from companies.models import Company, ContactPerson, Membership, PackageActivation, PlanPackage
from companies.models.company import LISTED, Fold
from events.prepared import Prepared


def membership_of(user: User | AnonymousUser) -> Membership | None:
    """The user's active membership in a company that is not suspended, with company and user; else None."""
    if not user.is_authenticated:
        return None
    return _MEMBERSHIP.one(user.pk)


def active_memberships() -> QuerySet[Membership]:
    """Memberships that count now."""
    return Membership.objects.select_related("company", "company__package", "user").filter(
        state=Membership.State.ACTIVE, company__suspended_at=None
    )


_MEMBERSHIP = Prepared(lambda user: active_memberships().filter(user_id=user, user__is_active=True).order_by("id")[:1])


def quiet_ends_of(user_ids: Iterable[int], now: datetime) -> dict[int, datetime]:
    """user id → when it is over, of those who are not to be disturbed at `now`. One query."""
    rows = active_memberships().filter(user_id__in=list(user_ids)).exclude(quiet_until=None, quiet_hours={})
    return {row.user_id: ends for row in rows if (ends := row.quiet_ends(now))}


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
    "website", "logo", "sort_name", "time_zone",
)  # fmt: skip
ENOUGH = 300  # counting stops there: nobody reads further, and it would be the slowest part of the page
_TRIGRAM = 3  # shorter words are looked for at the beginning of words only, so that the index helps


@dataclass(frozen=True)
class Wanted:
    """What somebody looks for in the directory: words, a country, only companies with open channels."""

    words: tuple[str, ...] = ()
    country: str = ""
    with_channels: bool = False


def listed_companies(wanted: Wanted = Wanted()) -> QuerySet[Company]:
    """Companies in the directory; each word stands in the name, town, country, description or in the function of a
    contact person, accents and capitals aside; public fields only (M-09, S-62).
    """
    rows = Company.objects.filter(LISTED).only(*_PUBLIC)
    for word in wanted.words:
        folded = Fold(Value(word))
        rows = rows.filter(search_text__contains=folded if len(word) >= _TRIGRAM else Concat(Value(" "), folded))
    if wanted.country:
        rows = rows.filter(country=wanted.country)
    if wanted.with_channels:
        # Channels live above: their table is reached by its name, nothing of them is imported.
        channels = apps.get_model("channels_app.Channel")._default_manager  # noqa: SLF001 (its documented API)
        rows = rows.filter(Exists(channels.filter(company=OuterRef("pk"), listed=True, state="active")))
    return rows


def number_of(rows: QuerySet[Company]) -> int:
    """How many there are; ENOUGH + 1 stands for “more than that”."""
    return rows.order_by()[: ENOUGH + 1].count()


_NEXT_COUNTRY = """SELECT country FROM companies_company
    WHERE listed AND suspended_at IS NULL AND package_id IS NOT NULL AND country > {} ORDER BY country LIMIT 1"""
# From one country to the next through the index: as many steps as countries, however many companies there are.
_COUNTRIES = f"""
WITH RECURSIVE found AS (
    ({_NEXT_COUNTRY.format("''")}) UNION ALL
    SELECT ({_NEXT_COUNTRY.format("found.country")}) FROM found WHERE found.country IS NOT NULL
) SELECT country FROM found WHERE country IS NOT NULL LIMIT 300"""  # noqa: S608 (both pieces are constants)


def countries() -> list[str]:
    """The countries of the directory's companies, in order; at most 300."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNTRIES)
        return sorted((country for (country,) in cursor.fetchall()), key=str.casefold)


def company_page(member: Membership, slug: str) -> Company:
    """A listed company, or the viewer's own one; raises Company.DoesNotExist for hidden and missing ones alike."""
    return Company.objects.filter(LISTED | Q(pk=member.company_id)).only(*_PUBLIC, "listed").get(slug=slug)


def company_with_logo(public_id: UUID) -> Company:
    """A company that has a logo and is not suspended; raises Company.DoesNotExist."""
    return Company.objects.filter(suspended_at=None).exclude(logo="").only("logo").get(public_id=public_id)


def contact_persons(company: Company) -> QuerySet[ContactPerson]:
    """Everybody whom the company names, in its order, with `works_here`: False = a user who works there no longer."""
    rows = ContactPerson.objects.filter(company=company).select_related("user").order_by("position", "id")
    return rows.annotate(works_here=_works_here())


def _works_here() -> Q:
    here = Membership.objects.filter(company=OuterRef("company"), user=OuterRef("user"), state=Membership.State.ACTIVE)
    return Q(user=None) | Q(user__is_active=True) & Q(Exists(here))


def public_contact_persons(company: Company) -> QuerySet[ContactPerson]:
    """Whom users of other companies see, in order (M-21, E-05)."""
    return contact_persons(company).filter(_works_here())


def not_yet_named(member: Membership) -> QuerySet[Membership]:
    """Colleagues, and the viewer, who are no public contact persons."""
    named = ContactPerson.objects.filter(company=member.company, user__isnull=False).values("user")
    return colleagues(member).exclude(user__in=named)


def packages() -> QuerySet[PlanPackage]:
    """The packages on offer, the smallest first."""
    return PlanPackage.objects.filter(active=True).order_by("rank")


def activations(company: Company) -> QuerySet[PackageActivation]:
    """Which packages the company has had, the latest first."""
    return PackageActivation.objects.filter(company=company).select_related("package").order_by("-at", "-id")
