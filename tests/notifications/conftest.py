"""What most tests of notices begin with."""

from __future__ import annotations

import pytest

from conversations.actions import assigning, reading
from conversations.authors import Author
from events.models import Due
from notifications.models import Notice
from tests.cast import NOW, make_channel, make_inbox, make_visitor, write
from tests.notifications.pushes import Browser, add


@pytest.fixture
def claim(cast):
    """A claim-mode inbox with Ben and Cem (and the admin): requests come without a channel's ring."""
    inbox = make_inbox(cast.nordlicht, "Claims", cast.ben, cast.cem)
    return make_channel(inbox, "Claims", ring_enabled=False)


@pytest.fixture
def talk(cast, react):
    """Assigned to Ben, everything so far seen and settled."""
    conversation = write(make_visitor(cast.nordlicht, name="Kim Berg", email="kim@abc.example"), cast.support)
    assigning.assign(conversation, to=cast.ben, by=cast.ben, role="admin", now=NOW)
    reading.mark_seen(conversation, viewer=cast.member(cast.ben), seq=1, now=NOW)
    react()
    Notice.objects.all().delete()
    Due.objects.all().delete()
    return conversation


@pytest.fixture
def kim(talk):
    return Author.of_visitor(talk.visitor)


@pytest.fixture
def ben(cast):
    return Author.of_user(cast.ben)


@pytest.fixture
def phone(cast, client, clean_valkey):
    """Ben's phone, signed in and subscribed."""
    client.force_login(cast.ben)
    browser = Browser()
    assert add(client, browser).status_code == 200
    return browser
