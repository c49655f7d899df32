"""Settings pages of inboxes: made, renamed, and roles given in them; G-26, G-27, S-11."""

from __future__ import annotations

import uuid

from channels_app.models import Inbox, InboxMembership
from tests.channels_app.settings_pages import address, as_


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
