"""The notification centre: what, who, where, when; marking read; nothing of what one may not see (N-29, S-04, INV-02)."""

from __future__ import annotations

import uuid

import pytest

from channels_app.actions.inboxes import set_role
from channels_app.models import InboxMembership
from conversations.actions import assigning, reading
from conversations.actions.starting import direct_conversation, side_conversation
from conversations.authors import Author
from conversations.models import Conversation, Participant
from mail.actions.outgoing import fail_for_good
from mail.models import OutgoingMail
from notifications.centre import centre
from notifications.marking import mark_read
from notifications.models import Notice, Preference
from notifications.selectors import unread_of
from tests.cast import NOW, make_channel, make_inbox, make_visitor, write
from tests.notifications.minutes import at, post

pytestmark = pytest.mark.django_db


def lines(member, **how) -> list[tuple[str, str, str, bool]]:
    found = centre(member, **how)
    return [(group.title, line.cause, line.text, line.unread) for group in found.groups for line in group.lines]


def test_what_happened_newest_first_and_by_conversation(cast, talk, kim, react):
    """A customer's messages, an internal one, a direct one, an assignment: each leads to its message."""
    post(talk, kim, "Is Thursday possible?", now=at(10))
    post(talk, kim, "Or Friday?", now=at(20))
    side = side_conversation(talk, member=cast.member(cast.cem), now=at(30))
    post(side, Author.of_user(cast.cem), "He is in a hurry", now=at(30))
    private = direct_conversation(cast.dora, cast.ben, now=at(40))
    post(private, Author.of_user(cast.dora), "Lunch?", now=at(40))
    other = write(make_visitor(cast.nordlicht, name="Lea Winter"), cast.support, "Where is it?")
    assigning.assign(other, to=cast.ben, by=cast.anna, role="admin", now=at(50))
    react()
    found = centre(cast.member(cast.ben))
    assert [(g.title, g.place, g.kind, g.unread) for g in found.groups] == [
        ("Lea Winter · Where is it?", "Support", "customer", True),
        ("Dora Lindqvist", "Direct messages", "direct", True),
        (found.groups[2].title, "Support", "internal", True),
        ("Kim Berg · Hello?", "Support", "customer", True),
    ]
    (assigned,), (direct,), (inside,), (asked,) = (group.lines for group in found.groups)
    assert (assigned.what, assigned.who, assigned.text) == (
        "Anna Berg assigned this to you",
        "Lea Winter",
        "Where is it?",
    )
    assert (direct.who, direct.text, direct.icon) == ("Dora Lindqvist", "Lunch?", "chat")
    assert (inside.who, inside.text, inside.icon) == ("Cem Aydın", "He is in a hurry", "lock")
    assert (asked.text, asked.count, asked.url) == ("Or Friday?", 2, f"/conversations/{talk.public_id}/?at=3")


def test_the_page_and_the_panel(client, cast, talk, kim, react):
    """Without script a page of links and forms; the bell's frame gets its piece alone."""
    post(talk, kim, "<b>Is Thursday possible?</b>", now=at(10))
    react()
    client.force_login(cast.ben)
    page = client.get("/notifications/")
    text = page.content.decode()
    assert "&lt;b&gt;Is Thursday possible?" in text
    assert f'href="/conversations/{talk.public_id}/?at=2"' in text
    panel = client.get("/notifications/", headers={"Turbo-Frame": "bell-notices"}).content.decode()
    assert panel.lstrip().startswith('<turbo-frame id="bell-notices">')
    assert "<html" not in panel
    assert client.get("/notifications/?after=nonsense").status_code == 200
    client.post("/notifications/read/")
    assert "Nothing is unread." in client.get("/notifications/?unread=1").content.decode()


def test_marking_one_and_all_read(client, cast, talk, kim, react, settle, frames, django_capture_on_commit_callbacks):
    """The numbers go down in every tab, no mail follows, others keep theirs; twice is no error."""
    other = write(make_visitor(cast.nordlicht, name="Lea", email="lea@abc.example"), cast.support)
    assigning.assign(other, to=cast.ben, by=cast.anna, role="admin", now=at(0))
    Participant.objects.create(conversation=talk, user=cast.dora, side="team", following=True)
    post(talk, kim, "Hello?", now=at(1))
    react()
    assert unread_of([cast.ben.pk, cast.dora.pk]) == {cast.ben.pk: 2, cast.dora.pk: 1}
    client.force_login(cast.ben)
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post(f"/notifications/read/{talk.public_id}/", {"next": "/contacts/"})
    assert (answer.status_code, answer["Location"]) == (303, "/contacts/")
    told = [f["d"] for f in frames if f["k"] == "unread"][-1]
    assert (told["unread"], told["bell"], list(told["rows"])) == (1, 1, [str(other.public_id)])
    assert client.post("/notifications/read/").status_code == 303
    assert client.post("/notifications/read/").status_code == 303
    assert unread_of([cast.ben.pk, cast.dora.pk]) == {cast.ben.pk: 0, cast.dora.pk: 1}
    settle(at(61))
    assert set(OutgoingMail.objects.values_list("to", flat=True)) == {cast.dora.email}


