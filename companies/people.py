"""The list of a company's people: members, and invitations that nobody has accepted yet; for its admins."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import CharField, F, Q, QuerySet, Value
from django.db.models.functions import Cast, Collate, Concat, Lower

from accounts.models import User
from companies.models import Invitation, Membership
from ui.paging import LIMIT, encode, page

STATES = ("active", "invited", "deactivated")
_ORDER = ("sort_name", "sort_key")


@dataclass(frozen=True)
class Line:
    """One person of the list: a member or an invitation.

    `state`: active, deactivated, invited, undelivered or expired.
    """

    name: str
    email: str
    position: str
    role: str
    state: str
    licensed: bool
    member: Membership | None = None
    invitation: Invitation | None = None


@dataclass(frozen=True)
class Lines:
    """People by name, and the cursor of the page after them ("" at the end)."""

    rows: list[Line]
    after: str


def people_of(viewer: Membership, *, query: str, state: str, after: str, now: datetime, limit: int = LIMIT) -> Lines:
    """Everybody of the viewer's company whose name, address or position holds each word of `query`.

    `state` is one of STATES or empty for all. Two queries at most, however many people. Raises BadCursor.
    """
    found: list[Membership | Invitation] = []
    more = False
    for rows in _sources(viewer, state):
        part = page(_matching(rows, query), _ORDER, after=after, limit=limit)
        found += part.rows
        more = more or bool(part.after)
    found.sort(key=lambda row: (row.sort_name, row.sort_key))  # type: ignore[union-attr]
    more = more or len(found) > limit
    found = found[:limit]
    cursor = encode([getattr(found[-1], name) for name in _ORDER]) if more else ""
    return Lines([_line(row, now) for row in found], cursor)


def person_of(viewer: Membership, public_id: UUID) -> Membership:
    """A member of the viewer's company, active or not; raises Membership.DoesNotExist for foreign and missing alike."""
    return Membership.objects.select_related("user", "company", "company__package").get(
        company=viewer.company, public_id=public_id
    )


def invitation_of(viewer: Membership, public_id: UUID) -> Invitation:
    """An invitation of the viewer's company; raises Invitation.DoesNotExist for foreign and missing alike."""
    return Invitation.objects.select_related("company").get(company=viewer.company, public_id=public_id)


def invitation_by(hashed: str) -> Invitation | None:
    """The invitation that a link with this hash leads to, with its company and who sent it."""
    return Invitation.objects.select_related("company", "invited_by").filter(token_hash=hashed).first()


def login_of(email: str) -> User | None:
    """The login that has this address, in whatever letters."""
    return User.objects.filter(email__iexact=email).first()


def _sources(viewer: Membership, state: str) -> list[QuerySet]:
    # Order of code points: Python puts the two lists together, and must agree with the database on any server.
    members = _sortable(
        Membership.objects.filter(company=viewer.company)
        .select_related("user")
        .annotate(first=F("user__first_name"), last=F("user__last_name"), address=F("user__email")),
        "m",
    )
    invitations = _sortable(
        Invitation.objects.filter(company=viewer.company, state=Invitation.State.SENT).annotate(
            first=F("first_name"), last=F("last_name"), address=F("email")
        ),
        "i",
    )
    if state == "invited":
        return [invitations]
    if state:
        return [members.filter(state=state)]
    return [members, invitations]


def _sortable(rows: QuerySet, mark: str) -> QuerySet:
    text = CharField()
    name = Lower(Concat("first", Value(" "), "last", output_field=text))
    key = Concat(Value(mark), Cast("id", text), output_field=text)
    return rows.annotate(sort_name=Collate(name, "C"), sort_key=Collate(key, "C"))


def _matching(rows: QuerySet, query: str) -> QuerySet:
    for word in query.split():
        rows = rows.filter(
            Q(first__icontains=word)
            | Q(last__icontains=word)
            | Q(address__icontains=word)
            | Q(position__icontains=word)
        )
    return rows


def _line(row: Membership | Invitation, now: datetime) -> Line:
    name = f"{row.first} {row.last}"  # type: ignore[union-attr]
    if isinstance(row, Invitation):
        state = "expired" if row.expires_at <= now else "undelivered" if row.undelivered else "invited"
        return Line(name, row.email, row.position, row.role, state, licensed=True, invitation=row)
    return Line(name, row.user.email, row.position, row.role, row.state, row.engagement_licence, member=row)
