"""The directory of companies and the public page of each: M-09…M-15, M-21, M-22, E-05, S-22, S-37, S-62."""

from __future__ import annotations

from datetime import time

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from channels_app.models import Channel, OpeningHours
from companies.actions.contact_persons import Contact, add_contact_person, move_contact_person
from companies.actions.members import deactivate_member
from companies.models import Company, ContactPerson
from tests.cast import NOW, make_channel, make_company, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def udo(cast, clean_valkey):
    client = Client()
    client.force_login(cast.udo, backend="django.contrib.auth.backends.ModelBackend")
    return client


def found(client, **asked) -> str:
    return client.get(reverse("directory"), asked).content.decode().replace("<mark>", "").replace("</mark>", "")


def names(client, **asked) -> list[str]:
    return [company.name for company in client.get(reverse("directory"), asked).context["companies"]]


def page(client, company) -> str:
    return client.get(reverse("company", args=[company.slug])).content.decode()


def name_them(cast) -> None:
    """Anna with a login and Mrs Voss without, in that order."""
    voss = Contact("Head of sales", name="Helga Voss", email="voss@nordlicht.example", phone="+49 451 2")
    add_contact_person(cast.nordlicht, contact=voss, by="user:1", now=NOW)
    anna = add_contact_person(cast.nordlicht, contact=Contact("Managing director", cast.anna), by="user:1", now=NOW)
    move_contact_person(anna, steps=-1, by="user:1", now=NOW)


def test_every_listed_company_is_found_by_name_and_town(cast, udo):
    """M-09: over all tenants, searchable; hidden, suspended and package-less ones are absent."""
    Company.objects.filter(pk=cast.nordlicht.pk).update(town="Lübeck", description="Lamps that last")
    for name, change in (("Hidden AG", {"listed": False}), ("Sleeping AG", {"suspended_at": NOW})):
        make_company(name)
        Company.objects.filter(name=name).update(**change)
    make_company("No Package KG", package=None)
    everything = found(udo)
    for name, there in (
        ("Nordlicht GmbH", True), ("Süd AG", True), ("Hidden AG", False), ("Sleeping AG", False),
        ("No Package KG", False),
    ):  # fmt: skip
        assert (name in everything) is there, name
    for word in ("nord", "lübeck", "LUBECK", "lamps", "licht gmbh last", "no", "l"):
        assert "Nordlicht GmbH" in found(udo, q=word), word
    for word in ("zzz", "nord zzz", "ht"):
        assert "Nordlicht GmbH" not in found(udo, q=word), word


def test_the_function_of_a_contact_person_is_found_while_it_is_shown(cast, udo, react):
    """M-22: by function; not after the person's user was deactivated (an event's reaction)."""
    name_them(cast)
    make_user(cast.nordlicht, "Eva", "Kern", role="admin")
    assert "Nordlicht GmbH" in found(udo, q="managing")
    deactivate_member(cast.member(cast.anna), by="operator", now=NOW)
    react()
    assert "Nordlicht GmbH" not in found(udo, q="managing")
    assert "Nordlicht GmbH" in found(udo, q="head of sales")


def test_filters_and_the_number_of_results(cast, udo):
    """M-09: by country and by open channels; an unknown country is no filter; the number is said."""
    Company.objects.filter(pk=cast.nordlicht.pk).update(country="Germany")
    Company.objects.filter(pk=cast.sued.pk).update(country="Austria")
    assert "2 companies" in found(udo)
    assert names(udo, country="Germany") == ["Nordlicht GmbH"]
    assert names(udo, country="Nowhere") == ["Nordlicht GmbH", "Süd AG"]
    assert names(udo, channels="1") == ["Nordlicht GmbH"]
    assert "1 company for “nord”" in found(udo, q="nord", channels="1")
    Channel.objects.update(listed=False)
    assert "No company matches this filter" in found(udo, channels="1")


@pytest.mark.parametrize(
    "asked",
    [
        {"q": "%' OR 1=1 --"},
        {"q": "\x00"},
        {"q": "%_\\"},
        {"q": "a " * 5000},
        {"after": "garbage"},
        {"after": "WyJhIiwge31d"},
        {"after": "W251bGwsIDFd"},
        {"country": ["Germany", "x"], "channels": "DROP"},
        {"name__startswith": "N", "memberships__user__password__startswith": "p"},
    ],
)
def test_hostile_parameters_are_words_or_nothing(cast, udo, asked):
    """S-37: no operator, path or wildcard reaches the query; nothing fails."""
    assert udo.get(reverse("directory"), asked).status_code == 200


def test_a_company_page_shows_public_fields_as_text(cast, udo):
    """E-03, M-12…M-14, S-22: script is text; people and internal numbers are not there."""
    Company.objects.filter(pk=cast.nordlicht.pk).update(
        description="<script>alert(1)</script>\n\nSecond line", phone="+49 451 1", website="https://nordlicht.example",
        street="Untertrave 12", postcode="23552", town="Lübeck", country="Germany", email="hallo@nordlicht.example",
    )  # fmt: skip
    shown = page(udo, cast.nordlicht)
    assert "&lt;script&gt;alert(1)" in shown
    assert "<script>alert(1)" not in shown
    for words in ("https://nordlicht.example", "Untertrave 12", "23552 Lübeck, Germany", "hallo@nordlicht.example"):
        assert words in shown
    assert "Edit" not in shown


