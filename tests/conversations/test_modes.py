"""The two modes of an inbox, by every way in: page, JSON of scripts, mail; G-09…G-18, E-38, S-12, INV-05, INV-06."""

from __future__ import annotations

import uuid

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from companies.models import Membership
from conversations.actions import assigning, taking_part
from conversations.authors import Author
from conversations.models import Conversation, ConversationHead, Message
from conversations.selectors.history import lines_of
from memo import wiring
from tests.cast import NOW, accepted_by, make_channel, make_customer, make_inbox, make_user, make_visitor, write
from tests.conversations.test_mail_in import answer

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clean_valkey")]


@pytest.fixture(autouse=True)
def connected():
    """The handlers of the project."""
    wiring.connect()


@pytest.fixture
def request_of_kim(cast):
    """Nobody has it: the channel does not ring."""
    cast.support.ring_enabled = False
    cast.support.save()
    return write(make_visitor(cast.nordlicht, name="Kim", email="kim@abc.example"), cast.support)


@pytest.fixture
def open_mode(cast, request_of_kim):
    cast.inbox.assignment_enabled = False
    cast.inbox.save()
    ConversationHead.objects.filter(pk=request_of_kim.pk).update(routing="open")


def by_page(user, conversation, *, script: bool):
    """The status of an answer by form, or by a script."""
    client = Client()
    client.force_login(user)
    line = {"body": f"by {user.first_name}", "client_id": str(uuid.uuid4()), "kind": "reply"}
    where = f"/conversations/{conversation.public_id}/messages/"
    if script:
        return client.post(where, line, content_type="application/json", headers={"Accept": "application/json"})
    return client.post(where, line)


def by_mail(user, conversation) -> str:
    return answer(conversation, f"user:{user.pk}", user.email, f"by {user.first_name}")


def verb(user, conversation, name: str, **fields):
    client = Client()
    client.force_login(user)
    return client.post(
        f"/conversations/{conversation.public_id}/{name}/", fields, headers={"Accept": "application/json"}
    )


def answers(conversation) -> list[str]:
    rows = Message.objects.filter(conversation=conversation, author_kind="user").order_by("seq")
    return list(rows.values_list("body", flat=True))


def holder(conversation) -> tuple[str, int | None]:
    head = ConversationHead.objects.get(pk=conversation.pk)
    return head.routing, head.assignee_id


def test_in_open_mode_everybody_answers_by_every_way(cast, request_of_kim, open_mode):
    """G-11, INV-06: Ben by form, Cem by script, Dora by mail; no assignee appears."""
    assert by_page(cast.ben, request_of_kim, script=False).status_code == 303
    assert by_page(cast.cem, request_of_kim, script=True).status_code == 201
    assert by_mail(cast.dora, request_of_kim) == "posted"
    assert answers(request_of_kim) == ["by Ben", "by Cem", "by Dora"]
    assert holder(request_of_kim) == ("open", None)


@pytest.mark.parametrize("name", ["assign", "unassign", "ring"])
def test_in_open_mode_nobody_assigns(cast, request_of_kim, open_mode, name):
    """G-12: not offered, and refused in words to members, managers and admins."""
    for user in (cast.ben, cast.anna):
        refused = verb(user, request_of_kim, name)
        assert refused.status_code in {403, 409}
        if name == "assign":
            assert refused.json()["message"] == "This inbox works without assigning: everybody may answer."
        client = Client()
        client.force_login(user)
        assert "Assign to me" not in client.get(f"/conversations/{request_of_kim.public_id}/").content.decode()
    assert holder(request_of_kim) == ("open", None)


def test_in_open_mode_the_named_right_decides_by_every_way(cast, request_of_kim, open_mode):
    """Without it page and script are refused, and a mail stays inside."""
    Membership.objects.filter(user=cast.ben).update(may_post_customer_replies=False)
    for script in (False, True):
        assert by_page(cast.ben, request_of_kim, script=script).status_code == 403
    assert by_mail(cast.ben, request_of_kim) == "posted"
    assert answers(request_of_kim) == []


def test_in_assignment_mode_only_who_has_it_answers(cast, request_of_kim):
    """G-15: before anybody has it, and against a colleague and a manager while Ben has it; said where it is."""
    for user in (cast.ben, cast.anna):
        for script in (False, True):
            assert by_page(user, request_of_kim, script=script).status_code == 403
    assert verb(cast.ben, request_of_kim, "assign").status_code == 200
    for user in (cast.cem, cast.anna):
        refused = by_page(user, request_of_kim, script=True)
        assert (refused.status_code, refused.json()["message"]) == (403, "This is already with Ben Fuchs.")
        by_mail(user, request_of_kim)
    assert by_page(cast.ben, request_of_kim, script=False).status_code == 303
    assert answers(request_of_kim) == ["by Ben"]


