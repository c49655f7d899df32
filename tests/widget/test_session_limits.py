"""What the door to a session refuses: bad requests, floods, guesses, strangers without Valkey (S-50, S-52, R-04)."""

from __future__ import annotations

import uuid

import pytest
import redis
from structlog.testing import capture_logs

from events import valkey
from events.origin import network_of, shortened
from tests.widget.conftest import Door
from widget import limits

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "data", ["[]", "text", "[1]", "5", {"name": 5}, {"name": ["x"]}, {"email": {"a": 1}}, {"name": "\x00"}]
)
def test_what_is_no_session_request_is_refused(door: Door, data: object) -> None:
    assert door.post("session/", {"start": True} | data if isinstance(data, dict) else data).status_code == 400


def test_an_endless_body_is_refused(door: Door) -> None:
    assert door.post("session/", {"name": "x" * 70_000}).status_code == 413


def test_new_visitors_are_limited_by_address(door: Door) -> None:
    """S-50: a flood from one address; spoofed X-Forwarded-For changes nothing without a trusted proxy."""
    allowed = limits.TABLE["mint"][0][0]
    codes = [
        Door(door.key, address="198.51.100.1")
        .post("session/", {"start": True}, HTTP_X_FORWARDED_FOR=f"10.0.0.{turn}")
        .status_code
        for turn in range(allowed + 5)
    ]
    assert codes.count(200) == allowed
    assert codes[-5:] == [429] * 5
    assert Door(door.key, address="198.51.100.2").post("session/", {"start": True}).status_code == 200


def test_guessing_tokens_is_limited_and_logged(door: Door) -> None:
    """S-52: throttled, and a line in the log that names what and from where, without the whole address."""
    allowed = limits.TABLE["guess"][0][0]
    door.address = "198.51.100.3"
    codes = []
    # The bucket refills while a slow machine asks: a few more may pass before it is empty, never fewer.
    with capture_logs() as logged:
        while len(codes) < 4 * allowed and 429 not in codes:
            door.token = uuid.uuid4().hex + "abcdefghijk"
            codes.append(door.get("conversations/").status_code)
    assert codes[:-1] == [401] * (len(codes) - 1)
    assert len(codes) > allowed
    assert codes[-1] == 429
    [line] = [one for one in logged if one["event"] == "widget limit reached"]
    assert (line["log_level"], line["what"], line["by"]) == ("warning", "guess", "address")
    assert line["address"] != door.address
    assert door.get("conversations/")["Retry-After"] == "5"


def test_without_valkey_the_known_go_on_and_strangers_wait(visitor: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    """R-04: sending keeps answering 2xx; what lets somebody in does not fail open."""

    class Down:
        def __getattr__(self, name: str):
            def fail(*_: object, **__: object) -> None:
                raise redis.ConnectionError

            return fail

    conversation = visitor.start()["conversation"]["c"]
    monkeypatch.setattr(valkey, "client", Down)
    assert visitor.say(conversation).status_code == 201
    assert visitor.get("conversations/").status_code == 200
    assert Door(visitor.key).post("session/", {"start": True}).status_code == 429
    assert Door(visitor.key, token="a" * 43).get("conversations/").status_code == 429
    assert visitor.post("ticket/").status_code == 503


def test_the_trusted_proxy_tells_the_address(rf, settings) -> None:
    settings.TRUSTED_PROXY_COUNT = 1
    request = rf.get("/", HTTP_X_FORWARDED_FOR="1.1.1.1, 2.2.2.2, 203.0.113.9", REMOTE_ADDR="10.0.0.1")
    assert network_of(request) == "203.0.113.9"
    settings.TRUSTED_PROXY_COUNT = 2
    assert network_of(request) == "2.2.2.2"
    settings.TRUSTED_PROXY_COUNT = 4
    assert network_of(request) == "10.0.0.1"
    settings.TRUSTED_PROXY_COUNT = 0
    assert network_of(request) == "10.0.0.1"
    assert network_of(rf.get("/", REMOTE_ADDR="2001:db8:1:2:3::4")) == "2001:db8:1:2::"
    assert network_of(rf.get("/", REMOTE_ADDR="rubbish")) == "unknown"
    assert (shortened("203.0.113.9"), shortened("2001:db8:1:2::")) == ("203.0.113", "2001:db8:1:2:")
