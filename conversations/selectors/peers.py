"""Direct conversations as each of their people sees them: by the names of the others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from accounts.models import User
from companies.selectors import active_memberships
from conversations.models import Participant


@dataclass(frozen=True)
class Peer:
    """Somebody in a direct conversation, with the name of the company they work in ("" for none)."""

    user: User
    company: str


def people_of(conversation_ids: Iterable[int]) -> dict[int, list[Peer]]:
    """conversation id → its people, in the order in which they joined; two queries however many."""
    rows = list(
        Participant.objects.filter(conversation_id__in=list(conversation_ids), user__isnull=False)
        .select_related("user")
        .order_by("id")
    )
    companies = dict(
        active_memberships().filter(user_id__in={row.user_id for row in rows}).values_list("user_id", "company__name")
    )
    found: dict[int, list[Peer]] = defaultdict(list)
    for row in rows:
        found[row.conversation_id].append(Peer(row.user, companies.get(row.user_id, "")))
    return dict(found)


def others(people: Iterable[Peer], viewer_id: int) -> list[Peer]:
    """Everybody but the viewer; somebody alone sees themselves."""
    people = list(people)
    return [peer for peer in people if peer.user.pk != viewer_id] or people
