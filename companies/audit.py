"""Who changed what: the one function that writes the audit log, in the transaction of the change (security.md §2)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import connection

from accounts.models import User
from companies.models import AuditEntry, Company
from events import origin
from events.personal import DELETED

# Names and numbers only; a longer value is cut so that no text of a conversation can ever stand here.
_LONGEST = 200


def write(
    company: Company, action: str, *, by: str | User, subject: str = "", now: datetime, **data: object
) -> AuditEntry:
    """One line of the company's log. `by` is a user or what events call one (“user:5”, “operator”); `data` holds names
    and numbers of what changed, never texts or secrets. The caller's transaction decides whether it stands.
    """
    user = by if isinstance(by, User) else _user(by)
    return AuditEntry.objects.create(
        company=company,
        at=now,
        actor=(user.full_name if user else by.partition(":")[0].capitalize())[:_LONGEST],
        actor_user=user,
        action=action[:60],
        subject=_cut(subject),
        data={name: _plain(value) for name, value in data.items()},
        ip=origin.address(),
    )


def _user(by: str) -> User | None:
    kind, _, number = by.partition(":")
    return User.objects.filter(pk=number).first() if kind == "user" and number.isdecimal() else None


def _cut(text: str) -> str:
    return " ".join(str(text).replace("\x00", "").split())[:_LONGEST]


def _plain(value: object) -> object:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(one) for one in list(value)[:50]]
    return _cut(str(value))


@contextmanager
def erasing(what: str) -> Iterator[None]:
    """Inside a transaction: lets the log's guard in the database pass. `what` is “person” (names may be replaced) or
    “company” (the rows go with their company); the guard is in companies/migrations.
    """
    if what not in {"person", "company"}:
        raise ValueError(what)
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('memo.erasing', %s, true)", [what])
    try:
        yield
    finally:
        if not connection.needs_rollback:
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config('memo.erasing', '', true)")


def forget_person(user: User) -> int:
    """The person's name and addresses leave every company's log; what happened stays. How many lines were touched."""
    rows = AuditEntry.objects.filter(actor_user=user)
    with erasing("person"):
        return rows.update(actor=DELETED, ip=None, actor_user=None)
