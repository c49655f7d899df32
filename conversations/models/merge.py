"""A conversation that was merged into another one, and how it stood before."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from conversations.models.conversation import Conversation


class Merge(models.Model):
    """`before`: the state that undoing gives back to `source`, see actions/merging.py."""

    source = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="merges")
    target = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="merges_into")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()
    before = models.JSONField(default=dict)
    undone_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source"], condition=Q(undone_at=None), name="merged_once"),
        ]
