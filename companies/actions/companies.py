"""Making a company. Its first inbox is made with it by channels_app.actions.founding."""

from __future__ import annotations

import zoneinfo
from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.text import slugify

from companies import events
from companies.models import Company
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
