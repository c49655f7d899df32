"""Every main page at desktop and phone size, light and dark, in German: nothing overflows, nothing fails.

With MEMO_SCREENSHOTS=1 the pictures of docs/screenshots are taken anew.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import User
from channels_app.models import Channel
from conversations.actions import ringing
from conversations.models import Offer
from customers.models import Visitor
from tests.browser.conftest import say
from tests.cast import make_customer, make_visitor, write

pytestmark = [pytest.mark.browser, pytest.mark.walk]
PICTURES = Path(__file__).resolve().parents[2] / "docs" / "screenshots"
DESKTOP, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
VARIANTS = {
    "desktop": {"viewport": DESKTOP},
    "dark": {"viewport": DESKTOP, "color_scheme": "dark"},
    "phone": {"viewport": PHONE, "is_mobile": True, "has_touch": True},
    "german": {"viewport": DESKTOP, "locale": "de-DE"},
}


def take(page, name: str) -> None:
    """The page fits its window; the picture is kept when asked for."""
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{name} overflows"
    if os.environ.get("MEMO_SCREENSHOTS"):
        page.evaluate("document.fonts.ready.then(() => {})")
        PICTURES.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=str(PICTURES / f"{name}.png"), animations="disabled")


@pytest.fixture
def morning(scene, request_of):
    """A few conversations, one of them with an internal line, and one that rings at Ben."""
    Channel.objects.filter(pk=scene.support.pk).update(escalate_after_s=60)
    for name, text, answer in (
        ("Kim Berg", "Two pendant lamps are missing from the delivery.", "Sorry! They leave the house today."),
        ("Max Holm", "The dimmer hums at 30 %.", "Firmware 2.4 should mend it."),
        ("Lea Winter", "Rechnung 2026-1180", "Vielen Dank, sie ist unterwegs."),
    ):
        email = f"{name.split()[0].lower()}@abc.com"
        customer = make_customer(scene.nordlicht, name.split()[0], email)
        conversation, visitor = request_of(scene.ben, text, name=name, email=email, customer=customer)
        say(conversation, scene.ben, answer)
        say(conversation, visitor, "Thank you!")
    Visitor.objects.update(last_seen=timezone.now())
    return conversation


@pytest.mark.parametrize("variant", VARIANTS)
def test_inbox_ring_and_thread(scene, person, morning, variant):
    """G-13, N-36, M-35, M-04: inbox with a ringing request, and a thread, in each variant."""
    if variant == "german":
        User.objects.filter(pk=scene.ben.pk).update(language="de")
    ben = person(scene.ben, **VARIANTS[variant])
    write(
        make_visitor(scene.nordlicht, page_title="Aurora 40"),
        scene.support,
        "Hello, can the Aurora be shortened to 80 cm? Our ceiling is only 2.40 m.",
        now=timezone.now(),
    )
    while (offer := Offer.objects.select_related("conversation").get(state="pending")).user_id != scene.ben.pk:
        ringing.decline(offer.conversation, user=offer.user, now=timezone.now())
    ben.page.goto("/conversations/")
    expect(ben.page.locator(".ring:visible")).to_be_visible()
    take(ben.page, f"inbox-ring-{variant}" if variant != "desktop" else "inbox-ring")
    ben.page.goto(f"/conversations/{morning.public_id}/")
    expect(ben.page.locator("#messages")).to_contain_text("Vielen Dank")
    take(ben.page, f"thread-{variant}")


@pytest.mark.parametrize("variant", VARIANTS)
def test_settings_of_a_channel(scene, person, variant):
    """M-31: the channel's settings in each variant."""
    if variant == "german":
        User.objects.filter(pk=scene.anna.pk).update(language="de")
    anna = person(scene.anna, **VARIANTS[variant])
    anna.page.goto(f"/settings/channels/{scene.support.public_id}/")
    expect(anna.page.locator("h1").first).to_be_visible()
    take(anna.page, f"channel-{variant}")
