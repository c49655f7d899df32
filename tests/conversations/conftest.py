"""What most tests of the inbox's pages begin with."""

from __future__ import annotations

import asyncio
import contextlib
from uuid import uuid4

import pytest

from conversations.actions import assigning, bulk
from conversations.actions.starting import side_conversation
from conversations.authors import Author
from events import hub
from tests.cast import NOW, accepted_by, make_visitor, write
from tests.conversations import pages
from tests.conversations.wires import do, prepare


@pytest.fixture
def signed_in(client, cast):
    """signed_in(user): the test's client, from now on as this user."""

    def sign_in(user):
        client.force_login(user)
        return client

    return sign_in


@pytest.fixture
def taken(cast):
    """taken(user): a request to Support that this user has accepted, however often it rang before."""

    def take(user, *, now=NOW):
        return accepted_by(user, cast.support, now=now)

    return take


@pytest.fixture
def accepted(cast):
    """A request that Ben has accepted; `token` is its visitor's."""
    visitor = make_visitor(cast.nordlicht, widget_key=cast.widget.public_key)
    conversation = accepted_by(cast.ben, cast.support, visitor=visitor)
    conversation.token = visitor.token
    return conversation


@pytest.fixture
def beside(cast, accepted):
    """Its internal side."""
    return side_conversation(accepted, member=cast.member(cast.ben), now=NOW)


@pytest.fixture
def committed(django_capture_on_commit_callbacks):
    """with committed(): what is written there is told, as after a commit."""
    return lambda: django_capture_on_commit_callbacks(execute=True)


@pytest.fixture
def begin(cast):
    """begin(user, verb, conversation, …): one run for these conversations."""

    def start(user, verb, *conversations, argument="", key=None):
        return bulk.start(
            cast.member(user),
            key=key or uuid4(),
            verb=verb,
            argument=argument,
            ids=[one.pk for one in conversations],
            now=NOW,
        )

    return start


@pytest.fixture
def press(client, cast):
    """press(user, …): what the list's form sends, answered as JSON."""

    def send(user, query="?view=open", **fields):
        client.force_login(user)
        fields = {"do": "close", "key": str(uuid4())} | fields
        return client.post(f"/conversations/bulk/{query}", fields, headers={"Accept": "application/json"})

    return send


@pytest.fixture
def find(cast, react, clean_valkey):
    """find(user, "words", kind="internal") → bodies of the messages found, newest first, by the page itself."""

    def look(user, query, **filters) -> list[str]:
        react()
        page = pages.signed_in(user).get(
            "/search/", {"q": query} | {name.rstrip("_"): v for name, v in filters.items()}
        )
        assert page.status_code == 200
        return ["".join(part.text for part in hit.parts) for hit in page.context["hits"]]

    return look


@pytest.fixture
def cards(cast, react, clean_valkey):
    """cards(user, "words") → public ids of the conversations found."""

    def look(user, query, **filters) -> list[str]:
        react()
        page = pages.signed_in(user).get("/search/", {"q": query} | filters)
        return [row["c"] for row in page.context["rows"]]

    return look


@pytest.fixture
def request_(cast):
    """A visitor's message to Support at second 0."""
    return write(make_visitor(cast.nordlicht), cast.support)


@pytest.fixture
async def world(clean_valkey):
    """The cast, a request that Ben has accepted, and sessions; hubs of the test are ended."""
    prepared = await do(prepare)
    yield prepared
    for running in list(hub._hubs.values()):
        for task in list(running._tasks):
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
    hub._hubs.clear()


@pytest.fixture
def talk(cast):
    """Ben's conversation with a visitor, assigned; seq 1 is the visitor's."""
    conversation = write(make_visitor(cast.nordlicht), cast.support)
    assigning.assign(conversation, to=cast.ben, by=cast.anna, role="admin", now=NOW)
    return conversation


@pytest.fixture
def ben(cast):
    return Author.of_user(cast.ben)


@pytest.fixture
def kim(talk):
    return Author.of_visitor(talk.visitor)
