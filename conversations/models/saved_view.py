"""A folder with filters that somebody keeps under a name: their own, or shared with everybody in an inbox."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from channels_app.models import Inbox
from companies.models import Company


class SavedView(models.Model):
    """`words`: those of the address, read anew with the reader's rights at every use; never what it showed once.

    `keys`: the primary keys of whom and what they name, so that numbers in the side bar cost no look-up.

    Personal: it has an owner and no inbox. Shared: it has an inbox and no owner; the inbox's managers change it.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="+")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="+")
    inbox = models.ForeignKey(Inbox, null=True, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=40)
    icon = models.CharField(max_length=20)
    words = models.JSONField(default=dict)
    keys = models.JSONField(default=dict)
    position = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(owner__isnull=False, inbox__isnull=True) | Q(owner__isnull=True, inbox__isnull=False),
                name="view_is_personal_or_shared",
            ),
        ]
