"""What hangs on a message besides its text: earlier versions, the people it names, the message it answers."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from conversations.models.message import Message


class MessageVersion(models.Model):
    """A text that a message had before; its author wrote it at `written_at`. Deleting the message takes them along."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="versions")
    body = models.TextField(max_length=10_000)
    written_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]


class Mention(models.Model):
    """Somebody named in an internal or direct message; `name` as it stands in the text, without the “@”."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, db_index=False, related_name="mentions")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="mentions")
    name = models.CharField(max_length=160)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["message", "user"], name="mention_once")]


class Quote(models.Model):
    """A message that answers another one. The text is read from there, so that an edit or deletion reaches it."""

    message = models.OneToOneField(Message, on_delete=models.CASCADE, primary_key=True, related_name="quote")
    quoted = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="quotes")
