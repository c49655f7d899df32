"""The operators' commands: what they make, what they refuse and how they say it (M-01, A-30)."""

import io
import json
import re
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from accounts.models import User
from channels_app.models import Inbox
from companies.actions.invitations import accept, token_hash
from companies.models import AuditEntry, Company, Invitation, Membership
from companies.selectors import membership_of
from mail.models import OutgoingMail
from tests.cast import PASSWORD

ADMIN = {"admin_email": "ida@west.example", "admin_first_name": "Ida", "admin_last_name": "West"}


def run(*args, stdin: str = "", monkeypatch=None, **options) -> str:
    out = io.StringIO()
    if monkeypatch:
        monkeypatch.setattr("sys.stdin", io.StringIO(stdin))
    call_command(*args, stdout=out, **options)
    return out.getvalue()


def test_create_company_makes_admin_and_default_inbox_without_package(db, monkeypatch):
    said = run(
        "create_company",
        "West GmbH",
        stdin=f"{PASSWORD}\n",
        monkeypatch=monkeypatch,
        admin_password_stdin=True,
        **ADMIN,
    )
    company = Company.objects.get(slug="west-gmbh")
    assert "ida@west.example" in said
    assert "activate_package west-gmbh" in said
    assert (company.package, company.language, company.time_zone) == (None, "en", "Europe/Berlin")
    admin = membership_of(User.objects.get(email="ida@west.example"))
    assert admin.is_admin
    assert admin.user.check_password(PASSWORD)
    assert list(Inbox.objects.values_list("company", "is_default")) == [(company.pk, True)]


def test_without_a_password_the_admin_is_invited(db):
    """M-23: one mail in the company's language, and no login before the link was used."""
    said = run("create_company", "West GmbH", language="de", **ADMIN)
    assert "invited as admin" in said
    invitation = Invitation.objects.get()
    assert (invitation.email, invitation.role, invitation.language) == ("ida@west.example", "admin", "de")
    assert OutgoingMail.objects.get().to == "ida@west.example"
    assert not User.objects.exists()
    assert "/join/" not in said
    token = re.search(r"/join/([\w-]+)/", OutgoingMail.objects.get().text)[1]
    assert accept(token_hash(token), password=PASSWORD, now=timezone.now()).is_admin


def test_what_create_company_says_to_scripts(db):
    said = json.loads(run("create_company", "West GmbH", json=True, **ADMIN))
    assert (said["slug"], said["name"], said["invitation"]["email"]) == ("west-gmbh", "West GmbH", "ida@west.example")


@pytest.mark.parametrize(
    ("name", "options", "says"),
    [
        ("Nordlicht GmbH", {"slug": "nordlicht-gmbh"}, "exists already"),
        ("West", {"admin_email": "ben@nordlicht.example"}, "has a login already"),
        ("West", {"admin_email": "nonsense"}, "E-mail address"),
        ("West", {"admin_first_name": " "}, "First name"),
        ("West", {"language": "fr"}, "no language"),
        ("West", {"time_zone": "Mars/Olympus"}, "no time zone"),
        ("   ", {}, "between 1 and 120"),
        ("東京", {}, "--slug"),
    ],
)
def test_create_company_refuses_in_one_sentence_and_leaves_nothing(cast, name, options, says):
    before = (Company.objects.count(), User.objects.count(), Inbox.objects.count())
    with pytest.raises(CommandError, match=says):
        run("create_company", name, **(ADMIN | options))
    assert (Company.objects.count(), User.objects.count(), Inbox.objects.count()) == before


def test_a_password_by_stdin_must_come(db, monkeypatch):
    with pytest.raises(CommandError, match="No password"):
        run("create_company", "West", monkeypatch=monkeypatch, admin_password_stdin=True, **ADMIN)


def test_activate_package(cast):
    assert "M20 now (before: M5)" in run("activate_package", "nordlicht-gmbh", "m20")
    assert "has M20 already" in run("activate_package", "nordlicht-gmbh", "M20")
    assert Company.objects.get(slug="nordlicht-gmbh").package.code == "M20"


def test_activate_package_lists_what_is_too_much(cast):
    for options in ({}, {"dry_run": True}):
        with pytest.raises(CommandError) as refused:
            run("activate_package", "nordlicht-gmbh", "M1", **options)
        assert "4 users, M1 has 1" in str(refused.value)
        assert "1 channel, M1 has 0" in str(refused.value)
    assert Company.objects.get(slug="nordlicht-gmbh").package.code == "M5"


def test_a_dry_run_changes_nothing(cast):
    assert "nothing was changed" in run("activate_package", "nordlicht-gmbh", "M50", dry_run=True)
    assert Company.objects.get(slug="nordlicht-gmbh").package.code == "M5"


@pytest.mark.parametrize(("slug", "code", "says"), [("nobody", "M5", "no company"), ("sud-ag", "M7", "M1, M5, M20")])
def test_activate_package_names_what_is_unknown(cast, slug, code, says):
    with pytest.raises(CommandError, match=says):
        run("activate_package", slug, code)


def test_create_user_in_the_companys_language_with_position(cast, monkeypatch):
    Company.objects.filter(pk=cast.nordlicht.pk).update(language="sv", time_zone="Europe/Stockholm")
    names = {"first_name": "Eva", "last_name": "Eck", "position": "Service"}
    run(
        "create_user",
        "nordlicht-gmbh",
        "Eva@Nordlicht.example",
        stdin=PASSWORD,
        monkeypatch=monkeypatch,
        password_stdin=True,
        **names,
    )
    user = User.objects.get(email="eva@nordlicht.example")
    assert (user.language, user.time_zone) == ("sv", "Europe/Stockholm")
    assert user.check_password(PASSWORD)
    assert (membership_of(user).position, membership_of(user).role) == ("Service", "member")


