"""Everything about a person: found, handed over as a ZIP, forgotten while the threads stay."""

from __future__ import annotations

import json
import re
import tempfile
import zipfile
from dataclasses import dataclass
from datetime import datetime
from typing import IO

from django.db import transaction
from django.template.loader import render_to_string
from django.utils.translation import gettext

from accounts.models import User
from companies import audit
from companies.models import Company, Membership
from events.personal import DELETED, HOLDINGS, Person, Section
from events.publish import unit

_IN_MEMORY = 4 * 1024 * 1024


class _Undo(Exception):
    """Carries what would have been forgotten out of the transaction that is rolled back."""


@dataclass(frozen=True)
class Plan:
    """How many rows of which name were, or would be, forgotten; empty names are left out."""

    counts: dict[str, int]


def everywhere(email: str) -> Person:
    """The person across all companies, for themselves and for operators."""
    user = User.objects.filter(email__iexact=email).first()
    return _person(email, company=None, user=user, whole_login=user is not None)


def in_company(company: Company, email: str) -> Person:
    """The person as far as this company knows them: as its member, customer, visitor; `known` says whether at all.

    The login itself belongs to the company only when nothing else hangs on it.
    """
    email = " ".join(email.replace("\x00", "").split())[:254]
    member = Membership.objects.filter(company=company, user__email__iexact=email).select_related("user").first()
    user = member.user if member else None
    return _person(
        email, company=company, user=user, whole_login=user is not None and not _wanted_elsewhere(user, company)
    )


def _person(email: str, *, company: Company | None, user: User | None, whole_login: bool) -> Person:
    company_id, user_id = company.pk if company else None, user.pk if user else None
    keys = frozenset().union(*(holding.find(email, company_id, user_id) for holding in HOLDINGS))
    return Person(user.email if user else email, company_id, user_id, keys, whole_login)


def _wanted_elsewhere(user: User, company: Company) -> bool:
    if user.is_staff or Membership.objects.filter(user=user).exclude(company=company).exists():
        return True
    found = [
        holding.find(user.email, None, user.pk) - holding.find(user.email, company.pk, user.pk) for holding in HOLDINGS
    ]
    return any(found)


# --- handing over --------------------------------------------------------------------------------------------
def export(person: Person, *, by: User | str, now: datetime) -> IO[bytes]:
    """A ZIP to read from its beginning: index.html for people, data.json for programs, the files beside them.

    Handing it over is a line in the log of the company that did (of the person's own for themselves).
    """
    sections = [section for holding in HOLDINGS for section in holding.collect(person)]
    file = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 (the caller closes it)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        names = [_files(archive, section) for section in sections]
        shown = [
            {"title": gettext(section.title), "rows": section.rows, "files": files}
            for section, files in zip(sections, names, strict=True)
        ]
        facts = {"person": person.email, "made": now, "sections": shown}
        archive.writestr("data.json", json.dumps(facts, default=str, ensure_ascii=False, indent=1))
        archive.writestr("index.html", render_to_string("companies/privacy_export.html", facts))
    for company in _companies(person):
        audit.write(company, "privacy.exported", by=by, subject=person.email, now=now)
    file.seek(0)
    return file


def _files(archive: zipfile.ZipFile, section: Section) -> list[str]:
    """The section's files by name in the archive; one that the disk has lost is left out."""
    names = []
    for name, stored in section.files:
        inside = f"files/{_plain(name)}"
        try:
            with stored.open("rb") as source, archive.open(inside, "w") as target:
                while piece := source.read(64 * 1024):
                    target.write(piece)
        except FileNotFoundError:
            continue
        names.append(inside)
    return names


def _plain(name: str) -> str:
    """A file name that unpacks into its own folder and nowhere else."""
    plain = re.sub(r"[^\w.\- ]+", "_", name, flags=re.UNICODE).strip(". ")
    return plain[-120:] or "file"


def _companies(person: Person) -> list[Company]:
    rows = Company.objects.all()
    if person.company_id is not None:
        return list(rows.filter(pk=person.company_id))
    return list(rows.filter(memberships__user_id=person.user_id, memberships__state="active")) if person.user_id else []


# --- forgetting ----------------------------------------------------------------------------------------------
def erase(person: Person, *, by: User | str, by_key: str, now: datetime, dry_run: bool = False) -> Plan:
    """Forget the person, keep the threads (“Deleted user”). With `dry_run` the same work is done and undone: the plan
    says exactly what would go. Raises LastAdmin.
    """
    try:
        with unit():
            plan = _erase(person, by=by, by_key=by_key, now=now)
            if dry_run:
                raise _Undo(plan)
    except _Undo as undone:
        return undone.args[0]
    return plan


def _erase(person: Person, *, by: User | str, by_key: str, now: datetime) -> Plan:
    companies = _companies(person)
    counts: dict[str, int] = {}
    with transaction.atomic():
        for holding in HOLDINGS:
            for name, count in holding.erase(person, by_key, now).items():
                counts[name] = counts.get(name, 0) + count
    found = {name: count for name, count in counts.items() if count}
    for company in companies:
        audit.write(company, "privacy.erased", by=by, subject=DELETED, now=now, rows=sum(found.values()))
    return Plan(found)
