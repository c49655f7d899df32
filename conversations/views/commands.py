"""What comes up by POST, read and checked, and what is said to refusals: shared by every way in."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from channels_app.models import Channel, Inbox
from conversations.actions.careful import Held
from conversations.actions.locking import Conflict, NotAllowed
from conversations.actions.posting import MAX_BODY, MAX_FILES, BadMessage, ClientIdTaken, Locked, Posted
from conversations.attachments import UploadRefused
from conversations.selectors.destinations import destination_of
from conversations.snooze_times import BadTime, moment_of
from texts.variables import LABELS

KINDS = ("reply", "internal")
REFUSALS = (BadMessage, ClientIdTaken, Conflict, Held, Locked, NotAllowed, UploadRefused)


class Refused(Exception):
    """The request is not carried out: HTTP status, code for programs, sentence for people, `more` for programs."""

    def __init__(self, status: int, code: str, text: str, **more: object) -> None:
        super().__init__(code)
        self.status, self.code, self.text, self.more = status, code, text, more

    @property
    def data(self) -> dict:
        """The shape of the answer."""
        return {"error": self.code, "message": self.text, **self.more}


@dataclass(frozen=True)
class NewLine:
    """A message to be: `kind` reply (the requester reads it) or internal; `seen_seq` the newest line that its author
    saw, None when it goes whatever happened meanwhile.
    """

    body: str
    client_id: UUID
    kind: str
    attachments: tuple[UUID, ...] = ()
    seen_seq: int | None = None
    quote: UUID | None = None


def destination_asked(request: HttpRequest) -> tuple[Inbox, Channel | None]:
    """The inbox, or the channel with its inbox, that the form's `to` names; raises Refused (422)."""
    try:
        return destination_of(request.member, UUID(request.POST.get("to", "")))
    except (ValueError, Inbox.DoesNotExist):
        raise Refused(422, "bad_request", _("Choose where it goes.")) from None


def moment_asked(text: str, now: datetime) -> datetime | None:
    """Until when one snoozes: see snooze_times.moment_of; raises Refused (422)."""
    try:
        return moment_of(text, now, timezone.get_current_timezone())
    except BadTime:
        raise Refused(422, "bad_time", _("Choose a time in the coming year.")) from None


def fields_of(request: HttpRequest) -> Mapping[str, object]:
    """The fields of a form or of a JSON object; raises Refused (422)."""
    if request.content_type != "application/json":
        fields = request.POST.dict()
        return fields | {"attachments": request.POST.getlist("attachments")}
    try:
        data = json.loads(request.body)
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, dict):
        raise Refused(422, "bad_request", _("This could not be read."))
    return data


def parse_new_message(fields: Mapping[str, object]) -> NewLine:
    """`body`, `client_id`, `kind` (reply), `attachments` (ids of uploads), `seen_seq`, `force` and `quote` (a message's
    id) of a form or JSON.

    Raises Refused (422).
    """
    body, kind, files = fields.get("body", ""), fields.get("kind") or "reply", fields.get("attachments") or []
    if not isinstance(body, str) or not _is_text(body) or kind not in KINDS or not isinstance(files, list):
        raise Refused(422, "bad_request", _("This could not be read."))
    careful = fields.get("seen_seq") not in (None, "") and not fields.get("force")
    seen = whole_number(fields, "seen_seq") if careful else None
    quote = uuid_of(fields["quote"]) if fields.get("quote") else None
    return NewLine(body, uuid_of(fields.get("client_id")), str(kind), tuple(uuids_of(files)), seen, quote)


def is_archive_word(body: str) -> bool:
    """Whether the message is the command to archive."""
    return body.strip() == "/archive"


def _is_text(body: str) -> bool:
    """JSON can carry half a character; the database cannot."""
    try:
        body.encode()
    except UnicodeEncodeError:
        return False
    return True


def uuid_of(value: object) -> UUID:
    """A public or client id; raises Refused (422)."""
    try:
        return UUID(str(value))
    except ValueError:
        raise Refused(422, "bad_request", _("This could not be read.")) from None


def uuids_of(values: Iterable[object]) -> Iterable[UUID]:
    """Several of them, without the empty ones."""
    return (uuid_of(value) for value in values if value)


def whole_number(fields: Mapping[str, object], name: str) -> int:
    """A number from 0 to 2³¹-1; 0 when it is not given; raises Refused (422)."""
    try:
        number = int(str(fields.get(name) or 0))
    except ValueError:
        number = -1
    if not 0 <= number < 2**31:
        raise Refused(422, "bad_request", _("This could not be read."))
    return number


def posted_data(posted: Posted) -> dict:
    """The JSON answer to a stored message."""
    return {"message": posted.data, "created": posted.created}


