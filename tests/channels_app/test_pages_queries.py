"""How many queries the settings pages of inboxes, channels and widgets take: the same for one row and for many."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from channels_app.models import ChannelMember, InboxMembership
from companies.models import PlanPackage
from tests.cast import make_channel, make_inbox, make_user, make_widget
from tests.channels_app.settings_pages import address, as_


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
