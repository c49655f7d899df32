"""`python -m tests.faults.prepare`: what the fault tests work on; prints JSON with cookies and public ids."""

from __future__ import annotations

import json
import uuid

import django

django.setup()

from django.utils import timezone  # noqa: E402 (Django first)

from bench.prepare import make_agents, make_company, sign_in  # noqa: E402
from channels_app.models import Channel, ChannelMember, Inbox, InboxMembership  # noqa: E402
from conversations.actions.starting import start_conversation  # noqa: E402
from conversations.authors import Author  # noqa: E402
from customers.models import Visitor  # noqa: E402

AGENTS, CONVERSATIONS, RINGING = 12, 6, 20


def main() -> None:
    """Six open-mode conversations with twelve agents, and twenty requests that ring two members for 5 s each."""
    now = timezone.now()
    company = make_company("Nordlicht GmbH", now)
    users = make_agents(company, AGENTS, now)
    team = _inbox(company, "Open", users, assignment=False)
    ring = _inbox(company, "Ring", users[:2], assignment=True)
    talk = _channel(team, "Talk", users, ring=False)
    bell = _channel(ring, "Bell", users[:2], ring=True)
    conversations = [_start(company, talk, number, now) for number in range(CONVERSATIONS)]
    print(
        json.dumps(
            {
                "agents": sign_in(users, now),
                "users": [str(user.public_id) for user in users],
                "conversations": conversations,
                "channel": bell.pk,
            }
        )
    )


def _inbox(company, name, users, *, assignment):
    inbox = Inbox.objects.create(company=company, name=name, assignment_enabled=assignment)
    InboxMembership.objects.bulk_create(InboxMembership(inbox=inbox, user=user) for user in users)
    return inbox


def _channel(inbox, name, users, *, ring):
    channel = Channel.objects.create(
        company=inbox.company, inbox=inbox, name=name, ring_enabled=ring, escalate_after_s=5, max_rounds=2
    )
    ChannelMember.objects.bulk_create(
        ChannelMember(channel=channel, user=user, position=number) for number, user in enumerate(users)
    )
    return channel


def _start(company, channel, number, now) -> str:
    visitor = Visitor.objects.create(
        company=company,
        number=number + 1,
        widget_key="pk_faults",
        token_hash=uuid.uuid4().hex * 2,
        email=f"visitor{number}@abc.example",
    )
    conversation, _ = start_conversation(
        company=company,
        channel=channel,
        author=Author.of_visitor(visitor),
        body="Hello?",
        client_id=uuid.uuid4(),
        start_id=uuid.uuid4(),
        origin="widget",
        visitor=visitor,
        now=now,
    )
    return str(conversation.public_id)


if __name__ == "__main__":
    main()
