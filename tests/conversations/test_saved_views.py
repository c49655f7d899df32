"""Saved views: one's own and shared ones; who may change them; never more than their reader may see (S-04)."""

from __future__ import annotations

import re
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from channels_app.models import InboxMembership
from conversations.actions import ringing, saved_views
from conversations.models import Offer, SavedView
from conversations.selectors.scope import scope_for
from tests.cast import NOW, make_channel, make_inbox, make_visitor, write
from tests.conversations.pages import rows

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clean_valkey")]
VIEWS = "/conversations/views/"


@pytest.fixture
def manager(cast):
    """Dora manages Support."""
    InboxMembership.objects.filter(inbox=cast.inbox, user=cast.dora).update(role="manager")
    return cast.dora


def side(answer) -> str:
    return answer.content.decode().partition('id="side"')[2].partition("</nav>")[0]


def accepted(cast, user):
    conversation = write(make_visitor(cast.nordlicht), cast.support)
    while (offer := Offer.objects.get(conversation=conversation, state="pending")).user_id != user.pk:
        ringing.decline(conversation, user=offer.user, now=NOW)
    ringing.accept(conversation, user=user, now=NOW)
    return conversation


def test_ones_own(signed_in, cast):
    """Saved with its filters; in one's side bar with its number, in nobody else's; the link is the list."""
    conversation = accepted(cast, cast.ben)
    browser = signed_in(cast.ben)
    answer = browser.post(f"{VIEWS}new/?view=open&assignee=me&sort=oldest", {"name": " My \x00 desk ", "icon": "flag"})
    assert (answer.status_code, answer.url) == (303, "/conversations/?view=open&assignee=me&sort=oldest")
    view = SavedView.objects.get()
    assert (view.name, view.icon, view.owner, view.inbox) == ("My desk", "flag", cast.ben, None)
    page = browser.get(answer.url)
    assert rows(page) == [str(conversation.public_id)]
    link = re.search(r'<a href="([^"]+)" aria-current="true">.*?My desk.*?class="count">(\d+)', side(page), re.DOTALL)
    assert (link[1], link[2]) == ("/conversations/?view=open&amp;assignee=me&amp;sort=oldest", "1")
    for other in (cast.cem, cast.anna, cast.udo):
        assert "My desk" not in signed_in(other).get("/conversations/").content.decode()


def test_a_shared_one_is_read_with_the_readers_rights(signed_in, cast, manager):
    """S-04: the same view, each reader's own rows; “me” is whoever reads; who is not in the inbox has none."""
    bens, cems = accepted(cast, cast.ben), accepted(cast, cast.cem)
    signed_in(manager).post(
        f"{VIEWS}new/?view=open&assignee=me", {"name": "Mine here", "inbox": str(cast.inbox.public_id)}
    )
    view = SavedView.objects.get()
    assert (view.owner, view.inbox, view.words["inbox"]) == (None, cast.inbox, str(cast.inbox.public_id))
    query = f"/conversations/?view=open&inbox={cast.inbox.public_id}&assignee=me"
    for user, expected in ((cast.ben, bens), (cast.cem, cems)):
        page = signed_in(user).get(query)
        assert "Mine here" in side(page)
        assert rows(page) == [str(expected.public_id)]
    assert "Mine here" not in signed_in(cast.udo).get("/conversations/").content.decode()
    InboxMembership.objects.filter(inbox=cast.inbox, user=cast.ben).delete()
    assert "Mine here" not in signed_in(cast.ben).get("/conversations/").content.decode()


def test_what_a_view_names_is_hidden_from_who_may_not_know_it(signed_in, cast):
    """A channel that moved away: the number is of what the reader may see, and no name is told."""
    board = make_channel(make_inbox(cast.nordlicht, "Board", cast.cem), "Board secrets", cast.cem)
    write(make_visitor(cast.nordlicht), board)
    SavedView.objects.create(
        company=cast.nordlicht,
        inbox=cast.inbox,
        name="Odd",
        icon="star",
        words={"view": "open", "inbox": str(cast.inbox.public_id), "channel": str(board.public_id)},
        keys={"channel": board.pk},
    )
    page = signed_in(cast.ben).get("/conversations/")
    assert 'class="count">' not in side(page).partition("Odd")[2].partition("</a>")[0]
    opened = signed_in(cast.ben).get(
        f"/conversations/?view=open&inbox={cast.inbox.public_id}&channel={board.public_id}"
    )
    assert (rows(opened), "Board" in opened.content.decode()) == ([], False)


