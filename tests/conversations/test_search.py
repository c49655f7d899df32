"""Search: what is found, by whom, and that nothing else is ever hinted at; S-04, S-10, S-37, INV-02."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from channels_app.models import InboxMembership
from conversations.actions import directs
from conversations.actions.posting import post_message
from conversations.actions.starting import direct_conversation, side_conversation
from conversations.attachments import accept_upload
from conversations.authors import Author
from conversations.excerpts import Part, excerpt, plain
from conversations.models import Conversation, ConversationHead, Message, Offer, SearchCard, SearchLine, SearchWord
from conversations.selectors import search as selector
from conversations.selectors.search_words import clean_query, number_in
from tests.cast import NOW, make_channel, make_customer, make_inbox, make_user, make_visitor, write
from tests.conversations.test_direct import say, signed_in
from tests.conversations.test_requests import ask

pytestmark = pytest.mark.django_db


def answer(conversation, user, body="Yes"):
    """A colleague's answer, whoever it rings at."""
    Offer.objects.filter(conversation=conversation, state="pending").update(state="withdrawn", ended_at=NOW)
    ConversationHead.objects.filter(pk=conversation.pk, assignee=None).update(routing="open")
    ids = {"client_id": uuid.uuid4(), "via": "app", "now": NOW}
    return post_message(conversation, author=Author.of_user(user), body=body, role="team_member", may_post=True, **ids)


@pytest.fixture
def find(cast, react, clean_valkey):
    """find(user, "words", kind="internal") → bodies of the messages found, newest first, by the page itself."""

    def look(user, query, **filters) -> list[str]:
        react()
        page = signed_in(user).get("/search/", {"q": query} | {name.rstrip("_"): v for name, v in filters.items()})
        assert page.status_code == 200
        return ["".join(part.text for part in hit.parts) for hit in page.context["hits"]]

    return look


@pytest.fixture
def cards(cast, react, clean_valkey):
    """cards(user, "words") → public ids of the conversations found."""

    def look(user, query, **filters) -> list[str]:
        react()
        page = signed_in(user).get("/search/", {"q": query} | filters)
        return [row["c"] for row in page.context["rows"]]

    return look


def note(conversation, member, body):
    """An internal line beside the conversation."""
    side = side_conversation(conversation, member=member, now=NOW)
    ids = {"client_id": uuid.uuid4(), "via": "app", "now": NOW}
    post_message(side, author=Author.of_user(member.user), body=body, role="team_member", **ids)
    return side


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


def test_edited_and_deleted_messages_leave_the_index_at_once(cast, find):
    conversation = write(make_visitor(cast.nordlicht), cast.support, "A pineapple")
    assert find(cast.ben, "pineapple") == ["A pineapple"]
    message = Message.objects.get(conversation=conversation)
    message.body = "A grapefruit"
    message.save()
    assert find(cast.ben, "pineapple") == []
    assert find(cast.ben, "grapefruit") == ["A grapefruit"]
    Message.objects.filter(pk=message.pk).update(deleted_at=NOW)
    assert not SearchLine.objects.exists()
    assert find(cast.ben, "grapefruit") == []


def test_a_message_deleted_before_the_worker_came_is_never_read_in(cast, find):
    conversation = write(make_visitor(cast.nordlicht), cast.support, "A pineapple")
    Message.objects.filter(conversation=conversation).update(deleted_at=NOW)
    assert find(cast.ben, "pineapple") == []
    assert not SearchLine.objects.exists()


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


def test_every_page_of_many_and_always_as_many_queries(cast, react, clean_valkey):
    """Keyset pages without gap or repeat; the number of queries is the same for one hit and for many."""
    conversation = write(make_visitor(cast.nordlicht), cast.support, "lamp 0")
    react()
    ben = signed_in(cast.ben)
    ben.get("/search/?q=lamp")
    with CaptureQueriesContext(connection) as one:
        ben.get("/search/?q=lamp")
    for number in range(1, 40):
        write(make_visitor(cast.nordlicht, name=f"Person {number}"), cast.support, f"lamp {number}")
    for number in range(40, 60):
        answer(conversation, cast.ben, f"lamp {number}")
    react()
    with CaptureQueriesContext(connection) as many:
        first = ben.get("/search/?q=lamp")
    assert len(many) <= len(one) + 1, (len(one), len(many))
    seen, page = [], first
    while True:
        seen += [hit.url for hit in page.context["hits"]]
        if not page.context["next_url"]:
            break
        page = ben.get(page.context["next_url"], headers={"Turbo-Frame": "hits-2"})
        assert page.context["rows"] == []
    assert len(seen) == len(set(seen)) == 60
    for cursor in ("x", "W10", "WyJhIl0", "WzFd" * 50):
        assert ben.get(f"/search/?q=lamp&after={cursor}").status_code == 200


def test_words_are_marked_and_everything_is_escaped(cast, react, clean_valkey):
    write(
        make_visitor(cast.nordlicht, name="<b>Kim</b>"), cast.support, "<script>alert(1)</script> the Lämpchen is dim"
    )
    react()
    page = signed_in(cast.ben).get("/search/?q=laempchen").content.decode()
    assert "<mark>Lämpchen</mark>" in page
    assert "<script>alert" not in page
    assert "<b>Kim" not in page


