"""The list page: folders, rows, numbers, the state after a gap; what each member sees there. S-04, S-37, M-39."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse

from conversations.actions import assigning, closing
from conversations.actions.posting import post_message
from conversations.actions.starting import side_conversation
from conversations.authors import Author
from conversations.models import Conversation, ConversationHead
from conversations.selectors.folders import PAGE
from conversations.views import listing
from tests.cast import NOW, accepted_by, make_inbox, make_visitor, write
from tests.conversations.pages import rows

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clean_valkey")]
INBOX = "/conversations/"


def test_the_front_door_leads_to_the_inbox(client, cast):
    """/ → /conversations/; without a session to the sign-in, with the way back."""
    assert client.get("/").url == INBOX
    answer = client.get(INBOX)
    assert (answer.status_code, answer.url) == (302, f"{reverse('account_login')}?next=/conversations/")


def test_no_member_no_inbox(client, cast):
    """C-04: a login without a membership is refused everywhere; scripts get 401 without a session."""
    from tests.cast import make_user

    assert client.get("/conversations/state/", headers={"X-Memo-Fetch": "1"}).status_code == 401
    client.force_login(make_user(None, "Kim", "Berg"))
    for address in (INBOX, "/archive/", "/conversations/state/"):
        assert client.get(address).status_code == 403


def test_what_rings_shows_to_its_holder_and_the_managers_only(signed_in, cast):
    """M-39: Ben has the row and the card; Cem has neither; Anna watches."""
    conversation = write(make_visitor(cast.nordlicht), cast.support)
    shown = {}
    for user in (cast.ben, cast.cem, cast.anna, cast.udo):
        answer = signed_in(user).get(INBOX)
        shown[user.first_name] = (rows(answer) == [str(conversation.public_id)], b'class="ring"' in answer.content)
    assert shown == {"Ben": (True, True), "Cem": (False, False), "Anna": (True, False), "Udo": (False, False)}


def test_folders_of_an_assigned_request(signed_in, cast):
    """model.md §5: where a request stands while assigned, and after it was closed."""
    conversation = accepted_by(cast.ben, cast.support)
    inbox = f"&inbox={cast.inbox.public_id}"

    def folders(user) -> set[str]:
        browser = signed_in(user)
        views = ["open", "closed", "customer", "internal", "closed-mine", "direct"]
        addresses = views + [f"{view}{inbox}" for view in ("mine", "unassigned", "offered", "closed")]
        found = {
            view.removesuffix(inbox) + "@" * view.endswith(inbox)
            for view in addresses
            if rows(browser.get(f"{INBOX}?view={view}"))
        }
        return found | ({"archive"} if rows(browser.get("/archive/")) else set())

    assert folders(cast.ben) == {"open", "customer", "mine@"}
    assert folders(cast.cem) == {"open"}
    closing.close(conversation, author=Author.of_user(cast.ben), role="team_member", now=NOW)
    assert folders(cast.ben) == {"closed", "closed-mine", "closed@", "archive"}
    assert folders(cast.cem) == {"closed", "closed@", "archive"}
    assert folders(cast.udo) == set()


def test_an_internal_line_stands_in_its_followers_folder(signed_in, cast):
    """N-42: Ben and Cem take part, Dora does not; the row says that it is internal and leads to the request."""
    conversation = accepted_by(cast.ben, cast.support)
    side = side_conversation(conversation, member=cast.member(cast.cem), now=NOW)
    post_message(
        side,
        author=Author.of_user(cast.cem),
        body="Only for us",
        client_id=uuid4(),
        via="app",
        role="team_member",
        now=NOW,
    )
    assert rows(signed_in(cast.ben).get(f"{INBOX}?view=internal")) == [str(side.public_id)]
    assert rows(signed_in(cast.dora).get(f"{INBOX}?view=internal")) == []
    answer = signed_in(cast.cem).get(f"{INBOX}?view=internal")
    assert "Internal" in answer.content.decode()
    opened = signed_in(cast.cem).get(f"{INBOX}{side.public_id}/?view=internal")
    assert (opened.status_code, opened.url) == (302, f"{INBOX}{conversation.public_id}/?view=internal")


def test_open_mode_has_other_folders(signed_in, cast):
    """G-12: without assigning an inbox has Open and Resolved."""
    assigning.switch_mode(cast.inbox, assignment=False, by=Author.of_user(cast.anna), now=NOW)
    conversation = write(make_visitor(cast.nordlicht), cast.support)
    answer = signed_in(cast.cem).get(f"{INBOX}?view=open&inbox={cast.inbox.public_id}")
    assert rows(answer) == [str(conversation.public_id)]
    page = answer.content.decode()
    assert f"view=open&amp;inbox={cast.inbox.public_id}" in page
    assert f"view=mine&amp;inbox={cast.inbox.public_id}" not in page


@pytest.mark.parametrize(
    "query",
    [
        "view=nonsense",
        "view=open&inbox=nonsense",
        "view=mine&inbox=00000000-0000-4000-8000-000000000000",
        "after=%00%01&page=2",
        "after=bm9uc2Vuc2U=&page=99999999",
        "view=user__password__startswith",
        "unread=1%27%20OR%201=1",
    ],
)
def test_nonsense_in_the_address_is_the_first_page(signed_in, cast, query):
    """S-37: no parameter reaches the database as it is."""
    conversation = accepted_by(cast.ben, cast.support)
    answer = signed_in(cast.ben).get(f"{INBOX}?{query}")
    assert answer.status_code == 200
    assert rows(answer) == [str(conversation.public_id)]


def test_a_foreign_inbox_is_none(signed_in, cast):
    """S-04: another company's inbox in the address shows the own folder, without a word about the other."""
    foreign = make_inbox(cast.sued, "Secret desk")
    answer = signed_in(cast.ben).get(f"{INBOX}?view=mine&inbox={foreign.public_id}")
    assert answer.status_code == 200
    assert b"Secret desk" not in answer.content


