"""Every folder and number against a count by hand, over a world of all states (E-23, model.md §5, N-64)."""

from __future__ import annotations

import random
import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db.models import Q

from channels_app.models import InboxMembership
from conversations.actions import directs
from conversations.actions.posting import post_message
from conversations.actions.starting import direct_conversation, side_conversation
from conversations.authors import Author
from conversations.models import ConversationHead, Participant
from conversations.selectors.counts import Counted, sizes, unread_counts
from conversations.selectors.filters import EVERYTHING
from conversations.selectors.folders import Folder, ids_in, list_page
from conversations.selectors.scope import scope_for
from notifications.models import Notice, Preference
from tests.cast import NOW, make_channel, make_inbox, make_visitor, write

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clean_valkey")]
STATES = [
    ("open", "unclaimed"), ("open", "assigned"), ("open", "ringing"), ("open", "waiting"), ("open", "open"),
    ("closed", "assigned"), ("closed", "unclaimed"), ("locked", "unclaimed"),
]  # fmt: skip


@pytest.fixture
def world(cast):
    """Three inboxes, sixty requests in every state, some followed, some with an internal side, direct ones."""
    chance = random.Random(4)
    sales = make_inbox(cast.nordlicht, "Sales", cast.ben, managers=(cast.dora,))
    board = make_inbox(cast.nordlicht, "Board", cast.cem)
    InboxMembership.objects.filter(inbox=cast.inbox, user=cast.ben).update(role="manager")
    channels = [
        make_channel(inbox, f"{inbox.name} mail", cast.ben, ring_enabled=False) for inbox in (cast.inbox, sales, board)
    ]
    people = [cast.ben, cast.cem, cast.dora]
    for number in range(60):
        at = NOW + timedelta(minutes=number)
        conversation = write(make_visitor(cast.nordlicht), chance.choice(channels), now=at)
        status, routing = STATES[number % len(STATES)]
        assignee = chance.choice(people) if routing == "assigned" else None
        ConversationHead.objects.filter(pk=conversation.pk).update(
            status=status,
            routing=routing,
            assignee=assignee,
            closed_at=None if status == "open" else at + timedelta(hours=chance.randrange(48)),
        )
        for user in chance.sample(people, chance.randrange(3)):
            Participant.objects.create(
                conversation=conversation, user=user, side="team", following=chance.random() < 0.8, joined_at=at
            )
        if number % 9 == 0:
            side = side_conversation(conversation, member=cast.member(chance.choice(people)), now=at)
            post_message(
                side,
                author=Author.of_user(chance.choice(people)),
                body="Inside",
                client_id=uuid4(),
                via="app",
                role="team_member",
                now=at,
            )
    for other in (cast.cem, cast.dora, cast.anna):
        talk = direct_conversation(cast.ben, other, now=NOW)
        post_message(talk, author=Author.of_user(other), body="Hi", client_id=uuid4(), via="app", role="user", now=NOW)
    directs.archive(talk, user=cast.ben, now=NOW)
    return {"Support": cast.inbox, "Sales": sales, "Board": board}


def _of_inbox(head, user, *, manages: bool) -> list[tuple[str, bool]]:
    """(view, whether it is the inbox's own) of a request of an inbox of mine."""
    if head.status != "open":
        return [("closed", False), ("closed", True)]
    silent = head.routing in {"ringing", "waiting"}
    shown = [("open", False), ("open", True)] if manages or not silent else []
    if head.assignee_id == user.pk:
        shown.append(("mine", True))
    if head.routing == "unclaimed":
        shown.append(("unassigned", True))
    return [*shown, ("offered", True)] if silent and manages else shown


def by_hand(cast, user, world) -> dict[tuple[str, str], list[int]]:
    """(view, inbox's name or "") → conversation ids in order, row by row in plain Python, from model.md §5."""
    roles = dict(InboxMembership.objects.filter(user=user).values_list("inbox__name", "role"))
    heads = list(ConversationHead.objects.select_related("inbox"))
    parts = {part.conversation_id: part for part in Participant.objects.filter(user=user)}
    found: dict[tuple[str, str], list[ConversationHead]] = {}

    def put(view: str, head: ConversationHead, inbox: str = "") -> None:
        found.setdefault((view, inbox), []).append(head)

    for head in heads:
        part, name = parts.get(head.pk), head.inbox.name if head.inbox else ""
        follows = part is not None and part.following and part.left_at is None
        is_open = head.status == "open"
        if head.kind == "direct":
            if follows and part.archived_at is None:
                put("direct", head)
        elif follows:
            put("closed-mine" if not is_open else "internal" if head.kind == "internal" else "customer", head)
        if head.kind == "customer" and name in roles:
            for view, of_inbox in _of_inbox(head, user, manages=roles[name] == "manager"):
                put(view, head, name if of_inbox else "")
    by_closing = {("closed", ""), ("closed-mine", "")}
    return {
        where: [
            head.pk
            for head in sorted(
                rows, key=lambda h: (h.closed_at if where in by_closing else h.last_activity, h.pk), reverse=True
            )
        ]
        for where, rows in found.items()
    }


