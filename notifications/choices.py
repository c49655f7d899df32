"""Storing what somebody wants to be told: by themselves, or by an admin with a line in the company's log (N-27)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from companies.events import by_user, settings_changed
from companies.models import Membership
from events.publish import unit
from notifications.models import Preference


def choose(person: Membership, *, wanted: Mapping[str, object], by: Membership, now: datetime) -> Preference:
    """`wanted`: field of Preference → value, checked by the form; fields that are not named stay. What somebody else
    changes is written to the company's log; saving the same again is no change. Nobody else's row is touched (N-62).
    """
    with unit():
        Preference.objects.get_or_create(user=person.user)
        stored = Preference.objects.select_for_update().get(user=person.user)
        changed = [name for name, value in wanted.items() if getattr(stored, name) != value]
        if not changed:
            return stored
        for name in changed:
            setattr(stored, name, wanted[name])
        stored.save(update_fields=changed)
        if by.user_id != person.user_id:
            settings_changed(
                person.company,
                subject_id=person.pk,
                what="member.notifications",
                by=by_user(by.user),
                now=now,
                subject=person.user.full_name,
                fields=sorted(changed),
            )
        return stored
