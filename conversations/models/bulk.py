"""One verb for many conversations: what was asked for, and what became of each of them."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from companies.models import Company
from conversations.models.conversation import Conversation


class BulkRun(models.Model):
    """`key`: the client's id, so that a repeat begins nothing. `background`: too many for one answer, of which a person
    has one at a time. `skipped`: reason → how many so far.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    key = models.UUIDField()
    verb = models.CharField(max_length=12)
    argument = models.CharField(max_length=60, blank=True)
    undoes = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="undone_by")
    background = models.BooleanField(default=False)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    skipped = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "key"], name="bulk_once_per_key"),
            models.UniqueConstraint(
                fields=["user"], condition=Q(finished_at=None, background=True), name="one_bulk_run_per_user"
            ),
        ]


class BulkItem(models.Model):
    """One conversation of a run. `outcome` is empty until it was its turn, then done or why it was passed over.

    It is written in the transaction of the verb itself: whatever dies, each conversation has its turn exactly once.
    `before`: what undoing must know.
    """

    run = models.ForeignKey(BulkRun, on_delete=models.CASCADE, db_index=False, related_name="items")
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="+")
    outcome = models.CharField(max_length=12, blank=True)
    before = models.CharField(max_length=60, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "conversation"], name="bulk_item_once")]
        indexes = [models.Index(fields=["run", "conversation"], condition=Q(outcome=""), name="bulk_item_waits")]
