"""Settings pages of inboxes, channels and widgets: who gets which, what they refuse, how many queries lists take.

S-02, S-03, S-11; G-26, G-27, G-32; M-27, M-31, M-32, M-43.
"""

import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from channels_app.models import Channel, ChannelMember, Inbox, InboxMembership, Widget
from companies.models import Membership, PlanPackage
from tests.cast import make_channel, make_inbox, make_user, make_widget


@pytest.fixture
def scene(cast):
    """The cast, and Mia who manages Support, and an inbox Sales (channel, widget) that only Dora works in."""
    cast.mia = make_user(cast.nordlicht, "Mia", "Munk")
    InboxMembership.objects.create(inbox=cast.inbox, user=cast.mia, role="manager")
    cast.sales_inbox = make_inbox(cast.nordlicht, "Sales", cast.dora)
    cast.sales = make_channel(cast.sales_inbox, "Sales", cast.dora)
    cast.sales_widget = make_widget(cast.nordlicht, cast.sales)
    return cast


def as_(client, user):
    client.force_login(user)
    return client


def address(name: str, *args) -> str:
    return reverse(name, args=args)


def pages_of_support(cast) -> list[tuple[str, str]]:
    """(method, address) of everything about the inbox Support, its channel and its widget."""
    inbox, channel, key = cast.inbox.public_id, cast.support.public_id, cast.widget.public_key
    gets = [
        ("settings_inbox", inbox),
        ("settings_channel", channel),
        ("settings_widget", key),
        ("settings_widget_secret", key),
    ]
    verbs = ("pause", "resume", "delete")
    posts = [("settings_inbox", inbox), ("settings_inbox_role", inbox), ("settings_channel", channel)]
    posts += [(f"settings_channel_{verb}", channel) for verb in verbs]
    posts += [(f"settings_line_{verb}", channel) for verb in ("add", "remove", "move", "order")]
    posts += [(f"settings_holiday_{verb}", channel) for verb in ("add", "remove")]
    posts += [("settings_widget", key), ("settings_widget_secret_new", key), ("settings_widget_secret_drop", key)]
    return [("get", address(*g)) for g in gets] + [("post", address(*p)) for p in posts]


LISTS = ["settings_inboxes", "settings_channels", "settings_widgets", "settings_channel_new", "settings_widget_new"]


def state() -> list:
    """Everything that these pages can change, to show that nothing did."""
    return [
        list(model.objects.order_by("pk").values_list())
        for model in (Inbox, InboxMembership, Channel, ChannelMember, Widget)
    ]


# --- who ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "status"),
    [("udo", 404), ("ben", 403), ("tom", 404)],
    ids=["foreign admin", "team member", "member without role"],
)
def test_support_is_set_up_by_its_managers_only(client, scene, who, status):
    scene.tom = make_user(scene.nordlicht, "Tom", "T")
    as_(client, getattr(scene, who))
    before = state()
    for method, url in pages_of_support(scene):
        assert getattr(client, method)(url, {"name": "x", "member": "y"}).status_code == status, (method, url)
    assert state() == before


@pytest.mark.parametrize("who", ["anna", "mia"])
def test_managers_and_admins_open_every_page(client, scene, who):
    as_(client, getattr(scene, who))
    for method, url in pages_of_support(scene):
        if method == "get":
            assert client.get(url).status_code == 200, url
    for name in LISTS:
        assert client.get(address(name)).status_code == 200


def test_a_manager_of_one_inbox_is_nobody_in_another(client, scene):
    as_(client, scene.mia)
    hidden = [
        address("settings_inbox", scene.sales_inbox.public_id),
        address("settings_channel", scene.sales.public_id),
        address("settings_widget", scene.sales_widget.public_key),
    ]
    assert [client.get(url).status_code for url in hidden] == [404, 404, 404]
    InboxMembership.objects.create(inbox=scene.sales_inbox, user=scene.mia)  # visible now, still not hers
    assert [client.get(url).status_code for url in hidden] == [403, 403, 403]
    assert [client.post(url, {"name": "Mine"}).status_code for url in hidden] == [403, 403, 403]
    assert Inbox.objects.get(pk=scene.sales_inbox.pk).name == "Sales"


def test_lists_show_only_what_one_manages(client, scene):
    as_(client, scene.mia)
    shown = client.get(address("settings_channels")).content.decode()
    assert "Support" in shown
    assert "Sales" not in shown
    assert list(client.get(address("settings_inboxes")).context["inboxes"]) == [scene.inbox]
    assert list(client.get(address("settings_widgets")).context["widgets"]) == [scene.widget]


@pytest.mark.parametrize("who", ["ben", "tom"])
def test_who_manages_nothing_gets_403_on_lists(client, scene, who):
    scene.tom = make_user(scene.nordlicht, "Tom", "T")
    as_(client, getattr(scene, who))
    assert {client.get(address(name)).status_code for name in LISTS} == {403}