def test_the_list_goes_on_below(signed_in, cast):
    """Keyset pages: one full page, the rest by a lazy frame, each conversation once, newest first."""
    made = [accepted_by(cast.ben, cast.support, f"n{n}", now=NOW + timedelta(minutes=n)) for n in range(PAGE + 5)]
    browser = signed_in(cast.ben)
    first = browser.get(INBOX)
    found = rows(first)
    assert len(found) == PAGE
    more = re.search(r'<turbo-frame id="(rows-2)" src="([^"]+)"', first.content.decode())
    second = browser.get(more[2].replace("&amp;", "&"), headers={"Turbo-Frame": more[1]})
    assert b"<html" not in second.content
    assert b'<turbo-frame id="rows-2"' in second.content
    assert found + rows(second) == [str(one.public_id) for one in reversed(made)]
    assert b'<turbo-frame id="rows-3"' not in second.content


def test_unread_is_bold_and_can_be_filtered(signed_in, cast, react):
    """Bold only when unread: by the notices of this member; the filter shows just those."""
    quiet, loud = accepted_by(cast.ben, cast.support, "quiet"), accepted_by(cast.ben, cast.support, "loud")
    react()
    browser = signed_in(cast.ben)
    browser.post(f"{INBOX}{quiet.public_id}/seen/", {"seq": 1}, content_type="application/json")
    post_message(loud, author=Author.of_visitor(loud.visitor), body="More", client_id=uuid4(), via="widget", now=NOW)
    react()
    page = browser.get(INBOX).content.decode()
    row = page.partition(f'id="row-{loud.public_id}"')[2].partition("</li>")[0]
    assert 'class="crow unread"' in row
    assert rows(browser.get(f"{INBOX}?unread=1")) == [str(loud.public_id)]
    assert (
        'class="crow unread"'
        not in browser.get(INBOX).content.decode().partition(f'id="row-{quiet.public_id}"')[2].partition("</li>")[0]
    )


