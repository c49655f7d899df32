"""The packages of the first offer; from here on they are data that operators change."""

from __future__ import annotations

from django.db import migrations

#           code  rank  users channels broadcasts (None = unlimited)
PACKAGES = [
    ("M1", 1, 1, 0, 0),
    ("M5", 2, 5, 2, 1),
    ("M20", 3, 20, 8, 5),
    ("M50", 4, 50, 20, 15),
    ("M100", 5, 100, None, None),
]


def add_packages(apps, schema_editor) -> None:
    packages = apps.get_model("companies", "PlanPackage")
    for code, rank, users, channels, broadcasts in PACKAGES:
        packages.objects.get_or_create(
            code=code,
            defaults={"rank": rank, "max_users": users, "max_channels": channels, "max_broadcasts": broadcasts},
        )


class Migration(migrations.Migration):
    dependencies = [("companies", "0001_initial")]
    operations = [migrations.RunPython(add_packages, migrations.RunPython.noop)]
