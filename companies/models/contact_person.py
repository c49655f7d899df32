"""Whom a company names in public."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from companies.models.company import Company


class ContactPerson(models.Model):
    """A user of the company, or somebody without a login, with a function, in the company's order (M-21, M-22)."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="contact_persons")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    name = models.CharField(max_length=160, blank=True)
    function = models.CharField(max_length=80)
    email = models.EmailField(max_length=254, blank=True)
    phone = models.CharField(max_length=40, blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["company", "user"], name="contact_person_once"),
            models.CheckConstraint(
                condition=Q(user__isnull=False, name="") | (Q(user__isnull=True) & ~Q(name="")),
                name="contact_person_is_user_or_name",
            ),
        ]

    def __str__(self) -> str:
        return self.name or (self.user.full_name if self.user else "")
