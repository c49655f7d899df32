"""A message that waits for its time: the seconds in which it can be undone, or a day that was chosen."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from conversations.models.conversation import Conversation
from conversations.models.draft import Sheet


class Later(models.Model):
    """Becomes the message with the same client id, once, if its author may still write it then; else a draft again."""

    class State(models.TextChoices):
        WAITING = "waiting"
        SENT = "sent"
        UNDONE = "undone"
        RETURNED = "returned"

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, db_index=False, related_name="laters")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, db_index=False, related_name="laters")
    client_id = models.UUIDField()
    kind = models.CharField(max_length=8, choices=Sheet.choices)
    body = models.TextField(max_length=10_000, blank=True)
    files = ArrayField(models.UUIDField(), default=list)
    quote = models.UUIDField(null=True)  # the client id of the message that it answers
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    scheduled = models.BooleanField(default=False)
    unless_answered = models.BooleanField(default=False)
    # What the author knew: the newest line, the one up to which they had read, whether the conversation was closed.
    last_seq = models.PositiveIntegerField(default=0)
    seen_seq = models.PositiveIntegerField(null=True)
    was_closed = models.BooleanField(default=False)
    due_at = models.DateTimeField()
    created_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    why = models.CharField(max_length=160, blank=True)

    # For whoever looks (selectors.laters): written by them; may be stopped by them.
    mine = False
    stoppable = False

    class Meta:
        constraints = [models.UniqueConstraint(fields=["conversation", "client_id"], name="later_client_id")]
        indexes = [
            models.Index(fields=["conversation", "due_at"], condition=Q(state="waiting"), name="later_of_conversation"),
            models.Index(
                fields=["user", "due_at"], condition=Q(state__in=["waiting", "returned"]), name="later_of_user"
            ),
            models.Index(fields=["settled_at"], condition=~Q(state="waiting"), name="later_settled"),
        ]
