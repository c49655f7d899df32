"""Walks through ids: everywhere slowed down, always in the log, and no id short enough to be met (S-52)."""

from __future__ import annotations

import base64
import re
import uuid

import pytest
from django.apps import apps
from django.db.models import UUIDField
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from companies.actions.invitations import Invitee, invite
from customers.tokens import new_token
from events import guessing
from mail.addresses import reply_address
from mail.models import OutgoingMail
from tests.cast import NOW, make_visitor, write
from tests.widget.conftest import Door
from widget import passes

pytestmark = pytest.mark.django_db
MISSES = 4


@pytest.fixture(autouse=True)
def few_misses(monkeypatch, clean_valkey):
    monkeypatch.setattr(guessing, "MISSES", MISSES)
    guessing._until.clear()
    yield
    guessing._until.clear()


def _routes(patterns, before: str = "", namespace: str = ""):
    for entry in patterns:
        route = before + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from _routes(entry.url_patterns, route, entry.namespace or namespace)
        elif isinstance(entry, URLPattern) and "<uuid:public_id>" in route and namespace != "widget":
            yield route


ROUTES = sorted(set(_routes(get_resolver().url_patterns)))


def walk(ask, most: int = 3 * MISSES) -> list[int]:
    """Status codes of one guess after the other."""
    return [ask(str(uuid.uuid4())) for _ in range(most)]


@pytest.mark.parametrize("route", ROUTES)
def test_a_walk_by_a_member_is_stopped_and_logged(route, cast, caplog):
    """S-52: every address with an id; misses are 404 at first, then 429 for hits as well."""
    anna = Client()
    anna.force_login(cast.anna)

    def ask(public_id: str) -> int:
        path = "/" + re.sub("<uuid:[a-z_]+>", public_id, route)
        found = anna.get(path)
        # Addresses that only take POST are walked by POST; who may change what is test_tenancy's matrix.
        return (found if found.status_code != 405 else anna.post(path, {"to": "up"})).status_code

    codes = walk(ask)
    assert codes == [404] * (MISSES + 1) + [429] * (len(codes) - MISSES - 1)
    own = write(make_visitor(cast.nordlicht), cast.support)
    found = anna.get(f"/conversations/{own.public_id}/")
    assert (found.status_code, found["Retry-After"]) == (429, "60")
    assert anna.get("/conversations/").status_code == 200
    assert caplog.text.count("walk through ids") == 1


@pytest.mark.parametrize("path", ["conversations/{}/messages/", "files/{}/"])
def test_a_walk_by_a_visitor_is_stopped_and_logged(path, cast, caplog):
    """S-52: the visitor's own addresses too; another visitor of the same network goes on."""
    door, other = Door(cast.widget.public_key), Door(cast.widget.public_key)
    door.begin()
    other.begin()
    codes = walk(lambda public_id: door.get(path.format(public_id)).status_code)
    assert codes == [404] * (MISSES + 1) + [429] * (len(codes) - MISSES - 1)
    assert door.get("conversations/").status_code == 429
    assert other.get("conversations/").status_code == 200
    assert caplog.text.count("walk through ids") == 1


def test_a_network_that_walks_keeps_its_widget(cast, caplog, client):
    """S-52: an office behind one address: who guesses there takes nobody's chat away; logs hold no whole address."""
    for _ in range(MISSES + 1):
        guessing.missed(guessing.network("203.0.113.9"))
    assert client.get("/join/nobody/", REMOTE_ADDR="203.0.113.9").status_code == 429
    assert client.get(f"/w/frame/{cast.widget.public_key}/", REMOTE_ADDR="203.0.113.9").status_code == 200
    assert "network:203.0.113" in caplog.text
    assert "203.0.113.9" not in caplog.text


def test_waiting_ends(monkeypatch):
    """S-52: a minute after the last miss the ids answer again."""
    at = [1000.0]
    monkeypatch.setattr(guessing.time, "monotonic", lambda: at[0])
    for _ in range(MISSES + 1):
        assert not guessing.waits("user:1")
        guessing.missed("user:1")
    assert guessing.waits("user:1")
    assert not guessing.waits("user:2")
    at[0] += guessing.WAIT_S
    assert not guessing.waits("user:1")


def test_what_lets_in_by_itself_has_128_bits(cast, clean_valkey):
    """S-52: tokens of visitors, invitations, sockets and answers by mail."""
    ticket = passes.issue(make_visitor(cast.nordlicht))
    invitee = Invitee("eva@nordlicht.example", "Eva", "Kern", "Service", "member", "en")
    invite(cast.nordlicht, invitee=invitee, inviter=cast.anna, now=timezone.now())
    token = re.search(r"/join/([\w-]+)/", OutgoingMail.objects.get().text)[1]
    address = reply_address(kind="x", subject_id=1, recipient="user:1", recipient_email="a@b.example", now=NOW)
    for secret in (new_token(), ticket, token):
        assert len(base64.urlsafe_b64decode(secret + "=" * (-len(secret) % 4))) == 32
    assert len(address.partition("@")[0].partition("+")[2]) * 5 >= 128


def test_public_ids_are_random():
    """S-52: none counts up, none tells when it was made; the right decides besides."""
    fields = [field for model in apps.get_models() for field in model._meta.get_fields() if field.name == "public_id"]
    assert len(fields) > 15
    for field in fields:
        assert isinstance(field, UUIDField)
        assert field.default is uuid.uuid4
