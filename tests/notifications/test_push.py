"""Push with the page closed: sealed (RFC 8291), signed (RFC 8292), sent once, to nobody it is not for (SSRF)."""

from __future__ import annotations

import socket
from datetime import timedelta

import jwt
import orjson
import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.contrib.sessions.models import Session

from companies.actions.members import deactivate_member, set_quiet
from conversations.actions import reading
from conversations.models import Conversation
from events import due, presence
from events.models import Due
from notifications import push_transport, pushing, vapid, webpush
from notifications.models import Notice, Preference, Push, PushSubscription
from tests.cast import NOW, make_visitor, write
from tests.notifications.minutes import at, post

ENDPOINT = "https://updates.push.services.mozilla.com/wpush/v2/gAAA"
ADD = "/settings/notifications/push/"


class Browser:
    """The other side: its keys, and what it can open."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.auth = b"0123456789abcdef"

    @property
    def point(self) -> bytes:
        return webpush.raw_point(self.key.public_key())

    @property
    def json(self) -> dict:
        return {"p256dh": webpush.encoded(self.point), "auth": webpush.encoded(self.auth)}

    def open(self, body: bytes) -> bytes:
        """RFC 8291 §3.4, written from the receiver's side."""
        salt, size = body[:16], body[20]
        sender = body[21 : 21 + size]
        shared = self.key.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sender))
        keying = HKDF(hashes.SHA256(), 32, self.auth, b"WebPush: info\0" + self.point + sender).derive(shared)
        key = HKDF(hashes.SHA256(), 16, salt, b"Content-Encoding: aes128gcm\0").derive(keying)
        nonce = HKDF(hashes.SHA256(), 12, salt, b"Content-Encoding: nonce\0").derive(keying)
        text = AESGCM(key).decrypt(nonce, body[21 + size :], None)
        assert text.endswith(b"\x02")
        return text[:-1]


class Service:
    """A push service on no network at all: answers what it is told to, remembers what it got."""

    def __init__(self, *answers) -> None:
        self.answers = list(answers)
        self.got: list[tuple[str, dict, bytes]] = []

    def __call__(self, endpoint, headers, body) -> int:
        self.got.append((endpoint, dict(headers), body))
        answer = self.answers.pop(0) if self.answers else 201
        if isinstance(answer, Exception):
            raise answer
        return answer


# --- the standards ------------------------------------------------------------------------------------------------
def test_the_example_of_the_standard():
    """RFC 8291, appendix A, byte for byte."""
    sender = ec.derive_private_key(
        int.from_bytes(webpush.decoded("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"), "big"), ec.SECP256R1()
    )
    body = webpush.sealed(
        b"When I grow up, I want to be a watermelon",
        p256dh="BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
        auth="BTBZMqHH6r4Tts7J_aSIgg",
        sender=sender,
        salt=webpush.decoded("DGv6ra1nlYgDCS1FRnbzlw"),
    )
    assert webpush.encoded(body) == (
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6Tlz"
        "AC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )


def test_only_the_browser_with_the_keys_opens_it():
    mine, other = Browser(), Browser()
    body = webpush.sealed(b"secret", **mine.json)
    assert mine.open(body) == b"secret"
    assert webpush.sealed(b"secret", **mine.json) != body
    with pytest.raises(InvalidTag):
        other.open(body)


def test_the_signature_names_the_service_and_us(settings):
    """RFC 8292: for this origin alone, for hours, with whom to write to."""
    settings.BASE_URL = "https://memo.example"
    header = webpush.authorization(f"{ENDPOINT}?x=1", key=vapid.private_key(), contact=vapid.contact(), now=NOW)
    kind, token, key = header.replace(",", "").split()
    assert kind == "vapid"
    assert key == f"k={vapid.public_key()}"
    point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), webpush.decoded(vapid.public_key()))
    claims = jwt.decode(
        token.removeprefix("t="),
        point,
        algorithms=["ES256"],
        audience="https://updates.push.services.mozilla.com",
        options={"verify_exp": False},
    )
    assert claims["sub"] == "https://memo.example"
    assert claims["exp"] == int((NOW + timedelta(hours=12)).timestamp())


