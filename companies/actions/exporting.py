"""A company's archive: all its rows and files, to take along or to keep before it is deleted."""

from __future__ import annotations

import json
import zipfile
from dataclasses import dataclass
from datetime import datetime
from typing import IO

from django.db.models import FileField, Model, QuerySet

from accounts.models import User
from companies import belongings
from companies.models import Company

_FORMAT = 1
_SECRET = ("_hash", "secret", "password")
_OF_PEOPLE = ("public_id", "email", "first_name", "last_name", "phone", "language", "time_zone", "created_at")


@dataclass(frozen=True)
class Amount:
    """How much was written or deleted: rows by table, and files."""

    rows: dict[str, int]
    files: int

    @property
    def total(self) -> int:
        return sum(self.rows.values())


def export_company(company: Company, file: IO[bytes], *, now: datetime) -> Amount:
    """A ZIP: about.json, one <app>.<Model>.jsonl for each table, files/…; secrets and hashes stay out.

    Direct conversations belong to the people who have them and are not in it. Works row by row.
    """
    counts, files = {}, 0
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for model, rows in belongings.rows_of(company).items():
            name = belongings.label(model)
            counts[name] = _write(archive, name, rows.order_by("pk"), _shown(model))
            files += sum(_write_files(archive, rows, field) for field in belongings.file_fields(model))
        people = User.objects.filter(memberships__company=company).distinct().order_by("pk")
        counts["accounts.User"] = _write(archive, "accounts.User", people, list(_OF_PEOPLE))
        about = {"format": _FORMAT, "company": company.name, "slug": company.slug, "made": now, "rows": counts}
        archive.writestr("about.json", json.dumps(about, default=str, ensure_ascii=False, indent=1))
    return Amount({name: count for name, count in counts.items() if count}, files)


def _shown(model: type[Model]) -> list[str]:
    kept = [field for field in belongings.columns(model) if not field.generated]
    return [field.attname for field in kept if not field.name.endswith(_SECRET)]


def _write(archive: zipfile.ZipFile, name: str, rows: QuerySet, columns: list[str]) -> int:
    count = 0
    with archive.open(f"{name}.jsonl", "w", force_zip64=True) as out:
        for row in rows.values(*columns).iterator(chunk_size=2000):
            out.write(json.dumps(row, default=str, ensure_ascii=False).encode() + b"\n")
            count += 1
    return count


def _write_files(archive: zipfile.ZipFile, rows: QuerySet, field: FileField) -> int:
    count = 0
    for name in rows.exclude(**{field.name: ""}).values_list(field.name, flat=True).iterator(chunk_size=2000):
        try:
            with field.storage.open(name) as source, archive.open(f"files/{name}", "w", force_zip64=True) as out:
                for piece in source.chunks():
                    out.write(piece)
        except FileNotFoundError:
            continue  # the disk has lost it already
        count += 1
    return count
