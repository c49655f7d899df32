"""Contacts and direct conversations: M-08, M-28, S-02."""

from __future__ import annotations

import uuid

import pytest
from django.test import Client
from django.urls import reverse

from companies.models import Membership
from conversations.actions.posting import post_message
from conversations.actions.starting import direct_conversation
from conversations.authors import Author
from conversations.models import Conversation
from tests.cast import NOW, make_user
from tests.conversations.pages import signed_in

pytestmark = pytest.mark.django_db


def address_of(user) -> str:
    return reverse("contact_write", args=[Membership.objects.get(user=user).public_id])


def write_to(client: Client, user):
    return client.post(address_of(user))


def test_colleagues_are_listed_and_found(cast, clean_valkey):
    """M-08: name, position, company; searchable; nobody of another company, not oneself."""
    ben = signed_in(cast.ben)
    page = ben.get(reverse("contacts")).content.decode()
    assert "Cem Aydın" in page
    assert "Works here · Nordlicht GmbH" in page
    assert address_of(cast.ben) not in page
    assert "Udo Maier" not in page
    found = ben.get(reverse("contacts"), {"q": "dora lind"}).content.decode()
    assert "Dora Lindqvist" in found
    assert "Cem Aydın" not in found


def test_the_number_of_queries_does_not_grow(cast, clean_valkey, django_assert_max_num_queries):
    """List pages cost the same at 3 and at 40 colleagues."""
    ben = signed_in(cast.ben)
    ben.get(reverse("contacts"))
    for number in range(40):
        make_user(cast.nordlicht, f"Colleague{number}", "Neu", domain="nordlicht")
    with django_assert_max_num_queries(10):
        ben.get(reverse("contacts"))


def test_writing_opens_one_conversation_of_two(cast, clean_valkey):
    """M-28: from an entry a direct conversation begins; the second click, from either side, finds the same one."""
    answer = write_to(signed_in(cast.ben), cast.cem)
    assert answer.status_code == 303
    assert write_to(signed_in(cast.cem), cast.ben).url == answer.url
    conversation = Conversation.objects.get(kind="direct")
    assert set(conversation.participants.values_list("user_id", flat=True)) == {cast.ben.pk, cast.cem.pk}
    page = signed_in(cast.cem).get(answer.url)
    assert page.status_code == 200


def test_only_the_participants_open_it(cast, clean_valkey):
    """M-28, S-02: not the colleague, not the admin, not the other company: 404 for all of them."""
    conversation = direct_conversation(cast.ben, cast.cem, now=NOW)
    post_message(
        conversation, author=Author.of_user(cast.ben), body="Lunch?", client_id=uuid.uuid4(), via="app", now=NOW
    )
    address = reverse("conversation", args=[conversation.public_id])
    assert signed_in(cast.cem).get(address).status_code == 200
    for outsider in (cast.dora, cast.anna, cast.udo):
        assert signed_in(outsider).get(address).status_code == 404


def test_strangers_and_oneself_cannot_be_written_to(cast, clean_valkey):
    """S-02: another company's user, nobody, oneself: 404, and nothing is made. GET changes nothing."""
    ben = signed_in(cast.ben)
    assert write_to(ben, cast.udo).status_code == 404
    assert write_to(ben, cast.ben).status_code == 404
    assert ben.post(reverse("contact_write", args=[uuid.uuid4()])).status_code == 404
    assert ben.get(address_of(cast.cem)).status_code == 405
    assert not Conversation.objects.filter(kind="direct").exists()
