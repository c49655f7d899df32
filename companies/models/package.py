"""Packages are rows, never constants (model.md §7)."""

from __future__ import annotations

from django.db import models


class PlanPackage(models.Model):
    """Limits of one package; null = unlimited."""

    code = models.CharField(max_length=12, unique=True)
    rank = models.PositiveSmallIntegerField()
    max_users = models.PositiveIntegerField(null=True, blank=True)
    max_channels = models.PositiveIntegerField(null=True, blank=True)
    max_broadcasts = models.PositiveIntegerField(null=True, blank=True)
    active = models.BooleanField(default=True)

    class Meta:
        ordering = ["rank"]

    def __str__(self) -> str:
        return self.code
