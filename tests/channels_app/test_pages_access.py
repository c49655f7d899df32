"""Settings pages of inboxes, channels and widgets: who gets which, and what others read instead; S-02, S-03, G-32."""

from __future__ import annotations

import pytest

from channels_app.models import Inbox, InboxMembership
from companies.models import Membership
from tests.cast import make_user
from tests.channels_app.settings_pages import LISTS, address, as_, pages_of_support, state


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
    pages = {url for method, url in pages_of_support(scene) if method == "get"}
    for method, url in pages_of_support(scene):
        if method == "post":
            assert client.get(url).status_code == (200 if url in pages else 405), url
    assert client.delete(address("settings_channel", scene.support.public_id)).status_code == 405
