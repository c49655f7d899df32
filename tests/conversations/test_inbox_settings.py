"""The mode switch and the ring log of the settings: G-09…G-13, A-01, S-03."""

from __future__ import annotations

import pytest
from django.urls import reverse

from channels_app.models import Inbox
from conversations.models import ConversationHead, Offer
from tests.cast import make_visitor, write
from tests.conversations.pages import signed_in

pytestmark = pytest.mark.django_db


def test_a_manager_switches_to_open_mode(cast):
    """G-10, A-01: the offer is withdrawn, nobody is assigned, ringing is over; and back: unclaimed."""
    conversation = write(make_visitor(cast.nordlicht), cast.support)
    address = reverse("inbox_mode", args=[cast.inbox.public_id])
    assert signed_in(cast.anna).post(address, {"assignment": "0"}).status_code == 303
    assert not Inbox.objects.get(pk=cast.inbox.pk).assignment_enabled
    assert ConversationHead.objects.get(pk=conversation.pk).routing == "open"
    assert Offer.objects.get(conversation=conversation).state == "withdrawn"
    signed_in(cast.anna).post(address, {"assignment": "1"})
    assert ConversationHead.objects.get(pk=conversation.pk).routing == "unclaimed"


def test_only_managers_switch_and_read_the_log(cast):
    """S-03, G-32: a team member 403, another company 404; nothing changes; GET on the switch 405."""
    write(make_visitor(cast.nordlicht), cast.support)
    switch = reverse("inbox_mode", args=[cast.inbox.public_id])
    log = reverse("channel_ring_log", args=[cast.support.public_id])
    for user, status in ((cast.ben, 403), (cast.udo, 404)):
        assert signed_in(user).post(switch, {"assignment": "0"}).status_code == status
        assert signed_in(user).get(log).status_code == status
    assert signed_in(cast.anna).get(switch).status_code == 405
    assert Inbox.objects.get(pk=cast.inbox.pk).assignment_enabled


def test_the_log_says_who_was_asked(cast):
    """Issue §4: the settings show the ring log in plain words."""
    write(make_visitor(cast.nordlicht), cast.support)
    offer = Offer.objects.get(state="pending")
    page = signed_in(cast.anna).get(reverse("channel_ring_log", args=[cast.support.public_id])).content.decode()
    assert f"offered to {offer.user.full_name}" in page
    assert "rings now" in page
    assert 'id="ring-log"' in page
