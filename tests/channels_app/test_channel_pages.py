"""Settings pages of channels: how many there may be, their form, line and holidays; M-27, M-31, M-32, S-11."""

from __future__ import annotations

import uuid

import pytest

from channels_app.models import Channel, ChannelMember, Inbox
from companies.models import PlanPackage
from tests.channels_app.settings_pages import address, as_, state


# --- making ------------------------------------------------------------------------------------------------
def test_the_third_channel_says_how_many_there_are(client, scene):
    as_(client, scene.anna)
    answer = client.post(address("settings_channel_new"), {"name": "Third", "inbox": scene.inbox.public_id})
    assert answer.status_code == 422
    assert "2 of 2 channels" in answer.content.decode()
    assert Channel.objects.filter(company=scene.nordlicht).count() == 2


def test_m1_has_no_channels(client, scene):
    Channel.objects.exclude(pk=scene.support.pk).delete()
    scene.nordlicht.package = PlanPackage.objects.get(code="M1")
    scene.nordlicht.save()
    as_(client, scene.anna)
    page = client.get(address("settings_channels"))
    assert "from M5" in page.content.decode()
    assert client.post(address("settings_channel_new"), {"name": "New"}).status_code == 403
    assert not Channel.objects.filter(name="New").exists()


def test_a_manager_makes_channels_in_own_inboxes_only(client, scene):
    scene.sales.delete()
    as_(client, scene.mia)
    foreign = Inbox.objects.get(company=scene.sued)
    for inbox in (scene.sales_inbox.public_id, foreign.public_id, "", "x"):
        answer = client.post(address("settings_channel_new"), {"name": "New", "inbox": inbox})
        assert (answer.status_code, "inbox" in answer.context["form"].errors) == (422, True)
    answer = client.post(address("settings_channel_new"), {"name": "New", "inbox": scene.inbox.public_id})
    made = Channel.objects.get(name="New")
    assert (answer.status_code, made.inbox) == (303, scene.inbox)


def test_an_admin_has_an_inbox_made_with_the_channel(client, scene):
    scene.sales.delete()
    assert as_(client, scene.anna).post(address("settings_channel_new"), {"name": "Shop"}).status_code == 303
    assert Channel.objects.get(name="Shop").inbox.name == "Shop"


# --- the form ----------------------------------------------------------------------------------------------
CHANNEL = {
    "name": "Support", "purpose": "Help", "escalate_value": "20", "escalate_unit": "1", "max_rounds": "2",
    "order": "fixed", "hours": "always", "ring_enabled": "on",
}  # fmt: skip


def save(client, scene, **fields):
    return client.post(address("settings_channel", scene.support.public_id), CHANNEL | fields)


def test_one_form_saves_settings_and_hours(client, scene):
    as_(client, scene.mia)
    week = {"hours": "slots", "open_0": "1", "from_0": ["08:00", "13:00"], "until_0": ["12:00", "17:30"]}
    assert save(client, scene, **week).status_code == 303
    channel = Channel.objects.get(pk=scene.support.pk)
    assert (channel.escalate_after_s, channel.max_rounds, channel.order, channel.listed) == (20, 2, "fixed", False)
    assert [(h.weekday, str(h.opens), str(h.closes)) for h in channel.hours.all()] == [
        (0, "08:00:00", "12:00:00"),
        (0, "13:00:00", "17:30:00"),
    ]
    page = client.get(address("settings_channel", channel.public_id)).content.decode()
    assert 'value="17:30"' in page


@pytest.mark.parametrize(
    ("value", "unit", "seconds"),
    [
        ("5", "1", 5),
        ("24", "3600", 86_400),
        ("90", "60", 5400),
        ("4", "1", None),
        ("25", "3600", None),
        ("0", "60", None),
        ("x", "1", None),
        ("5", "7", None),
    ],
)
def test_escalation_is_between_5_seconds_and_24_hours(client, scene, value, unit, seconds):
    answer = save(as_(client, scene.mia), scene, escalate_value=value, escalate_unit=unit)
    assert answer.status_code == (303 if seconds else 422)
    assert Channel.objects.get(pk=scene.support.pk).escalate_after_s == (seconds or 10)


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"name": "Sales"},
        {"max_rounds": "11"},
        {"order": "random"},
        {"hours": "slots"},
        {"name": "x" * 81},
    ],
)
def test_a_wrong_field_saves_nothing(client, scene, wrong):
    before = state()
    assert save(as_(client, scene.mia), scene, **wrong).status_code == 422
    assert state() == before


