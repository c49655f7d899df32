"""Who changed what: append-only rows that outlive the people they name."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models

from companies.models.company import Company


class AuditEntry(models.Model):
    """One change or sign-in. `actor` is the name then; `data` holds names and numbers, never texts or secrets."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="audit_entries")
    at = models.DateTimeField()
    actor = models.CharField(max_length=200)
    actor_user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    action = models.CharField(max_length=60)
    subject = models.CharField(max_length=200, blank=True)
    data = models.JSONField(default=dict)
    ip = models.GenericIPAddressField(null=True)

    class Meta:
        verbose_name_plural = "audit entries"
        indexes = [models.Index(fields=["company", "-at", "-id"], name="audit_latest")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.actor}: {self.action} {self.subject}"
