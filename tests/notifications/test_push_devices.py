"""Devices that are pushed to: listed, removed, shared, limited; what is no subscription is refused."""

from __future__ import annotations

import orjson
import pytest
from django.conf import settings
from django.contrib.sessions.models import Session

from notifications import vapid
from notifications.models import PushSubscription
from tests.notifications.pushes import ADD, ENDPOINT, Browser, add

pytestmark = pytest.mark.django_db


def test_a_device_is_listed_and_removed(client, cast, phone):
    """With a name to recognise it by; the address and keys stay inside."""
    page = client.get("/settings/notifications/").content.decode()
    assert "Firefox, Linux" in page
    assert "This device" in page
    assert ENDPOINT not in page
    one = PushSubscription.objects.get()
    client.force_login(cast.cem)
    assert client.post(f"{ADD}{one.public_id}/remove/").status_code == 404
    client.force_login(cast.ben)
    assert client.post(f"{ADD}{one.public_id}/remove/").status_code == 303
    assert not PushSubscription.objects.exists()


def test_the_same_browser_again_is_one_device_also_for_somebody_else(client, cast, phone):
    """Computers are shared: what arrives belongs to whoever switched it on last."""
    assert add(client, phone).status_code == 200
    client.force_login(cast.cem)
    assert add(client, phone, user=cast.ben.pk, session_key="stolen").status_code == 200
    one = PushSubscription.objects.get()
    assert (one.user, one.session_key) == (cast.cem, client.session.session_key)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "[]",
        "{}",
        '{"endpoint": 1, "keys": {"p256dh": "a", "auth": "b"}}',
        '{"endpoint": "https://127.0.0.1/", "keys": {"p256dh": "BA", "auth": "b"}}',
        orjson.dumps({"endpoint": ENDPOINT, "keys": {"p256dh": "A" * 87, "auth": "MDEyMzQ1Njc4OWFiY2RlZg"}}).decode(),
        orjson.dumps({"endpoint": ENDPOINT, "keys": Browser().json | {"auth": "AAAA"}}).decode(),
        orjson.dumps({"endpoint": ENDPOINT + "\x00", "keys": Browser().json}).decode(),
        orjson.dumps({"endpoint": "https://evil.example/", "keys": Browser().json}).decode(),
        "[" * 3000,
        "x" * 5000,
    ],
)
def test_hostile_subscriptions_are_refused(client, cast, clean_valkey, body):
    client.force_login(cast.ben)
    assert client.post(ADD, body, content_type="application/json").status_code == 422
    assert not PushSubscription.objects.exists()


def test_not_without_end(client, cast, clean_valkey):
    """At most 20 devices a person, and 30 attempts in ten minutes (one more every 20 s)."""
    client.force_login(cast.ben)
    answers = [add(client, Browser(), f"{ENDPOINT}{number}").status_code for number in range(40)]
    assert answers[:30] == [200] * 30
    assert 429 in answers[30:]
    assert PushSubscription.objects.count() == 20
    assert not PushSubscription.objects.filter(endpoint=f"{ENDPOINT}0").exists()


def test_nothing_of_it_is_in_the_repository_or_the_database(cast, phone):
    """The private key is derived; a dump of the tables does not hold it."""
    number = vapid.private_key().private_numbers().private_value
    assert settings.VAPID_PRIVATE_KEY == ""
    assert str(number) not in str(list(PushSubscription.objects.values()))
    assert Session.objects.filter(session_key=PushSubscription.objects.get().session_key).exists()
