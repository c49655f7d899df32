"""The table of people and inboxes with its pencils (G-26, G-27, G-34, G-35, E-39, S-03, S-38)."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from channels_app.models import Inbox, InboxMembership
from companies.models import Company, Membership
from tests.cast import make_inbox, make_package, make_user

TABLE = "/settings/people/roles/"


@pytest.fixture
def anna(cast):
    client = Client()
    client.force_login(cast.anna, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def sales(cast):
    return make_inbox(cast.nordlicht, "Sales", managers=(cast.ben,))


def cells(response) -> dict[str, dict[str, str]]:
    rows = response.context["table"].rows
    return {row.member.user.first_name: {inbox.name: role for inbox, role in row.cells} for row in rows}


def test_the_same_person_has_another_role_in_each_inbox(cast, sales, anna):
    found = cells(anna.get(TABLE))
    assert found["Ben"] == {"General": "", "Sales": "manager", "Support": "team_member"}
    assert set(found["Anna"].values()) == {"admin"}
    assert list(found) == ["Anna", "Ben", "Cem", "Dora"]


def test_a_pencil_shows_the_choice_and_saving_leads_back(cast, sales, anna):
    ben = cast.member(cast.ben)
    page = anna.get(f"{TABLE}?q=ben&edit={ben.public_id}.{sales.public_id}").content.decode()
    assert "Role of Ben Fuchs in Sales" in page
    assert page.count('name="role"') == 1
    wanted = {"member": str(ben.public_id), "role": "team_member", "next": f"{TABLE}?q=ben"}
    response = anna.post(f"/settings/inboxes/{sales.public_id}/roles/", wanted)
    assert (response.status_code, response.headers["Location"]) == (303, f"{TABLE}?q=ben")
    assert InboxMembership.objects.get(inbox=sales, user=cast.ben).role == "team_member"


@pytest.mark.parametrize("evil", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "\\\\evil"])
def test_back_is_an_address_of_ours(cast, sales, anna, evil):
    wanted = {"member": str(cast.member(cast.ben).public_id), "role": "", "next": evil}
    response = anna.post(f"/settings/inboxes/{sales.public_id}/roles/", wanted)
    assert response.headers["Location"] == f"/settings/inboxes/{sales.public_id}/"


def test_an_admins_cell_has_no_pencil(cast, anna):
    me, inbox = cast.member(cast.anna), Inbox.objects.get(company=cast.nordlicht, name="Support")
    assert 'name="role"' not in anna.get(f"{TABLE}?edit={me.public_id}.{inbox.public_id}").content.decode()


def test_a_manager_makes_nobody_admin(cast, sales):
    """E-39: neither by a role that does not exist nor for an admin."""
    ben = Client()
    ben.force_login(cast.ben, backend="django.contrib.auth.backends.ModelBackend")
    roles = f"/settings/inboxes/{sales.public_id}/roles/"
    cem, anna = (str(cast.member(user).public_id) for user in (cast.cem, cast.anna))
    assert ben.post(roles, {"member": cem, "role": "admin"}).status_code == 422
    assert ben.post(roles, {"member": anna, "role": "team_member"}).status_code == 409
    assert ben.get(TABLE).status_code == 403
    assert list(Membership.objects.filter(company=cast.nordlicht, role="admin")) == [cast.member(cast.anna)]


@pytest.mark.parametrize("query", ["?after=x", "?edit=x.y", "?edit=", "?q=%00"])
def test_odd_addresses_show_the_table(cast, anna, query):
    assert anna.get(TABLE + query).status_code == 200


def test_it_costs_the_same_for_many(cast, anna):
    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            anna.get(TABLE)
        return len(seen)

    anna.get(TABLE)
    few = queries()
    Company.objects.filter(pk=cast.nordlicht.pk).update(package=make_package("M100"))
    people = [make_user(cast.nordlicht, f"Nina{number}", "N") for number in range(20)]
    for number in range(5):
        make_inbox(cast.nordlicht, f"Inbox {number}", *people)
    assert queries() == few


def test_every_person_stands_on_one_page_or_another(cast, anna):
    for number in range(60):
        make_user(cast.nordlicht, f"Nina{number:02}", "N")
    first = anna.get(TABLE)
    second = anna.get(f"{TABLE}?after={first.context['table'].after}")
    found = [*cells(first), *cells(second)]
    assert len(found) == len(set(found)) == 64
