"""Keep what a person has begun to write, so that every browser and device of theirs shows it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from accounts.models import User
from conversations import events
from conversations.models import Conversation, Draft
from conversations.selectors.drafts import draft_data, unsent_files
from events.publish import unit

MAX_DRAFT = 25_000
_KEEP = timedelta(days=365)
_KEEP_EMPTY = timedelta(days=30)
_FILES = 10


class NewerDraft(Exception):
    """Another device has written since this copy was read (409); `data` is what it wrote."""

    def __init__(self, data: dict) -> None:
        super().__init__("newer")
        self.data = data


class DraftTooLong(Exception):
    """More than 25,000 characters, and more than were given back (422)."""


def save_draft(
    conversation: Conversation,
    *,
    user: User,
    kind: str,
    body: str,
    files: Collection[UUID],
    version: int,
    now: datetime,
    tab: str = "",
) -> dict:
    """Store the sheet as it is now; `version`: the one that the writer has read. Returns its data with the new version.

    Raises NewerDraft, DraftTooLong: what was given back may be longer, and may not become longer still. Files that are
    not the user's own unsent uploads are left out. The user's other tabs and devices hear of it; `tab` names the one
    that wrote.
    """
    body = body.replace("\x00", "")
    with unit():
        row = _lock(conversation, user, kind, now)
        if len(body) > max(MAX_DRAFT, len(row.body)):
            raise DraftTooLong
        kept = unsent_files(user.pk, list(files)[: max(_FILES, len(row.files))])
        same = row.body == body and row.files == [file.public_id for file in kept]
        if not same and row.version != version and (row.body or row.files):
            raise NewerDraft(draft_data(row, unsent_files(user.pk, row.files), conversation.public_id))
        if same and row.version > 1:
            return draft_data(row, kept, conversation.public_id)
        return _store(row, conversation, user, body, kept, tab=tab, now=now)


def clear_draft(conversation: Conversation, *, user: User, kind: str, now: datetime) -> None:
    """It was sent: nothing of it is left anywhere."""
    with unit():
        row = Draft.objects.select_for_update().filter(user=user, conversation=conversation, kind=kind).first()
        if row is not None and (row.body or row.files):
            _store(row, conversation, user, "", [], now=now)


@dataclass(frozen=True)
class Written:
    """What stands in a sheet before its writer, newer than what is stored of it."""

    body: str
    files: Sequence[UUID] = ()


def give_back(
    conversation: Conversation,
    *,
    user: User,
    kind: str,
    body: str,
    files: Sequence[UUID],
    sheet: Written | None = None,
    now: datetime,
) -> dict:
    """A message that was not sent becomes a draft again, above what was begun meanwhile: `sheet`, or what is stored.
    Returns the draft's data. Nothing is cut: it may be longer than what can be sent or stored otherwise.
    """
    with unit():
        row = _lock(conversation, user, kind, now)
        below = Written(row.body, row.files) if sheet is None else sheet
        again = bool(below.body) and below.body.startswith(body)
        whole = below.body if again else "\n\n".join(filter(None, (body, below.body)))
        kept = unsent_files(user.pk, [*files, *below.files])
        return _store(row, conversation, user, whole, kept, now=now)


def sent_elsewhere(user: User, conversation: Conversation, *, kind: str, body: str, now: datetime) -> None:
    """A message with exactly this text was stored: a draft that still holds it is over, wherever it was sent from."""
    with unit():
        rows = Draft.objects.select_for_update().filter(user=user, conversation=conversation, kind=kind)
        for row in rows:
            if row.body.strip() == body.strip() and (row.body or row.files):
                _store(row, conversation, user, "", [], now=now)


def drop_old(*, now: datetime) -> int:
    """Remove what nobody has come back to for a year, and the marks of emptied ones; returns how many."""
    old = Draft.objects.filter(updated_at__lt=now - _KEEP)
    empty = Draft.objects.filter(updated_at__lt=now - _KEEP_EMPTY, body="", files=[])
    return old.delete()[0] + empty.delete()[0]


def _lock(conversation: Conversation, user: User, kind: str, now: datetime) -> Draft:
    Draft.objects.bulk_create(
        [Draft(conversation=conversation, user=user, kind=kind, version=1, updated_at=now)], ignore_conflicts=True
    )
    return Draft.objects.select_for_update().get(conversation=conversation, user=user, kind=kind)


def _store(
    row: Draft, conversation: Conversation, user: User, body: str, files: list, *, tab: str = "", now: datetime
) -> dict:
    row.body, row.files, row.version, row.updated_at = body, [file.public_id for file in files], row.version + 1, now
    row.save(update_fields=["body", "files", "version", "updated_at"])
    data = draft_data(row, files, conversation.public_id)
    events.draft_changed(user, data | {"tab": tab})
    return data