def test_company_inbox_and_state_are_no_fields(client, scene):
    extra = {"company": scene.sued.pk, "inbox": scene.sales_inbox.pk, "state": "paused", "public_id": uuid.uuid4()}
    assert save(as_(client, scene.mia), scene, **extra).status_code == 303
    channel = Channel.objects.get(pk=scene.support.pk)
    assert (channel.company, channel.inbox, channel.state) == (scene.nordlicht, scene.inbox, "active")


def test_html_in_names_is_text(client, scene):
    as_(client, scene.mia)
    assert save(client, scene, name="<script>alert(1)</script>").status_code == 303
    page = client.get(address("settings_channel", scene.support.public_id)).content.decode()
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page


# --- verbs, line and holidays ------------------------------------------------------------------------------
def test_pause_resume_delete(client, scene):
    as_(client, scene.anna)
    for verb, status in (("pause", "paused"), ("resume", "active")):
        assert client.post(address(f"settings_channel_{verb}", scene.sales.public_id)).status_code == 303
        assert Channel.objects.get(pk=scene.sales.pk).state == status
    url = address("settings_channel_delete", scene.sales.public_id)
    assert "only this channel" in client.post(url, follow=True).content.decode()
    scene.sales_widget.delete()
    assert client.post(url)["Location"] == address("settings_channels")
    assert not Channel.objects.filter(pk=scene.sales.pk).exists()


def names(channel) -> list[str]:
    return list(ChannelMember.objects.filter(channel=channel).values_list("user__first_name", flat=True))


def test_the_line_by_buttons_and_by_dragging(client, scene):
    as_(client, scene.mia)
    ben, cem, dora = (str(u.public_id) for u in (scene.ben, scene.cem, scene.dora))

    def post(verb, **data):
        return client.post(address(f"settings_line_{verb}", scene.support.public_id), data).status_code

    assert post("move", member=ben, to="down") == 303
    assert names(scene.support) == ["Cem", "Ben", "Dora"]
    assert post("order", member=[dora, cem, ben]) == 303
    assert names(scene.support) == ["Dora", "Cem", "Ben"]
    assert post("remove", member=cem) == 303
    assert post("add", member=scene.member(scene.mia).public_id) == 303
    assert post("add", member=scene.member(scene.mia).public_id) == 303  # pressed twice
    assert names(scene.support) == ["Dora", "Ben", "Mia"]
    assert post("order", member=[dora, ben]) == 409
    assert post("move", member=ben, to="sideways") == 422
    for verb in ("remove", "move", "order"):
        assert post(verb, member=str(scene.udo.public_id), to="up") == 404
        assert post(verb, member="rubbish", to="up") == 404
    assert post("add", member=scene.member(scene.udo).public_id) == 404
    assert names(scene.support) == ["Dora", "Ben", "Mia"]


def test_holidays(client, scene):
    as_(client, scene.mia)
    add, remove = (address(f"settings_holiday_{verb}", scene.support.public_id) for verb in ("add", "remove"))
    assert client.post(add, {"day": "2099-12-24", "name": "Eve"}).status_code == 303
    for wrong in ({"day": "2099-12-24", "name": "Again"}, {"day": "24.13.2099", "name": "x"}, {"day": "2099-12-25"}):
        assert client.post(add, wrong).status_code == 422
    assert "Eve" in client.get(address("settings_channel", scene.support.public_id)).content.decode()
    assert client.post(remove, {"day": "2099-02-31"}).status_code == 422
    assert client.post(remove, {"day": "2099-12-24"}).status_code == 303
    assert not scene.support.holidays.exists()
