"""First steps and the package's page: M-01, M-02, M-03, E-01 (its first half)."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from companies.actions.companies import hide_first_steps
from companies.actions.packages import activate_package
from companies.models import Company
from tests.cast import NOW, make_channel, make_company, make_inbox, make_package, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def ida(db, clean_valkey):
    """The first admin of a company without package."""
    return make_user(make_company("West GmbH", package=None), "Ida", "West", role="admin")


@pytest.fixture
def west(ida):
    client = Client()
    client.force_login(ida, backend="django.contrib.auth.backends.ModelBackend")
    return client


def activate(code: str) -> Company:
    company = Company.objects.get(slug="west-gmbh")
    return activate_package(company, package=make_package(code), by="operator", now=NOW)


def steps(client) -> dict[str, tuple[bool, str]]:
    rows = client.get(reverse("first_steps")).context["steps"]
    return {row.step.what: (row.step.done, row.step.locked) for row in rows}


def test_without_a_package_nothing_and_then_the_first_steps(west, ida):
    """M-01, M-02: “No package activated” leads to “/”; the next click after activation opens the first steps."""
    page = west.get("/", follow=True)
    assert page.status_code == 403
    assert "No package activated" in page.content.decode()
    assert 'href="/"' in page.content.decode()
    assert west.get(reverse("first_steps")).status_code == 403
    assert west.get(reverse("company_settings")).status_code == 403
    activate("M1")
    assert west.get("/").headers["Location"] == reverse("first_steps")


def test_five_steps_in_order_and_the_last_three_locked_in_m1(west):
    """M-03: “from M5” at users, channels, broadcasts."""
    activate("M1")
    assert steps(west) == {
        "look": (False, ""), "company": (False, ""), "users": (False, "from M5"), "channels": (False, "from M5"),
        "broadcasts": (False, "from M5"),
    }  # fmt: skip
    page = west.get(reverse("first_steps")).content.decode()
    assert page.count("from M5") == 3
    assert "0 of 5 done" in page
    assert "5 users, 2 channels, 1 broadcast" in page
    assert reverse("settings_channels") not in page.partition('<ol class="steps">')[2].partition("</ol>")[0]


def test_steps_tick_themselves_by_what_is_there(west, ida):
    """M-03: nothing is stored but having looked around."""
    company = activate("M5")
    west.post(reverse("first_steps_look"))
    assert west.get("/").headers["Location"] == reverse("inbox")
    Company.objects.filter(pk=company.pk).update(description="Tea", town="Husum")
    make_user(company, "Jan", "West")
    make_channel(make_inbox(company, "Support", ida), "Support", ida)
    assert [done for done, _locked in steps(west).values()] == [True, True, True, True, False]
    page = west.get(reverse("first_steps")).content.decode()
    assert "from M" not in page.partition('<ol class="steps">')[2].partition("</ol>")[0]


def test_the_list_is_put_away_and_fetched_again(west):
    """M-03: hidden, the front door leads to the inbox; the settings still know the way."""
    activate("M1")
    assert west.post(reverse("first_steps_hide"), {"hidden": "1"}).status_code == 303
    assert west.get("/").headers["Location"] == reverse("inbox")
    assert reverse("first_steps") in west.get(reverse("settings")).content.decode()
    west.post(reverse("first_steps_hide"), {"hidden": "0"})
    assert west.get("/").headers["Location"] == reverse("first_steps")
    assert west.post(reverse("first_steps_hide"), {"hidden": "x"}).status_code == 422


def test_members_and_people_without_a_company_are_not_led_there(cast, client):
    """M-02 is for admins."""
    client.force_login(cast.ben, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get("/").headers["Location"] == reverse("inbox")
    assert Client().get("/").headers["Location"] == reverse("inbox")


def test_the_package_page_says_name_date_and_use(west, ida):
    """M-01: at once after an operator's change, without a restart."""
    company = activate("M1")
    page = west.get(reverse("package")).content.decode()
    assert "Package M1" in page
    assert "23 November 2026" in page
    activate("M5")
    make_channel(make_inbox(company, "Support", ida), "Support", ida)
    page = west.get(reverse("package")).content.decode()
    assert "Package M5" in page
    for used in ("1 of 5", "1 of 2", "0 of 1"):
        assert used in page
    hide_first_steps(company, hidden=True, now=NOW)
    activate("M100")
    assert "unlimited" in west.get(reverse("package")).content.decode()


def test_both_pages_cost_the_same_for_large_companies(west, ida, django_assert_max_num_queries):
    """Query counts at one and at many rows."""
    company = activate("M100")
    for address in (reverse("first_steps"), reverse("package")):
        west.get(address)
        with django_assert_max_num_queries(16):
            west.get(address)
    inbox = make_inbox(company, "Support", ida)
    for number in range(20):
        make_channel(inbox, f"C {number}", ida)
        make_user(company, f"U{number}", "West")
    for address in (reverse("first_steps"), reverse("package")):
        with django_assert_max_num_queries(16):
            west.get(address)
