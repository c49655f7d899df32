"""Naming colleagues with “@”: who is told and follows, who cannot be named, and what it costs; N-66."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection

from conversations.models import Mention, Participant
from mail.models import OutgoingMail
from notifications.models import Notice
from tests.cast import NOW, make_inbox, make_user
from tests.conversations.edits import change, say
from tests.conversations.pages import base

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clean_valkey")]


def test_naming_a_colleague_tells_them_and_makes_them_follow(cast, accepted, beside, react):
    """A chip in the text, a notice for the named, who follows from then on; not twice, not for oneself."""
    message = say(beside, cast.ben, "@Cem Aydın and @ben: @cem can you look?")
    assert {(m.user_id, m.name) for m in Mention.objects.filter(message=message)} == {
        (cast.cem.pk, "Cem Aydın"),
        (cast.ben.pk, "ben"),
    }
    seat = Participant.objects.get(conversation=beside, user=cast.cem)
    assert seat.following
    react()
    assert Notice.objects.filter(user=cast.cem, conversation=beside).count() == 1
    assert not Notice.objects.filter(user=cast.dora, conversation=beside).exists()
    assert not Notice.objects.filter(user=cast.ben, conversation=beside).exists()


def test_who_is_named_by_a_change_hears_of_it(cast, accepted, beside, react, settle):
    """Once, as of a new message: in the bell and by mail after the minute; who was named before hears nothing new."""
    message = say(beside, cast.ben, "@Dora Lindqvist please look")
    react()
    change(beside, message, cast.ben, "@Dora Lindqvist and @Cem Aydın please look", minutes=0.1)
    react()
    change(beside, message, cast.ben, "@Dora Lindqvist and @Cem Aydın please look here", minutes=0.2)
    react()
    [cems], [doras] = (Notice.objects.filter(user=user, conversation=beside) for user in (cast.cem, cast.dora))
    assert (cems.cause, cems.row, cems.first_seq, cems.count) == ("mention", "mention", message.seq, 1)
    assert (doras.cause, doras.count) == ("mention", 1)
    settle(NOW + timedelta(seconds=90))
    [mail] = OutgoingMail.objects.filter(to=cast.cem.email)
    assert "please look here" in mail.text


def test_nobody_is_named_who_may_not_read_it(cast, accepted, beside, client):
    """No access: not offered, not stored; in what a customer reads nobody at all."""
    eva = make_user(cast.nordlicht, "Eva", "Kern", domain="nordlicht")
    make_inbox(cast.nordlicht, "Sales", eva)
    message = say(beside, cast.ben, "@Eva Kern @Udo Maier")
    assert not Mention.objects.filter(message=message).exists()
    assert not Participant.objects.filter(conversation=beside, user=eva).exists()
    client.force_login(cast.ben)
    offered = client.get(f"{base(accepted)}names/").json()["people"]
    assert {one["name"] for one in offered} == {"Anna Berg", "Cem Aydın", "Dora Lindqvist"}
    say(accepted, cast.ben, "@Cem Aydın will call you")
    assert not Mention.objects.exists()
    assert 'class="at" data-user' not in client.get(base(accepted)).content.decode()


def test_names_cost_nothing_where_nobody_is_named(cast, accepted, beside, client):
    """A thread without “@” asks for no mentions; with many it asks once."""
    client.force_login(cast.ben)
    say(beside, cast.ben, "plain")
    client.get(base(accepted))
    with connection.execute_wrapper(plain := _Counter()):
        client.get(base(accepted))
    for number in range(12):
        say(beside, cast.ben, f"@Cem Aydın {number}")
    with connection.execute_wrapper(many := _Counter()):
        client.get(base(accepted))
    assert plain.mentions == 0
    assert many.mentions == 1


class _Counter:
    """Counts what is asked of the table of mentions."""

    mentions = 0

    def __call__(self, execute, sql, params, many, context):
        self.mentions += "conversations_mention" in sql
        return execute(sql, params, many, context)
