"""What the folders of a member range over, and their queries compiled once for everybody alike.

Django spends more time on writing a folder's SQL than PostgreSQL on answering it. The rules stay querysets
(folders.py); here one is compiled with values that stand for the member's keys, and those are put in at every use.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

from channels_app.models import Inbox
from channels_app.selectors import roles_in_inboxes
from companies import roles
from companies.models import Membership

# No row has these keys, and nothing happened then.
_USER, _COMPANY, _INBOX = -11, -12, -100
AFTER = (datetime(1, 1, 2, tzinfo=UTC), -13)


@dataclass(frozen=True)
class Scope:
    """A member with the inboxes they work in and those of them they manage (primary keys)."""

    member: Membership
    inbox_ids: tuple[int, ...]
    managed_ids: tuple[int, ...]

    def only(self, inbox: Inbox | None) -> Scope:
        """Narrowed to one inbox; None = as it is."""
        if inbox is None:
            return self
        managed = (inbox.pk,) if inbox.pk in self.managed_ids else ()
        return Scope(self.member, (inbox.pk,), managed)

    @property
    def shape(self) -> Shape:
        """What decides how the SQL looks; members of one shape share it."""
        return Shape(self.member.engagement_licence, tuple(pk in self.managed_ids for pk in self.inbox_ids))


@dataclass(frozen=True)
class Shape:
    """Licensed or not, and for each inbox whether it is managed."""

    licensed: bool
    manages: tuple[bool, ...]

    def stand_in(self) -> Scope:
        """A scope of this shape whose keys are places to be filled."""
        inboxes = tuple(_INBOX - number for number in range(len(self.manages)))
        managed = tuple(pk for pk, yes in zip(inboxes, self.manages, strict=True) if yes)
        member = Membership(user_id=_USER, company_id=_COMPANY, engagement_licence=self.licensed)
        return Scope(member, inboxes, managed)


@dataclass(frozen=True)
class Statement:
    """SQL and its values, some of which are places of a stand-in."""

    sql: str
    places: tuple

    def values(self, scope: Scope, after: tuple[datetime, int] | None = None) -> list:
        """The values for this scope, and the cursor's when the statement was compiled with AFTER."""
        known: dict[object, object] = {_USER: scope.member.user_id, _COMPANY: scope.member.company_id}
        known |= {_INBOX - number: pk for number, pk in enumerate(scope.inbox_ids)}
        if after is not None:
            known |= dict(zip(AFTER, after, strict=True))
        return [known.get(value, value) for value in self.places]

    def rows(self, scope: Scope, after: tuple[datetime, int] | None = None) -> list[tuple]:
        """What the database answers for this scope."""
        with connection.cursor() as cursor:
            cursor.execute(self.sql, self.values(scope, after))
            return cursor.fetchall()


def compiled(rows: QuerySet) -> Statement:
    """The statement of a queryset that was built for a stand-in."""
    try:
        return Statement(*rows.query.sql_with_params())
    except EmptyResultSet:  # nothing can be in it: no inbox, or none that is managed
        return Statement("SELECT NULL WHERE false", ())


def scope_for(member: Membership) -> Scope:
    """The member's scope as it is now; one query."""
    found = [(inbox.pk, role) for inbox, role in roles_in_inboxes(member)]
    managed = tuple(pk for pk, role in found if role != roles.TEAM)
    return Scope(member, tuple(pk for pk, _ in found), managed)
