"""A company is set up and found in a real browser: E-01 (the package gate), E-03 (profile), E-05 (contact persons)."""

from __future__ import annotations

import io
import re

import pytest
from django.utils import timezone
from PIL import Image
from playwright.sync_api import expect

from channels_app.models import Channel
from companies.actions.packages import activate_package
from companies.models import Company, Invitation, Membership, PlanPackage
from tests.cast import make_company, make_packages, make_user
from tests.ui.conftest import axe

pytestmark = [pytest.mark.browser]
NARROW = {"viewport": {"width": 320, "height": 720}}


def activate(company: Company, code: str) -> None:
    activate_package(company, package=PlanPackage.objects.get(code=code), by="operator", now=timezone.now())


def logo(colour: str = "green") -> dict:
    out = io.BytesIO()
    Image.new("RGB", (400, 160), colour).save(out, "PNG")
    return {"name": "logo.png", "mimeType": "image/png", "buffer": out.getvalue()}


def post(page, address: str, **fields: str) -> int:
    """What the server answers to a POST that no button of the page makes."""
    return page.evaluate(
        """async ([address, fields]) => {
            const token = document.querySelector("[name=csrfmiddlewaretoken]").value;
            const body = new URLSearchParams({...fields, csrfmiddlewaretoken: token});
            return (await fetch(address, {method: "POST", body})).status;
        }""",
        [address, fields],
    )


# --- E-01 ------------------------------------------------------------------------------------------------------
def test_the_package_gate(scene, person):
    """E-01, M-01…M-03: no package, M1 with three locked steps, M5 with all of them, and its limits."""
    make_packages()
    west = make_company("West GmbH", package=None)
    ida = person(make_user(west, "Ida", "West", role="admin"))
    ida.expected = ("403", "422")
    page = ida.page
    page.goto("/")
    expect(page.get_by_role("heading", name="No package activated")).to_be_visible()

    activate(west, "M1")
    page.get_by_role("link", name="Try again").click()
    expect(page.locator(".steps .step")).to_have_count(5)
    titles = [text.split(" from M5")[0].strip() for text in page.locator(".steps h2").all_inner_texts()]
    assert [title.replace("\n", " ").split(" from")[0] for title in titles] == [
        "Look around", "Your company", "Users", "Channels", "Broadcasts",
    ]  # fmt: skip
    for at in (2, 3, 4):
        expect(page.locator(".steps .step").nth(at)).to_contain_text("from M5")
        expect(page.locator(".steps .step").nth(at).get_by_role("link")).to_have_count(0)
    new = {"first_name": "Jan", "last_name": "West", "position": "Tea", "email": "jan@west.example", "role": "member"}
    assert post(page, "/settings/people/new/", **new, language="en") == 403
    assert post(page, "/settings/channels/new/", name="Support") == 403
    assert (Invitation.objects.count(), Channel.objects.filter(company=west).count()) == (0, 0)

    activate(west, "M5")
    page.goto("/first-steps/")
    expect(page.locator(".steps .step").nth(3)).not_to_contain_text("from M5")
    page.get_by_role("link", name="Make a channel").click()
    for name in ("Support", "Sales"):
        page.goto("/settings/channels/new/")
        page.get_by_label("Name").fill(name)
        page.get_by_role("button", name="Make the channel").click()
        expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()
    page.goto("/settings/channels/new/")
    expect(page.get_by_role("main")).to_contain_text("2 of 2 channels")
    assert post(page, "/settings/channels/new/", name="Third") == 422
    for number in range(4):
        assert post(page, "/settings/people/new/", **(new | {"email": f"n{number}@west.example"}), language="en") == 200
    assert post(page, "/settings/people/new/", **(new | {"email": "sixth@west.example"}), language="en") == 422
    page.goto("/settings/people/new/")
    expect(page.get_by_role("main")).to_contain_text("5 of 5")
    page.goto("/settings/package/")
    expect(page.get_by_role("heading", name="Package M5")).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text("2 of 2")
    page.goto("/first-steps/")
    expect(page.locator(".step.done")).to_have_count(3)  # looked around, users, channels
    assert Membership.objects.filter(company=west).count() == 1


