"""What a member’s folders range over, and queries about what one may see, compiled once for everybody alike.

Django spends more time on writing such SQL than PostgreSQL on answering it. The rules stay querysets (folders.py,
visibility.py); here one is compiled with stand-ins for the member's keys, and those are put in at every use.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

from accounts.models import User
from channels_app.models import Inbox
from channels_app.selectors import roles_in_inboxes
from companies import roles
from companies.models import Company, Membership

# Stand for values that come with every use: no row has these keys, and nothing happened then.
_USER, _COMPANY, _INBOX = -11, -12, -100
AFTER = (datetime(1, 1, 2, tzinfo=UTC), -13)
ROW, SUBJECT = UUID(int=11), -14


@dataclass(frozen=True)
class Scope:
    """A member with the inboxes they work in and those of them they manage (primary keys); `everywhere`: these are
    all that the company has.
    """

    member: Membership
    inbox_ids: tuple[int, ...]
    managed_ids: tuple[int, ...]
    everywhere: bool = False

    @classmethod
    def of(cls, member: Membership, inboxes: Sequence[tuple[int, bool]]) -> Scope:
        """All inboxes of a member, each with whether they manage it. An admin works in, and manages, all there are."""
        managed = tuple(pk for pk, manages in inboxes if manages)
        return cls(member, tuple(pk for pk, _ in inboxes), managed, everywhere=bool(inboxes) and member.is_admin)

    def only(self, inbox: Inbox | None) -> Scope:
        """Narrowed to one inbox; None = as it is."""
        if inbox is None:
            return self
        managed = (inbox.pk,) if inbox.pk in self.managed_ids else ()
        return Scope(self.member, (inbox.pk,), managed)

    def each(self) -> list[Scope]:
        """The same for every inbox alone."""
        return [Scope(self.member, (pk,), (pk,) if pk in self.managed_ids else ()) for pk in self.inbox_ids]

    def known(self, after: tuple[datetime, int] | None = None) -> dict[object, object]:
        """What a stand-in's places are for this scope, and AFTER for this cursor."""
        known = keys_of(self.member) | {_INBOX - number: pk for number, pk in enumerate(self.inbox_ids)}
        return known | dict(zip(AFTER, after, strict=True)) if after is not None else known

    def stand_in_inbox(self) -> Inbox:
        """The one inbox of a stand-in, for folders that are an inbox's."""
        return Inbox(pk=self.inbox_ids[0])

    @property
    def shape(self) -> Shape:
        """What decides how the SQL looks; members of one shape share it."""
        manages = tuple(pk in self.managed_ids for pk in self.inbox_ids)
        return Shape(self.member.engagement_licence, manages, self.everywhere)


@dataclass(frozen=True)
class Shape:
    """Licensed or not, for each inbox whether it is managed, and whether these are all inboxes."""

    licensed: bool
    manages: tuple[bool, ...]
    everywhere: bool

    def stand_in(self) -> Scope:
        """A scope of this shape whose keys are places to be filled."""
        inboxes = tuple(_INBOX - number for number in range(len(self.manages)))
        managed = tuple(pk for pk, yes in zip(inboxes, self.manages, strict=True) if yes)
        member = Membership(user_id=_USER, company_id=_COMPANY, engagement_licence=self.licensed)
        return Scope(member, inboxes, managed, self.everywhere)


@dataclass(frozen=True)
class Standpoint:
    """What of a member, beside the keys, decides how a query over everything they may open looks."""

    licensed: bool
    admin: bool

    @classmethod
    def of(cls, member: Membership) -> Standpoint:
        return cls(member.engagement_licence, member.is_admin)

    def stand_in(self) -> Membership:
        """A member of this standpoint whose keys are places to be filled."""
        role = Membership.Role.ADMIN if self.admin else Membership.Role.MEMBER
        return Membership(
            user=User(pk=_USER), company=Company(pk=_COMPANY), role=role, engagement_licence=self.licensed
        )


def keys_of(member: Membership) -> dict[object, object]:
    """What a stand-in's keys are for this member."""
    return {_USER: member.user_id, _COMPANY: member.company_id}


@dataclass(frozen=True)
class Statement:
    """SQL and its values, some of which are places of a stand-in."""

    sql: str
    places: tuple

    def values(self, known: dict[object, object]) -> list:
        """The statement's values with those that are known in their places."""
        return [known.get(value, value) for value in self.places]

    def rows(self, known: dict[object, object]) -> list[tuple]:
        """What the database answers."""
        with connection.cursor() as cursor:
            cursor.execute(self.sql, self.values(known))
            return cursor.fetchall()


def compiled(rows: QuerySet) -> Statement:
    """The statement of a queryset that was built for a stand-in."""
    try:
        return Statement(*rows.query.sql_with_params())
    except EmptyResultSet:  # nothing can be in it: no inbox, or none that is managed
        return Statement("SELECT NULL WHERE false", ())


def scope_for(member: Membership) -> Scope:
    """The member's scope as it is now; one query."""
    return Scope.of(member, [(inbox.pk, role != roles.TEAM) for inbox, role in roles_in_inboxes(member)])
