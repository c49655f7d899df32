"""The tenant."""

from __future__ import annotations

import uuid
from pathlib import Path

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Concat
from django.utils import timezone

from companies.models.package import PlanPackage

# In the directory: the conditions of its indexes, and of companies.selectors.listed_companies.
LISTED = Q(listed=True, suspended_at__isnull=True, package__isnull=False)
_SEARCHED = ("name", "town", "country", "description", "contact_functions")


class Fold(Func):
    """Lower case, without accents and punctuation, words parted by one blank: “Lübeck-Süd” → “lubeck sud”."""

    function = "memo_fold"
    arity = 1
    output_field = models.TextField()


def _searched() -> Concat:
    """A blank before every word, so that short words are found at the beginning of a word."""
    parts: list = []
    for name in _SEARCHED:
        parts += [Value(" "), F(name)]
    return Concat(*parts, output_field=models.TextField())


class Company(models.Model):
    """A tenant: its public profile and the package it uses."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    description = models.CharField(max_length=500, blank=True)
    street = models.CharField(max_length=120, blank=True)
    postcode = models.CharField(max_length=20, blank=True)
    town = models.CharField(max_length=80, blank=True)
    country = models.CharField(max_length=80, blank=True)
    phone = models.CharField(max_length=40, blank=True)
    email = models.EmailField(blank=True)
    website = models.URLField(blank=True)
    logo = models.ImageField(upload_to="logos", blank=True)
    listed = models.BooleanField(default=True)
    time_zone = models.CharField(max_length=64, default="Europe/Berlin")
    language = models.CharField(max_length=5, default="en")
    package = models.ForeignKey(PlanPackage, null=True, blank=True, on_delete=models.PROTECT)
    package_since = models.DateTimeField(null=True, blank=True)
    attachment_max_mb = models.PositiveSmallIntegerField(default=10)
    second_factor_required = models.BooleanField(default=False)
    push_shows_text = models.BooleanField(default=False)
    first_steps_dismissed_at = models.DateTimeField(null=True, blank=True)
    suspended_at = models.DateTimeField(null=True, blank=True)
    next_number = models.PositiveIntegerField(default=1)
    first_steps_looked_at = models.DateTimeField(null=True, blank=True)
    # What the directory's search reads beside the fields above: functions of the contact persons who are shown.
    contact_functions = models.TextField(blank=True, default="")
    sort_name = models.GeneratedField(expression=Fold("name"), output_field=models.TextField(), db_persist=True)
    search_text = models.GeneratedField(expression=Fold(_searched()), output_field=models.TextField(), db_persist=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name_plural = "companies"
        indexes = [
            models.Index(fields=["sort_name", "id"], condition=LISTED, name="directory_order"),
            models.Index(fields=["country", "sort_name", "id"], condition=LISTED, name="directory_country"),
            GinIndex(OpClass(F("search_text"), "gin_trgm_ops"), condition=LISTED, name="directory_search"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def website_label(self) -> str:
        """The web address as people write it: without scheme and last slash."""
        return self.website.partition("://")[2].removesuffix("/")

    @property
    def avatar_url(self) -> str:
        """Where the logo is served; empty without one. A new logo has a new address."""
        return f"/logos/{self.public_id}/?v={Path(self.logo.name).stem[:8]}" if self.logo else ""


class PackageActivation(models.Model):
    """History: which package was switched on, when and by whom (an operator)."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="activations")
    package = models.ForeignKey(PlanPackage, on_delete=models.PROTECT)
    by = models.CharField(max_length=120)
    at = models.DateTimeField(default=timezone.now)
