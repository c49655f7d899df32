"""Tags (a company's own) and references (public) of conversations; S-02, INV-02, INV-19."""

from __future__ import annotations

import pytest
from django.urls import reverse

from conversations.actions import labels
from conversations.actions.locking import Conflict
from conversations.actions.starting import direct_conversation, side_conversation
from conversations.models import ConversationHead, Reference, Tag, Tagging
from tests.cast import NOW, make_visitor, write
from tests.conversations.test_direct import address, say, signed_in
from tests.conversations.test_requests import address as asked_address
from tests.conversations.test_requests import ask

pytestmark = pytest.mark.django_db


def test_tags_are_the_company_s_alone_and_references_everybody_s(cast, clean_valkey):
    """On a direct conversation each company files for itself; a reference is read by both."""
    talk = direct_conversation(cast.udo, cast.anna, now=NOW)
    say(talk, cast.udo)
    anna, udo = signed_in(cast.anna), signed_in(cast.udo)
    assert anna.post(address(talk, "conversation_tags"), {"name": " slow payer "}).status_code == 303
    assert udo.post(address(talk, "conversation_references"), {"text": "Order 4711"}).status_code == 303
    for where in (address(talk), "/conversations/", address(talk, "conversation_state")):
        assert "slow payer" in anna.get(where).content.decode()
        assert "slow payer" not in udo.get(where).content.decode()
    assert "Order 4711" in anna.get(address(talk)).content.decode()
    assert str(talk.public_id) in anna.get("/conversations/?tag=Slow+Payer").content.decode()
    assert str(talk.public_id) not in udo.get("/conversations/?tag=slow+payer").content.decode()
    udo.post(address(talk, "conversation_tags"), {"remove": "slow payer"})
    assert Tagging.objects.count() == 1
    anna.post(address(talk, "conversation_tags"), {"remove": "SLOW PAYER"})
    assert not Tag.objects.exists()
    anna.post(address(talk, "conversation_references"), {"remove": "Order 4711"})
    assert not Reference.objects.exists()


def test_who_asks_reads_the_references_of_their_request_and_no_tag(cast, clean_valkey):
    """INV-02: in page, state and list of the one who asks."""
    conversation = ask(cast)
    anna = signed_in(cast.anna)
    anna.post(address(conversation, "conversation_tags"), {"name": "CANARYTAG"})
    anna.post(address(conversation, "conversation_references"), {"text": "Order 4711"})
    udo = signed_in(cast.udo)
    assert "Order 4711" in udo.get(asked_address(conversation)).content.decode()
    for where in (asked_address(conversation), asked_address(conversation, "request_state"), "/conversations/"):
        assert "CANARYTAG" not in udo.get(where).content.decode()
    assert str(conversation.public_id) not in udo.get("/conversations/?tag=CANARYTAG").content.decode()
    assert udo.post(address(conversation, "conversation_tags"), {"name": "x"}).status_code == 404


@pytest.mark.parametrize("word", ["", "  ", "\x00\u202e", "\n\t"])
def test_nothing_is_no_word(cast, clean_valkey, word):
    conversation = write(make_visitor(cast.nordlicht), cast.support)
    assert signed_in(cast.anna).post(address(conversation, "conversation_tags"), {"name": word}).status_code == 422
    assert not Tag.objects.exists()


def test_long_and_many_words_end_somewhere(cast):
    """Cut at 30 characters; the same word in other letters is the same; at most twenty."""
    conversation, member = write(make_visitor(cast.nordlicht), cast.support), cast.member(cast.anna)
    labels.add_tag(conversation, member=member, name="x" * 200)
    labels.add_tag(conversation, member=member, name="X" * 30)
    assert [len(tag.name) for tag in Tag.objects.all()] == [30]
    for number in range(labels.MOST - 1):
        labels.add_tag(conversation, member=member, name=f"word {number}")
    with pytest.raises(labels.BadLabel, match="too_many"):
        labels.add_tag(conversation, member=member, name="one more")


def test_internal_and_locked_ones_take_none(cast):
    """INV-19; the internal side is filed with its request."""
    conversation, member = write(make_visitor(cast.nordlicht), cast.support), cast.member(cast.anna)
    side = side_conversation(conversation, member=member, now=NOW)
    with pytest.raises(Conflict, match="no_labels"):
        labels.add_tag(side, member=member, name="x")
    ConversationHead.objects.filter(pk=conversation.pk).update(status="locked")
    for act in (
        lambda: labels.add_tag(conversation, member=member, name="x"),
        lambda: labels.remove_tag(conversation, member=member, name="x"),
        lambda: labels.add_reference(conversation, text="x"),
        lambda: labels.remove_reference(conversation, text="x"),
    ):
        with pytest.raises(Conflict, match="locked"):
            act()


def test_the_filter_stays_from_page_to_page(cast, clean_valkey):
    """The tag is in the links of the rows and of the next page."""
    member, anna = cast.member(cast.anna), signed_in(cast.anna)
    for _ in range(26):
        one = write(make_visitor(cast.nordlicht), cast.support)
        labels.add_tag(one, member=member, name="north & south")
    write(make_visitor(cast.nordlicht), cast.support, "Not tagged")
    page = anna.get(reverse("inbox"), {"tag": "north & south"}).content.decode()
    assert "tag=north+%26+south" in page
    assert page.count('<li id="row-') == 25
    assert "Not tagged" not in page


@pytest.mark.parametrize(("known", "word"), [("k", "\u212a"), ("i", "\u0130"), ("I", "\u0131"), ("straße", "STRASSE")])
def test_words_that_are_alike_in_one_direction_only(cast, clean_valkey, known, word):
    """Small letters of the one are those of the other, capital ones are not: both can be put on and taken off."""
    conversation = write(make_visitor(cast.nordlicht), cast.support)
    ben = cast.member(cast.ben)
    for name in (known, word):
        labels.add_tag(conversation, member=ben, name=name)
    for name in (known, word):
        labels.remove_tag(conversation, member=ben, name=name)
    assert not Tag.objects.exists()
