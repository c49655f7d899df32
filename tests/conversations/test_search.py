"""Search: which words find what, by whom it is and where it stands, and why it was found; S-37."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from conversations.actions.starting import direct_conversation
from conversations.attachments import accept_upload
from conversations.authors import Author
from conversations.models import Conversation, ConversationHead
from conversations.selectors import search as selector
from conversations.selectors.search_words import clean_query, number_in
from tests.cast import NOW, make_customer, make_visitor, write
from tests.conversations.pages import signed_in
from tests.conversations.searches import answer, note
from tests.conversations.test_direct import say
from tests.conversations.test_requests import ask

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("body", "query"),
    [
        ("Die Rechnung stimmt nicht", "rechnungen"),
        ("Alle Rechnungen sind da", "Rechnung"),
        ("Die Rechnungsnummer fehlt", "rechnung"),
        ("Ihre Jahresrechnung liegt bei", "rechnung"),
        ("Zwei Häuser weiter", "haus"),
        ("Zwei Häuser weiter", "Haeuser"),
        ("Grüße aus Köln", "gruesse koeln"),
        ("Gruesse aus Koeln", "Grüße Köln"),
        ("Grüße aus Köln", "grusse koln"),
        ("Fakturorna är fel", "faktura"),
        ("Båten kommer på måndag", "baten mandag"),
        ("She was running late", "run"),
        ("The deliveries are late", "delivery"),
        ("Order RE-2024-0815 please", "re-2024-0815"),
        ("Order RE-2024-0815 please", "0815"),
        ("The lamp flickers", "flick"),
        ("The lamp flickers", "LAMP   flickers"),
    ],
)
def test_words_are_found_as_people_mean_them(cast, find, body, query):
    """German, Swedish and English stems, umlauts however spelt, beginnings, compounds."""
    write(make_visitor(cast.nordlicht), cast.support, body)
    write(make_visitor(cast.nordlicht), cast.support, "Something else entirely")
    assert find(cast.ben, query) == [body]
    talk = direct_conversation(cast.ben, cast.udo, now=NOW)
    say(talk, cast.ben, body)
    assert find(cast.udo, query) == [body]  # the way without an index finds the same


def test_every_word_must_be_there_and_nothing_is_too_old(cast, find):
    """No age limit; newest first; a closed conversation too."""
    old = write(make_visitor(cast.nordlicht), cast.support, "Blue lamp, first", now=NOW - timedelta(days=4000))
    write(make_visitor(cast.nordlicht), cast.support, "Red lamp")
    write(make_visitor(cast.nordlicht), cast.support, "Blue lamp, second")
    ConversationHead.objects.filter(pk=old.pk).update(status="locked", routing="open", closed_at=NOW)
    assert find(cast.ben, "blue lamp") == ["Blue lamp, second", "Blue lamp, first"]
    assert find(cast.ben, "green lamp") == []


def test_conversations_by_people_subject_and_number(cast, cards, react):
    """Names by any part of them, mail addresses, participants, #123."""
    visitor = make_visitor(cast.nordlicht, name="Käthe Übermüller", email="kaethe@mailhaus.example")
    conversation = write(visitor, cast.support)
    write(make_visitor(cast.nordlicht), cast.support)
    answer(conversation, cast.dora)
    here = [str(conversation.public_id)]
    for query in ("übermüller", "uebermueller", "muller", "bermül", "mailhaus", "kaethe@mailhaus.example", "Lindqvist"):
        assert cards(cast.ben, query) == here, query
    assert cards(cast.ben, f"#{conversation.number}") == here
    assert cards(cast.ben, str(conversation.number)) == here
    visitor.name = "Paula Neu"
    visitor.save()
    assert cards(cast.ben, "Paula") == here
    assert cards(cast.ben, "Übermüller") == []
    Conversation.objects.filter(pk=conversation.pk).update(subject="Ringelblumen")
    assert cards(cast.ben, "blumen") == here


def test_a_name_is_found_with_every_letter_that_is_typed(cast, cards, monkeypatch):
    """Subject and people from the first letter of the last word on; whole short words however old."""
    kim = write(make_visitor(cast.nordlicht, name="Kim Berg"), cast.support)
    write(make_visitor(cast.nordlicht, name="Kim Stein"), cast.support)
    here = str(kim.public_id)
    for typed in ("Kim B", "Kim Be", "Kim Ber", "Kim Berg", "berg k", "berg ki"):
        assert cards(cast.ben, typed) == [here], typed
    for typed in ("K", "Ki", "Kim"):
        assert len(cards(cast.ben, typed)) == 2, typed
    assert cards(cast.ben, "Kim X") == cards(cast.ben, "B Kim") == []
    assert cards(cast.udo, "Kim B") == cards(cast.udo, "K") == []
    assert cards(cast.ben, "kim b", kind="internal") == []
    old = write(make_visitor(cast.nordlicht, name="Bo Quist"), cast.support)
    write(make_visitor(cast.nordlicht), cast.support)
    monkeypatch.setattr(selector, "_NEAR", 1)
    assert cards(cast.ben, "Bo") == [str(old.public_id)]
    assert cards(cast.ben, "Q") == []


