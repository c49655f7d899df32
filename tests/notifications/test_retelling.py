"""A message is taken back after people were told of it: the numbers stay right, whoever hears of what; N-66, INV-08."""

from __future__ import annotations

import pytest

from conversations.actions import editing, ringing
from conversations.authors import Author
from notifications.models import Notice, Preference
from tests.cast import NOW, make_channel, make_customer, make_inbox, make_visitor, write
from tests.notifications.minutes import post

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clean_valkey")]


@pytest.mark.parametrize(
    ("hears", "taken_back", "left"), [("all", 1, 2), ("all", 2, 2), ("customers", 1, 2), ("customers", 2, 1)]
)
def test_only_what_was_counted_is_taken_off(cast, react, hears, taken_back, left):
    """Cem follows; the visitor, Ben and the visitor write. Who hears of customers alone never counted Ben's line."""
    talk = write(make_visitor(cast.nordlicht), cast.support)
    ringing.accept(talk, user=cast.ben, now=NOW)
    ringing.follow(talk.head, cast.cem, now=NOW)
    Preference.objects.create(user=cast.cem, from_users=hears == "all", cells={"replies": ["in_app"]})
    react()
    Notice.objects.all().delete()
    written = []
    for author in (Author.of_visitor(talk.visitor), Author.of_user(cast.ben), Author.of_visitor(talk.visitor)):
        written.append((author, post(talk, author, "words", now=NOW)))
        react()
    unseen = Notice.objects.filter(user=cast.cem, seen_at=None)
    assert [notice.count for notice in unseen] == [3 if hears == "all" else 2]
    author, message = written[taken_back]
    editing.delete_message(talk, message_id=message.client_id, author=author, now=NOW)
    react()
    assert [notice.count for notice in unseen.all()] == [left]


def test_nobody_hears_of_their_own_words_from_the_chat(cast, react):
    """INV-08, N-11: Cem works in an open inbox and asks there as a customer whose chat is proved to be his."""
    customer = make_customer(cast.nordlicht, "Cem", "cem@nordlicht.example")
    customer.user = cast.cem
    customer.save()
    inbox = make_inbox(cast.nordlicht, "Open", cast.cem, cast.dora, assignment_enabled=False)
    channel = make_channel(inbox, "Open", cast.dora)
    talk = write(make_visitor(cast.nordlicht, customer=customer, verified=True), channel, "mine")
    react()
    told = {notice.user for notice in Notice.objects.filter(conversation=talk, user__isnull=False)}
    assert cast.dora in told
    assert cast.cem not in told