# --- E-03 ------------------------------------------------------------------------------------------------------
def test_a_company_profile_and_how_others_find_it(scene, person):
    """E-03: description with a script in it, address, website, logo; refused, replaced, removed."""
    anna, udo = person(scene.anna), person(scene.udo)
    anna.expected = ("422",)
    page = anna.page
    page.goto("/settings/company/")
    page.get_by_label("Short description").fill("Lamps that last. <script>alert(1)</script>")
    for label, value in (
        ("Street", "An der Untertrave 12"), ("Postcode", "23552"), ("Town", "Lübeck"), ("Country", "Germany"),
        ("Phone", "+49 451 555 0190"), ("E-mail", "hallo@nordlicht.example"), ("Website", "javascript:alert(1)"),
    ):  # fmt: skip
        page.get_by_label(label, exact=False).first.fill(value)
    page.get_by_role("button", name="Save changes").click()
    expect(page.locator("#id_website_error")).to_contain_text("https://")
    expect(page.get_by_label("Town")).to_have_value("Lübeck")
    page.get_by_label("Website").fill("https://nordlicht-leuchten.example")
    page.get_by_role("button", name="Save changes").click()
    expect(page.locator(".toast")).to_contain_text("Saved.")

    page.set_input_files("[name=logo]", {"name": "logo.png", "mimeType": "image/png", "buffer": b"just text"})
    page.get_by_role("button", name="Use this logo").click()
    expect(page.locator("#id_logo_error")).to_contain_text("no PNG, JPEG or WebP")
    page.set_input_files("[name=logo]", logo())
    page.get_by_role("button", name="Use this logo").click()
    expect(page.locator(".toast")).to_contain_text("Your new logo is in use.")

    udo.page.goto("/companies/")
    udo.page.get_by_role("searchbox").fill("NORD")
    udo.page.get_by_role("searchbox").press("Enter")
    expect(udo.page.get_by_role("main").get_by_role("status")).to_have_text("1 company for “NORD”")
    picture = udo.page.locator("#companies .av img")
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") == 512
    udo.page.get_by_role("link", name="Nordlicht GmbH").click()
    main = udo.page.get_by_role("main")
    for words in (
        "<script>alert(1)</script>", "An der Untertrave 12", "23552 Lübeck, Germany", "+49 451 555 0190",
        "hallo@nordlicht.example", "Help with your lamp",
    ):  # fmt: skip
        expect(main).to_contain_text(words)
    expect(main.get_by_role("link", name="nordlicht-leuchten.example")).to_be_visible()

    before = picture_of(scene)
    page.set_input_files("[name=logo]", logo("red"))
    page.get_by_role("button", name="Use this logo").click()
    page.wait_for_function("before => !document.querySelector('.block .av img').src.endsWith(before)", arg=before)
    page.get_by_role("button", name="Remove logo").click()
    expect(page.locator(".block .av img")).to_have_count(0)
    udo.page.goto("/companies/?q=nord")
    expect(udo.page.locator("#companies .av")).to_have_text("NG")


def test_companies_open_beside_the_list(scene, person):
    """M-09, M-12: the list keeps its place, its words and its mark; back leads from company to company; by keys too."""
    for number in range(30):
        make_company(f"Firma {number:02}")
    udo = person(scene.udo)
    page, main = udo.page, udo.page.get_by_role("main")
    page.goto("/companies/")
    expect(main).to_contain_text("No company open")
    rows, scroller = page.locator("#companies .crow"), page.locator("#list .scroll")
    page.locator("#companies").get_by_role("link", name="Firma 20").click()
    expect(main.get_by_role("heading", name="Firma 20", level=1)).to_be_focused()
    assert scroller.evaluate("one => one.scrollTop") > 100
    expect(page.locator("#companies [aria-current]")).to_contain_text("Firma 20")
    expect(page).to_have_title(re.compile("Firma 20"))
    page.locator("#companies").get_by_role("link", name="Firma 21").click()
    expect(page.locator("#companies [aria-current]")).to_contain_text("Firma 21")
    page.go_back()
    expect(main.get_by_role("heading", name="Firma 20", level=1)).to_be_visible()
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("nord")
    page.keyboard.press("Enter")
    expect(rows).to_have_count(1)
    expect(main.get_by_role("heading", name="Firma 20", level=1)).to_be_visible()
    rows.first.focus()
    page.keyboard.press("Enter")
    expect(main.get_by_role("heading", name="Nordlicht GmbH", level=1)).to_be_visible()
    expect(page).to_have_url(re.compile(r"/companies/nordlicht-gmbh/\?q=nord$"))
    page.reload()
    expect(rows).to_have_count(1)
    expect(page.locator("#companies [aria-current]")).to_contain_text("Nordlicht")


