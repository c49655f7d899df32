"""The palette's answers: commands of the menus' own tables with the member's rights, names only of what may be opened."""

from __future__ import annotations

import re

import pytest

from conversations.actions.searching import read_in
from tests.cast import make_channel, make_inbox, make_visitor, write

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clean_valkey")]


@pytest.fixture
def options(client, cast):
    def ask(user, query: str | None = None) -> list[str]:
        client.force_login(user)
        answer = client.get("/palette/", {} if query is None else {"q": query})
        assert answer.status_code == 200
        return re.findall(r'<span class="t"><bdi>([^<]*)</bdi>', answer.content.decode())

    return ask


def test_commands_are_those_of_the_menus(options, cast):
    """Folders, settings and one's own verbs; an admin has the company's settings, a member has not."""
    bens, annas = options(cast.ben), options(cast.anna)
    assert {"Open conversations", "Assigned to me", "Unassigned", "Profile", "Notifications", "New message"} <= set(
        bens
    )
    assert {"Users", "Audit log", "Inboxes"} <= set(annas)
    assert not {"Users", "Audit log", "Inboxes", "Being offered"} & set(bens)
    assert "Being offered" in annas


def test_names_and_numbers_lead_only_where_one_may_go(options, cast, react):
    """S-04: by number, person and subject; nothing of other inboxes and companies; people one may write to."""
    mine = write(make_visitor(cast.nordlicht, name="Kim Berg"), cast.support)
    board = make_channel(make_inbox(cast.nordlicht, "Board", cast.cem), "Board", cast.cem, ring_enabled=False)
    hidden = write(make_visitor(cast.nordlicht, name="Kim Secret"), board)
    react()
    read_in([(mine.pk, 1), (hidden.pk, 1)])
    assert options(cast.cem, f"#{hidden.number}")[0].startswith(f"#{hidden.number}")
    assert options(cast.ben, f"#{hidden.number}") == []
    assert not [label for label in options(cast.ben, "secret") if "Secret" in label]
    assert "Dora Lindqvist" in options(cast.ben, "dora")
    assert options(cast.udo, "dora") == options(cast.ben, "\x00 ") == []


def test_who_asks_without_end_waits(client, cast, monkeypatch):
    """A limit for each person, and an empty list instead of an error page."""
    monkeypatch.setattr("memo.palette._PER_MINUTE", 1)
    client.force_login(cast.ben)
    assert [client.get("/palette/?q=x").status_code for _ in range(2)] == [200, 429]
