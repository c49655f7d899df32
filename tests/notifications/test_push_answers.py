"""What a push service answers: gone ones are forgotten, trouble is tried again, nobody holds up another."""

from __future__ import annotations

import pytest

from conversations.actions import reading
from conversations.models import Conversation
from notifications import push_transport
from notifications.models import Notice, Push, PushSubscription
from tests.notifications.minutes import at, post
from tests.notifications.pushes import ENDPOINT, Browser, Service, add, push

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("status", [404, 410, 403])
def test_a_subscription_that_is_gone_is_forgotten(cast, talk, kim, react, phone, status):
    post(talk, kim, now=at(0))
    react()
    assert push(5, Service(status)) == 0
    assert not PushSubscription.objects.exists()
    assert not Push.objects.exists()


@pytest.mark.parametrize("trouble", [500, 429, push_transport.Unreachable("timeout")])
def test_trouble_is_tried_again_four_times_at_most(cast, talk, kim, react, phone, trouble):
    post(talk, kim, now=at(0))
    react()
    service = Service(*[trouble] * 10)
    for seconds in (5, 34, 35, 60, 155, 156, 800, 2000, 9000):
        push(seconds, service)
    assert len(service.got) == 4
    assert not Push.objects.exists()
    assert PushSubscription.objects.exists()


def test_what_was_seen_meanwhile_is_not_tried_again(cast, talk, kim, react, phone):
    message = post(talk, kim, now=at(0))
    react()
    service = Service(503)
    push(5, service)
    reading.mark_seen(Conversation.objects.get(pk=talk.pk), viewer=cast.member(cast.ben), seq=message.seq, now=at(20))
    react()
    push(40, service)
    assert len(service.got) == 1
    assert not Push.objects.exists()


def test_an_address_that_is_allowed_no_longer_is_forgotten(cast, talk, kim, react, phone, monkeypatch):
    """Checked again when it is used: names may have moved inside."""
    post(talk, kim, now=at(0))
    react()
    assert push(5, Service(push_transport.BadEndpoint("inside"))) == 0
    assert not PushSubscription.objects.exists()


def test_every_device_gets_it_and_one_that_fails_holds_up_no_other(client, cast, talk, kim, react, phone):
    desk = Browser()
    assert add(client, desk, "https://fcm.googleapis.com/fcm/send/desk").status_code == 200
    post(talk, kim, now=at(0))
    react()
    service = Service(500, 201)
    assert push(5, service) == 1
    assert {endpoint for endpoint, _headers, _body in service.got} == {
        ENDPOINT,
        "https://fcm.googleapis.com/fcm/send/desk",
    }
    assert Notice.objects.get(user=cast.ben).pushed_at == at(5)
