"""What the tests of messages that wait ask and do."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

from conversations.actions import later
from conversations.actions.posting import post_message
from conversations.models import Later, Message
from conversations.selectors.visibility import conversation_for
from tests.cast import NOW

JSON = {"accept": "application/json"}


def wait(client, conversation, body="Yes, it can.", **fields):
    data = {"body": body, "client_id": str(uuid4()), "kind": "reply", "undo": 5} | fields
    return client.post(f"/conversations/{conversation.public_id}/later/", data, "application/json", headers=JSON)


def verb(client, conversation, row, name, **fields):
    url = f"/conversations/{conversation.public_id}/later/{row.client_id}/{name}/"
    return client.post(url, fields, "application/json", headers=JSON)


def put_off(cast, conversation, user=None, **fields) -> Later:
    member = cast.member(user or cast.ben)
    found = conversation_for(member, conversation.public_id)
    fields = {
        "kind": "reply",
        "body": "Yes, it can.",
        "client_id": uuid4(),
        "due_at": NOW + timedelta(seconds=5),
        "scheduled": False,
        "now": NOW,
    } | fields
    return later.put_off(found, member=member, **fields)


def say(conversation, author, body="Answer", seconds=1, **fields):
    return post_message(
        conversation,
        author=author,
        body=body,
        client_id=uuid4(),
        via="app",
        role="team_member",
        may_post=True,
        now=NOW + timedelta(seconds=seconds),
        **fields,
    ).message


def answers(conversation) -> list[str]:
    rows = Message.objects.filter(conversation=conversation, author_kind="user")
    return list(rows.order_by("seq").values_list("body", flat=True))
