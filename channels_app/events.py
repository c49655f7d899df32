"""What happened to inboxes, channels and widgets: one function per kind of setting."""

from __future__ import annotations

from datetime import datetime

from channels_app.models import Channel, Inbox, Widget
from companies import audit
from companies.events import settings_changed
from events.record import record


def inbox_changed(inbox: Inbox, what: str, *, by: str, now: datetime) -> None:
    """`what` is inbox.created or inbox.renamed."""
    settings_changed(inbox.company, subject_id=inbox.pk, what=what, by=by, now=now, subject=inbox.name)


def inbox_role_changed(inbox: Inbox, *, user_id: int, role: str, by: str, now: datetime) -> None:
    """`role` empty = the user left the inbox: what they hold there becomes unclaimed (memo/wiring.py)."""
    record(
        "inbox.role_changed",
        subject_id=inbox.pk,
        company_id=inbox.company_id,
        by=by,
        now=now,
        user=user_id,
        role=role,
    )
    person = inbox.company.memberships.select_related("user").filter(user=user_id).first()
    audit.write(
        inbox.company,
        "inbox.role",
        by=by,
        subject=inbox.name,
        now=now,
        person=person.user.full_name if person else "",
        role=role,
    )


def channel_changed(channel: Channel, what: str, *, by: str, now: datetime) -> None:
    """`what` is channel.created, .edited, .members, .hours, .paused, .resumed or .deleted; the ring reacts to some."""
    settings_changed(channel.company, subject_id=channel.pk, what=what, by=by, now=now, subject=channel.name)


def widget_changed(widget: Widget, what: str, *, by: str, now: datetime) -> None:
    """`what` is widget.created, .edited or .secret."""
    settings_changed(widget.company, subject_id=widget.pk, what=what, by=by, now=now, subject=widget.name)
