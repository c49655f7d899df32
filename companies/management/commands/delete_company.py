"""`manage.py delete_company`: archives everything of a company, then deletes it and nothing else."""

from __future__ import annotations

import json
import os
from datetime import datetime
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from companies.actions.exporting import Amount, export_company
from companies.actions.leaving import delete_company
from companies.events import OPERATOR
from companies.management.said import company_called
from companies.models import Company


class Command(BaseCommand):
    help = (
        "Delete a company: first an archive (ZIP) of all its rows and files is written, then everything of it goes. "
        "Asks for the company's name, or takes it by --yes. Broken off, the same command goes on where it stopped. "
        "Direct conversations with people of other companies stay with those, as with a “Deleted user”."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug", help="the company's short name (see list_companies)")
        parser.add_argument("--archive", metavar="FILE", help="where the ZIP goes (default: <slug>-<date>.zip, here)")
        parser.add_argument("--yes", metavar="NAME", help="the company's name as it is written; no question then")
        parser.add_argument("--export-only", action="store_true", help="write the archive and delete nothing")
        parser.add_argument("--json", action="store_true", help="the result as one JSON object, for scripts")

    def handle(self, *args, **options) -> None:
        company, now = company_called(options["slug"]), timezone.now()
        if not options["export_only"]:
            self._confirm(company, options["yes"])
        path = Path(options["archive"] or f"{company.slug}-{now:%Y%m%d-%H%M%S}.zip")
        facts = {"slug": company.slug, "name": company.name, "archive": str(path.absolute())}
        written = self._export(company, path, now)
        facts["exported"] = {"rows": written.total, "files": written.files}
        self._say(f"Wrote {written.total:,} rows and {written.files:,} files to {path}.", options)
        if not options["export_only"]:
            gone = delete_company(company, by=OPERATOR, now=now)
            facts["deleted"] = {"rows": gone.rows, "files": gone.files}
            self._say(f"Deleted {company.name}: {gone.total:,} rows, {gone.files:,} files.", options)
        if options["json"]:
            self.stdout.write(json.dumps(facts, ensure_ascii=False))

    def _say(self, text: str, options: dict) -> None:
        if not options["json"]:
            self.stdout.write(text)

    def _confirm(self, company: Company, name: str | None) -> None:
        if name is None:
            self.stdout.write(f"This deletes {company.name} ({company.slug}) for good. Type its name to go on:")
            try:
                name = input()
            except EOFError:
                name = ""
        if name.strip() != company.name:
            raise CommandError("That is not the company's name; nothing was deleted.")

    def _export(self, company: Company, path: Path, now: datetime) -> Amount:
        """For the operator's eyes only; an archive that is there already is never overwritten."""
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except OSError as error:
            raise CommandError(
                f"The archive cannot be written to {path}: {error.strerror}. Nothing was deleted."
            ) from None
        try:
            with os.fdopen(handle, "wb") as file:
                return export_company(company, file, now=now)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
