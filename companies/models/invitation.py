"""An invitation to work in a company: one link by mail, good for seven days and one use."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone

from companies.models.company import Company
from companies.models.membership import Membership


class Invitation(models.Model):
    """sent → accepted | withdrawn; past `expires_at` a sent one is expired (model.md §4.6).

    Only the hash of the link is kept.
    """

    class State(models.TextChoices):
        SENT = "sent"
        ACCEPTED = "accepted"
        WITHDRAWN = "withdrawn"

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="invitations")
    email = models.EmailField(max_length=254)
    first_name = models.CharField(max_length=80)
    last_name = models.CharField(max_length=80)
    position = models.CharField(max_length=80)
    role = models.CharField(max_length=8, choices=Membership.Role.choices, default=Membership.Role.MEMBER)
    language = models.CharField(max_length=5, default="en")
    token_hash = models.CharField(max_length=64, unique=True)
    state = models.CharField(max_length=9, choices=State.choices, default=State.SENT)
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    sent_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    # Why the last mail did not arrive, in the mail server's words; empty while nothing is known against it.
    undelivered = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint("company", Lower("email"), condition=Q(state="sent"), name="invitation_once"),
        ]

    def __str__(self) -> str:
        return f"{self.email} · {self.company.name}"