def test_contact_persons_stand_in_their_order_and_nobody_else(cast, udo):
    """E-05, M-21, S-62: Anna and Mrs Voss, no address of a user, nothing of Ben and Cem; Anna left = gone."""
    name_them(cast)
    shown = page(udo, cast.nordlicht)
    assert shown.index("Anna Berg") < shown.index("Managing director") < shown.index("Helga Voss")
    assert "mailto:voss%40nordlicht.example" in shown
    everywhere = shown + found(udo) + found(udo, q="nord")
    for user in (cast.anna, cast.ben, cast.cem, cast.dora):
        assert user.email not in everywhere
    for user in (cast.ben, cast.cem, cast.dora):
        assert user.last_name not in everywhere
        assert str(user.public_id) not in everywhere
    make_user(cast.nordlicht, "Eva", "Kern", role="admin")
    deactivate_member(cast.member(cast.anna), by="operator", now=NOW)
    assert "Anna Berg" not in page(udo, cast.nordlicht)


def test_the_channels_that_are_open_to_others(cast, udo):
    """Listed and active channels with their hours; paused and hidden ones are absent."""
    make_channel(cast.inbox, "Secret", listed=False)
    make_channel(cast.inbox, "Paused", state="paused")
    shown = page(udo, cast.nordlicht)
    assert "Help with your lamp" in shown
    assert "Open now" in shown
    assert "Secret" not in shown
    assert "Paused" not in shown
    tomorrow = (timezone.localtime().weekday() + 1) % 7
    OpeningHours.objects.create(channel=cast.support, weekday=tomorrow, opens=time(9), closes=time(10))
    assert "Opens" in page(udo, cast.nordlicht)


def test_hidden_and_missing_companies_look_alike(cast, udo):
    """S-62: 404 for both, and for suspended ones; one's own page is there all the same; nobody without sign-in."""
    Company.objects.filter(pk=cast.nordlicht.pk).update(listed=False)
    Company.objects.filter(pk=cast.sued.pk).update(listed=False)
    hidden = udo.get(reverse("company", args=[cast.nordlicht.slug]))
    missing = udo.get(reverse("company", args=["nothing-here"]))
    assert (hidden.status_code, missing.status_code) == (404, 404)
    own = page(udo, cast.sued)
    assert "Not in the directory" in own
    assert reverse("company_settings") in own
    Company.objects.filter(pk=cast.nordlicht.pk).update(listed=True, suspended_at=NOW)
    assert udo.get(reverse("company", args=[cast.nordlicht.slug])).status_code == 404
    assert Client().get(reverse("directory")).status_code == 302


def test_pages_follow_each_other_and_cost_the_same(cast, udo, django_assert_max_num_queries):
    """M-09: as many queries for 120 companies as for two; every company once, in order, accents aside."""
    found(udo)
    with django_assert_max_num_queries(9):
        found(udo)
    for number in range(120):
        make_company(f"Company {number:03}")
    with django_assert_max_num_queries(9):
        first = udo.get(reverse("directory"))
    seen, address = [], "?"
    for _turn in range(5):
        response = udo.get(reverse("directory") + address)
        seen += [company.name for company in response.context["companies"]]
        if not response.context["next"]:
            break
        address = "?" + response.context["next"]
    assert len(first.context["companies"]) == 50
    assert seen == [f"Company {number:03}" for number in range(120)] + ["Nordlicht GmbH", "Süd AG"]


def test_a_company_page_costs_the_same_however_many_stand_on_it(cast, udo, django_assert_max_num_queries):
    """One query for all contact persons, three for all channels with hours and holidays; beside the list, or alone."""
    name_them(cast)
    address = reverse("company", args=[cast.nordlicht.slug])
    ways = ((12, {}), (9, {"Turbo-Frame": "company"}))
    page(udo, cast.nordlicht)
    for most, headers in ways:
        with django_assert_max_num_queries(most):
            udo.get(address, headers=headers)
    for number in range(20):
        make_channel(cast.inbox, f"Channel {number}")
        ContactPerson.objects.create(company=cast.nordlicht, name=f"Person {number}", function="Helps")
    for most, headers in ways:
        with django_assert_max_num_queries(most):
            assert "Person 19" in udo.get(address, headers=headers).content.decode()


def test_a_company_opens_beside_the_list_it_was_found_in(cast, udo):
    """M-09: the whole page has both, the frame only the company; the way back keeps what was asked for."""
    address = reverse("company", args=[cast.nordlicht.slug]) + "?q=nord"
    whole = udo.get(address).content.decode()
    assert whole.count('data-turbo-frame="company" aria-current="true"') == 1
    assert whole.count('class="crow"') == 1
    frame = udo.get(address, headers={"Turbo-Frame": "company"}).content.decode()
    assert "<html" not in frame
    assert "crow" not in frame
    for shown in (whole, frame):
        assert 'href="/companies/?q=nord"' in shown
    rows = udo.get(reverse("directory") + "?q=nord", headers={"Turbo-Frame": "companies"}).content.decode()
    assert "<html" not in rows
    assert f'href="{address}"' in rows


def test_who_asks_for_too_many_pages_is_refused(cast, udo, monkeypatch):
    """S-62: a crawl is slowed down, in the list and on the pages."""
    monkeypatch.setattr("companies.views.directory._PAGES_PER_MINUTE", 2)
    for address in (reverse("directory"), reverse("company", args=[cast.nordlicht.slug])):
        statuses = [udo.get(address).status_code for _turn in range(4)]
        assert statuses[0] == 200
        assert statuses[-1] == 429
