"""The chat widget of a company's website."""

from __future__ import annotations

import secrets

from django.contrib.postgres.fields import ArrayField
from django.db import models

from channels_app.models.channel import Channel
from companies.models import Company


def new_widget_key() -> str:
    """A public key for the snippet: 120 random bits."""
    return f"pk_{secrets.token_hex(15)}"


def new_widget_secret() -> str:
    """A key for signed identities (HS256): 256 random bits."""
    return secrets.token_hex(32)


class Widget(models.Model):
    """Where the widget may stand, what it says, which channels it offers, and the keys of signed identities."""

    class AskIdentity(models.TextChoices):
        NEVER = "never"
        OPTIONAL = "optional"
        REQUIRED = "required"

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="widgets")
    public_key = models.CharField(max_length=40, unique=True, default=new_widget_key)
    name = models.CharField(max_length=80)
    channels = models.ManyToManyField(Channel, related_name="widgets")
    allowed_origins = ArrayField(models.CharField(max_length=200), default=list, blank=True)
    colour = models.CharField(max_length=10, default="pine")
    greeting = models.CharField(max_length=200, blank=True)
    ask_identity = models.CharField(max_length=8, choices=AskIdentity.choices, default=AskIdentity.OPTIONAL)
    verified_only = models.BooleanField(default=False)
    store_page_url = models.BooleanField(default=True)
    # What the team sees while it happens and nothing keeps; the visitor is told in the chat.
    share_page = models.BooleanField(default=False, db_default=False)
    share_typing = models.BooleanField(default=False, db_default=False)
    identity_secret = models.CharField(max_length=64, default=new_widget_secret)
    previous_identity_secret = models.CharField(max_length=64, blank=True)
    active = models.BooleanField(default=True)

    def __str__(self) -> str:
        return self.name
