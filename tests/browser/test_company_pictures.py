"""First steps, directory, company page, users, sign-in and second factor in each variant: nothing overflows or fails."""

from __future__ import annotations

from datetime import timedelta

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.utils import timezone
from django.utils.text import slugify
from playwright.sync_api import expect

from accounts.models import User
from channels_app.models import Channel
from companies.actions.invitations import Invitee, invite
from companies.models import Company, ContactPerson, Invitation, Membership
from conversations.actions.starting import direct_conversation
from conversations.models import Contact
from tests.browser.test_screenshots import VARIANTS, take
from tests.cast import make_company, make_package, make_user

pytestmark = [pytest.mark.browser, pytest.mark.walk]
NEIGHBOURS = (
    ("Nordmann Logistik", "Freight and storage", "Kiel", "Germany"),
    ("Nordsee Catering", "Fish, buffets, events", "Husum", "Germany"),
    ("Nordö Möbler AB", "Furniture, made to measure", "Malmö", "Sweden"),
    ("Alpenglas KG", "Glass for lamps, doors and roofs", "Innsbruck", "Austria"),
)
POSITIONS = {"Anna": "Management", "Ben": "Service", "Cem": "Warehouse", "Dora": "Accounts", "Udo": "Management"}
COLLEAGUES = (
    ("Eva", "Sörensen", "Light planning"),
    ("Finn", "Petersen", "Sales"),
    ("Gesa", "Brandt", "Purchasing"),
    ("Hannes", "Köhler", "Workshop"),
    ("Ilka", "von Schönburg-Wartenberg", "Communication"),
    ("Jan", "Ott", "Trainee"),
)


@pytest.fixture
def house(scene):
    """Nordlicht as others find it, with twelve users in all states, among other listed companies."""
    Company.objects.filter(pk=scene.nordlicht.pk).update(
        package=make_package("M20"),
        description="We plan and build lamps for offices, hotels and homes – mouth-blown glass, repairable for twenty "
        "years. Wir beraten auf Deutsch, English och svenska.",
        street="An der Untertrave 12",
        postcode="23552",
        town="Lübeck",
        country="Germany",
        phone="+49 451 555 0190",
        email="hallo@nordlicht.example",
        website="https://nordlicht.example",
    )
    for name, description, town, country in NEIGHBOURS:
        fields = {"slug": slugify(name), "description": description, "town": town, "country": country}
        Company.objects.filter(pk=make_company(name).pk).update(**fields)
    for user, function in ((scene.anna, "Managing director"), (scene.ben, "Customer service")):
        ContactPerson.objects.create(company=scene.nordlicht, user=user, function=function)
    ContactPerson.objects.create(
        company=scene.nordlicht, name="Helga Voss", function="Head of sales", email="voss@nordlicht.example", position=2
    )
    Channel.objects.filter(pk=scene.support.pk).update(purpose="Questions about delivered lamps")
    _fill(scene)
    return scene


def _fill(scene) -> None:
    now = timezone.now()
    for first, last, position in COLLEAGUES:
        user = make_user(scene.nordlicht, first, last, domain="nordlicht")
        Membership.objects.filter(user=user).update(position=position)
    for name, position in POSITIONS.items():
        Membership.objects.filter(user__first_name=name).update(position=position)
    Membership.objects.filter(user__first_name="Jan").update(state="deactivated")
    for first, last in (("Karla", "Nyström"), ("Lars", "Holm")):
        who = Invitee(f"{first.lower()}@nordlicht.example", first, last, "Showroom", "member", "en")
        last_one = invite(scene.nordlicht, invitee=who, inviter=scene.anna, now=now)
    Invitation.objects.filter(pk=last_one.pk).update(expires_at=now - timedelta(days=1))
    direct_conversation(scene.udo, scene.anna, now=now)
    Contact.objects.bulk_create(
        [Contact(owner=scene.anna, target=scene.udo, source="conversation", created_at=now)], ignore_conflicts=True
    )


def seen_by(person, user, variant):
    """A browser of the user in this variant; German for the German one."""
    if variant == "german":
        User.objects.filter(pk=user.pk).update(language="de")
    return person(user, **VARIANTS[variant]).page


def show(page, address: str, name: str) -> None:
    page.goto(address)
    expect(page.locator("h1").first).to_be_visible()
    take(page, name)


@pytest.mark.parametrize("variant", VARIANTS)
def test_what_others_find(house, person, variant):
    """M-09, M-12, M-21: the directory with what was searched for marked, and a company's page, as Udo sees them."""
    page = seen_by(person, house.udo, variant)
    page.goto("/companies/?q=nord")
    expect(page.locator("li mark")).to_have_count(4)
    take(page, f"directory-{variant}")
    show(page, f"/companies/{house.nordlicht.slug}/", f"company-{variant}")


@pytest.mark.parametrize("variant", VARIANTS)
def test_what_an_admin_sees(house, person, variant):
    """M-01, M-08, M-16, M-23: first steps of a new company, users in all states, contacts."""
    new = make_company("Kleinlicht")
    olga = make_user(new, "Olga", "Klein", role="admin", domain="klein")
    Company.objects.filter(pk=new.pk).update(package=make_package("M1"), first_steps_looked_at=timezone.now())
    page = seen_by(person, olga, variant)
    page.goto("/first-steps/")
    expect(page.locator(".step")).to_have_count(5)
    take(page, f"first-steps-{variant}")
    page = seen_by(person, house.anna, variant)
    page.goto("/settings/people/")
    expect(page.locator("tbody tr")).to_have_count(12)
    take(page, f"users-{variant}")
    show(page, "/contacts/", f"contacts-{variant}")


@pytest.mark.parametrize("variant", VARIANTS)
def test_signing_in(house, person, variant):
    """M-04, M-05: the sign-in page after a wrong password, and what proves who somebody is."""
    page = person(None, **VARIANTS[variant]).page
    page.goto("/accounts/login/")
    page.locator("[name=login]").fill(house.ben.email)
    page.locator("[name=password]").fill("wrong")
    page.locator("[name=password]").press("Enter")
    expect(page.locator("#id_password_error")).to_be_visible()
    take(page, f"sign-in-{variant}")
    TOTP.activate(house.ben, generate_totp_secret())
    RecoveryCodes.activate(house.ben)
    show(seen_by(person, house.ben, variant), "/accounts/2fa/", f"second-factor-{variant}")