def refusal_of(error: Exception) -> Refused:
    """The answer to a refusal of an action, in the reader's words."""
    if isinstance(error, ClientIdTaken):
        return Refused(409, "id_taken", _("This message was sent before with another text."))
    if isinstance(error, Locked):
        return Refused(
            409, "locked", _("This conversation is in the archive for good. Nobody can write here any more.")
        )
    if isinstance(error, BadMessage):
        return Refused(422, error.code, _bad_message(error.code))
    if isinstance(error, UploadRefused):
        return Refused(422, error.code, bad_file(error.code))
    if isinstance(error, Held):
        return _held(error)
    where = str(error)
    if isinstance(error, Conflict):
        return Refused(409, "conflict", _whereabouts(where))
    return Refused(403, "not_allowed", _whereabouts(where))


def _held(held: Held) -> Refused:
    """Asked once: the same again with `force` is sent."""
    if held.code == "empty_variables":
        names = ", ".join(str(LABELS[name]) for name in held.names)
        return Refused(
            409, held.code, _("Without a value, so nothing would stand there: %(names)s.") % {"names": names}
        )
    if not held.seq:
        return Refused(409, held.code, _("%(name)s is sending an answer right now.") % {"name": held.who})
    words = {"name": held.who, "seconds": held.seconds, "minutes": held.seconds // 60}
    text = (
        _("%(name)s answered %(seconds)d s ago.") if held.seconds < 100 else _("%(name)s answered %(minutes)d min ago.")
    )
    return Refused(409, held.code, text % words, seq=held.seq)


def _bad_message(code: str) -> str:
    return {
        "no_side": _("This conversation has no internal side."),
        "empty": _("Write something or attach a file."),
        "too_long": _("This is longer than %(number)d characters.") % {"number": MAX_BODY},
        "too_many_files": _("A message carries at most %(number)d files.") % {"number": MAX_FILES},
        "bad_quote": _("The quoted message is not there any more, or cannot be shown here."),
    }.get(code, _("One of the files is not there any more. Attach it again."))


def bad_file(code: str) -> str:
    """Why a file is not taken."""
    return {
        "too_big": _("This file is too big."),
        "empty": _("This file is empty."),
        "too_many_pixels": _("This picture has too many pixels."),
        "program": _("Programs are not sent. Put this file into an archive."),
    }.get(code, _("This file cannot be taken."))


def _whereabouts(where: str) -> str:
    """Where the request is now, for somebody who came too late or may not (E-08)."""
    state, _colon, name = where.partition(":")
    if state == "assigned":
        return _("This is already with %(name)s.") % {"name": name}
    if state == "ringing":
        return _("This rings at %(name)s now.") % {"name": name}
    if state == "blocked":
        return _("%(name)s takes no messages from you here.") % {"name": name}
    if state == "blocking":
        return _("You have blocked %(name)s. Unblock them in Contacts to write.") % {"name": name}
    return {
        "not_direct": _(
            "Only direct conversations are archived with /archive. A request or an internal one is closed."
        ),
        "no_labels": _("Internal conversations are filed with their request."),
        "merged": _("This was joined to another request."),
        "not_merged": _("This is not joined any more."),
        "too_late": _("This was joined too long ago to be undone."),
        "other_person": _("Only requests of the same person are joined, as far as it is proved who they are."),
        "other_guests": _("Different customers were added to the two. Remove them first."),
        "merge_closed": _("Open this conversation before you join another one to it."),
        "nobody_holds": _("Only what somebody has can be snoozed. Assign it first."),
        "no_snooze": _("Internal discussions are not snoozed."),
        "no_following": _("Everybody in a direct conversation hears of it. Mute it instead."),
        "no_discussion": _("An internal discussion is about a request."),
        "no_licence": _("This person has no licence for the inboxes."),
        "no_customers": _("Customers take part in requests only."),
        "is_colleague": _("This is a colleague of yours. Add them as a colleague."),
        "is_assignee": _("They have this conversation. Assign it to somebody else first."),
        "same_place": _("It is there already."),
        "two_people": _("You are only two here. Archive the conversation instead."),
        "too_many_people": _("These are too many people for one conversation."),
        "left": _("You do not take part in this conversation any more."),
        "not_own": _("Only who wrote a message can change it."),
        "edit_too_late": _("A message can be changed for 15 minutes. Write a new one."),
        "deleted": _("This message was deleted."),
        "unclaimed": _("Assign this conversation to yourself before you answer."),
        "offered": _("Accept the request to answer. Reading it does not take it."),
        "internal_only": _("This conversation is internal: no customer reads it."),
        "sent": _("This is sent already."),
        "too_many_waiting": _("So many of your messages wait already. Send or delete some first."),
        "waiting": _("This waits until the channel opens."),
        "closed": _("This conversation is closed."),
        "locked": _("This conversation is in the archive for good."),
        "open": _("This inbox works without assigning: everybody may answer."),
        "open mode": _("This inbox works without assigning: everybody may answer."),
        "works elsewhere": _("This person does not work in the inbox."),
    }.get(state, _("You may not do this here."))
