"""Making a company, its profile and logo, its first steps. Its first inbox is made by channels_app.actions.founding."""

from __future__ import annotations

import zoneinfo
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import IO
from uuid import uuid4

from django.conf import settings
from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction
from django.utils.text import slugify

from accounts.images import logo_picture
from companies import events
from companies.models import Company
from companies.packages import lock
from events.publish import unit


class BadCompany(Exception):
    """The company cannot be made; the text is one sentence."""


def create_company(*, name: str, slug: str = "", language: str, time_zone: str, by: str, now: datetime) -> Company:
    """A tenant without members, without package. `slug` empty = made of the name. Raises BadCompany."""
    name = " ".join(name.split())
    if not 1 <= len(name) <= 120:
        raise BadCompany("The name has between 1 and 120 characters.")
    slug = slugify(slug or name)[:60].strip("-")
    if not slug:
        raise BadCompany("Give a short name for addresses: --slug with letters a–z and digits.")
    if language not in dict(settings.LANGUAGES):
        raise BadCompany(f"“{language}” is no language of Memo: choose {', '.join(dict(settings.LANGUAGES))}.")
    if time_zone not in zoneinfo.available_timezones():
        raise BadCompany(f"“{time_zone}” is no time zone, for example Europe/Berlin.")
    with unit():
        try:
            with transaction.atomic():
                company = Company.objects.create(
                    name=name, slug=slug, language=language, time_zone=time_zone, created_at=now
                )
        except IntegrityError:
            raise BadCompany(f"A company with the short name “{slug}” exists already: give another --slug.") from None
        events.company_created(company, by=by, now=now)
    return company


@dataclass(frozen=True)
class CompanyProfile:
    """What an admin sets; checked by companies/company_forms.py. `listed`: stands in the directory."""

    name: str
    description: str
    street: str
    postcode: str
    town: str
    country: str
    phone: str
    email: str
    website: str
    time_zone: str
    language: str
    listed: bool


def edit_company(company: Company, *, profile: CompanyProfile, by: str, now: datetime) -> Company:
    """The public profile and the settings of the company (M-11…M-14). Saving the same again records nothing."""
    with unit():
        company = lock(company)
        changed = [name for name, value in asdict(profile).items() if getattr(company, name) != value]
        if not changed:
            return company
        for name in changed:
            setattr(company, name, getattr(profile, name))
        company.save(update_fields=changed)
        what = "company.time_zone" if "time_zone" in changed else "company.profile"
        events.settings_changed(
            company, subject_id=company.pk, what=what, by=by, now=now, subject=company.name, fields=changed
        )
        return company


def set_logo(company: Company, *, file: IO[bytes], size: int, by: str, now: datetime) -> Company:
    """Store a new logo, drawn anew, under a name of our own; `size` in bytes (M-15). Raises PictureRefused."""
    content = logo_picture(file, size=size)
    with unit():
        company = lock(company)
        before = company.logo.name
        company.logo.save(f"{uuid4().hex}.webp", ContentFile(content), save=False)
        _store_logo(company, before, by=by, now=now)
        return company


def remove_logo(company: Company, *, by: str, now: datetime) -> Company:
    """Back to initials; without a logo nothing happens."""
    with unit():
        company = lock(company)
        before = company.logo.name
        if before:
            company.logo = ""
            _store_logo(company, before, by=by, now=now)
        return company


def _store_logo(company: Company, before: str | None, *, by: str, now: datetime) -> None:
    company.save(update_fields=["logo"])
    if before:
        storage = company.logo.storage
        transaction.on_commit(lambda: storage.delete(before), robust=True)
    events.settings_changed(company, subject_id=company.pk, what="company.logo", by=by, now=now, subject=company.name)


def look_around(company: Company, *, now: datetime) -> None:
    """The admin has gone from the first steps to the application (M-03)."""
    Company.objects.filter(pk=company.pk, first_steps_looked_at=None).update(first_steps_looked_at=now)


def hide_first_steps(company: Company, *, hidden: bool, now: datetime) -> None:
    """The list of first steps is dismissed, or wanted again (M-03)."""
    Company.objects.filter(pk=company.pk).update(first_steps_dismissed_at=now if hidden else None)
