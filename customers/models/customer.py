"""A person outside the company who is served by it."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone

from companies.models import Company


class Customer(models.Model):
    """One address of one company's outside person (INV-12); with or without a login."""

    class Via(models.TextChoices):
        FORM = "form"
        EMAIL = "email"
        PORTAL = "portal"
        WIDGET = "widget"
        IMPORT = "import"
        DIRECTORY = "directory"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="customers")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL)
    email = models.EmailField(max_length=254)
    external_id = models.CharField(max_length=120, blank=True)
    first_name = models.CharField(max_length=80, blank=True)
    last_name = models.CharField(max_length=80, blank=True)
    works_for = models.CharField(max_length=120, blank=True, default="", db_default="")  # a user of another company
    phone = models.CharField(max_length=40, blank=True)
    language = models.CharField(max_length=5, blank=True)
    email_verified_at = models.DateTimeField(null=True, blank=True)
    created_via = models.CharField(max_length=10, choices=Via.choices)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint("company", Lower("email"), name="customer_email_per_company"),
            models.UniqueConstraint(
                fields=["company", "external_id"],
                condition=~models.Q(external_id=""),
                name="customer_external_id_per_company",
            ),
            models.UniqueConstraint(
                fields=["company", "user"], condition=models.Q(user__isnull=False), name="customer_user_per_company"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip() or self.email

    @property
    def label(self) -> str:
        """What agents read: “Udo Maier · Süd AG” for a user of another company (M-29)."""
        return f"{self.name} · {self.works_for}" if self.works_for else self.name