def test_without_sign_in_everything_leads_to_sign_in(client, scene):
    for method, url in pages_of_support(scene):
        answer = getattr(client, method)(url)
        assert answer.status_code == 302, url
        assert answer["Location"].startswith("/accounts/login/")


def test_a_manager_without_licence_manages_nothing(client, scene):
    Membership.objects.filter(user=scene.mia).update(engagement_licence=False)
    as_(client, scene.mia)
    assert client.get(address("settings_channels")).status_code == 403
    assert client.get(address("settings_channel", scene.support.public_id)).status_code == 404


def test_verbs_do_not_answer_get_and_pages_no_other_method(client, scene):
    as_(client, scene.anna)
    for method, url in pages_of_support(scene):
        if method == "post" and client.get(url).status_code not in (200, 405):
            pytest.fail(url)
    assert client.delete(address("settings_channel", scene.support.public_id)).status_code == 405


# --- inboxes -----------------------------------------------------------------------------------------------


def test_only_admins_make_inboxes(client, scene):
    assert as_(client, scene.mia).post(address("settings_inbox_new"), {"name": "New"}).status_code == 403
    answer = as_(client, scene.anna).post(address("settings_inbox_new"), {"name": "New"})
    made = Inbox.objects.get(name="New")
    assert (answer.status_code, answer["Location"]) == (303, address("settings_inbox", made.public_id))
    assert made.company == scene.nordlicht
    again = client.post(address("settings_inbox_new"), {"name": "New"})
    assert (again.status_code, list(again.context["form"].errors)) == (422, ["name"])


def test_renaming(client, scene):
    url = address("settings_inbox", scene.inbox.public_id)
    as_(client, scene.mia)
    assert client.post(url, {"name": ""}).status_code == 422
    assert client.post(url, {"name": "Sales"}).status_code == 422
    assert client.post(url, {"name": "Help", "is_default": "1", "company": "2"}).status_code == 303
    inbox = Inbox.objects.get(pk=scene.inbox.pk)
    assert (inbox.name, inbox.is_default, inbox.company) == ("Help", False, scene.nordlicht)


def test_roles_are_given_by_managers_to_colleagues_only(client, scene):
    url = address("settings_inbox_role", scene.inbox.public_id)
    as_(client, scene.mia)
    ben = scene.member(scene.ben)
    for role, stored in (("manager", "manager"), ("team_member", "team_member"), ("", None)):
        answer = client.post(url, {"member": ben.public_id, "role": role})
        assert answer.status_code == 303
        assert (
            InboxMembership.objects.filter(inbox=scene.inbox, user=scene.ben).values_list("role", flat=True).first()
            == stored
        )
    assert client.post(url, {"member": ben.public_id, "role": "admin"}).status_code == 422
    assert client.post(url, {"member": scene.member(scene.anna).public_id, "role": "team_member"}).status_code == 409
    for stranger in (scene.member(scene.udo).public_id, uuid.uuid4(), "rubbish", ""):
        assert client.post(url, {"member": stranger, "role": "manager"}).status_code == 404


def test_who_gives_up_the_own_role_lands_on_the_overview(client, scene):
    url = address("settings_inbox_role", scene.inbox.public_id)
    answer = as_(client, scene.mia).post(url, {"member": scene.member(scene.mia).public_id, "role": "team_member"})
    assert (answer.status_code, answer["Location"]) == (303, "/settings/")
    assert client.get(address("settings_inbox", scene.inbox.public_id)).status_code == 403


# --- channels ----------------------------------------------------------------------------------------------


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


# --- widgets -----------------------------------------------------------------------------------------------


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


# --- how many queries --------------------------------------------------------------------------------------


def queries(client, url) -> int:
    client.get(url)  # caches of the process are warm
    with CaptureQueriesContext(connection) as seen:
        assert client.get(url).status_code == 200
    return len(seen)


def grow(scene) -> None:
    """Many rows of everything that lists show."""
    scene.nordlicht.package = PlanPackage.objects.get(code="M100")
    scene.nordlicht.save()
    people = [make_user(scene.nordlicht, f"P{n}", "P") for n in range(4)]
    for number in range(4):
        inbox = make_inbox(scene.nordlicht, f"I{number}", *people)
        channel = make_channel(inbox, f"C{number}", *people)
        make_widget(scene.nordlicht, channel, scene.support)
        make_channel(scene.inbox, f"D{number}", *people)
    for number, user in enumerate(people):
        InboxMembership.objects.create(inbox=scene.inbox, user=user)
        ChannelMember.objects.create(channel=scene.support, user=user, position=10 + number)


@pytest.mark.parametrize(
    "name", ["settings_inboxes", "settings_channels", "settings_widgets", "settings_inbox", "settings_channel"]
)
def test_queries_do_not_grow_with_rows(client, scene, name):
    args = {"settings_inbox": [scene.inbox.public_id], "settings_channel": [scene.support.public_id]}.get(name, [])
    url = address(name, *args)
    as_(client, scene.anna)
    few = queries(client, url)
    grow(scene)
    assert queries(client, url) == few
    assert few <= 22, few
