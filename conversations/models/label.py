"""What a conversation is filed under: a company's own tags, and references that everybody in it may read."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Lower

from companies.models import Company
from conversations.models.conversation import Conversation


class Tag(models.Model):
    """A word of one company; nobody outside ever reads it."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="tags")
    name = models.CharField(max_length=30)

    class Meta:
        constraints = [models.UniqueConstraint("company", Lower("name"), name="tag_once_per_company")]


class Tagging(models.Model):
    """A tag on a conversation: on a direct one each company has its own."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, db_index=False, related_name="taggings")
    tag = models.ForeignKey(Tag, on_delete=models.CASCADE, related_name="taggings")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["conversation", "tag"], name="tagged_once")]


class Reference(models.Model):
    """“Order 4711”: a public word that the people of the conversation agree on."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, db_index=False, related_name="references")
    text = models.CharField(max_length=60)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["conversation", "text"], name="referenced_once")]
