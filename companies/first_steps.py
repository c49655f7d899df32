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
        # A company that takes requests has been looked at, whether or not somebody came by this list.
        return company.first_steps_looked_at is not None or _is_done(company, CHANNELS, now)
    if what == COMPANY:
        return _has_profile(company)
    return LIMITS[what].used(company, now) > LIMITS[what].least


def begin_with_steps(member: Membership, now: datetime) -> bool:
    """Whether the front door leads this member to the first steps: an admin whose company has a package, where nobody
    has looked around or put the list away yet, and where no request can have come in (M-02). `now`: aware.
    """
    company = member.company
    if not member.is_admin or company.package_id is None or company.first_steps_dismissed_at:
        return False
    return not _is_done(company, LOOK, now)