def test_the_state_after_a_gap(signed_in, cast, react):
    """Unread numbers, offers, side bar and rows in one answer; offers of others are not in it."""
    conversation = write(make_visitor(cast.nordlicht), cast.support, "Is it <b>heavy</b>?")
    react()
    state = signed_in(cast.ben).get("/conversations/state/?list=1").json()
    assert set(state) == {"unread", "rows", "bell", "offers", "side", "list", "more", "versions", "now"}
    assert (state["unread"], state["rows"]) == (1, {str(conversation.public_id): 1})
    assert [offer["c"] for offer in state["offers"]] == [str(conversation.public_id)]
    assert "Is it &lt;b&gt;heavy&lt;/b&gt;?" in state["offers"][0]["html"]
    assert f"row-{conversation.public_id}" in state["list"]
    assert f"member.{cast.ben.public_id}" in state["versions"]
    other = signed_in(cast.cem).get("/conversations/state/").json()
    assert (other["unread"], other["offers"], other["list"], other["more"]) == (0, [], None, None)


@pytest.mark.parametrize("asked", ["", "0", "-3", "x", "25", "9" * 40, "²"])
def test_the_state_has_one_page_unless_more_is_shown(asked, signed_in, cast, monkeypatch):
    """Whatever stands there, it is a number of whole pages, at least one and not more than the product allows."""
    monkeypatch.setattr(listing, "PAGE", 2)
    monkeypatch.setattr(listing, "MOST_PAGES", 3)
    for n in range(8):
        accepted_by(cast.ben, cast.support, f"n{n}")
    browser = signed_in(cast.ben)

    def told(shown: str) -> int:
        state = browser.get("/conversations/state/", {"list": "1", "shown": shown}).json()
        assert bool(state["more"])
        return state["list"].count('id="row-')

    assert told(asked) == (6 if asked == "25" else 2)
    assert [told(shown) for shown in ("1", "2", "3", "5", "99999")] == [2, 2, 4, 6, 6]


def test_an_empty_folder_says_the_next_step(signed_in, cast):
    """Never a blank: why it is empty, and what to do."""
    browser = signed_in(cast.ben)
    assert "New requests ring you here" in browser.get(INBOX).content.decode()
    assert "Assigned to me" in browser.get(f"{INBOX}?view=mine&inbox={cast.inbox.public_id}").content.decode()
    cast.member(cast.dora)
    cast.inbox.inbox_memberships.filter(user=cast.dora).delete()
    assert "No conversations yet" in signed_in(cast.dora).get(INBOX).content.decode()
    assert "You work in no inbox yet" in signed_in(cast.dora).get(f"{INBOX}?view=open").content.decode()


def test_the_same_queries_for_one_row_and_for_many(signed_in, cast, django_assert_max_num_queries, react):
    """No query per row, per inbox or per message: the page of 30 rows costs what the page of one costs."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    browser = signed_in(cast.ben)
    accepted_by(cast.ben, cast.support)
    write(make_visitor(cast.nordlicht), cast.support)
    react()
    browser.get(INBOX)
    with CaptureQueriesContext(
        connection,
    ) as one:
        browser.get(INBOX)
    for n in range(30):
        accepted_by(cast.ben, cast.support, f"n{n}")
    react()
    with CaptureQueriesContext(connection) as many:
        browser.get(INBOX)
    assert len(many) == len(one) <= 18


def test_only_reading_by_get(signed_in, cast):
    """Pages of the list refuse other methods."""
    browser = signed_in(cast.ben)
    for address in (INBOX, "/archive/", "/conversations/state/", "/"):
        assert browser.post(address).status_code == 405


def test_script_in_every_field_is_text(signed_in, cast):
    """S-22: the visitor's name, the subject and the words are text in list, head, details and card."""
    evil = "<img src=x onerror=alert(1)>"
    visitor = make_visitor(cast.nordlicht, name=evil, page_title=evil, page_url="javascript:alert(1)")
    conversation = write(visitor, cast.support, evil, subject=evil)
    page = signed_in(cast.ben).get(f"{INBOX}{conversation.public_id}/").content.decode()
    assert "<img src=x" not in page
    assert "javascript:alert" not in page
    assert page.count("&lt;img src=x onerror=alert(1)&gt;") >= 5
    assert ConversationHead.objects.get(pk=conversation.pk).preview == evil
    assert Conversation.objects.count() == 1
