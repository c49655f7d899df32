"""Push with the page closed: to whom, when and with which words; once, and to nobody who does not want it."""

from __future__ import annotations

import orjson
import pytest
from django.contrib.sessions.models import Session

from companies.actions.members import deactivate_member, set_quiet
from conversations.actions import reading
from conversations.models import Conversation
from events import presence
from events.models import Due
from notifications.models import Preference, Push, PushSubscription
from tests.cast import NOW, make_visitor, write
from tests.notifications.minutes import at, post
from tests.notifications.pushes import ENDPOINT, Service, push

pytestmark = pytest.mark.django_db


def test_after_five_seconds_without_the_text(cast, talk, kim, react, phone):
    """“New message” and the conversation, in the user's language; once."""
    cast.ben.language = "de"
    cast.ben.save()
    post(talk, kim, "CANARY Is Thursday possible?", now=at(0))
    react()
    service = Service()
    assert push(4.9, service) == 0
    assert push(5, service) == 1
    assert push(6, service) + push(30, service) + push(60, service) == 0
    ((endpoint, headers, body),) = service.got
    assert endpoint == ENDPOINT
    assert headers["Content-Encoding"] == "aes128gcm"
    assert headers["Authorization"].startswith("vapid t=")
    assert (int(headers["TTL"]), headers["Urgency"], headers["Topic"]) == (14400, "normal", talk.public_id.hex)
    told = orjson.loads(phone.open(body))
    assert told["url"] == f"/conversations/{talk.public_id}/?at=2"
    assert told["tag"] == str(talk.public_id)
    assert (told["title"], told["lang"]) == ("Memo", "de")
    assert b"CANARY" not in phone.open(body)
    assert b"Kim" not in phone.open(body)
    assert not Push.objects.exists()


def test_with_the_text_if_the_company_allows_it(cast, talk, kim, react, phone):
    cast.nordlicht.push_shows_text = True
    cast.nordlicht.save()
    post(talk, kim, "Is Thursday\npossible? " + "x" * 5000, now=at(0))
    react()
    service = Service()
    push(5, service)
    told = orjson.loads(phone.open(service.got[0][2]))
    assert told["title"] == "Kim Berg"
    assert told["body"].startswith("Is Thursday possible? xxx")
    assert len(service.got[0][2]) < 4096


def test_what_is_seen_at_once_does_not_push(cast, talk, kim, react, phone):
    message = post(talk, kim, now=at(0))
    react()
    reading.mark_seen(Conversation.objects.get(pk=talk.pk), viewer=cast.member(cast.ben), seq=message.seq, now=at(3))
    service = Service()
    assert push(5, service) == 0  # even before the reaction to it ran
    assert service.got == []


def test_not_while_a_page_is_open_but_when_it_was_just_closed(cast, talk, kim, react, phone, clean_valkey):
    """A closed page is noticed after a while: looked at again for a little more than a minute."""
    presence.touch(cast.ben.pk)
    post(talk, kim, now=at(0))
    react()
    service = Service()
    assert push(5, service) == 0
    assert push(24, service) == 0
    presence.gone(cast.ben.pk)
    assert push(25, service) == 1
    presence.touch(cast.ben.pk)
    post(talk, kim, "again", now=at(100))
    react()
    for seconds in range(105, 300, 5):
        push(seconds, service)
    assert len(service.got) == 1
    assert not Due.objects.filter(kind="push").exists()


def test_a_burst_is_one_push_in_half_a_minute(cast, talk, kim, react, phone):
    """What goes on neither puts the first off nor makes one for each line."""
    service = Service()
    for second in range(40):
        post(talk, kim, f"line {second}", now=at(second))
        react()
        push(second, service)
    assert len(service.got) == 2
    assert orjson.loads(phone.open(service.got[0][2]))["url"].endswith("?at=7")


@pytest.mark.parametrize("why", ["row", "way", "customers", "quiet", "muted", "left"])
def test_nobody_who_does_not_want_it_or_may_not(cast, talk, kim, react, phone, why):
    """The table, the switches, quiet hours, and rights as they stand when it would leave."""
    if why == "row":
        Preference.objects.create(user=cast.ben, cells={"mine": ["in_app", "email"]})
    elif why == "way":
        Preference.objects.create(user=cast.ben, push=False)
    elif why == "customers":
        Preference.objects.create(user=cast.ben, from_customers=False)
    elif why == "quiet":
        set_quiet(cast.member(cast.ben), until=at(600), now=NOW)
    elif why == "muted":
        talk.participants.filter(user=cast.ben).update(muted=True)
    post(talk, kim, now=at(0))
    react()
    if why == "left":
        deactivate_member(cast.member(cast.ben), by="operator", now=at(1))
    service = Service()
    push(5, service)
    push(700, service)
    assert service.got == []


def test_what_rings_pushes_in_quiet_hours_too(cast, react, phone):
    """… at whoever is asked, urgently; and not when it went on meanwhile."""
    cast.support.members.exclude(user=cast.ben).delete()
    set_quiet(cast.member(cast.ben), until=at(600), now=NOW)
    write(make_visitor(cast.nordlicht), cast.support)
    react()
    service = Service()
    assert push(5, service) == 1
    assert service.got[0][1]["Urgency"] == "high"
    assert orjson.loads(phone.open(service.got[0][2]))["body"] == "A request rings at you"


def test_signed_out_there_nothing_arrives_there(client, cast, talk, kim, react, phone):
    """The subscription ends with its session, whoever finds the phone."""
    post(talk, kim, now=at(0))
    react()
    Session.objects.filter(session_key=client.session.session_key).delete()
    service = Service()
    push(5, service)
    assert service.got == []
    assert not PushSubscription.objects.exists()
