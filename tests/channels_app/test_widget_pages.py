"""Settings pages of widgets: their form, what it refuses, and where the secret stands; M-43, S-11."""

from __future__ import annotations

import pytest

from channels_app.models import Inbox, Widget
from tests.cast import make_channel
from tests.channels_app.settings_pages import address, as_, state


def widget_data(*channels, **fields) -> dict:
    return {
        "name": "Shop", "channels": [c.public_id for c in channels], "origins": "https://shop.example",
        "colour": "ocean", "ask_identity": "required", "active": "on",
    } | fields  # fmt: skip


def test_a_widget_is_made_with_own_channels(client, scene):
    as_(client, scene.mia)
    answer = client.post(address("settings_widget_new"), widget_data(scene.support))
    made = Widget.objects.get(name="Shop")
    assert (answer.status_code, answer["Location"]) == (303, address("settings_widget", made.public_key))
    assert (made.company, made.colour, made.ask_identity, made.store_page_url) == (
        scene.nordlicht,
        "ocean",
        "required",
        False,
    )
    page = client.get(answer["Location"]).content.decode()
    assert f"{made.public_key}&quot;" in page
    theirs = make_channel(Inbox.objects.get(company=scene.sued), "Theirs")
    for foreign in (scene.sales, theirs):
        refused = client.post(address("settings_widget_new"), widget_data(scene.support, foreign))
        assert (refused.status_code, list(refused.context["form"].errors)) == (422, ["channels"])


def test_what_the_team_may_watch_is_off_until_somebody_switches_it_on(client, scene):
    """Issue 4 §9: two switches, each alone; off again with the next save without them."""
    as_(client, scene.mia)
    client.post(address("settings_widget_new"), widget_data(scene.support))
    made = Widget.objects.get(name="Shop")
    where = address("settings_widget", made.public_key)
    for switches in ({}, {"share_page": "on"}, {"share_typing": "on"}, {}):
        assert client.post(where, widget_data(scene.support, **switches)).status_code == 303
        made.refresh_from_db()
        assert (made.share_page, made.share_typing) == ("share_page" in switches, "share_typing" in switches)
        page = client.get(where).content.decode()
        assert page.count("the chat tells visitors so") == 2


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("origins", {"origins": "https://ok.example\nhttps://*.example"}),
        ("origins", {"origins": "javascript:alert(1)"}),
        ("origins", {"origins": "\n".join(f"https://s{n}.example" for n in range(51))}),
        ("colour", {"colour": "red; background: url(//evil)"}),
        ("ask_identity", {"ask_identity": "maybe"}),
        ("name", {"name": ""}),
        ("channels", {"channels": []}),
        ("channels", {"channels": ["rubbish"]}),
    ],
)
def test_what_a_widget_refuses(client, scene, field, wrong):
    before = state()
    url = address("settings_widget", scene.widget.public_key)
    answer = as_(client, scene.mia).post(url, widget_data(scene.support, **wrong))
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, [field])
    assert state() == before


def test_key_and_secret_are_no_fields(client, scene):
    url = address("settings_widget", scene.widget.public_key)
    secret = scene.widget.identity_secret
    extra = {"public_key": "pk_mine", "identity_secret": "known", "company": scene.sued.pk}
    assert as_(client, scene.mia).post(url, widget_data(scene.support, **extra)).status_code == 303
    widget = Widget.objects.get(pk=scene.widget.pk)
    assert (widget.public_key, widget.identity_secret, widget.company) == (
        scene.widget.public_key,
        secret,
        scene.nordlicht,
    )


def test_the_secret_stands_on_no_page_but_its_own(client, scene):
    as_(client, scene.anna)
    secret, key = scene.widget.identity_secret, scene.widget.public_key
    for name, args in (
        ("settings_widget", [key]),
        ("settings_widgets", []),
        ("settings_channel", [scene.support.public_id]),
    ):
        assert secret not in client.get(address(name, *args)).content.decode()
    shown = client.get(address("settings_widget_secret", key))
    assert secret in shown.content.decode()
    assert "no-store" in shown["Cache-Control"]


def test_rotating_the_secret_shows_the_new_one(client, scene):
    as_(client, scene.anna)
    key, old = scene.widget.public_key, scene.widget.identity_secret
    answer = client.post(address("settings_widget_secret_new", key))
    assert (answer.status_code, answer["Location"]) == (303, address("settings_widget_secret", key))
    widget = Widget.objects.get(pk=scene.widget.pk)
    page = client.get(answer["Location"]).content.decode()
    assert widget.identity_secret in page
    assert old not in page
    assert widget.previous_identity_secret == old
    client.post(address("settings_widget_secret_drop", key))
    assert Widget.objects.get(pk=scene.widget.pk).previous_identity_secret == ""
