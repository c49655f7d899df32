"""require_room(company, what): the limits of the company's package, inside the caller's transaction (INV-11)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from companies.models import Company, Membership, PlanPackage


class NoRoom(Exception):
    """The package has no room for one more; the text is “2 of 2 channels”."""


class NotInPackage(NoRoom):
    """The package has no such thing at all; the text is “Channels: from M5” (M-16, M-27)."""


class NoPackage(NoRoom):
    """The company has no package (M-01)."""


@dataclass(frozen=True)
class Limit:
    """One thing that a package limits; `least` of it is in every package and does not count as having the thing."""

    field: str
    used: Callable[[Company], int]
    least: int = 0

    def of(self, package: PlanPackage) -> int | None:
        """The package's number; None = unlimited."""
        number: int | None = getattr(package, self.field)
        return number


def _active_users(company: Company) -> int:
    return company.memberships.filter(state=Membership.State.ACTIVE).count()


def _channels(company: Company) -> int:
    # Through the reverse relation: channels live above and are not imported here.
    return company.channels.count()


LIMITS: dict[str, Limit] = {
    "users": Limit("max_users", _active_users, least=1),
    "channels": Limit("max_channels", _channels),
}


def label(what: str, number: int) -> str:
    """“users”, “channels” in the reader's language."""
    if what == "users":
        return ngettext("user", "users", number)
    return ngettext("channel", "channels", number)


def lock(company: Company) -> Company:
    """The company's row, locked and read afresh with its package: two who take the last place wait for each other."""
    locked = Company.objects.select_for_update(no_key=True, of=("self",)).select_related("package")
    return locked.get(pk=company.pk)


def require_room(company: Company, what: str) -> Company:
    """Lock the company and make sure that one more of `what` fits (M-18, M-32); returns the locked company.

    Needs the caller's transaction, which inserts the row. Raises NoPackage, NotInPackage, NoRoom.
    """
    company = lock(company)
    if company.package is None:
        raise NoPackage(_("No package activated."))
    limit = LIMITS[what]
    most = limit.of(company.package)
    if most is None:
        return company
    if most <= limit.least:
        raise NotInPackage(locked_text(company.package, what))
    used = limit.used(company)
    if used >= most:
        raise NoRoom(usage_text(what, used, most))
    return company


def usage_text(what: str, used: int, most: int) -> str:
    """“2 of 2 channels”."""
    return _("%(used)s of %(most)s %(things)s") % {"used": used, "most": most, "things": label(what, most)}


def locked_text(package: PlanPackage, what: str) -> str:
    """“from M5”: the smallest package that has the thing."""
    limit = LIMITS[what]
    for bigger in PlanPackage.objects.filter(active=True, rank__gt=package.rank).order_by("rank"):
        most = limit.of(bigger)
        if most is None or most > limit.least:
            return _("from %(package)s") % {"package": bigger.code}
    return _("not in this package")


@dataclass(frozen=True)
class Usage:
    """How much of a package is used; `most` None = unlimited."""

    what: str
    used: int
    most: int | None

    @property
    def full(self) -> bool:
        return self.most is not None and self.used >= self.most

    @property
    def text(self) -> str:
        return (
            f"{self.used}" if self.most is None else _("%(used)s of %(most)s") % {"used": self.used, "most": self.most}
        )


def usage(company: Company, what: str) -> Usage:
    """What the settings show beside “Channels”."""
    limit = LIMITS[what]
    most = limit.of(company.package) if company.package else 0
    return Usage(what, limit.used(company), most)


def too_much_for(company: Company, package: PlanPackage) -> list[str]:
    """What the company has more of than `package` allows, in words; empty = it fits (model.md §7)."""
    found = []
    for what, limit in LIMITS.items():
        most, used = limit.of(package), limit.used(company)
        if most is not None and used > most:
            found.append(f"{used} {label(what, used)}, {package.code} has {most}")
    return found
