"""`python -m bench.prepare FOLDER`: companies, agents, sessions and conversations of every shape, and a file of each.

The file `<shape>.json` holds one entry for each agent: {"cookie", "csrf", "conversation"}.
"""

from __future__ import annotations

import json
import sys
import uuid
from datetime import datetime, timedelta
from pathlib import Path

import django

django.setup()

from django.conf import settings  # noqa: E402 (Django first)
from django.contrib.auth.hashers import make_password  # noqa: E402
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402
from django.contrib.sessions.models import Session  # noqa: E402
from django.db import transaction  # noqa: E402
from django.utils import timezone  # noqa: E402
from django.utils.crypto import get_random_string  # noqa: E402
from django.utils.text import slugify  # noqa: E402

from accounts.models import User  # noqa: E402
from bench import shapes  # noqa: E402
from channels_app.models import Channel, Inbox, InboxMembership  # noqa: E402
from companies.models import Company, Membership, PlanPackage  # noqa: E402
from conversations.models import Conversation, ConversationHead, Message, Participant  # noqa: E402
from customers.models import Visitor  # noqa: E402

_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
_BACKEND = "django.contrib.auth.backends.ModelBackend"


def make_company(name: str, now: datetime) -> Company:
    """A company with a package that has no limits."""
    package, _ = PlanPackage.objects.get_or_create(code="BENCH", defaults={"rank": 90})
    return Company.objects.create(
        name=name, slug=slugify(name), package=package, package_since=now, listed=False, created_at=now
    )


def make_agents(company: Company, count: int, now: datetime) -> list[User]:
    """Members of the company; one hash for all, since nobody signs in by password here."""
    password = make_password(get_random_string(20))
    users = User.objects.bulk_create(
        User(
            email=f"agent{number}@{company.slug}.example",
            first_name=f"Agent{number}",
            last_name=company.name,
            password=password,
            created_at=now,
        )
        for number in range(count)
    )
    Membership.objects.bulk_create(
        Membership(company=company, user=user, position="Support", joined_at=now) for user in users
    )
    return users


def sign_in(users: list[User], now: datetime) -> list[dict[str, str]]:
    """A session for each, as a browser holds it: the cookies and the CSRF token."""
    store, sessions, held = SessionStore(), [], []
    for user in users:
        key, csrf = get_random_string(32, _LETTERS), get_random_string(32)
        data = {
            "_auth_user_id": str(user.pk),
            "_auth_user_backend": _BACKEND,
            "_auth_user_hash": user.get_session_auth_hash(),
        }
        until = now + timedelta(seconds=settings.SESSION_COOKIE_AGE)
        sessions.append(Session(session_key=key, session_data=store.encode(data), expire_date=until))
        cookie = f"{settings.SESSION_COOKIE_NAME}={key}; {settings.CSRF_COOKIE_NAME}={csrf}"
        held.append({"cookie": cookie, "csrf": csrf})
    Session.objects.bulk_create(sessions)
    return held


def make_inboxes(company: Company, shape: shapes.Shape, users: list[User]) -> list[Inbox]:
    """Open-mode inboxes with the agents of their conversations as team members: any of them may answer."""
    count = -(-shape.conversations // shape.conversations_per_inbox)
    inboxes = Inbox.objects.bulk_create(
        Inbox(company=company, name=f"Team {number}", assignment_enabled=False, is_default=number == 0)
        for number in range(count)
    )
    InboxMembership.objects.bulk_create(
        InboxMembership(inbox=inboxes[number % shape.conversations // shape.conversations_per_inbox], user=user)
        for number, user in enumerate(users)
    )
    return inboxes


def make_conversations(company: Company, shape: shapes.Shape, inboxes: list[Inbox], now: datetime) -> list[str]:
    """Customer conversations with the visitor's first message; returns their public ids."""
    channels = Channel.objects.bulk_create(
        Channel(company=company, inbox=inbox, name=inbox.name, ring_enabled=False) for inbox in inboxes
    )
    visitors = Visitor.objects.bulk_create(
        Visitor(company=company, number=n + 1, widget_key="pk_bench", token_hash=f"{company.pk}-{n}")
        for n in range(shape.conversations)
    )
    conversations = Conversation.objects.bulk_create(
        Conversation(
            company=company,
            number=n + 1,
            kind=Conversation.Kind.CUSTOMER,
            subject=f"Question {n}",
            origin=Conversation.Origin.WIDGET,
            channel=channels[n // shape.conversations_per_inbox],
            visitor=visitor,
            start_id=uuid.uuid4(),
            created_at=now,
        )
        for n, visitor in enumerate(visitors)
    )
    for conversation in conversations:
        _first_message(conversation, now)
    Company.objects.filter(pk=company.pk).update(next_number=shape.conversations + 1)
    return [str(conversation.public_id) for conversation in conversations]


def _first_message(conversation: Conversation, now: datetime) -> None:
    ConversationHead.objects.create(
        conversation=conversation,
        kind=conversation.kind,
        company_id=conversation.company_id,
        inbox=conversation.channel.inbox,
        routing=ConversationHead.Routing.OPEN,
        last_seq=1,
        message_count=1,
        last_activity=now,
        preview="Hello?",
        preview_author=conversation.visitor.label,
    )
    Message.objects.create(
        conversation=conversation,
        seq=1,
        client_id=uuid.uuid4(),
        author_kind="visitor",
        visitor=conversation.visitor,
        author_name=conversation.visitor.label,
        body="Hello?",
        via=Message.Via.WIDGET,
        created_at=now,
    )
    Participant.objects.create(
        conversation=conversation, visitor=conversation.visitor, side="requester", last_read_seq=1, joined_at=now
    )


def make(shape: shapes.Shape, folder: Path, now: datetime) -> None:
    """One shape and its file."""
    company = make_company(f"Bench {shape.name}", now)
    users = make_agents(company, shape.agents, now)
    ids = make_conversations(company, shape, make_inboxes(company, shape, users), now)
    held = sign_in(users, now)
    for number, agent in enumerate(held):
        agent["conversation"] = ids[number % shape.conversations]
    (folder / f"{shape.name}.json").write_text(json.dumps(held))


if __name__ == "__main__":
    with transaction.atomic():
        for each in shapes.ALL:
            make(each, Path(sys.argv[1]), timezone.now())
