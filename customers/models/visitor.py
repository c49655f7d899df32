"""Somebody in a chat widget."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils import timezone

from companies.models import Company
from customers.models.customer import Customer


class Visitor(models.Model):
    """A browser that chats: its token's hash, the name and address given, the customer once known (N-19…N-21)."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="visitors")
    number = models.PositiveIntegerField()
    widget_key = models.CharField(max_length=40)
    token_hash = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=120, blank=True)
    called = models.CharField(max_length=40, blank=True, default="", db_default="")  # until there is a name
    email = models.EmailField(max_length=254, blank=True)
    verified = models.BooleanField(default=False)
    subject = models.CharField(max_length=120, blank=True)  # the site's own id of a verified person
    customer = models.ForeignKey(Customer, null=True, blank=True, on_delete=models.SET_NULL, related_name="visitors")
    language = models.CharField(max_length=5, default="en")
    page_url = models.CharField(max_length=500, blank=True)
    page_title = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    last_seen = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company", "number"], name="visitor_number_per_company")]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """What agents read: the name given, else “Visitor #12” in the language that the company had when they came."""
        if self.name or self.customer:
            return self.name or self.customer.name
        return self.called or f"Visitor #{self.number}"

    @property
    def answer_address(self) -> str:
        """Where an unseen answer may be mailed to; empty when nothing is known."""
        return self.customer.email if self.customer else self.email
