"""What the directory searches and sorts by, folded by the database; its indexes; and where the first steps stand."""

from __future__ import annotations

import django.contrib.postgres.indexes
import django.db.models.functions.text
from django.contrib.postgres.operations import TrigramExtension, UnaccentExtension
from django.db import migrations, models

import companies.models.company

# Immutable, because the dictionary is named and shipped with PostgreSQL: so it may stand in columns and indexes.
_FOLD = r"""
CREATE OR REPLACE FUNCTION memo_fold(text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT AS $fold$
  SELECT regexp_replace(lower(public.unaccent('public.unaccent'::regdictionary, $1)), '[[:space:][:punct:]]+', ' ', 'g')
$fold$
"""
_LISTED = models.Q(("listed", True), ("package__isnull", False), ("suspended_at__isnull", True))


class Migration(migrations.Migration):
    dependencies = [("companies", "0003_people_and_audit")]

    operations = [
        TrigramExtension(),
        UnaccentExtension(),
        migrations.RunSQL(_FOLD, "DROP FUNCTION memo_fold(text)"),
        migrations.AddField(
            model_name="company",
            name="first_steps_looked_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="company",
            name="contact_functions",
            field=models.TextField(blank=True, default=""),
        ),
        migrations.AddField(
            model_name="company",
            name="sort_name",
            field=models.GeneratedField(
                db_persist=True, expression=companies.models.company.Fold("name"), output_field=models.TextField()
            ),
        ),
        migrations.AddField(
            model_name="company",
            name="search_text",
            field=models.GeneratedField(
                db_persist=True,
                expression=companies.models.company.Fold(
                    django.db.models.functions.text.Concat(
                        models.Value(" "),
                        models.F("name"),
                        models.Value(" "),
                        models.F("town"),
                        models.Value(" "),
                        models.F("country"),
                        models.Value(" "),
                        models.F("description"),
                        models.Value(" "),
                        models.F("contact_functions"),
                        output_field=models.TextField(),
                    )
                ),
                output_field=models.TextField(),
            ),
        ),
        migrations.AddIndex(
            model_name="company",
            index=models.Index(condition=_LISTED, fields=["sort_name", "id"], name="directory_order"),
        ),
        migrations.AddIndex(
            model_name="company",
            index=models.Index(condition=_LISTED, fields=["country", "sort_name", "id"], name="directory_country"),
        ),
        migrations.AddIndex(
            model_name="company",
            index=django.contrib.postgres.indexes.GinIndex(
                django.contrib.postgres.indexes.OpClass(models.F("search_text"), "gin_trgm_ops"),
                condition=_LISTED,
                name="directory_search",
            ),
        ),
    ]