def test_empty_words_no_hit_too_fast(cast, clean_valkey, monkeypatch):
    ben = signed_in(cast.ben)
    assert "Everything you may see" in ben.get("/search/").content.decode()
    assert "Nothing you may see matches" in ben.get("/search/?q=zzz").content.decode()
    assert "Without filters" in ben.get("/search/?q=zzz&kind=internal").content.decode()
    monkeypatch.setattr("events.limits.take", lambda *args, **options: False)
    refused = ben.get("/search/?q=zzz")
    assert refused.status_code == 429
    assert "Too many searches" in refused.content.decode()
    assert ben.get("/search/").status_code == 200


def test_the_frame_is_only_the_results(cast, clean_valkey):
    frame = signed_in(cast.ben).get("/search/?q=zzz", headers={"Turbo-Frame": "search"}).content.decode()
    assert frame.strip().startswith('<turbo-frame id="search"')
    assert "<html" not in frame


def test_a_hit_opens_the_page_around_the_message(cast, react, clean_valkey):
    """The thread shows the message with what follows, and the way to its end; internal ones beside their request."""
    conversation = write(make_visitor(cast.nordlicht), cast.support, "line 1")
    for number in range(2, 201):
        answer(conversation, cast.ben, f"line {number}" if number != 90 else "The needle")
    side = note(conversation, cast.member(cast.ben), "An inner needle")
    react()
    ben = signed_in(cast.ben)
    hits = ben.get("/search/?q=needle").context["hits"]
    assert [hit.kind for hit in hits] == ["internal", "customer"]
    page = ben.get(hits[1].url.partition("#")[0])
    text = page.content.decode()
    needle = Message.objects.get(body="The needle")
    assert hits[1].url.endswith(f"/?at=90#m-{needle.client_id}")
    assert f'data-found="m-{needle.client_id}"' in text
    assert f'id="m-{needle.client_id}"' in text
    assert "Newest messages" in text
    assert page.context["timeline"].newest == 100
    inner = ben.get(hits[0].url.partition("#")[0])
    assert inner.status_code == 302
    assert inner["Location"] == f"/conversations/{conversation.public_id}/?side_at=1"
    shown = ben.get(inner["Location"]).content.decode()
    assert "An inner needle" in shown
    assert "data-found=" in shown
    assert side.pk != conversation.pk
    for wrong in ("at=100000", "at=-1", "at=x", "side_at=7"):
        assert "data-found" not in ben.get(f"/conversations/{conversation.public_id}/?{wrong}").content.decode()


def test_a_message_from_before_one_joined_is_no_place(cast, clean_valkey):
    talk = direct_conversation(cast.ben, cast.cem, now=NOW)
    say(talk, cast.ben, "Before")
    directs.add_people(talk, people=[cast.dora], by=cast.member(cast.ben), now=NOW)
    say(talk, cast.ben, "After")
    page = signed_in(cast.dora).get(f"/conversations/{talk.public_id}/?at=1").content.decode()
    assert "data-found" not in page
    assert "Before" not in page


def test_sending_a_message_costs_nothing_for_search(cast, react):
    """The index is written by the worker: no statement of a send names it."""
    conversation = write(make_visitor(cast.nordlicht), cast.support, "Hello")
    with CaptureQueriesContext(connection) as sent:
        answer(conversation, cast.ben, "A pineapple")
    assert not [query for query in sent.captured_queries if "search" in query["sql"]]
    assert not SearchLine.objects.exists()
    react()
    assert SearchLine.objects.count() == 2


def test_reading_in_twice_changes_nothing(cast, react):
    from conversations.actions.searching import read_in

    conversation = write(make_visitor(cast.nordlicht), cast.support, "Two pineapples")
    react()
    before = list(SearchLine.objects.values()), list(SearchCard.objects.values()), set(SearchWord.objects.values_list())
    read_in([(conversation.pk, 1), (conversation.pk, 1)])
    after = list(SearchLine.objects.values()), list(SearchCard.objects.values()), set(SearchWord.objects.values_list())
    assert before == after


def test_words_of_an_inbox_hold_no_numbers(cast, react):
    """What could be an order or telephone number is found whole, and kept nowhere but with its message."""
    write(make_visitor(cast.nordlicht), cast.support, "Call 0171 5550100 about AB12 pineapple")
    react()
    words = set(SearchWord.objects.values_list("word", flat=True))
    assert "pineapple" in words
    assert not [word for word in words if re.search(r"\d", word)]


def test_excerpts_are_cut_around_the_first_word():
    long = "start " + "filler " * 60 + "needle here " + "tail " * 60
    parts = excerpt(long, ["needle"])
    assert Part("needle", True) in parts
    assert parts[0] == Part("… ")
    assert parts[-1].text.endswith(" …")
    assert len("".join(part.text for part in parts)) < 230
    assert excerpt("nothing here", ["needle"]) == [Part("nothing here")]
    assert excerpt("", ["needle"]) == []
    assert plain("Häuser") == plain("Haeuser") == plain("HAUSER")
    assert excerpt("Straße", ["strasse"]) == [Part("Straße", True)]


def test_numbers_and_cleaning():
    assert number_in("#12") == number_in("12") == 12
    assert number_in("12 a") is number_in("0") is number_in("#") is number_in("9" * 12) is None
    assert clean_query("  a\x00b \n c ") == "a b c"
    assert len(clean_query("ä" * 5000)) == 120
    assert selector.KINDS == ("customer", "internal", "direct", "asked")


def test_nobody_without_membership(cast, clean_valkey):
    """M-01: a login without a company has no search."""
    stranger = make_user(None, "Nobody", "Here")
    assert signed_in(stranger).get("/search/?q=x").status_code == 403