def test_the_key_pair_is_the_same_in_every_process_and_another_s_is_another(settings):
    """Made of the secret key, or given as PEM or as 32 bytes."""
    first = vapid.public_key()
    vapid._key.cache_clear()
    assert vapid.public_key() == first
    settings.SECRET_KEY = "another-secret-key-of-another-installation"
    assert vapid.public_key() != first
    own = ec.generate_private_key(ec.SECP256R1())
    settings.VAPID_PRIVATE_KEY = webpush.encoded(own.private_numbers().private_value.to_bytes(32, "big"))
    assert vapid.public_key() == webpush.encoded(webpush.raw_point(own.public_key()))
    settings.VAPID_PRIVATE_KEY = own.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    assert vapid.public_key() == webpush.encoded(webpush.raw_point(own.public_key()))


# --- where to (SSRF) ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "endpoint",
    [
        "http://updates.push.services.mozilla.com/x",
        "https://127.0.0.1/x",
        "https://[::1]/x",
        "https://2130706433/x",
        "https://0x7f.0.0.1/x",
        "https://localhost/x",
        "https://push.evil.example/x",
        "https://updates.push.services.mozilla.com.evil.example/x",
        "https://evilfcm.googleapis.com.evil/x",
        "https://user@updates.push.services.mozilla.com/x",
        "https://updates.push.services.mozilla.com:8443/x",
        "https://updates.push.services.mozilla.com/x#part",
        "https://updates.push.services.mozilla.com/x y",
        "https://updates.push.services.mozilla.com/x\r\nHost: evil",
        "https://updates.push.services.mozilla.com/" + "x" * 1000,
        "https://push.apple.com.evil.example/x",
        "https://notpush.apple.com/x",
        "https://updates.push.services.mözilla.com/x",
        "file:///etc/passwd",
        "https://[broken/x",
        "",
    ],
)
def test_addresses_that_are_no_push_service(endpoint):
    with pytest.raises(push_transport.BadEndpoint):
        push_transport.check(endpoint)


@pytest.mark.parametrize(
    "endpoint",
    [
        ENDPOINT,
        "https://fcm.googleapis.com/fcm/send/abc:def",
        "https://web.push.apple.com/QN",
        "https://wns2-par02p.notify.windows.com/w/?token=x",
        "https://fcm.googleapis.com:443/x",
    ],
)
def test_the_services_of_the_browsers(endpoint):
    assert push_transport.check(endpoint).hostname


