"""What conversations have on a person: their lines and files, where they take part, offers and contacts."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_noop

from conversations.models import (
    Attachment,
    BulkRun,
    Contact,
    Conversation,
    ConversationHead,
    Draft,
    Later,
    Mention,
    Message,
    Offer,
    Participant,
    SavedView,
)
from events.personal import DELETED, Holding, Person, Section


def _by(person: Person, prefix: str = "") -> Q:
    """Rows whose user, customer or visitor is the person."""
    who = Q(**{f"{prefix}customer__in": person.ids("customer")}) | Q(**{f"{prefix}visitor__in": person.ids("visitor")})
    return who | Q(**{f"{prefix}user_id": person.user_id}) if person.user_id is not None else who


def _of_company(rows: QuerySet, person: Person, path: str) -> QuerySet:
    """Of one company only its own conversations: direct ones belong to none, not even an admin opens them."""
    return rows if person.company_id is None else rows.filter(**{path: person.company_id})


def _messages(person: Person) -> QuerySet[Message]:
    return _of_company(Message.objects.filter(_by(person)), person, "conversation__company_id")


def _asked(person: Person) -> QuerySet[Conversation]:
    """Conversations in which the person asked, from outside."""
    return Conversation.objects.filter(
        Q(customer__in=person.ids("customer")) | Q(visitor__in=person.ids("visitor")), kind=Conversation.Kind.CUSTOMER
    )


def _read_as_guest(person: Person) -> Q:
    """What was written while they took part in somebody else's request (N-03)."""
    seats = Participant.objects.filter(guest=True, customer__in=person.ids("customer"))
    here = seats.filter(conversation=OuterRef("conversation_id"), since_seq__lt=OuterRef("seq"))
    here = here.filter(Q(left_at=None) | Q(left_at__gte=OuterRef("created_at")))
    return Q(conversation__in=seats.values("conversation_id")) & Q(Exists(here))


def _line(line: Message, person: Person) -> dict:
    return {
        "conversation": str(line.conversation.public_id),
        "number": line.conversation.number,
        "at": line.created_at,
        "author": line.author_name,
        "text": line.body,
        # What others wrote before they changed it, they never showed to an outside person.
        "earlier": [one.body for one in line.versions.all()] if line.user_id == person.user_id else [],
    }


def _collect(person: Person) -> list[Section]:
    mine, asked = _messages(person), _asked(person)
    # The answers that an outside person got are part of what there is about them; internal lines never are.
    rows = Q(pk__in=mine.values("pk")) | Q(conversation__in=asked) | _read_as_guest(person)
    lines = Message.objects.filter(rows, deleted_at=None)
    lines = lines.select_related("conversation").prefetch_related("versions").order_by("conversation_id", "seq")
    rows = [_line(line, person) for line in lines.iterator(chunk_size=2000)]
    files = [
        (f"{row.public_id}-{row.name}", row.file)
        for row in Attachment.objects.filter(Q(message__in=mine) | Q(message__conversation__in=asked)).order_by("pk")
    ]
    found = [Section(gettext_noop("Messages"), rows, files)]
    if person.user_id is not None:
        offers = _of_company(Offer.objects.filter(user_id=person.user_id), person, "conversation__company_id")
        found.append(
            Section(
                gettext_noop("Offers"),
                [{"at": o.offered_at, "state": o.state, "ended": o.ended_at} for o in offers.order_by("pk")],
            )
        )
    if person.user_id is not None:
        found.append(Section(gettext_noop("Not sent yet"), _unsent(person)))
        views = SavedView.objects.filter(owner_id=person.user_id).order_by("pk")
        runs = BulkRun.objects.filter(user_id=person.user_id).order_by("pk")
        if person.company_id is not None:
            views, runs = views.filter(company=person.company_id), runs.filter(company=person.company_id)
        found += [
            Section(gettext_noop("Saved views"), [{"name": view.name, "list": view.words} for view in views]),
            Section(
                gettext_noop("Several at once"),
                [{"at": run.created_at, "verb": run.verb, "number": run.total} for run in runs],
            ),
        ]
    if person.user_id is not None and person.company_id is None:
        contacts = Contact.objects.filter(owner_id=person.user_id).select_related("target", "channel").order_by("pk")
        found.append(
            Section(
                gettext_noop("Contacts"), [{"name": str(c.target or c.channel), "source": c.source} for c in contacts]
            )
        )
    return found


def _of_user(model: type[Draft | Later], person: Person) -> QuerySet:
    rows = model.objects.filter(user_id=person.user_id, user__isnull=False)
    return _of_company(rows, person, "conversation__company_id")


def _unsent(person: Person) -> list[dict]:
    """Drafts, and messages that wait for their time."""
    drafts = _of_user(Draft, person).exclude(body="").select_related("conversation")
    waiting = _of_user(Later, person).exclude(body="").filter(state=Later.State.WAITING).select_related("conversation")
    found = [(row.updated_at, row) for row in drafts] + [(row.due_at, row) for row in waiting]
    return [
        {"conversation": str(row.conversation.public_id), "at": at, "text": row.body}
        for at, row in sorted(found, key=lambda pair: pair[0])
    ]


def _erase(person: Person, by: str, now: datetime) -> dict[str, int]:
    """The thread stays; who wrote is nobody any more. Order of locks: the heads, in order of id."""
    touched = set(_messages(person).values_list("conversation_id", flat=True))
    heads = ConversationHead.objects.select_for_update().filter(pk__in=touched).order_by("pk")
    # Names stand as they were when the line was written: each is replaced wherever the person wrote.
    names = set(_messages(person).values_list("author_name", flat=True)) - {DELETED}
    for head in heads:
        changed = [name for name in ("preview_author", "closed_by") if getattr(head, name) in _cut(names)]
        for name in changed:
            setattr(head, name, DELETED)
        if changed:
            head.save(update_fields=changed)
    counts = {gettext_noop("lines that name the person"): _messages(person).update(author_name=DELETED)}
    counts[gettext_noop("texts not sent yet")] = sum(_of_user(model, person).delete()[0] for model in (Draft, Later))
    if person.user_id is not None:
        path = "message__conversation__company_id"
        mentions = _of_company(Mention.objects.filter(user_id=person.user_id), person, path)
        counts[gettext_noop("mentions")] = mentions.delete()[0]
    if person.whole_login:
        contacts = Contact.objects.filter(Q(owner_id=person.user_id) | Q(target_id=person.user_id))
        counts[gettext_noop("contacts")] = contacts.delete()[0]
        counts[gettext_noop("saved views")] = SavedView.objects.filter(owner_id=person.user_id).delete()[0]
        BulkRun.objects.filter(user_id=person.user_id).delete()
    return counts


def _cut(names: set[str]) -> set[str]:
    """A name as the columns of the head hold it, with and without the company behind it."""
    return {form[:80] for name in names for form in (name, name.partition(" · ")[0])}


HOLDING = Holding(
    app="conversations",
    models=frozenset(
        f"conversations.{name}"
        for name in (
            "Attachment",
            "BulkItem",
            "BulkRun",
            "Contact",
            "Conversation",
            "ConversationHead",
            "Draft",
            "Later",
            "Mention",
            "Merge",
            "Message",
            "MessageVersion",
            "Offer",
            "Participant",
            "Quote",
            "Reference",
            "SavedView",
            "Tagging",
        )
    ),
    collect=_collect,
    erase=_erase,
)
