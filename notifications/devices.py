"""The browsers that take a user's push messages: the list in the settings."""

from __future__ import annotations

import hashlib
from uuid import UUID

from accounts.models import User
from notifications.models import PushSubscription

MOST = 20


def devices_of(user: User) -> list[PushSubscription]:
    """Newest first."""
    return list(PushSubscription.objects.filter(user=user).order_by("-id")[:MOST])


def device_for(user: User, public_id: UUID) -> PushSubscription:
    """One of the user's own; raises PushSubscription.DoesNotExist."""
    return PushSubscription.objects.get(user=user, public_id=public_id)


def hash_of(endpoint: str) -> str:
    """What an address is found by."""
    return hashlib.sha256(endpoint.encode()).hexdigest()