def test_what_rings_stays(cast, react):
    """Looking at the list is no answer to a request that rings."""
    write(make_visitor(cast.nordlicht), cast.support)
    react()
    holder = Notice.objects.get(user__isnull=False).user
    assert mark_read(holder, now=at(1)) == 0
    assert unread_of([holder.pk]) == {holder.pk: 1}


def test_of_others_one_finds_nothing(client, cast, talk, kim, react):
    """Foreign, missing and never brought look alike; a foreign mark moves nothing (S-01)."""
    post(talk, kim, "Hello?", now=at(1))
    react()
    for user in (cast.cem, cast.udo):
        client.force_login(user)
        assert client.post(f"/notifications/read/{talk.public_id}/").status_code == 404
        assert b"Hello?" not in client.get("/notifications/").content
    client.force_login(cast.ben)
    assert client.post(f"/notifications/read/{uuid.uuid4()}/").status_code == 404
    assert unread_of([cast.ben.pk]) == {cast.ben.pk: 1}


def test_who_lost_the_right_finds_nothing_of_it(cast, talk, kim, react):
    """Out of the inbox: neither the words, nor the name, nor a number (S-17)."""
    post(talk, kim, "CANARY", now=at(1))
    react()
    Participant.objects.filter(conversation=talk, user=cast.ben).update(following=False)
    InboxMembership.objects.filter(user=cast.ben).delete()
    assert lines(cast.member(cast.ben)) == []


def test_a_role_taken_away_takes_its_notices_along(cast, react):
    """The bubble must not count what cannot be opened any more."""
    inbox = make_inbox(cast.nordlicht, "Claims", cast.ben, cast.cem)
    channel = make_channel(inbox, "Claims", ring_enabled=False)
    write(make_visitor(cast.nordlicht), channel)
    react()
    assert unread_of([cast.ben.pk, cast.cem.pk]) == {cast.ben.pk: 1, cast.cem.pk: 1}
    set_role(inbox, member=cast.member(cast.ben), role="", by=f"user:{cast.anna.pk}", now=at(5))
    react()
    assert unread_of([cast.ben.pk, cast.cem.pk]) == {cast.ben.pk: 0, cast.cem.pk: 1}


def test_what_was_read_elsewhere_is_read_here(cast, talk, kim, react):
    """An assignment of a conversation that was read already goes with the next look at it."""
    post(talk, kim, "Hello?", now=at(1))
    reading.mark_seen(Conversation.objects.get(pk=talk.pk), viewer=cast.member(cast.cem), seq=2, now=at(2))
    react()
    assigning.assign(talk, to=cast.cem, by=cast.anna, role="admin", now=at(3))
    react()
    assert unread_of([cast.cem.pk]) == {cast.cem.pk: 1}
    reading.mark_seen(Conversation.objects.get(pk=talk.pk), viewer=cast.member(cast.cem), seq=2, now=at(4))
    react()
    assert unread_of([cast.cem.pk]) == {cast.cem.pk: 0}


def test_a_mail_that_did_not_arrive_calls_for_its_author(cast, talk, ben, react, settle):
    """“Not delivered”, where the line about it stands."""
    post(talk, ben, "Thursday it is.", now=at(0))
    react()
    settle(at(60))
    mail = OutgoingMail.objects.get(to="kim@abc.example")
    fail_for_good(mail, state="failed", error="550 no such user", now=at(70))
    react()
    (line,) = lines(cast.member(cast.ben))
    assert (line[1], line[3]) == ("failed", True)
    assert "550 no such user" in line[2]
    assert lines(cast.member(cast.cem)) == []


def test_only_what_had_a_bubble(cast, talk, kim, react):
    """Who wants mails alone has no list to work through."""
    Preference.objects.create(user=cast.ben, in_app=False)
    post(talk, kim, "Hello?", now=at(1))
    react()
    assert lines(cast.member(cast.ben)) == []


def test_pages_by_key_and_as_many_queries_for_many(cast, talk, react, django_assert_max_num_queries):
    """The same number of queries for one and for hundreds; nothing twice, nothing left out."""
    member = cast.member(cast.ben)
    with django_assert_max_num_queries(6):
        centre(member)
    private = direct_conversation(cast.dora, cast.ben, now=NOW)
    rows = [
        Notice(
            conversation=talk if number % 2 else private,
            user=cast.ben,
            cause="message",
            first_seq=1,
            last_seq=1,
            created_at=at(number),
            at=at(number),
            state="seen",
            seen_at=at(number) if number % 3 else None,
        )
        for number in range(75)
    ]
    Notice.objects.bulk_create(rows)
    seen, after = [], ""
    for size in (30, 30, 15):
        with django_assert_max_num_queries(6):
            page = centre(member, after=after)
        here = [line.at for group in page.groups for line in group.lines]
        assert len(here) == size
        seen += here
        after = page.after
    assert not after
    assert sorted(seen, reverse=True) == [at(number) for number in range(74, -1, -1)]
    assert len(lines(member, unread=True)) == 25
