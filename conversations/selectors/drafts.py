"""What a person has begun to write: whole for the composer, one line for the list."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from uuid import UUID

from django.db.models import Exists, OuterRef
from django.utils.translation import ngettext

from conversations.models import Attachment, Conversation, Draft, Message
from conversations.selectors.messages import file_data
from events.prepared import Prepared

_PREVIEW = 80


def draft_data(draft: Draft, files: Iterable[Attachment], public_id: UUID) -> dict:
    """The shape in which a draft travels."""
    known = {file.public_id: file for file in files}
    return {
        "c": str(public_id),
        "kind": draft.kind,
        "body": draft.body,
        "files": [file_data(known[one]) for one in draft.files if one in known],
        "version": draft.version,
    }


def unsent_files(user_id: int, ids: Collection[UUID]) -> list[Attachment]:
    """Uploads of this user that no message has taken yet, in the order asked for; others are left out."""
    if not ids:
        return []
    rows = Attachment.objects.filter(public_id__in=ids, uploader=f"user:{user_id}", message=None)
    found = {row.public_id: row for row in rows}
    return [found[one] for one in dict.fromkeys(ids) if one in found]


def drafts_in(user_id: int, conversation: Conversation) -> dict[str, dict]:
    """kind → data of the user's drafts here, emptied ones too: their version counts. One query, two with files."""
    rows = _DRAFTS.rows(user_id, conversation.pk)
    files = unsent_files(user_id, [one for row in rows for one in row.files])
    return {row.kind: draft_data(row, files, conversation.public_id) for row in rows}


def draft_previews(user_id: int, conversation_ids: Collection[int]) -> dict[int, str]:
    """conversation id → the first words of what the user has begun there, for the rows of a list. One query."""
    rows = _BEGUN.rows(user_id, conversation_ids)
    return {pk: " ".join(body.split())[:_PREVIEW] or _files(len(files)) for pk, body, files in rows}


def _files(number: int) -> str:
    return ngettext("%(number)d file", "%(number)d files", number) % {"number": number}


_DRAFTS = Prepared(lambda user_id, pk: Draft.objects.filter(user_id=user_id, conversation_id=pk))
_BEGUN = Prepared(
    lambda user_id, ids: (
        Draft.objects.filter(user_id=user_id, conversation_id__any=ids)
        .exclude(body="", files=[])
        .order_by("updated_at")
        .values_list("conversation_id", "body", "files")
    )
)


def messages_of_users(places: Collection[tuple[int, int]]) -> list[Message]:
    """Messages that users wrote at these (conversation id, seq), where the author has a draft of the same text."""
    ids = {pk for pk, _seq in places}
    rows = Message.objects.filter(conversation_id__in=ids, seq__in={seq for _pk, seq in places}, user__isnull=False)
    same = Draft.objects.filter(user=OuterRef("user"), body=OuterRef("body")).exclude(body="")
    rows = rows.filter(Exists(same)).select_related("user", "conversation__about")
    return [row for row in rows if (row.conversation_id, row.seq) in places]