def test_the_second_click_loses_in_words(cast, request_of_kim):
    """G-14: who comes later reads who was faster, and changes nothing."""
    assert verb(cast.ben, request_of_kim, "assign").status_code == 200
    late = verb(cast.cem, request_of_kim, "assign")
    assert (late.status_code, late.json()["message"]) == (409, "This is already with Ben Fuchs.")
    assert holder(request_of_kim) == ("assigned", cast.ben.pk)


def test_what_a_manager_does(cast, request_of_kim):
    """G-16, G-17, G-18: back to Unassigned, to another with a reason, to herself; the reason is an internal line."""
    assigning.assign(request_of_kim, to=cast.ben, by=cast.ben, role="team_member", now=NOW)
    assert verb(cast.anna, request_of_kim, "unassign").status_code == 200
    assert holder(request_of_kim) == ("unclaimed", None)
    dora = str(cast.member(cast.dora).public_id)
    assert verb(cast.anna, request_of_kim, "assign", to=dora, reason="  She speaks\x00 Swedish ").status_code == 200
    assert holder(request_of_kim) == ("assigned", cast.dora.pk)
    line = Message.objects.get(conversation__about=request_of_kim)
    assert (line.body, line.user) == ("→ Dora Lindqvist: She speaks Swedish", cast.anna)
    assert line.conversation.participants.get(user=cast.dora).following
    assert verb(cast.anna, request_of_kim, "assign").status_code == 200
    assert holder(request_of_kim) == ("assigned", cast.anna.pk)
    assert by_page(cast.anna, request_of_kim, script=True).status_code == 201


def test_a_reason_of_any_length_and_of_none(cast, request_of_kim):
    """Cut at 300 characters; nothing is written without one; a refused assignment leaves none."""
    assert verb(cast.ben, request_of_kim, "assign", reason="x" * 5000).status_code == 200
    assert len(Message.objects.get(conversation__about=request_of_kim).body) == 300
    assert verb(cast.cem, request_of_kim, "assign", reason="mine").status_code == 409
    assert verb(cast.anna, request_of_kim, "assign").status_code == 200
    assert Message.objects.filter(conversation__about=request_of_kim).count() == 1


def test_pages_of_work_cost_the_same_for_one_and_many(cast, request_of_kim):
    """People, joining, moving and a discussion: a fixed number of statements."""
    client = Client()
    client.force_login(cast.anna)

    def costs() -> list[int]:
        found = []
        for page in ("participants/?q=a", "merge/", "move/", "discussions/new/"):
            with CaptureQueriesContext(connection) as queries:
                assert client.get(f"/conversations/{request_of_kim.public_id}/{page}").status_code == 200
            found.append(len(queries))
        return found

    write(request_of_kim.visitor, cast.support)
    by = {"by": cast.member(cast.anna), "role": "admin", "now": NOW}
    taking_part.add_customer(request_of_kim, customer=make_customer(cast.nordlicht, "A", "a@abc.example"), **by)
    taking_part.add_colleague(request_of_kim, person=cast.member(cast.ben), **by)
    costs()
    few = costs()
    for number in range(4):
        write(request_of_kim.visitor, cast.support)
        user = make_user(cast.nordlicht, f"Anton{number}", "Auer", domain="nordlicht")
        make_channel(make_inbox(cast.nordlicht, f"Inbox {number}"), f"Channel {number}")
        taking_part.add_colleague(request_of_kim, person=cast.member(user), **by)
        customer = make_customer(cast.nordlicht, f"A{number}", f"a{number}@abc.example")
        taking_part.add_customer(request_of_kim, customer=customer, **by)
    assert costs() == few


def test_the_line_says_that_the_mode_did_it(cast):
    """G-10: nobody reads that a manager took it from Ben."""
    conversation = accepted_by(cast.ben, cast.support)
    assigning.switch_mode(cast.inbox, assignment=False, by=Author.of_user(cast.anna), now=NOW)
    whole = Conversation.objects.select_related("head__inbox", "channel").get(pk=conversation.pk)
    lines = [(line.kind, line.who, line.whom) for line in lines_of(whole)]
    assert lines[-1] == ("mode", "Anna Berg", "Ben Fuchs")