def test_create_user_is_refused_when_the_package_is_full_and_leaves_no_login(cast):
    names = {"first_name": "Eva", "last_name": "Eck", "position": "Service"}
    run("create_user", "nordlicht-gmbh", "five@nordlicht.example", **names)
    with pytest.raises(CommandError, match="5 of 5 users"):
        run("create_user", "nordlicht-gmbh", "six@nordlicht.example", **names)
    assert not User.objects.filter(email="six@nordlicht.example").exists()


def test_list_companies(cast):
    rows = json.loads(run("list_companies", json=True))
    assert rows[0] == {
        "slug": "nordlicht-gmbh",
        "name": "Nordlicht GmbH",
        "package": "M5",
        "users": 4,
        "suspended": False,
    }
    assert "sud-ag" in run("list_companies")


def test_list_companies_of_an_empty_installation(db):
    assert "create_company" in run("list_companies")


def test_deactivate_user(cast):
    assert "Ben Fuchs" in run("deactivate_user", "BEN@nordlicht.example")
    assert Membership.objects.get(user=cast.ben).state == "deactivated"
    with pytest.raises(CommandError, match="No active user"):
        run("deactivate_user", "ben@nordlicht.example")
    with pytest.raises(CommandError, match="only admin"):
        run("deactivate_user", "anna@nordlicht.example")


EVA = {"first_name": "Eva", "last_name": "Kern", "position": "Service"}


def test_create_user_by_invitation_and_again(cast):
    said = run("create_user", "nordlicht-gmbh", "EVA@nordlicht.example", invite=True, **EVA)
    assert "Invited Eva Kern (eva@nordlicht.example)" in said
    first = Invitation.objects.get().token_hash
    Invitation.objects.update(expires_at=timezone.now() - timedelta(days=1))
    said = json.loads(run("create_user", "nordlicht-gmbh", "eva@nordlicht.example", invite=True, json=True, **EVA))
    assert said["invitation"]["email"] == "eva@nordlicht.example"
    assert Invitation.objects.get().token_hash != first
    assert OutgoingMail.objects.count() == 2
    with pytest.raises(CommandError, match="belongs to Nordlicht"):
        run("create_user", "nordlicht-gmbh", "ben@nordlicht.example", invite=True, **EVA)
    with pytest.raises(CommandError, match="5 of 5 users"):
        run("create_user", "nordlicht-gmbh", "fay@nordlicht.example", invite=True, **EVA)


def test_the_first_admins_invitation_comes_again_in_the_smallest_package(db):
    run("create_company", "West GmbH", **ADMIN)
    run("activate_package", "west-gmbh", "M1")
    Invitation.objects.update(expires_at=timezone.now() - timedelta(days=1))
    names = EVA | {"role": "admin"}
    assert "Invited" in run("create_user", "west-gmbh", ADMIN["admin_email"], invite=True, **names)
    with pytest.raises(CommandError, match="from M5"):
        run("create_user", "west-gmbh", "second@west.example", invite=True, **names)


def test_what_create_user_says_to_scripts(cast):
    said = json.loads(run("create_user", "nordlicht-gmbh", "eva@nordlicht.example", json=True, **EVA))
    assert said == {"company": "nordlicht-gmbh", "email": "eva@nordlicht.example", "role": "member"}


def sign_in(user, password: str) -> int:
    return Client().post("/accounts/login/", {"login": user.email, "password": password}).status_code


def test_unlock_user_forgets_failed_attempts(cast, clean_valkey):
    for _ in range(6):
        sign_in(cast.ben, "wrong")
    assert sign_in(cast.ben, PASSWORD) == 200  # refused: too many
    run("unlock_user", "BEN@nordlicht.example")
    assert sign_in(cast.ben, PASSWORD) == 302


def test_unlock_user_switches_the_login_on(cast, clean_valkey):
    User.objects.filter(pk=cast.ben.pk).update(is_active=False)
    said = json.loads(run("unlock_user", cast.ben.email, json=True))
    assert said == {"email": cast.ben.email, "switched_on": True, "reactivated_in": None}
    assert sign_in(cast.ben, PASSWORD) == 302
    line = AuditEntry.objects.filter(action="account.unlocked").get()
    assert (line.company, line.actor, line.subject) == (cast.nordlicht, "Operator", "Ben Fuchs")


def test_unlock_user_undoes_a_deactivation_when_asked(cast, clean_valkey):
    run("deactivate_user", cast.ben.email)
    run("unlock_user", cast.ben.email)
    assert membership_of(cast.ben) is None
    run("create_user", "nordlicht-gmbh", "eva@nordlicht.example", **EVA)
    run("create_user", "nordlicht-gmbh", "fay@nordlicht.example", **EVA)
    with pytest.raises(CommandError, match="5 of 5 users"):
        run("unlock_user", cast.ben.email, reactivate=True)
    run("deactivate_user", "fay@nordlicht.example")
    assert "works in Nordlicht GmbH again" in run("unlock_user", cast.ben.email, reactivate=True)
    assert membership_of(cast.ben).company == cast.nordlicht
    for email, says in (("nobody@x.example", "No user"), (cast.ben.email, "is not deactivated")):
        with pytest.raises(CommandError, match=says):
            run("unlock_user", email, reactivate=True)
