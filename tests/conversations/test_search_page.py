"""The page of results: keyset pages, marked words, empty and refused ones, and where a hit leads."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from conversations.excerpts import Part, excerpt, plain
from conversations.models import Message
from tests.cast import make_visitor, write
from tests.conversations.pages import signed_in
from tests.conversations.searches import answer, note

pytestmark = pytest.mark.django_db


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
