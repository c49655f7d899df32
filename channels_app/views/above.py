"""Addresses of verbs that live above (conversations): these pages link to them by name and import nothing."""

from __future__ import annotations

from uuid import UUID

from django.urls import NoReverseMatch, reverse


def address_above(name: str, public_id: UUID) -> str:
    """Where the project mounts it; empty when it does not."""
    try:
        return reverse(name, args=[public_id])
    except NoReverseMatch:
        return ""
