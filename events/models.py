"""What happened (Event), what must happen later (Due), and how far each stream of frames is (Stream)."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class Event(models.Model):
    """Something that happened; reactions run once after commit and are swept when a process died (plain ids, no FK)."""

    kind = models.CharField(max_length=40)
    company_id = models.BigIntegerField(null=True)
    subject_id = models.BigIntegerField()
    by = models.CharField(max_length=60)
    data = models.JSONField(default=dict)
    at = models.DateTimeField()
    reacted_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)

    class Meta:
        indexes = [
            models.Index(fields=["id"], condition=Q(reacted_at=None), name="event_unreacted"),
            models.Index(fields=["kind", "subject_id", "id"], name="event_of_subject"),
        ]


class Due(models.Model):
    """A deadline, written in the transaction of its cause; the app that owns the kind settles it (memo/wiring.py)."""

    kind = models.CharField(max_length=30)
    subject_id = models.BigIntegerField()
    recipient = models.CharField(max_length=60, blank=True)
    due_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["due_at", "id"], name="due_next")]
        constraints = [models.UniqueConstraint(fields=["kind", "subject_id", "recipient"], name="due_once")]


class Stream(models.Model):
    """The version of one websocket group's state: +1 with every frame, so that a lost frame is noticed."""

    name = models.CharField(max_length=80, primary_key=True)
    version = models.BigIntegerField(default=0)