def test_an_operator_may_allow_others_but_never_the_inner_network(settings, monkeypatch):
    """The name is looked up once, and every address it has must be public; a mapped one is none."""
    settings.PUSH_HOSTS = ["*"]
    push_transport.check("https://push.somewhere.example/x")
    with pytest.raises(push_transport.BadEndpoint):
        push_transport.check("https://10.0.0.1/x")

    def names(*addresses):
        def lookup(host, port, **_):
            family = socket.AF_INET6 if ":" in addresses[0] else socket.AF_INET
            return [(family, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

        monkeypatch.setattr(socket, "getaddrinfo", lookup)

    for bad in (
        "127.0.0.1", "10.1.2.3", "192.168.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1", "::1",
        "fe80::1%eth0", "fc00::1", "::ffff:127.0.0.1",
    ):  # fmt: skip
        names("93.184.216.34", bad)
        with pytest.raises(push_transport.BadEndpoint):
            push_transport.public_address("push.somewhere.example")
    names("93.184.216.34")
    assert push_transport.public_address("push.somewhere.example") == "93.184.216.34"


def test_a_name_that_nobody_knows_is_worth_another_attempt(monkeypatch):
    def lookup(*_args, **_kwargs):
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    with pytest.raises(push_transport.Unreachable):
        push_transport.post(ENDPOINT, {}, b"")


# --- devices --------------------------------------------------------------------------------------------------------
def add(client, browser: Browser, endpoint: str = ENDPOINT, **extra):
    body = {"endpoint": endpoint, "keys": browser.json, "expirationTime": None} | extra
    return client.post(ADD, body, content_type="application/json", headers={"User-Agent": "Firefox/140 Linux"})


@pytest.fixture
def phone(cast, client, clean_valkey):
    """Ben's phone, signed in and subscribed."""
    client.force_login(cast.ben)
    browser = Browser()
    assert add(client, browser).status_code == 200
    return browser


@pytest.mark.django_db
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


@pytest.mark.django_db
def test_the_same_browser_again_is_one_device_also_for_somebody_else(client, cast, phone):
    """Computers are shared: what arrives belongs to whoever switched it on last."""
    assert add(client, phone).status_code == 200
    client.force_login(cast.cem)
    assert add(client, phone, user=cast.ben.pk, session_key="stolen").status_code == 200
    one = PushSubscription.objects.get()
    assert (one.user, one.session_key) == (cast.cem, client.session.session_key)


@pytest.mark.django_db
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


@pytest.mark.django_db
def test_not_without_end(client, cast, clean_valkey):
    """At most 20 devices a person, and 30 attempts in ten minutes (one more every 20 s)."""
    client.force_login(cast.ben)
    answers = [add(client, Browser(), f"{ENDPOINT}{number}").status_code for number in range(40)]
    assert answers[:30] == [200] * 30
    assert 429 in answers[30:]
    assert PushSubscription.objects.count() == 20
    assert not PushSubscription.objects.filter(endpoint=f"{ENDPOINT}0").exists()


# --- when, and what ---------------------------------------------------------------------------------------------------
def push(seconds: float, service: Service) -> int:
    """The deadlines and the queue as the worker settles them."""
    due.settle(at(seconds))
    return pushing.send_due(now=at(seconds), transport=service)


@pytest.mark.django_db
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


@pytest.mark.django_db
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


@pytest.mark.django_db
def test_what_is_seen_at_once_does_not_push(cast, talk, kim, react, phone):
    message = post(talk, kim, now=at(0))
    react()
    reading.mark_seen(Conversation.objects.get(pk=talk.pk), viewer=cast.member(cast.ben), seq=message.seq, now=at(3))
    service = Service()
    assert push(5, service) == 0  # even before the reaction to it ran
    assert service.got == []


@pytest.mark.django_db
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


@pytest.mark.django_db
def test_a_burst_is_one_push_in_half_a_minute(cast, talk, kim, react, phone):
    """What goes on neither puts the first off nor makes one for each line."""
    service = Service()
    for second in range(40):
        post(talk, kim, f"line {second}", now=at(second))
        react()
        push(second, service)
    assert len(service.got) == 2
    assert orjson.loads(phone.open(service.got[0][2]))["url"].endswith("?at=7")


@pytest.mark.django_db
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


@pytest.mark.django_db
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


@pytest.mark.django_db
def test_signed_out_there_nothing_arrives_there(client, cast, talk, kim, react, phone):
    """The subscription ends with its session, whoever finds the phone."""
    post(talk, kim, now=at(0))
    react()
    Session.objects.filter(session_key=client.session.session_key).delete()
    service = Service()
    push(5, service)
    assert service.got == []
    assert not PushSubscription.objects.exists()


# --- what the service answers -------------------------------------------------------------------------------------
@pytest.mark.django_db
@pytest.mark.parametrize("status", [404, 410, 403])
def test_a_subscription_that_is_gone_is_forgotten(cast, talk, kim, react, phone, status):
    post(talk, kim, now=at(0))
    react()
    assert push(5, Service(status)) == 0
    assert not PushSubscription.objects.exists()
    assert not Push.objects.exists()


@pytest.mark.django_db
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


@pytest.mark.django_db
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


@pytest.mark.django_db
def test_an_address_that_is_allowed_no_longer_is_forgotten(cast, talk, kim, react, phone, monkeypatch):
    """Checked again when it is used: names may have moved inside."""
    post(talk, kim, now=at(0))
    react()
    assert push(5, Service(push_transport.BadEndpoint("inside"))) == 0
    assert not PushSubscription.objects.exists()


@pytest.mark.django_db
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


@pytest.mark.django_db
def test_nothing_of_it_is_in_the_repository_or_the_database(cast, phone):
    """The private key is derived; a dump of the tables does not hold it."""
    number = vapid.private_key().private_numbers().private_value
    assert settings.VAPID_PRIVATE_KEY == ""
    assert str(number) not in str(list(PushSubscription.objects.values()))
    assert Session.objects.filter(session_key=PushSubscription.objects.get().session_key).exists()
