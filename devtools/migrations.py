"""`python -m devtools.migrations`: names every model change that no migration carries; needs no database."""

from __future__ import annotations

import sys

import django
from django.apps import apps
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState


def missing() -> list[str]:
    """One line for each operation that `makemigrations` would write, and one for each conflict between branches."""
    loader = MigrationLoader(None, ignore_no_migrations=True)
    conflicts = [
        f"{app}: {', '.join(sorted(names))} follow the same one" for app, names in loader.detect_conflicts().items()
    ]
    detector = MigrationAutodetector(loader.project_state(), ProjectState.from_apps(apps))
    changes = detector.changes(graph=loader.graph)
    return conflicts + [
        f"{app}: {operation.describe()}"
        for app, migrations in changes.items()
        for migration in migrations
        for operation in migration.operations
    ]


if __name__ == "__main__":
    django.setup()
    found = missing()
    print("\n".join(found))
    sys.exit(bool(found))
