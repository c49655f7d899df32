"""Search: nothing is found, counted or hinted at but what one may see at that moment; S-04, S-10, INV-02, G-33, M-01."""

from __future__ import annotations

import pytest

from channels_app.models import InboxMembership
from conversations.actions import directs
from conversations.actions.starting import direct_conversation
from tests.cast import NOW, make_channel, make_inbox, make_user, make_visitor, write
from tests.conversations.pages import signed_in
from tests.conversations.searches import answer, note
from tests.conversations.test_direct import say
from tests.conversations.test_requests import ask

pytestmark = pytest.mark.django_db


def test_nothing_of_other_inboxes_companies_and_talks(cast, find, cards):
    """S-04: not found, not counted, not suggested – by word, beginning, name or number."""
    other = make_inbox(cast.nordlicht, "Board", cast.cem)
    secret = make_channel(other, "Board", cast.cem)
    hidden = write(make_visitor(cast.nordlicht, name="Canaryperson"), secret, "CANARYWORD one", subject="Canarysubject")
    talk = direct_conversation(cast.cem, cast.dora, now=NOW)
    say(talk, cast.cem, "CANARYWORD two")
    queries = ("canaryword", "canary", "anarywor", "Canaryperson", "Canarysubject", f"#{hidden.number}")
    for user in (cast.ben, cast.udo):
        for query in queries:
            assert find(user, query) == []
            assert cards(user, query) == []
        page = signed_in(user).get("/search/?q=canaryword").content.decode()
        assert "Nothing found" in page
        assert "<mark>" not in page
    assert find(cast.anna, "canaryword") == ["CANARYWORD one"]  # an admin sees every inbox, no foreign talk
    assert find(cast.cem, "canaryword") == ["CANARYWORD two", "CANARYWORD one"]
    foreign = signed_in(cast.ben).get("/search/", {"q": "canaryword", "inbox": str(other.public_id)})
    assert foreign.context["hits"] == []


def test_internal_words_never_reach_who_asked(cast, find, cards):
    """INV-02, S-10: neither the internal line nor the names of the team that only the team knows."""
    conversation = ask(cast, body="Do you deliver to Ulm?")
    answer(conversation, cast.ben, "Gladly, on Mondays")
    note(conversation, cast.member(cast.dora), "CANARYNOTE he never pays")
    assert find(cast.udo, "deliver") == ["Do you deliver to Ulm?"]
    assert find(cast.udo, "mondays") == ["Gladly, on Mondays"]
    assert find(cast.udo, "deliver", kind="asked") == ["Do you deliver to Ulm?"]
    assert cards(cast.udo, "Nordlicht") == [str(conversation.public_id)]
    for query in ("canarynote", "canary", "pays", "Lindqvist", "Dora"):
        assert find(cast.udo, query) == []
        assert cards(cast.udo, query) == []
    assert find(cast.udo, "deliver", person="Lindqvist") == []
    assert find(cast.udo, "deliver", person="nordlicht") == ["Do you deliver to Ulm?"]
    assert find(cast.ben, "canarynote") == ["CANARYNOTE he never pays"]
    page = signed_in(cast.udo).get("/search/?q=deliver").content.decode()
    assert f"/requests/{conversation.public_id}/?at=1#m-" in page


def test_a_visitor_has_no_search(cast, client, clean_valkey):
    """S-10: the page is for members; who is not signed in is sent to the sign-in."""
    write(make_visitor(cast.nordlicht), cast.support, "CANARYWORD")
    found = client.get("/search/?q=canaryword")
    assert found.status_code == 302
    assert "CANARYWORD" not in found.content.decode()


def test_who_joined_later_finds_nothing_from_before(cast, find):
    """A direct conversation is searched from where one joined (since_seq); who left finds nothing."""
    talk = direct_conversation(cast.ben, cast.cem, now=NOW)
    say(talk, cast.ben, "Before: pineapple")
    directs.add_people(talk, people=[cast.dora], by=cast.member(cast.ben), now=NOW)
    say(talk, cast.ben, "After: pineapple")
    assert find(cast.dora, "pineapple") == ["After: pineapple"]
    assert find(cast.cem, "pineapple") == ["After: pineapple", "Before: pineapple"]
    directs.leave(talk, member=cast.member(cast.dora), now=NOW)
    assert find(cast.dora, "pineapple") == []


def test_rights_count_at_the_moment_of_the_search(cast, find):
    """Out of the inbox, or without the licence: nothing of it any more (G-33)."""
    write(make_visitor(cast.nordlicht), cast.support, "A pineapple")
    assert find(cast.ben, "pineapple") == ["A pineapple"]
    member = cast.member(cast.ben)
    member.engagement_licence = False
    member.save()
    assert find(cast.ben, "pineapple") == []
    InboxMembership.objects.filter(user=cast.cem).delete()
    assert find(cast.cem, "pineapple") == []


def test_who_only_follows_finds_that_conversation(cast, find):
    """Ben answers as a guest of an inbox that he then leaves: what he follows stays his to find."""
    conversation = write(make_visitor(cast.nordlicht), cast.support, "A pineapple")
    write(make_visitor(cast.nordlicht), cast.support, "Another pineapple")
    answer(conversation, cast.ben, "Which pineapple?")
    InboxMembership.objects.filter(user=cast.ben).delete()
    assert find(cast.ben, "pineapple") == ["Which pineapple?", "A pineapple"]
    assert find(cast.ben, "apple") == ["Which pineapple?", "A pineapple"]


def test_a_message_from_before_one_joined_is_no_place(cast, clean_valkey):
    talk = direct_conversation(cast.ben, cast.cem, now=NOW)
    say(talk, cast.ben, "Before")
    directs.add_people(talk, people=[cast.dora], by=cast.member(cast.ben), now=NOW)
    say(talk, cast.ben, "After")
    page = signed_in(cast.dora).get(f"/conversations/{talk.public_id}/?at=1").content.decode()
    assert "data-found" not in page
    assert "Before" not in page


def test_nobody_without_membership(cast, clean_valkey):
    """M-01: a login without a company has no search."""
    stranger = make_user(None, "Nobody", "Here")
    assert signed_in(stranger).get("/search/?q=x").status_code == 403
