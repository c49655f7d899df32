"""The notification centre: what called for a user, newest first, grouped by conversation. Never writes.

Shown is what may be seen now: who lost the right to open a conversation finds nothing of it here either, except that
a text of their own came back; it stands among their scheduled ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db.models import Q
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from companies.models import Membership
from conversations.actions.posting import preview_of
from conversations.models import Conversation, Message
from conversations.selectors.peers import Peer, others, people_of
from conversations.selectors.requests import Asker, asker_among
from conversations.selectors.visibility import conversations_for
from notifications.models import Notice
from ui.paging import page

ORDER = ("-at", "-id")
LIMIT = 30

Text = str | Promise


@dataclass(frozen=True)
class Line:
    """One thing that happened: `what` it was, `who`, their words, when; `url` leads to the message."""

    public_id: UUID
    cause: str
    icon: str
    what: Text
    who: str
    text: str
    at: datetime
    count: int
    unread: bool
    url: str

    @property
    def more(self) -> int:
        """How many messages came before the one that is shown."""
        return self.count - 1


@dataclass(frozen=True)
class Group:
    """A conversation with what happened in it."""

    title: str
    place: str
    kind: str
    conversation: UUID
    lines: list[Line] = field(default_factory=list)

    @property
    def unread(self) -> bool:
        return any(line.unread for line in self.lines)


@dataclass(frozen=True)
class Centre:
    """A page of it, and the cursor of the page after it ("" at the end)."""

    groups: list[Group]
    after: str


#       cause → icon, what happened
_CAUSES: dict[str, tuple[str, Text]] = {
    Notice.Cause.MESSAGE: ("chat", ""),
    Notice.Cause.OFFER: ("bell", gettext_lazy("A request rings at you")),
    Notice.Cause.UNCLAIMED: ("alert", gettext_lazy("Nobody took a request")),
    Notice.Cause.ASSIGNED: ("person", gettext_lazy("Assigned to you")),
    Notice.Cause.MENTION: ("reply", gettext_lazy("You are named")),
    Notice.Cause.SNOOZE: ("clock", gettext_lazy("Back from its snooze")),
    Notice.Cause.FAILED: ("mail", gettext_lazy("Not delivered")),
    Notice.Cause.RETURNED: ("alert", gettext_lazy("Your message was not sent")),
}
_WAS_OFFERED = gettext_lazy("A request rang at you")


def centre(member: Membership, *, after: str = "", unread: bool = False, limit: int = LIMIT) -> Centre:
    """What called for the member; six queries at most, however much there is. Raises BadCursor."""
    rows = Notice.objects.filter(user_id=member.user_id, in_app=True).select_related(
        "actor",
        "conversation__company",
        "conversation__customer",
        "conversation__visitor",
        "conversation__head__inbox",
        "conversation__about",
    )
    if unread:
        rows = rows.filter(seen_at=None)
    found = page(rows, ORDER, after=after, limit=limit)
    asked = asker_among(member.user_id, list({n.conversation_id: n.conversation for n in found.rows}.values()))
    mine = _visible(member, found.rows)
    open_here = mine | set(asked)
    notices = [n for n in found.rows if n.conversation_id in open_here or n.cause == Notice.Cause.RETURNED]
    lost = {n.conversation_id for n in notices} - open_here
    shown = [notice for notice in notices if notice.conversation_id not in lost]
    directs = {n.conversation_id for n in shown if n.conversation.kind == Conversation.Kind.DIRECT}
    known = Known(member, asked, _messages(shown), people_of(directs) if directs else {}, lost)
    return Centre(_grouped(known, notices), found.after)


def has_any(user_id: int, conversation: UUID) -> bool:
    """Whether the conversation ever called for the user."""
    return Notice.objects.filter(user_id=user_id, conversation__public_id=conversation).exists()


@dataclass(frozen=True)
class Known:
    """What the lines are made of: the reader, which conversations they read as a customer, messages, people; and the
    conversations that are not open to them any more.
    """

    member: Membership
    asked: dict[int, Asker]
    messages: dict[tuple[int, int], Message]
    people: dict[int, list[Peer]]
    lost: set[int]


def _visible(member: Membership, notices: Sequence[Notice]) -> set[int]:
    ids = {notice.conversation_id for notice in notices}
    return set(conversations_for(member).filter(pk__in=ids).values_list("pk", flat=True)) if ids else set()


def _messages(notices: Sequence[Notice]) -> dict[tuple[int, int], Message]:
    """The newest message of each notice. One query."""
    wanted = Q()
    for notice in notices:
        wanted |= Q(conversation_id=notice.conversation_id, seq=notice.last_seq)
    if not wanted:
        return {}
    rows = (
        Message.objects.filter(wanted)
        .exclude(author_kind="system")
        .only("conversation_id", "seq", "author_kind", "author_name", "body", "deleted_at")
    )
    return {(row.conversation_id, row.seq): row for row in rows}


def _grouped(known: Known, notices: Sequence[Notice]) -> list[Group]:
    groups: dict[int, Group] = {}
    for notice in notices:
        talk = notice.conversation
        if talk.pk not in groups:
            groups[talk.pk] = _group(known, talk)
        groups[talk.pk].lines.append(_line(known, notice, known.messages.get((talk.pk, notice.last_seq))))
    return list(groups.values())


def _group(known: Known, talk: Conversation) -> Group:
    if talk.pk in known.lost:
        return Group(_("A conversation that is not open to you any more"), "", "lost", talk.public_id)
    inbox = talk.head.inbox.name if talk.head.inbox else ""
    if talk.kind == Conversation.Kind.DIRECT:
        peers = others(known.people.get(talk.pk, []), known.member.user_id)
        return Group(", ".join(peer.user.full_name for peer in peers), _("Direct messages"), talk.kind, talk.public_id)
    if talk.pk in known.asked:
        return Group(talk.subject or talk.company.name, talk.company.name, "request", talk.public_id)
    who, subject = talk.requester_label, talk.subject
    title = f"{who} · {subject}" if who and subject else who or subject or f"#{talk.number}"
    return Group(title, inbox, talk.kind, talk.public_id)


def _line(known: Known, notice: Notice, message: Message | None) -> Line:
    talk = notice.conversation
    icon, what = _CAUSES.get(notice.cause, _CAUSES[Notice.Cause.MESSAGE])
    if notice.cause == Notice.Cause.OFFER and notice.seen_at is not None:
        what = _WAS_OFFERED
    if notice.cause == Notice.Cause.ASSIGNED and notice.actor is not None:
        what = _("%(name)s assigned this to you") % {"name": notice.actor.full_name}
    text = ""
    if message is not None:
        text = _("This message was deleted.") if message.deleted_at else preview_of(message.body)
    where = reverse("request" if talk.pk in known.asked else "conversation", args=[talk.public_id])
    url = reverse("later") if talk.pk in known.lost else f"{where}?at={notice.last_seq}"
    return Line(
        public_id=notice.public_id,
        cause=notice.cause,
        icon="lock" if icon == "chat" and talk.kind == Conversation.Kind.INTERNAL else icon,
        what=what,
        who=message.author_name if message is not None else "",
        text=text,
        at=notice.at,
        count=1 if talk.pk in known.lost else notice.count,
        unread=notice.seen_at is None,
        url=url,
    )
