"""A message that waits keeps what it answers (N-26): sent with its quote, undone with it, sent without when it is gone."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client

from conversations.actions import editing, ringing
from conversations.actions.posting import post_message
from conversations.authors import Author
from conversations.models import Later, Message
from tests.cast import NOW, make_visitor, write

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clean_valkey")]


@pytest.fixture
def asked(cast):
    """A request of Ben's, and his own first answer."""
    talk = write(make_visitor(cast.nordlicht), cast.support, "Can it be shortened?")
    ringing.accept(talk, user=cast.ben, now=NOW)
    line = {"via": "app", "role": "team_member", "may_post": True, "now": NOW + timedelta(seconds=1)}
    answer = post_message(talk, author=Author.of_user(cast.ben), body="Yes.", client_id=uuid4(), **line).message
    return talk, answer


@pytest.fixture
def wait(cast, asked):
    """wait(quote): a message of Ben's that waits and answers that one; `fields` say until when."""
    ben = Client()
    ben.force_login(cast.ben)

    def send(quote, **fields):
        talk, _answer = asked
        data = {"body": "By ten centimetres.", "client_id": str(uuid4()), "kind": "reply", "quote": str(quote)} | fields
        url = f"/conversations/{talk.public_id}/later/"
        answer = ben.post(url, data, "application/json", headers={"accept": "application/json"})
        assert answer.status_code == 201, answer.content
        return ben, url, Later.objects.get(client_id=data["client_id"])

    return send


@pytest.mark.parametrize("fields", [{"undo": 5}, {"when": "tomorrow"}])
def test_it_is_sent_with_its_quote(asked, wait, settle, fields):
    talk, answer = asked
    _ben, _url, row = wait(answer.client_id, **fields)
    settle(row.due_at)
    assert Message.objects.get(conversation=talk, client_id=row.client_id).quote.quoted == answer


def test_undone_it_says_what_it_answered(asked, wait):
    _talk, answer = asked
    ben, url, row = wait(answer.client_id, undo=5)
    data = ben.post(
        f"{url}{row.client_id}/back/", {}, "application/json", headers={"accept": "application/json"}
    ).json()
    assert (data["draft"]["body"], data["quote"]) == ("By ten centimetres.", str(answer.client_id))


@pytest.mark.parametrize("quoted", ["taken back", "never there"])
def test_without_its_quote_it_is_sent_all_the_same(cast, asked, wait, settle, quoted):
    """What it answers was taken back meanwhile, or was never to be seen there: the text goes, nothing is quoted."""
    talk, answer = asked
    _ben, _url, row = wait(answer.client_id if quoted == "taken back" else uuid4(), undo=5)
    if quoted == "taken back":
        author = Author.of_user(cast.ben)
        editing.delete_message(talk, message_id=answer.client_id, author=author, now=NOW + timedelta(seconds=2))
    settle(row.due_at)
    sent = Message.objects.get(conversation=talk, client_id=row.client_id)
    assert sent.body == "By ten centimetres."
    assert not hasattr(sent, "quote") or sent.quote.quoted.deleted_at is not None