def test_only_managers_share_and_change(signed_in, cast, manager):
    """403 for the team, 404 for strangers and for inboxes that are not theirs; 422 keeps what was typed."""
    fields = {"name": "Team", "inbox": str(cast.inbox.public_id)}
    assert signed_in(cast.ben).post(f"{VIEWS}new/?view=open", fields).status_code == 403
    assert signed_in(cast.udo).post(f"{VIEWS}new/?view=open", fields).status_code == 404
    assert signed_in(manager).post(f"{VIEWS}new/?view=open", fields).status_code == 303
    view = SavedView.objects.get()
    for verb, body in (("rename", {"name": "x"}), ("move", {"to": "up"}), ("delete", {})):
        assert signed_in(cast.ben).post(f"{VIEWS}{view.public_id}/{verb}/", body).status_code == 403
        assert signed_in(cast.udo).post(f"{VIEWS}{view.public_id}/{verb}/", body).status_code == 404
        assert signed_in(manager).post(f"{VIEWS}{uuid4()}/{verb}/", body).status_code == 404
    empty = signed_in(manager).post(f"{VIEWS}{view.public_id}/rename/", {"name": "  "})
    assert (empty.status_code, b"Give it a name." in empty.content) == (422, True)
    refused = signed_in(manager).post(f"{VIEWS}new/?view=direct", fields | {"name": "Kept"})
    assert (refused.status_code, b'value="Kept"' in refused.content) == (422, True)
    assert signed_in(manager).post(f"{VIEWS}{view.public_id}/rename/", {"name": "New name"}).status_code == 303
    view.refresh_from_db()
    assert view.name == "New name"


def test_somebody_elses_own_view(signed_in, cast):
    """404: not even a manager or an admin changes or finds it."""
    signed_in(cast.ben).post(f"{VIEWS}new/?view=open", {"name": "Bens"})
    view = SavedView.objects.get()
    for other in (cast.cem, cast.anna, cast.udo):
        assert signed_in(other).post(f"{VIEWS}{view.public_id}/delete/").status_code == 404
        assert b"Bens" not in signed_in(other).get(VIEWS).content
    assert signed_in(cast.ben).post(f"{VIEWS}{view.public_id}/delete/").status_code == 303
    assert not SavedView.objects.exists()


def test_order_by_buttons(signed_in, cast):
    """Up and down, within its own neighbours; at the ends nothing happens."""
    browser = signed_in(cast.ben)
    for name in ("A", "B", "C"):
        browser.post(f"{VIEWS}new/?view=open", {"name": name})

    def order() -> str:
        return "".join(SavedView.objects.order_by("position").values_list("name", flat=True))

    def move(name, to):
        browser.post(f"{VIEWS}{SavedView.objects.get(name=name).public_id}/move/", {"to": to})

    move("C", "up")
    assert order() == "ACB"
    move("A", "up")
    move("B", "down")
    assert order() == "ACB"
    move("A", "down")
    assert order() == "CAB"


def test_not_without_end(signed_in, cast, monkeypatch):
    """A bounded number for each person and inbox."""
    monkeypatch.setattr(saved_views, "MOST", 2)
    browser = signed_in(cast.ben)
    answers = [browser.post(f"{VIEWS}new/?view=open", {"name": str(n)}).status_code for n in range(3)]
    assert answers == [303, 303, 422]


def test_the_side_bar_costs_the_same_for_many(signed_in, cast):
    """One query for the views however many, and all numbers in one."""
    browser = signed_in(cast.ben)
    scope = scope_for(cast.member(cast.ben))
    browser.get("/conversations/")
    with CaptureQueriesContext(connection) as none:
        browser.get("/conversations/")
    for n in range(8):
        words = {"view": "open", "tag": f"t{n}", "channel": str(cast.support.public_id)}
        keys = {"channel": cast.support.pk}
        saved_views.save_view(scope, name=f"v{n}", icon="", words=words, keys=keys, inbox=None, now=NOW)
    with CaptureQueriesContext(connection) as many:
        browser.get("/conversations/")
    assert len(many) <= len(none)


@pytest.mark.django_db(transaction=True)
def test_a_change_is_told(cast, manager, frames):
    """Shared: to the inbox; one's own: to oneself alone."""
    scope = scope_for(cast.member(manager))
    for inbox in (cast.inbox, None):
        saved_views.save_view(scope, name="x", icon="", words={"view": "open"}, keys={}, inbox=inbox, now=NOW)
    assert [frame["g"] for frame in frames if frame["k"] == "views"] == [
        f"inbox.{cast.inbox.public_id}",
        f"member.{manager.public_id}",
    ]
