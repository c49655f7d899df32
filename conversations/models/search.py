"""What search reads: the words of messages and of conversations, apart from the tables that every message writes.

Filled by the worker after the commit (conversations.reactions.on_posted), kept true by triggers (migration 0005).
Why it is built so: docs/how-it-works.md, “Search”.
"""

from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.search import SearchVectorField
from django.db import models

from channels_app.models import Inbox
from conversations.models.conversation import Conversation
from conversations.models.message import Message


class SearchShelf(models.Model):
    """A stretch of one inbox: 65,536 message ids, or 16,384 conversation ids for cards. Search walks them backwards,
    so that a frequent word costs one stretch and no shelf of another inbox or tenant is ever touched.
    """

    inbox = models.ForeignKey(Inbox, on_delete=models.CASCADE, db_index=False, related_name="+")
    cards = models.BooleanField()
    bucket = models.IntegerField()
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["inbox", "cards", "bucket"], name="shelf_once")]


class SearchLine(models.Model):
    """A message's words. No shelf: a direct conversation, which search reaches by its people alone."""

    message = models.OneToOneField(Message, on_delete=models.CASCADE, primary_key=True, related_name="+")
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, db_index=False, related_name="+")
    seq = models.PositiveIntegerField()
    shelf = models.ForeignKey(SearchShelf, null=True, on_delete=models.CASCADE, db_index=False, related_name="+")
    user_id = models.BigIntegerField(null=True)
    has_file = models.BooleanField()
    internal = models.BooleanField()
    created_at = models.DateTimeField()
    vector = SearchVectorField()

    class Meta:
        indexes = [
            models.Index(fields=["conversation", "message"], name="line_of_conversation"),
            GinIndex(fields=["shelf", "vector"], fastupdate=False, name="line_words"),
        ]


class SearchCard(models.Model):
    """A conversation's subject and people."""

    conversation = models.OneToOneField(Conversation, on_delete=models.CASCADE, primary_key=True, related_name="+")
    shelf = models.ForeignKey(SearchShelf, null=True, on_delete=models.CASCADE, db_index=False, related_name="+")
    internal = models.BooleanField()
    vector = SearchVectorField()

    class Meta:
        indexes = [GinIndex(fields=["shelf", "vector"], fastupdate=False, name="card_words")]


class SearchWord(models.Model):
    """Every word of letters that an inbox has: what the beginning or the inside of a word is looked up in."""

    inbox = models.ForeignKey(Inbox, on_delete=models.CASCADE, db_index=False, related_name="+")
    word = models.CharField(max_length=40)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["inbox", "word"], name="word_once")]
        indexes = [GinIndex("inbox", OpClass("word", name="gin_trgm_ops"), fastupdate=False, name="word_inside")]
