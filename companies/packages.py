"""require_room(company, what): the limits of the company's package, inside the caller's transaction (INV-11)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from companies.models import Company, Invitation, Membership, PlanPackage


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
    used: Callable[[Company, datetime], int]
    least: int = 0

    def of(self, package: PlanPackage) -> int | None:
        """The package's number; None = unlimited."""
        number: int | None = getattr(package, self.field)
        return number


def _users(company: Company, now: datetime) -> int:
    """Active members and open invitations (M-18); an expired invitation holds no seat, sending it again needs one."""
    active = company.memberships.filter(state=Membership.State.ACTIVE).count()
    return active + company.invitations.filter(state=Invitation.State.SENT, expires_at__gt=now).count()


def _channels(company: Company, now: datetime) -> int:
    # Through the reverse relation: channels live above and are not imported here.
    return company.channels.count()


def _broadcasts(company: Company, now: datetime) -> int:
    # Broadcasts live above, too; an installation without them has none.
    rows = getattr(company, "broadcasts", None)
    return rows.count() if rows is not None else 0


LIMITS: dict[str, Limit] = {
    "users": Limit("max_users", _users, least=1),
    "channels": Limit("max_channels", _channels),
    "broadcasts": Limit("max_broadcasts", _broadcasts),
}


def label(what: str, number: int) -> str:
    """“users”, “channels”, “broadcasts” in the reader's language."""
    if what == "users":
        return ngettext("user", "users", number)
    if what == "broadcasts":
        return ngettext("broadcast", "broadcasts", number)
    return ngettext("channel", "channels", number)


def lock(company: Company) -> Company:
    """The company's row, locked and read afresh with its package: two who take the last place wait for each other."""
    locked = Company.objects.select_for_update(no_key=True, of=("self",)).select_related("package")
    return locked.get(pk=company.pk)


def require_room(company: Company, what: str, *, now: datetime | None = None) -> Company:
    """Lock the company and make sure that one more of `what` fits (M-18, M-32); returns the locked company.

    Needs the caller's transaction, which inserts the row. `now` decides which invitations are open; without it the
    clock does. Raises NoPackage, NotInPackage, NoRoom.
    """
    company = lock(company)
    if company.package is None:
        raise NoPackage(_("No package activated."))
    limit = LIMITS[what]
    most = limit.of(company.package)
    used = limit.used(company, now or timezone.now())
    if most is None or used < most:
        return company
    if most <= limit.least:
        raise NotInPackage(locked_text(company.package, what))
    raise NoRoom(usage_text(what, used, most))


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


def describe(package: PlanPackage) -> str:
    """“5 users, 2 channels, 1 broadcast”; what the package has nothing of is not named."""
    found = []
    for what, limit in LIMITS.items():
        most = limit.of(package)
        if most is None:
            found.append(_("any number of %(things)s") % {"things": label(what, 2)})
        elif most:
            found.append(f"{most} {label(what, most)}")
    return ", ".join(found)


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
    def part(self) -> int:
        """The used part in steps of 20 % for the bar: 0, 20 … 100."""
        return -(-min(self.used, self.most) * 5 // self.most) * 20 if self.most else 0

    @property
    def text(self) -> str:
        return (
            f"{self.used}" if self.most is None else _("%(used)s of %(most)s") % {"used": self.used, "most": self.most}
        )


def usage(company: Company, what: str, *, now: datetime | None = None) -> Usage:
    """What the settings show beside “Channels”."""
    limit = LIMITS[what]
    most = limit.of(company.package) if company.package else 0
    return Usage(what, limit.used(company, now or timezone.now()), most)


def too_much_for(company: Company, package: PlanPackage, *, now: datetime | None = None) -> list[str]:
    """What the company has more of than `package` allows, in words; empty = it fits (model.md §7)."""
    found = []
    for what, limit in LIMITS.items():
        most, used = limit.of(package), limit.used(company, now or timezone.now())
        if most is not None and used > most:
            found.append(f"{used} {label(what, used)}, {package.code} has {most}")
    return found


def room_left(company: Company, what: str, *, now: datetime) -> int | None:
    """How many more fit into the package of a locked company; None = as many as wanted."""
    found = usage(company, what, now=now)
    return None if found.most is None else max(0, found.most - found.used)