def test_a_found_conversation_says_why(cast, react, clean_valkey):
    """Subject, name and number are marked in its row; who takes part, and an address, are named where neither says it."""
    visitor = make_visitor(cast.nordlicht, name="Kim Berg", email="kim@mailhaus.example")
    conversation = write(visitor, cast.support, subject="Two pendant lamps")
    cast.cem.last_name = "Aydın"
    cast.cem.save()
    answer(conversation, cast.cem)
    react()

    def marks(user, query) -> tuple[str, ...]:
        (row,) = signed_in(user).get("/search/", {"q": query}).context["rows"]
        written = ["".join(f"[{p.text}]" if p.marked else p.text for p in parts) for parts in row["marks"].values()]
        return tuple(written)

    assert marks(cast.ben, "lamp") == ("Kim Berg", "Two pendant [lamps]", "")
    assert marks(cast.ben, "kim b") == ("[Kim] [Berg]", "Two pendant lamps", "")
    assert marks(cast.ben, "Aydin lamps") == ("Kim Berg", "Two pendant [lamps]", "With Cem [Aydın]")
    assert marks(cast.ben, "mailhaus") == ("Kim Berg", "Two pendant lamps", "kim@[mailhaus].example")
    page = signed_in(cast.ben).get("/search/?q=lamp").content.decode()
    assert "<mark>lamps</mark>" in page
    assert f"#{conversation.number}</small>" in page
    asked = ask(cast, body="Do you deliver to Ulm?")
    answer(asked, cast.ben, "Gladly")
    react()
    assert marks(cast.udo, "Nordlicht")[2] == ""  # nobody behind the company


def test_a_customer_who_is_renamed_is_found_anew(cast, cards):
    customer = make_customer(cast.nordlicht, "Roswitha", "r@kunde.example")
    conversation = write(make_visitor(cast.nordlicht, customer=customer), cast.support)
    assert cards(cast.ben, "roswitha") == [str(conversation.public_id)]
    customer.first_name = "Hildegard"
    customer.save()
    assert cards(cast.ben, "roswitha") == []
    assert cards(cast.ben, "hildegard") == [str(conversation.public_id)]


def test_filters_stand_in_the_address(cast, find):
    """Person, inbox, kind, from, to, with a file; nonsense narrows nothing."""
    old = write(make_visitor(cast.nordlicht, name="Kim Berg"), cast.support, "lamp old", now=NOW - timedelta(days=30))
    new = write(make_visitor(cast.nordlicht, name="Lea Stein"), cast.support, "lamp new")
    note(new, cast.member(cast.ben), "lamp inside")
    file = accept_upload(
        company=cast.nordlicht, uploader=Author.of_user(cast.ben).key, now=NOW,
        file=SimpleUploadedFile("lampenplan.txt", b"x"), name="lampenplan.txt",
    )  # fmt: skip
    talk = direct_conversation(cast.ben, cast.udo, now=NOW)
    say(talk, cast.ben, "lamp direct", files=[file.public_id])
    assert find(cast.ben, "lamp") == ["lamp direct", "lamp inside", "lamp new", "lamp old"]
    assert find(cast.ben, "lamp", person="kim") == ["lamp old"]
    assert find(cast.ben, "lamp", kind="internal") == ["lamp inside"]
    assert find(cast.ben, "lamp", kind="customer") == ["lamp new", "lamp old"]
    assert find(cast.ben, "lamp", kind="direct") == ["lamp direct"]
    assert find(cast.ben, "lamp", file="1") == ["lamp direct"]
    assert find(cast.ben, "lampenplan") == ["lamp direct"]
    assert find(cast.ben, "lamp", to="2026-11-01") == ["lamp old"]
    assert find(cast.ben, "lamp", from_="2026-11-23", to="2026-11-23", kind="customer") == ["lamp new"]
    assert find(cast.ben, "lamp", inbox=str(cast.inbox.public_id)) == ["lamp inside", "lamp new", "lamp old"]
    nonsense = {"from_": "9999999-1", "to": "\x00", "kind": "user__password", "inbox": "1 OR 1=1"}
    assert len(find(cast.ben, "lamp", **nonsense)) == 4
    assert find(cast.ben, "old", person="stein") == []
    assert ConversationHead.objects.filter(pk=old.pk).exists()


@pytest.mark.parametrize(
    "query",
    [
        "' OR 1=1 --", "lamp' & !x", "lamp | other", "a:*", "\\", "!!!", "<->", "()", "%", "_", "%%%s", "\x00lamp",
        "\ud800", "lamp\\'", "x" * 5000, "lamp " * 2000, "ﷺ" * 100, "🤖", "\u202elamp", "NULL", "{}", "$1", "'::tsquery",
    ],
)  # fmt: skip
def test_nothing_typed_is_an_operator(cast, find, query):
    """S-37: neither SQL nor tsquery; long ones are cut; nothing fails."""
    write(make_visitor(cast.nordlicht), cast.support, "Another thing")
    query = query.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
    assert find(cast.ben, query) in ([], ["Another thing"])
    assert find(cast.ben, "thing", person=query) in ([], ["Another thing"])


def test_numbers_and_cleaning():
    assert number_in("#12") == number_in("12") == 12
    assert number_in("12 a") is number_in("0") is number_in("#") is number_in("9" * 12) is None
    assert clean_query("  a\x00b \n c ") == "a b c"
    assert len(clean_query("ä" * 5000)) == 120
    assert selector.KINDS == ("customer", "internal", "direct", "asked")