def test_the_directory_on_a_phone(scene, person):
    """M-09: list or company, never both; back to the same list."""
    udo = person(scene.udo, **NARROW)
    page = udo.page
    page.goto("/companies/?q=nord")
    row = page.locator("#companies .crow")
    row.click()
    heading = page.get_by_role("heading", name="Nordlicht GmbH", level=1)
    expect(heading).to_be_visible()
    expect(row).to_be_hidden()
    page.get_by_role("link", name="Back to the list").click()
    expect(row).to_be_visible()
    expect(heading).to_be_hidden()
    expect(page.get_by_role("searchbox")).to_have_value("nord")


def picture_of(scene) -> str:
    return Company.objects.get(pk=scene.nordlicht.pk).avatar_url


# --- E-05 ------------------------------------------------------------------------------------------------------
def test_public_contact_persons(scene, person):
    """E-05: Anna and Mrs Voss in the order that Anna chooses; Ben and Cem are nowhere."""
    anna, udo = person(scene.anna), person(scene.udo)
    page = anna.page
    for choice, name, function, email in (
        ("", "Helga Voss", "Head of sales", "voss@nordlicht.example"),
        ("Anna Berg", "", "Managing director", ""),
    ):
        page.goto("/settings/company/contact-persons/")
        page.get_by_role("link", name="Add a person").click()
        if choice:
            page.get_by_label("Person").select_option(label=f"{choice} · Works here")
        else:
            page.get_by_label("Name").fill(name)
        page.get_by_label("Function").fill(function)
        page.get_by_label("E-mail").fill(email)
        page.get_by_role("button", name="Add").click()
        expect(page.locator(".sheet-list")).to_contain_text(function)
    page.get_by_role("button", name="Move or remove Anna Berg").press("Enter")
    page.get_by_role("button", name="Move up").press("Enter")
    expect(page.locator(".sheet-list b")).to_have_text(["Anna Berg", "Helga Voss"])

    udo.page.goto(f"/companies/{scene.nordlicht.slug}/")
    people = udo.page.locator(".people li")
    expect(people).to_have_count(2)
    expect(people.nth(0)).to_contain_text("Managing director")
    expect(people.nth(1)).to_contain_text("voss@nordlicht.example")
    expect(people.nth(0)).not_to_contain_text("@")
    expect(people.nth(1).get_by_role("button")).to_have_count(0)
    for name in ("Ben", "Cem"):
        expect(udo.page.get_by_role("main")).not_to_contain_text(name)
    people.nth(0).get_by_role("button", name="Write").click()
    expect(udo.page).to_have_url(re.compile("/conversations/"))
    expect(udo.page.locator("#thread")).to_contain_text("Anna Berg")


# --- how the pages look ------------------------------------------------------------------------------------------
@pytest.mark.walk
@pytest.mark.parametrize(
    "options", [{"color_scheme": "light"}, {"color_scheme": "dark"} | NARROW], ids=["light", "dark, narrow"]
)
def test_every_page_is_sound(scene, person, options):
    """axe finds nothing, nothing is wider than the window, also with the longest words."""
    long = "Donaudampfschifffahrtsgesellschaft" * 3
    Company.objects.filter(pk=scene.nordlicht.pk).update(
        description=long, town=long[:80], country="Germany", website=f"https://{long[:60]}.example", phone="1" * 40
    )
    scene.nordlicht.contact_persons.create(name=long[:100], function=long[:80], email="voss@nordlicht.example")
    one = scene.nordlicht.contact_persons.create(user=scene.anna, function="Managing director", position=1)
    anna, udo = person(scene.anna, **options), person(scene.udo, **options)
    for who, address in (
        (anna, "/first-steps/"), (anna, "/settings/company/"), (anna, "/settings/company/contact-persons/"),
        (anna, "/settings/company/contact-persons/new/"), (anna, "/settings/package/"),
        (anna, f"/settings/company/contact-persons/{one.public_id}/"), (anna, "/companies/nordlicht-gmbh/"),
        (udo, "/companies/"), (udo, "/companies/?q=zzz"), (udo, "/companies/nordlicht-gmbh/"),
    ):  # fmt: skip
        who.page.goto(address)
        assert axe(who.page) == [], address
        wide = who.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide == 0, address
