"""`python -m tests.faults.requests CHANNEL COUNT`: visitors' requests that ring, and answers that nobody looks at."""

from __future__ import annotations

import sys
import uuid

import django

django.setup()

from django.utils import timezone  # noqa: E402 (Django first)

from channels_app.models import Channel  # noqa: E402
from conversations.actions.posting import post_message  # noqa: E402
from conversations.actions.starting import start_conversation  # noqa: E402
from conversations.authors import Author  # noqa: E402
from conversations.models import Conversation  # noqa: E402
from customers.models import Visitor  # noqa: E402


def main(channel_id: int, count: int) -> None:
    """`count` requests ring at once; each visitor of the open conversations gets an answer to be mailed."""
    now = timezone.now()
    channel = Channel.objects.select_related("company", "inbox").get(pk=channel_id)
    for number in range(count):
        visitor = Visitor.objects.create(
            company=channel.company, number=1000 + number, widget_key="pk_faults", token_hash=uuid.uuid4().hex * 2
        )
        start_conversation(
            company=channel.company,
            channel=channel,
            author=Author.of_visitor(visitor),
            body=f"Request {number}",
            client_id=uuid.uuid4(),
            start_id=uuid.uuid4(),
            origin="widget",
            visitor=visitor,
            now=now,
        )
    agent = channel.members.select_related("user").first().user
    for conversation in Conversation.objects.filter(head__inbox__assignment_enabled=False):
        post_message(
            conversation,
            author=Author.of_user(agent),
            body="Here is your answer.",
            client_id=uuid.uuid4(),
            via="app",
            role="team_member",
            may_post=True,
            now=now,
        )


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
