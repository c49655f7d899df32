"""Accept, decline, assign, ring again, close, seen: each a POST, each with its refusals; E-08, E-38, S-01, S-03."""

from __future__ import annotations

import pytest
from django.test import Client

from conversations.actions import closing, ringing
from conversations.actions.starting import side_conversation
from conversations.authors import Author
from conversations.models import ConversationHead, Offer, Participant
from tests.cast import NOW, make_inbox, make_user, make_visitor, write

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clean_valkey")]
VERBS = ("accept", "decline", "assign", "unassign", "ring", "close", "reopen", "seen")
JSON = {"Accept": "application/json"}
STREAMS = {"Accept": "text/vnd.turbo-stream.html, text/html"}


@pytest.fixture
def as_(cast):
    """as_(user, verb, conversation, **fields) → the answer to that member's POST as JSON."""

    def post(user, verb, conversation, *, headers=JSON, **fields):
        browser = Client()
        browser.force_login(user)
        return browser.post(f"/conversations/{conversation.public_id}/{verb}/", fields, headers=headers)

    return post


@pytest.fixture
def asked(cast):
    return write(make_visitor(cast.nordlicht), cast.support, "Hello?")


@pytest.fixture
def taken(cast, asked):
    ringing.accept(asked, user=cast.ben, now=NOW)
    return asked


@pytest.fixture
def free(cast):
    """A request that nobody has: the default inbox has no ring."""
    cast.support.ring_enabled = False
    cast.support.save()
    return write(make_visitor(cast.nordlicht), cast.support, "Hello?")


def state(conversation) -> tuple[str, str, str]:
    head = ConversationHead.objects.select_related("assignee").get(pk=conversation.pk)
    return head.status, head.routing, head.assignee.first_name if head.assignee else ""


def test_reading_an_address_changes_nothing(client, cast, asked):
    """3.5.1: GET and HEAD on a verb are 405 and leave everything as it was."""
    client.force_login(cast.ben)
    for verb in VERBS:
        for method in (client.get, client.head, client.put, client.delete):
            assert method(f"/conversations/{asked.public_id}/{verb}/").status_code == 405
    assert state(asked) == ("open", "ringing", "")


def test_nobody_without_a_session(client, cast, asked):
    """Signed out: the way to the sign-in; nothing happens."""
    for verb in VERBS:
        assert client.post(f"/conversations/{asked.public_id}/{verb}/").status_code == 302
    assert state(asked) == ("open", "ringing", "")


def test_the_holder_accepts(as_, cast, asked):
    """M-36: 303 by form, streams that change the open thread, JSON; twice is no error."""
    answer = as_(cast.ben, "accept", asked, headers=STREAMS)
    page = answer.content.decode()
    assert answer.status_code == 200
    for target in ("thread-head", "thread-ring", "composer-state", "composer-readers", "detail-body", "thread-facts"):
        assert f'target="{target}"' in page
    assert "composer-body" not in page, "nobody's text area is replaced"
    assert state(asked) == ("open", "assigned", "Ben")
    assert as_(cast.ben, "accept", asked).json() == {"ok": True}
    assert as_(cast.ben, "accept", asked, headers={}).status_code == 303


def test_who_is_not_asked_cannot_accept_or_decline(as_, cast, asked):
    """INV-04: 409 with the place where it is now."""
    for user in (cast.cem, cast.anna):
        for verb in ("accept", "decline"):
            answer = as_(user, verb, asked)
            assert (answer.status_code, answer.json()["message"]) == (409, "This rings at Ben Fuchs now.")
    assert state(asked) == ("open", "ringing", "")


def test_too_late_reads_who_has_it(as_, cast, asked):
    """E-08: “already with Cem”, as words, streams and text."""
    as_(cast.ben, "decline", asked)
    as_(cast.cem, "accept", asked)
    answer = as_(cast.ben, "accept", asked)
    assert (answer.status_code, answer.json()) == (
        409,
        {"error": "conflict", "message": "This is already with Cem Aydın."},
    )
    streams = as_(cast.ben, "accept", asked, headers=STREAMS)
    assert streams.status_code == 409
    assert "This is already with Cem Aydın." in streams.content.decode()
    assert 'target="toasts"' in streams.content.decode()
    assert as_(cast.ben, "accept", asked, headers={}).content.decode() == "This is already with Cem Aydın."


def test_claiming_what_nobody_has(as_, cast, free):
    """E-38: a team member may take what is fresh; the next one reads who has it; a manager may take it from them."""
    assert state(free) == ("open", "unclaimed", "")
    assert as_(cast.ben, "assign", free).status_code == 200
    assert state(free) == ("open", "assigned", "Ben")
    late = as_(cast.cem, "assign", free)
    assert (late.status_code, late.json()["message"]) == (409, "This is already with Ben Fuchs.")
    assert as_(cast.anna, "assign", free).status_code == 200
    assert state(free) == ("open", "assigned", "Anna")


