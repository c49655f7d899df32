"""Texts that are written once and used often: saved replies, and the values that variables in them stand for."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from companies.models import Company


class Variables(models.Model):
    """A company's four account values (empty: the company's own, A-26) and what stands where a contact has no value."""

    company = models.OneToOneField(Company, on_delete=models.CASCADE, related_name="variables")
    name = models.CharField(max_length=120, blank=True)
    address = models.CharField(max_length=250, blank=True)
    email = models.EmailField(max_length=254, blank=True)
    phone = models.CharField(max_length=40, blank=True)
    first_name_default = models.CharField(max_length=80, blank=True)
    last_name_default = models.CharField(max_length=80, blank=True)
    full_name_default = models.CharField(max_length=120, blank=True)
    organisation_default = models.CharField(max_length=120, blank=True)


class SavedReply(models.Model):
    """A text to answer with. `owner`: only this user's; `inbox_id`: of one inbox (a number, inboxes are a floor above);
    neither: the whole company's.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="saved_replies")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, db_index=False, related_name="saved_replies"
    )
    inbox_id = models.BigIntegerField(null=True)
    title = models.CharField(max_length=80)
    shortcut = models.CharField(max_length=30, blank=True)
    text = models.TextField(max_length=10_000)
    used = models.PositiveIntegerField(default=0)
    used_at = models.DateTimeField(null=True)
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(owner=None) | Q(inbox_id=None), name="reply_has_one_circle"),
        ]
        indexes = [
            models.Index(fields=["company", "-used"], condition=Q(owner=None), name="reply_shared"),
            models.Index(fields=["owner", "-used"], condition=Q(owner__isnull=False), name="reply_own"),
        ]

    def __str__(self) -> str:
        return self.title
