"""The inbox at work in each variant and right to left: a folder, both kinds in one thread, palette, search, notifications."""

from __future__ import annotations

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import User
from conversations.actions import closing
from conversations.authors import Author
from tests.browser.test_screenshots import DESKTOP, VARIANTS, morning, take  # noqa: F401 (morning is a fixture)

pytestmark = [pytest.mark.browser, pytest.mark.walk]
ALL = VARIANTS | {"rtl": {"viewport": DESKTOP}}


@pytest.fixture
def at_work(scene, request_of, morning):  # noqa: F811
    """One more that is closed, and one of Cem's that waits."""
    done, _visitor = request_of(scene.ben, "Do you deliver to Malmö?", name="Nils Åberg")
    closing.close(done, author=Author.of_user(scene.ben), role="team_member", now=timezone.now())
    request_of(scene.cem, "The glass of a lamp has a bubble.", name="Ida Moser")
    return morning


@pytest.mark.parametrize("variant", ALL)
def test_the_inbox_at_work(scene, person, at_work, variant):
    """Issue 4: nothing overflows in any state; the pictures of docs/screenshots."""
    if variant == "german":
        User.objects.filter(pk=scene.ben.pk).update(language="de")
    ben = person(scene.ben, **ALL[variant])
    page = ben.page

    def arrive(address: str) -> None:
        page.goto(address)
        if variant == "rtl":
            page.evaluate("document.documentElement.dir = 'rtl'")

    arrive("/conversations/?view=all")
    expect(page.locator("#rows > li").first).to_be_visible()
    take(page, f"folder-{variant}")
    arrive("/conversations/?view=closed")
    expect(page.locator("#rows > li")).to_have_count(1)
    take(page, f"folder-closed-{variant}")

    arrive(f"/conversations/{at_work.public_id}/")
    page.wait_for_function("document.querySelector('memo-thread')?.list")
    page.locator("label:has([name=kind][value=internal])").click()
    page.locator("#composer-body").fill("@Cem the invoice has the **old** address – can you look?")
    page.locator("#composer-body").press("Control+Enter")
    expect(page.locator("#messages")).to_contain_text("the invoice has the old address")
    expect(page.locator(".pending")).to_have_count(0)
    take(page, f"both-kinds-{variant}")
    page.keyboard.press("Escape")
    page.keyboard.press("Control+k")
    expect(page.locator("#palette [role=option]").first).to_be_visible()
    take(page, f"palette-{variant}")

    arrive("/search/?q=lamp")
    expect(page.locator(".hit").first).to_be_visible()
    take(page, f"search-{variant}")
    arrive("/notifications/")
    expect(page.locator("h1").first).to_be_visible()
    take(page, f"notifications-{variant}")
    arrive("/settings/notifications/")
    expect(page.locator("h1").first).to_be_visible()
    take(page, f"preferences-{variant}")
