"""Reading the audit log: words for what happened, filters, rows of a spreadsheet. Never writes."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from companies.models import AuditEntry, Company, Membership

ORDER = ("-at", "-id")
#  action → what the page says
WORDS: dict[str, Promise] = {
    "account.signed_in": _("signed in"),
    "account.signed_out": _("signed out"),
    "account.sign_in_failed": _("failed to sign in"),
    "account.password": _("changed the password"),
    "account.password_reset": _("chose a new password by mail"),
    "account.email": _("changed the main e-mail address"),
    "account.email_removed": _("removed an e-mail address"),
    "account.app_on": _("switched the authenticator app on"),
    "account.app_off": _("switched the authenticator app off"),
    "account.passkey_added": _("added a passkey"),
    "account.passkey_removed": _("removed a passkey"),
    "account.recovery_codes": _("made new recovery codes"),
    "account.unlocked": _("let somebody sign in again"),
    "audit.exported": _("downloaded the audit log"),
    "company.created": _("made the company"),
    "company.contact_persons": _("changed the contact persons"),
    "company.logo": _("changed the logo"),
    "company.profile": _("changed the company's profile"),
    "company.resumed": _("resumed the company"),
    "company.suspended": _("suspended the company"),
    "company.time_zone": _("changed the company's profile and time zone"),
    "company.push_text": _("changed what push messages show"),
    "company.second_factor": _("changed whether everybody needs a second step"),
    "conversation.transcript": _("sent a transcript by mail"),
    "channel.created": _("made a channel"),
    "channel.deleted": _("deleted a channel"),
    "channel.edited": _("changed a channel"),
    "channel.hours": _("changed the opening hours"),
    "channel.members": _("changed who is rung"),
    "channel.paused": _("paused a channel"),
    "channel.resumed": _("resumed a channel"),
    "inbox.created": _("made an inbox"),
    "inbox.mode": _("changed how requests are shared out"),
    "inbox.renamed": _("renamed an inbox"),
    "inbox.role": _("changed a role in an inbox"),
    "invitation.withdrawn": _("withdrew an invitation"),
    "member.data": _("changed a colleague's data"),
    "member.deactivated": _("deactivated a colleague"),
    "member.invited": _("invited"),
    "member.joined": _("joined"),
    "member.licence": _("changed a colleague's licence"),
    "member.may_manage_customers": _("changed who may manage customers"),
    "member.may_post_customer_replies": _("changed who may answer customers"),
    "member.reactivated": _("reactivated a colleague"),
    "member.notifications": _("changed how a colleague is told"),
    "member.role": _("changed a role in the company"),
    "package.activated": _("switched a package on"),
    "privacy.erased": _("erased a person"),
    "privacy.exported": _("downloaded everything about a person"),
    "texts.reply_added": _("made a saved reply"),
    "texts.reply_edited": _("changed a saved reply"),
    "texts.reply_removed": _("removed a saved reply"),
    "texts.variables": _("changed the variables of texts"),
    "widget.created": _("made a chat widget"),
    "widget.edited": _("changed a chat widget"),
    "widget.secret": _("changed the secret of a chat widget"),
}
_FACTS: dict[str, Promise] = {
    "again": _("once more"),
    "assignment": _("assignment"),
    "fields": _("changed"),
    "how": _("by"),
    "inside": _("with internal lines"),
    "person": _("person"),
    "required": _("required"),
    "role": _("role"),
    "rows": _("lines"),
    "to": _("to"),
}
_ROLES: dict[str, Promise] = {
    "admin": _("Admin"),
    "manager": _("Manager"),
    "member": _("Member"),
    "team_member": _("Team member"),
}


@dataclass(frozen=True)
class Filter:
    """What is asked for; empty = everything. `since` and `until` are days in the reader's zone, both included."""

    person: UUID | None = None
    action: str = ""
    since: dt.date | None = None
    until: dt.date | None = None


def entries(company: Company, wanted: Filter, zone: ZoneInfo) -> QuerySet[AuditEntry]:
    """The company's lines that match, newest first; another company's person matches nothing."""
    rows = AuditEntry.objects.filter(company=company)
    if wanted.person:
        rows = rows.filter(
            actor_user__in=Membership.objects.filter(company=company, public_id=wanted.person).values("user")
        )
    if wanted.action:
        rows = rows.filter(action=wanted.action)
    if wanted.since:
        rows = rows.filter(at__gte=dt.datetime.combine(wanted.since, dt.time.min, zone))
    if wanted.until:
        rows = rows.filter(at__lt=dt.datetime.combine(wanted.until, dt.time.min, zone) + dt.timedelta(days=1))
    return rows.order_by(*ORDER)


def people(company: Company) -> QuerySet[Membership]:
    """Whom the filter offers: everybody who works or worked here."""
    rows = Membership.objects.filter(company=company).select_related("user")
    return rows.order_by("user__first_name", "user__last_name", "id")


def words(action: str) -> str:
    """What happened; an action without words stands as it is called."""
    return str(WORDS.get(action, action))


def facts(entry: AuditEntry) -> str:
    """The names and numbers of the entry in one line: “role: Admin”."""
    told = sorted((name, value) for name, value in entry.data.items() if (name, value) != ("again", False))
    return "; ".join(f"{_FACTS.get(name, name)}: {_value(value)}" for name, value in told)


def _value(value: object) -> str:
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    return ", ".join(map(str, value)) if isinstance(value, list) else str(_ROLES.get(str(value), value))


def cell(value: str) -> str:
    """What no spreadsheet runs: a cell that would begin a formula begins with an apostrophe (S-22, S-43)."""
    plain = "".join(letter if letter.isprintable() else " " for letter in value)
    return f"'{plain}" if plain.lstrip()[:1] in tuple("=+-@|") and plain else plain


class _Line:
    def write(self, text: str) -> str:
        return text


def csv_lines(rows: QuerySet[AuditEntry], zone: ZoneInfo) -> Iterator[str]:
    """The spreadsheet line by line; the database hands the rows over in pieces."""
    writer = csv.writer(_Line())
    heads = (gettext("Time"), gettext("Who"), gettext("What"), gettext("Kind"), gettext("About"))
    yield writer.writerow((*heads, gettext("Details"), gettext("Internet address")))
    for row in rows.iterator(chunk_size=1000):
        at = row.at.astimezone(zone).isoformat(timespec="seconds")
        cells = (row.actor, words(row.action), row.action, row.subject, facts(row), row.ip or "")
        yield writer.writerow((at, *map(cell, cells)))
