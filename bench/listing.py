"""`python -m bench.listing COMPANIES USERS FILE`: companies of many towns with their people by COPY; can be repeated
with larger numbers, which adds to what is there. FILE gets sessions and addresses that bench.directory asks for.
"""

from __future__ import annotations

import json
import random
import sys
import uuid
from pathlib import Path

import django

django.setup()

from django.db import connection, transaction  # noqa: E402 (Django first)
from django.utils import timezone  # noqa: E402

from accounts.models import User  # noqa: E402
from bench.generate import Rows  # noqa: E402
from bench.prepare import make_agents, make_company, sign_in  # noqa: E402
from channels_app.models import Channel, Inbox  # noqa: E402
from companies.models import Company, ContactPerson, Membership, PlanPackage  # noqa: E402

READERS = 24  # each may ask for sixty pages a minute
_NAME = "Bench readers"
_FIRST = ("Nord", "Süd", "West", "Alt", "Neu", "Groß", "Hell", "Blau", "Stein", "Berg", "Tal", "See", "Wald", "Feld",
          "Hof", "Burg", "Stern", "Licht", "Kraft", "Wind", "Glas", "Holz", "Kupfer", "Silber", "Gold")  # fmt: skip
_SECOND = ("licht", "bau", "haus", "werk", "druck", "tech", "logistik", "handel", "möbel", "garten", "mode", "sport")
_FORMS = ("GmbH", "AG", "KG", "AB", "Ltd")
_TOWNS = (("Lübeck", "Germany"), ("Kiel", "Germany"), ("Husum", "Germany"), ("Malmö", "Sweden"), ("Göteborg", "Sweden"),
          ("Wien", "Austria"), ("Graz", "Austria"), ("Zürich", "Switzerland"), ("Leeds", "United Kingdom"))  # fmt: skip
_TRADES = ("lamps", "freight", "tea", "tiles", "paper", "shoes", "boats", "maps", "bread", "bicycles", "windows")
_FUNCTIONS = ("Head of sales", "Managing director", "Customer service", "Purchasing", "Press")


def fill(companies: int, users: int, chance: random.Random) -> None:
    """Numbered companies and users up to these counts; people spread evenly; one in a thousand names is rare."""
    now, package = timezone.now(), PlanPackage.objects.get(code="BENCH")
    had = Company.objects.exclude(name=_NAME).count()
    first = (Company.objects.order_by("-pk").values_list("pk", flat=True).first() or 0) + 1
    first_user = (User.objects.order_by("-pk").values_list("pk", flat=True).first() or 0) + 1
    each = users // companies
    company_rows = Rows(
        Company, "id, public_id, slug, name, description, town, country, package_id, package_since, created_at"
    )
    user_rows = Rows(User, "id, public_id, email, first_name, last_name, password, created_at")
    member_rows = Rows(Membership, "public_id, company_id, user_id, position, joined_at")
    inbox_rows = Rows(Inbox, "id, public_id, company_id, name")
    channel_rows = Rows(Channel, "public_id, company_id, inbox_id, name")
    contact_rows = Rows(ContactPerson, "public_id, company_id, user_id, function")
    first_inbox = (Inbox.objects.order_by("-pk").values_list("pk", flat=True).first() or 0) + 1
    for number in range(companies - had):
        pk = first + number
        town, country = chance.choice(_TOWNS)
        rare = "Zyxwvut " if number % 1000 == 7 else ""
        name = f"{rare}{chance.choice(_FIRST)}{chance.choice(_SECOND)} {chance.choice(_FORMS)} {pk}"
        words = f"We make {chance.choice(_TRADES)} and {chance.choice(_TRADES)} for {town} and the world."
        company_rows.add(pk, uuid.uuid4(), f"c{pk}", name, words, town, country, package.pk, now, now)
        for place in range(each):
            user = first_user + number * each + place
            user_rows.add(user, uuid.uuid4(), f"u{user}@c{pk}.example", "Kim", f"User{user}", "!", now)
            member_rows.add(uuid.uuid4(), pk, user, "Works here", now)
        contact_rows.add(uuid.uuid4(), pk, first_user + number * each, chance.choice(_FUNCTIONS))
        if number % 3 == 0:
            inbox_rows.add(first_inbox + number, uuid.uuid4(), pk, "General")
            channel_rows.add(uuid.uuid4(), pk, first_inbox + number, "Support")
    for rows in (company_rows, user_rows, member_rows, inbox_rows, channel_rows, contact_rows):
        rows.flush()


def main(companies: int, users: int, file: Path) -> None:
    """Fill up, vacuum, and say whom to ask as and what to ask for."""
    now = timezone.now()
    readers = Company.objects.filter(name=_NAME).first()
    if readers is None:
        readers = make_company(_NAME, now)
        make_agents(readers, READERS, now)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica; SET LOCAL synchronous_commit = off")
        fill(companies, users, random.Random(companies))
    tables = (Company, User, Membership, ContactPerson, Channel, Inbox)
    with connection.cursor() as cursor:
        for model in tables:
            table = model._meta.db_table  # noqa: SLF001 (its documented API)
            cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}")
            cursor.execute(f"VACUUM ANALYZE {table}")
    people = [membership.user for membership in readers.memberships.select_related("user").order_by("pk")]
    one = Company.objects.filter(listed=True, channels__isnull=False).order_by("pk").last()
    known = {
        "companies": Company.objects.exclude(pk=readers.pk).count(),
        "users": User.objects.count(),
        "sessions": [held["cookie"] for held in sign_in(people, now)],
        "slug": one.slug if one else "",
    }
    file.write_text(json.dumps(known))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))
