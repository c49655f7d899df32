"""The loader and the frame as they are served: caching, compression, policy, who may frame (M-43, S-35)."""

from __future__ import annotations

import gzip
import json
import re
from datetime import timedelta

import brotli
import pytest
from django.test import Client

from channels_app.models import OpeningHours
from tests.cast import NOW, make_channel, make_visitor, write
from widget import assets, selectors
from widget.snippet import snippet

pytestmark = pytest.mark.django_db


def policy_of(response) -> dict[str, str]:
    parts = [part.strip().split(" ", 1) for part in response["Content-Security-Policy"].split(";")]
    return {part[0]: part[1] for part in parts}


def boot_of(response) -> dict:
    found = re.search(r'<script id="boot" type="application/json">(.*?)</script>', response.content.decode(), re.DOTALL)
    return json.loads(found.group(1))


def test_the_loader_is_for_every_site_and_kept_for_five_minutes(client: Client) -> None:
    response = client.get("/w/memo.js")
    assert response.status_code == 200
    assert response["Content-Type"] == "text/javascript; charset=utf-8"
    assert response["Cache-Control"] == "public, max-age=300, stale-while-revalidate=86400"
    assert response["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert "Set-Cookie" not in response
    assert not response.cookies
    again = client.get("/w/memo.js", HTTP_IF_NONE_MATCH=response["ETag"])
    assert (again.status_code, again.content) == (304, b"")


def test_the_loader_comes_compressed_as_the_browser_likes(client: Client) -> None:
    plain = assets.loader().plain
    assert client.get("/w/memo.js").content == plain
    packed = client.get("/w/memo.js", HTTP_ACCEPT_ENCODING="gzip, deflate")
    assert (packed["Content-Encoding"], gzip.decompress(packed.content)) == ("gzip", plain)
    small = client.get("/w/memo.js", HTTP_ACCEPT_ENCODING="gzip, deflate, br, zstd")
    assert (small["Content-Encoding"], brotli.decompress(small.content)) == ("br", plain)
    assert len(packed.content) <= 2_500


def test_the_frame_may_be_framed_by_the_sites_of_its_list_only(client: Client, widget) -> None:
    widget.allowed_origins = ["https://shop.example", "https://www.shop.example", "https://evil; script-src *"]
    widget.save()
    response = client.get(f"/w/frame/{widget.public_key}/")
    policy = policy_of(response)
    assert response.status_code == 200
    assert policy["frame-ancestors"] == "https://shop.example https://www.shop.example"
    assert policy["default-src"] == policy["base-uri"] == policy["form-action"] == "'none'"
    assert policy["style-src"] == "'self'"
    assert re.fullmatch(r"'self' 'nonce-[\w+/=]{20,}'", policy["script-src"])
    assert policy["connect-src"] == "'self' ws://127.0.0.1:8000"
    assert "X-Frame-Options" not in response
    assert not response.cookies


def test_a_frame_without_sites_is_shown_nowhere(client: Client, widget) -> None:
    widget.allowed_origins = []
    widget.save()
    assert policy_of(client.get(f"/w/frame/{widget.public_key}/"))["frame-ancestors"] == "'none'"


@pytest.mark.parametrize("change", ["unknown", "inactive", "suspended", "no package"])
def test_a_frame_that_is_not_there_says_so_to_nobody(client: Client, widget, change: str) -> None:
    """Unknown, switched off and suspended answer the same."""
    key = widget.public_key
    if change == "unknown":
        key = "pk_unknown"
    elif change == "inactive":
        widget.active = False
        widget.save()
    else:
        company = widget.company
        company.suspended_at, company.package = (NOW, company.package) if change == "suspended" else (None, None)
        company.save()
    response = client.get(f"/w/frame/{key}/")
    assert response.status_code == 404
    assert policy_of(response)["frame-ancestors"] == "'none'"
    assert b"Nordlicht" not in response.content
    assert b"boot" not in response.content


def test_no_inline_script_or_style_in_the_frame(client: Client, widget) -> None:
    text = client.get(f"/w/frame/{widget.public_key}/").content.decode()
    scripts = re.findall(r"<script([^>]*)>", text)
    assert all('type="application/json"' in one or "src=" in one or "nonce=" in one for one in scripts)
    assert not re.search(r"<style|\sstyle=|\son\w+=", text)


def test_what_a_tenant_wrote_cannot_leave_its_data_block(client: Client, widget) -> None:
    """S-22: names and greetings are data."""
    widget.greeting = "</script><script>alert(1)</script>"
    widget.company.name = "<b>Nord</b>"
    widget.company.save()
    widget.save()
    response = client.get(f"/w/frame/{widget.public_key}/")
    assert b"<script>alert" not in response.content
    assert b"<b>Nord" not in response.content
    assert boot_of(response)["greeting"] == widget.greeting


def test_the_frame_knows_topics_hours_and_limits(client: Client, cast, widget, monkeypatch) -> None:
    billing = make_channel(cast.inbox, "Billing", cast.ben, purpose="Invoices")
    paused = make_channel(cast.inbox, "Paused", cast.ben, state="paused")
    widget.channels.add(billing, paused)
    OpeningHours.objects.create(channel=billing, weekday=0, opens="08:00", closes="09:00")
    monkeypatch.setattr("widget.views.pages.timezone.now", lambda: NOW)
    boot = boot_of(client.get(f"/w/frame/{widget.public_key}/"))
    assert [(one["name"], one["purpose"], one["open"]) for one in boot["channels"]] == [
        ("Billing", "Invoices", False),
        ("Support", "Help with your lamp", True),
    ]
    assert boot["channels"][0]["back_at"] == "2026-11-30T07:00:00+00:00"
    assert boot["limits"] == {"files": 5, "mb": 10, "body": 10_000}
    assert boot["origins"] == ["https://shop.example"]
    assert widget.identity_secret not in json.dumps(boot)


def test_the_frame_speaks_the_language_of_the_host_page(client: Client, widget) -> None:
    german = client.get(f"/w/frame/{widget.public_key}/?lang=de")
    assert '<html lang="de" dir="ltr"' in german.content.decode()
    assert boot_of(german)["language"] == "de"
    unknown = client.get(f"/w/frame/{widget.public_key}/?lang=../../x", HTTP_ACCEPT_LANGUAGE="sv")
    assert boot_of(unknown)["language"] == "sv"


def test_presence_and_the_usual_wait_are_told(cast, widget, clean_valkey) -> None:
    """Somebody available and online in an open channel; the median of the last answers, once there are three."""
    now = NOW + timedelta(hours=1)
    assert selectors.entrance(widget, now=now)["available"] is False
    selectors.presence.touch(cast.ben.pk)
    assert selectors.entrance(widget, now=now)["available"] is True
    member = cast.member(cast.ben)
    member.available = False
    member.save()
    assert selectors.entrance(widget, now=now)["available"] is False
    for minutes in (1, 4, 9):
        conversation = write(make_visitor(cast.nordlicht), cast.support)
        assert selectors.entrance(widget, now=now)["minutes"] is None
        conversation.head.first_reply_at = NOW + timedelta(minutes=minutes)
        conversation.head.save()
    assert selectors.entrance(widget, now=now)["minutes"] == 4


def test_the_snippet_is_one_line_and_names_another_colour(widget) -> None:
    key = widget.public_key
    assert snippet(widget) == f'<script async src="http://127.0.0.1:8000/w/memo.js" data-key="{key}"></script>'
    widget.colour = "ocean"
    assert ' data-colour="oklch(.31 .062 240)"' in snippet(widget)
    widget.colour = '"><script>'
    assert "><script>" not in snippet(widget)