def test_assigning_others_is_for_managers(as_, cast, taken):
    """S-03: a team member 403, a manager of another inbox 403, this inbox's manager and the admin may."""
    dora = str(cast.member(cast.dora).public_id)
    emil = make_user(cast.nordlicht, "Emil", "Kern", domain="nordlicht")
    make_inbox(cast.nordlicht, "Sales", managers=(emil,))
    cast.inbox.inbox_memberships.create(user=emil)
    for user in (cast.cem, emil):
        assert as_(user, "assign", taken, to=dora).status_code == 403
        assert as_(user, "ring", taken).status_code == 403
    assert state(taken) == ("open", "assigned", "Ben")
    assert as_(cast.anna, "assign", taken, to=dora).status_code == 200
    assert state(taken) == ("open", "assigned", "Dora")


@pytest.mark.parametrize("to", ["nonsense", "5f1f7f1e-6a3c-4a53-9a7b-0d6f8f1f2a10", "foreign", "elsewhere"])
def test_assigning_to_nobody_we_have(as_, cast, taken, to):
    """S-02: unknown, foreign and unfit people are refused; nothing changes, nothing of them is told."""
    outsider = make_user(cast.nordlicht, "Fritz", "Ohne", domain="nordlicht")
    chosen = {"foreign": cast.member(cast.udo), "elsewhere": cast.member(outsider)}.get(to)
    answer = as_(cast.anna, "assign", taken, to=str(chosen.public_id) if chosen else to)
    assert answer.status_code == (403 if to == "elsewhere" else 422)
    assert "Udo" not in answer.content.decode()
    assert state(taken) == ("open", "assigned", "Ben")


def test_giving_back(as_, cast, taken):
    """A member may return their own, not somebody else's."""
    assert as_(cast.cem, "unassign", taken).status_code == 403
    assert as_(cast.ben, "unassign", taken).status_code == 200
    assert state(taken) == ("open", "unclaimed", "")
    assert as_(cast.ben, "unassign", taken).status_code == 409


def test_ringing_again(as_, cast, taken):
    """A manager has it rung anew; while it rings that is a conflict."""
    assert as_(cast.anna, "ring", taken).status_code == 200
    assert state(taken)[1] == "ringing"
    assert as_(cast.anna, "ring", taken).status_code == 409
    assert Offer.objects.filter(conversation=taken, state="pending").count() == 1


def test_closing_and_opening_again(as_, cast, taken):
    """model.md §4.1: the assignee and managers; others 403; a locked one 409."""
    assert as_(cast.cem, "close", taken).status_code == 403
    assert as_(cast.ben, "close", taken).status_code == 200
    assert state(taken)[0] == "closed"
    assert as_(cast.cem, "reopen", taken).status_code == 403
    assert as_(cast.anna, "reopen", taken).status_code == 200
    assert state(taken)[0] == "open"
    ConversationHead.objects.filter(pk=taken.pk).update(status="locked")
    assert {as_(cast.ben, verb, taken).status_code for verb in ("close", "reopen")} == {409}


def test_closing_ends_the_ring(as_, cast, asked):
    """The offer is withdrawn, nobody rings any more."""
    assert as_(cast.anna, "close", asked).status_code == 200
    assert Offer.objects.get(conversation=asked).state == "withdrawn"


def test_seen_moves_forward_only(as_, cast, taken):
    """model.md §4.3: never back, never past the newest line; both orders by one request."""
    side = side_conversation(taken, member=cast.member(cast.cem), now=NOW)
    browser = Client()
    browser.force_login(cast.cem)
    address = f"/conversations/{taken.public_id}/seen/"
    answers = [
        browser.post(address, {"seq": seq, "side_seq": 7}, content_type="application/json").json() for seq in (0, 99, 0)
    ]
    assert [answer["seq"] for answer in answers] == [0, 1, 1]
    assert answers[0]["side_seq"] == 0
    assert Participant.objects.get(conversation=taken, user=cast.cem).last_read_seq == 1
    assert Participant.objects.get(conversation=side, user=cast.cem).last_read_seq == 0
    for bad in ({"seq": -1}, {"seq": "x"}, {"seq": 2**40}, {"side_seq": [1]}):
        assert browser.post(address, bad, content_type="application/json").status_code == 422


def test_what_the_page_offers_is_what_is_allowed(client, cast, taken):
    """The buttons follow the matrix: assignee, colleague, manager; nothing that would be refused stands there."""

    def buttons(user) -> set[str]:
        client.force_login(user)
        page = client.get(f"/conversations/{taken.public_id}/").content.decode()
        return {verb for verb in VERBS if f'action="/conversations/{taken.public_id}/{verb}/"' in page}

    assert buttons(cast.ben) == {"unassign", "close"}
    assert buttons(cast.cem) == set()
    assert buttons(cast.anna) == {"assign", "unassign", "ring", "close"}
    closing.close(taken, author=Author.of_user(cast.ben), role="team_member", now=NOW)
    assert buttons(cast.ben) == {"reopen"}
    assert buttons(cast.cem) == set()
