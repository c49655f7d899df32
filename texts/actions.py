"""Write saved replies and a company's variables."""

from __future__ import annotations

from datetime import datetime

from django.db.models import F

from accounts.models import User
from companies import audit
from companies.models import Company
from events.publish import unit
from texts.models import SavedReply, Variables
from texts.variables import unknown_in

MAX_OF_A_CIRCLE = 500
VALUES = ("name", "address", "email", "phone")
DEFAULTS = ("first_name_default", "last_name_default", "full_name_default", "organisation_default")


class TooMany(Exception):
    """The circle – a person, an inbox, the company – has as many saved replies as it may (409)."""


class UnknownVariables(Exception):
    """The text names variables that do not exist (422); their names are the arguments."""


def save_variables(company: Company, *, values: dict[str, str], by: User, now: datetime) -> Variables:
    """Store the account values and the defaults of contacts (G-22, G-25). Sent messages stay as they are (G-04)."""
    with unit():
        row, _new = Variables.objects.get_or_create(company=company)
        changed = [name for name in (*VALUES, *DEFAULTS) if getattr(row, name) != values[name]]
        for name in changed:
            setattr(row, name, values[name])
        if changed:
            row.save(update_fields=changed)
            audit.write(company, "texts.variables", by=by, now=now, fields=", ".join(changed))
        return row


def add_reply(
    company: Company,
    *,
    owner: User | None,
    inbox_id: int | None,
    title: str,
    shortcut: str,
    text: str,
    by: User,
    now: datetime,
) -> SavedReply:
    """A new saved reply of a person, an inbox or the company. Raises TooMany, UnknownVariables."""
    _require_known(text)
    with unit():
        Company.objects.select_for_update(no_key=True).get(pk=company.pk)
        circle = SavedReply.objects.filter(company=company, owner=owner, inbox_id=inbox_id)
        if circle.count() >= MAX_OF_A_CIRCLE:
            raise TooMany
        reply = SavedReply.objects.create(
            company=company,
            owner=owner,
            inbox_id=inbox_id,
            title=title,
            shortcut=clean_shortcut(shortcut),
            text=text,
            updated_at=now,
        )
        _audit(reply, "texts.reply_added", by, now)
        return reply


def edit_reply(reply: SavedReply, *, title: str, shortcut: str, text: str, by: User, now: datetime) -> None:
    """Change its words; whose it is never changes. Raises UnknownVariables."""
    _require_known(text)
    with unit():
        reply.title, reply.shortcut, reply.text, reply.updated_at = title, clean_shortcut(shortcut), text, now
        reply.save(update_fields=["title", "shortcut", "text", "updated_at"])
        _audit(reply, "texts.reply_edited", by, now)


def remove_reply(reply: SavedReply, *, by: User, now: datetime) -> None:
    """It is offered no more; what was sent with it stays."""
    with unit():
        _audit(reply, "texts.reply_removed", by, now)
        reply.delete()


def use_reply(reply: SavedReply, *, now: datetime) -> None:
    """It was put into a text: what is used most stands first."""
    SavedReply.objects.filter(pk=reply.pk).update(used=F("used") + 1, used_at=now)


def clean_shortcut(shortcut: str) -> str:
    """“/Thanks a lot” → thanks-a-lot: what one types after the slash."""
    return "-".join(shortcut.strip().lstrip("/").casefold().split())[:30]


def _require_known(text: str) -> None:
    if unknown := unknown_in(text):
        raise UnknownVariables(*unknown)


def _audit(reply: SavedReply, action: str, by: User, now: datetime) -> None:
    if reply.owner_id is None:  # one's own texts are nobody else's business
        audit.write(reply.company, action, by=by, subject=reply.title, now=now)
