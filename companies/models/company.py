"""The tenant."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils import timezone

from companies.models.package import PlanPackage


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
    first_steps_dismissed_at = models.DateTimeField(null=True, blank=True)
    suspended_at = models.DateTimeField(null=True, blank=True)
    next_number = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name_plural = "companies"

    def __str__(self) -> str:
        return self.name


class PackageActivation(models.Model):
    """History: which package was switched on, when and by whom (an operator)."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="activations")
    package = models.ForeignKey(PlanPackage, on_delete=models.PROTECT)
    by = models.CharField(max_length=120)
    at = models.DateTimeField(default=timezone.now)