@pytest.mark.parametrize("who", ["ben", "cem", "dora"])
def test_every_folder_equals_a_count_by_hand(cast, world, who):
    """E-23: rows, order and numbers of all folders, for a manager and for members of other inboxes."""
    user = getattr(cast, who)
    expected, scope = by_hand(cast, user, world), scope_for(cast.member(user))
    mine = {inbox.name: inbox for inbox in world.values() if inbox.pk in scope.inbox_ids}
    wanted = [Folder(view) for view in ("open", "closed", "customer", "internal", "closed-mine", "direct")]
    for inbox in mine.values():
        wanted += [Folder(view, inbox) for view in ("open", "mine", "unassigned", "offered", "closed")]
    numbers = sizes(scope, [Counted(folder) for folder in wanted])
    for folder in wanted:
        where = (folder.view, folder.inbox.name if folder.inbox else "")
        rows = expected.get(where, [])
        assert [head.pk for head in list_page(scope, folder, limit=500).heads] == rows, where
        assert numbers[Counted(folder)] == len(rows), where
        assert ids_in(scope, folder, EVERYTHING, limit=500) == rows, where
    together = {pk for view in ("open", "customer", "internal", "direct") for pk in expected.get((view, ""), [])}
    assert {head.pk for head in list_page(scope, Folder("all"), limit=500).heads} == together


def _not_managed(scope) -> list[int]:
    return [pk for pk in scope.inbox_ids if pk not in scope.managed_ids]


@pytest.mark.parametrize("who", ["ben", "cem"])
def test_the_green_numbers_equal_a_count_by_hand(cast, world, who):
    """Unread per folder and per inbox, from the unseen notices; a closed one calls for nobody in an open folder."""
    user = getattr(cast, who)
    expected, scope = by_hand(cast, user, world), scope_for(cast.member(user))
    # While it rings or waits only its holder and the managers have notices of it (M-39).
    heads = ConversationHead.objects.exclude(routing__in=["ringing", "waiting"], inbox__in=_not_managed(scope))
    # A direct one that is put away has nothing unread: a message would bring it back.
    seat = {"conversation__participants__user": user, "conversation__participants__archived_at": None}
    heads = heads.filter(~Q(kind="direct") | Q(**seat)).distinct()
    unread = list(heads.order_by("pk").values_list("pk", "conversation__public_id"))[::2]
    counts = unread_counts(scope, {str(public_id) for _, public_id in unread})
    names = {inbox.pk: inbox.name for inbox in world.values()}
    keys = {pk for pk, _ in unread}
    for view in ("open", "customer", "internal", "direct"):
        assert counts[view, None] == len(keys & set(expected.get((view, ""), []))), view
    for inbox in scope.inbox_ids:
        for view in ("mine", "unassigned", "offered"):
            assert counts[view, inbox] == len(keys & set(expected.get((view, names[inbox]), []))), (view, inbox)


def test_from_customers_can_be_hidden(client, cast):
    """N-64: the section vanishes, My conversations stays; the numbers of others are as before."""
    client.force_login(cast.ben)
    titles = re.compile(r'<section class="sec"><h2>([^<]+)')
    assert "From customers" in titles.findall(client.get("/conversations/").content.decode())
    Preference.objects.create(user=cast.ben, show_from_customers=False)
    assert titles.findall(client.get("/conversations/").content.decode()) == ["My conversations"]
    client.force_login(cast.cem)
    assert "From customers" in titles.findall(client.get("/conversations/").content.decode())


def test_unread_again_is_for_oneself(client, cast, react):
    """“Mark unread”: bold and counted for me, no mail; others and the requester hear nothing of it (INV-08)."""
    conversation = write(make_visitor(cast.nordlicht), make_channel(cast.inbox, "Quiet", cast.ben, ring_enabled=False))
    react()
    client.force_login(cast.ben)
    address = f"/conversations/{conversation.public_id}/"
    client.post(f"{address}seen/", {"seq": 1}, content_type="application/json")
    react()
    before = Notice.objects.filter(user=cast.cem).count()
    assert client.post(f"{address}unread/").status_code == 303
    react()
    mine = Notice.objects.filter(user=cast.ben, seen_at=None)
    assert [(one.count, one.due_at) for one in mine] == [(1, None)]
    assert Notice.objects.filter(user=cast.cem).count() == before
    assert str(conversation.public_id) in client.get("/conversations/state/").json()["rows"]
    client.post(f"{address}seen/", {"seq": 1}, content_type="application/json")
    react()
    assert not mine.all().exists()
