"""The five first steps of a company (M-02, M-03): read from the data; what the package lacks is locked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from companies.models import Company, Membership, PlanPackage
from companies.packages import LIMITS, locked_text

LOOK, COMPANY, USERS, CHANNELS, BROADCASTS = ORDER = ("look", "company", "users", "channels", "broadcasts")


@dataclass(frozen=True)
class Step:
    """One step; `locked`: “from M5” when the package has no such thing."""

    what: str
    number: int
    done: bool
    locked: str = ""


def steps_of(company: Company, now: datetime) -> list[Step]:
    """All five, in order. Eight queries at most, however large the company is."""
    steps = []
    for number, what in enumerate(ORDER, start=1):
        package = company.package
        locked = locked_text(package, what) if package and is_locked(package, what) else ""
        steps.append(Step(what, number, not locked and _is_done(company, what, now), locked))
    return steps


def is_locked(package: PlanPackage, what: str) -> bool:
    """Whether the package has nothing of what the step is about."""
    limit = LIMITS.get(what)
    most = limit.of(package) if limit else None
    return limit is not None and most is not None and most <= limit.least


def _has_profile(company: Company) -> bool:
    return bool(company.logo) or bool(company.description and (company.street or company.town))


def _is_done(company: Company, what: str, now: datetime) -> bool:
    if what == LOOK:
        return company.first_steps_looked_at is not None
    if what == COMPANY:
        return _has_profile(company)
    return LIMITS[what].used(company, now) > LIMITS[what].least


def begin_with_steps(member: Membership) -> bool:
    """Whether the front door leads this member to the first steps: an admin whose company has a package, and nobody
    there has looked around or put the list away yet (M-02).
    """
    company = member.company
    seen = company.first_steps_looked_at or company.first_steps_dismissed_at
    return member.is_admin and company.package_id is not None and seen is None
