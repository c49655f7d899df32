"""`manage.py demo`: everything once, through the actions, in lively states; never in production by accident."""

import io
import json

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from channels_app.models import Widget
from companies.models import Company, Membership
from conversations.models import ConversationHead, Message, Offer, SearchLine
from conversations.selectors.search import Sought, search
from events.models import Event
from tests.cast import make_packages


def run(**options) -> str:
    out = io.StringIO()
    call_command("demo", stdout=out, **options)
    return out.getvalue()


@pytest.fixture
def development(db, settings):
    make_packages()
    settings.DEBUG = True


def test_it_refuses_production_without_yes(db, settings):
    settings.DEBUG = False
    with pytest.raises(CommandError, match="--yes"):
        run()
    assert not Company.objects.exists()


def test_it_makes_everything_once(db, development, client):
    first = json.loads(run(json=True, origin=["http://localhost:8001", "HTTPS://Shop.example/"]))
    counts = [model.objects.count() for model in (Company, Membership, Widget, Message)]
    second = json.loads(run(json=True, origin=["http://localhost:8001"]))
    assert first == second
    assert [model.objects.count() for model in (Company, Membership, Widget, Message)] == counts
    widget = Widget.objects.get(public_key=first["widget_key"])
    assert widget.allowed_origins == ["http://localhost:8001", "https://shop.example"]
    assert [channel.name for channel in widget.channels.all()] == ["Sales", "Support"]
    login = next(row for row in first["logins"] if row["name"] == "Ben Fuchs")
    assert login["company"] == "Nordlicht GmbH"
    assert client.login(email=login["email"], password=login["password"])
    assert_lively()


def assert_lively() -> None:
    heads = ConversationHead.objects.filter(conversation__company__slug="nordlicht")
    requests = heads.filter(kind="customer")
    states = set(requests.values_list("status", "routing"))
    assert {("open", "assigned"), ("open", "unclaimed"), ("closed", "assigned")} <= states
    assert requests.count() >= 10
    assert heads.filter(kind="internal").exists()
    assert set(Offer.objects.values_list("state", flat=True)) == {"accepted", "timed_out"}
    # Only what was said in the last minutes is told to anybody now.
    told = Event.objects.filter(kind="message.posted", reacted_at=None)
    assert sorted(told.values_list("data__seq", flat=True)) == [3, 4, 5]


def test_the_directory_and_the_contacts_are_filled(db, development, client):
    """M-09, M-21, M-29: profiles, contact persons and a direct talk across the companies, its last line unread."""
    run()
    for company in Company.objects.all():
        assert company.listed
        assert all((company.description, company.town, company.phone, company.email, company.website))
        assert company.contact_persons.exists()
    talk = ConversationHead.objects.get(kind="direct")
    assert talk.last_seq == 3
    assert ConversationHead.objects.filter(kind="direct", conversation__participants__last_read_seq=3).exists()
    for user in User.objects.filter(first_name__in=["Anna", "Udo"]):
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        page = client.get("/contacts/").content.decode()
        assert ("Udo Maier" if user.first_name == "Anna" else "Anna Berg") in page


def test_everything_said_is_found(db, development):
    """What is settled is in the index all the same: each conversation by its subject, each message by its words."""
    run()
    heads = ConversationHead.objects.exclude(kind="direct").exclude(conversation__subject="")
    assert len(heads) > 5
    for head in heads.select_related("conversation__company"):
        admin = Membership.objects.get(company=head.conversation.company, role="admin")
        found = search(admin, Sought(head.conversation.subject))
        assert head.pk in [one.pk for one in found.heads], head.conversation.subject
    told = Event.objects.filter(kind="message.posted", reacted_at=None).count()
    assert SearchLine.objects.count() == Message.objects.count() - told


def test_a_bad_origin_is_named_before_anything_is_made(db, development):
    with pytest.raises(CommandError, match="no origin"):
        run(origin=["*"])
    assert not Company.objects.exists()
