"""Every page that an admin can open, found by the URL resolver: axe finds nothing in light and dark, no policy is
violated, and nothing is wider than the window – in German, whose words are long, from 320 px to a very wide screen.
"""

from __future__ import annotations

import pytest

from tests import tenancy_policy as policy
from tests.tenancy_cells import Cells, Route, routes
from tests.tenancy_world import World
from tests.test_tenancy import world  # noqa: F401 (a fixture)
from tests.ui.conftest import axe

pytestmark = [pytest.mark.browser, pytest.mark.walk]
WIDTHS = (320, 390, 900, 2560)
PARTS = 2
# Answers for machines and frames of other pages, pages of nobody's account, and what tests/ui/test_pages_browser.py walks.
ELSEWHERE = {policy.PUBLIC, policy.EXTERNAL, policy.FRAME, policy.VISITOR, policy.FILE}


def pages(world: World, client) -> list[str]:  # noqa: F811
    """The addresses of all pages that Anna gets as a whole, each once."""
    anna = next(actor for actor in world.actors if actor.name == "admin")
    cells = Cells(world, anna, client)
    found: dict[str, None] = {}
    for route in routes():
        for rule in route.rules:
            if "GET" in rule.methods and rule.about not in ELSEWHERE:
                found[_address(cells, route, rule, world)] = None
    return [address for address in found if _is_page(client.get(address))]


def _address(cells: Cells, route: Route, rule: policy.Rule, world: World) -> str:  # noqa: F811
    return cells.address(route, rule, world.things[0])


def _is_page(answer) -> bool:
    kind = answer.headers.get("Content-Type", "")
    return answer.status_code == 200 and kind.startswith("text/html") and b"<!doctype html>" in answer.content[:600]


def wrong_with(page) -> list[str]:
    """What is wrong with the page that is open, one line each."""
    found = [f"light: {one}" for one in axe(page)]
    page.emulate_media(color_scheme="dark")
    found += [f"dark: {one}" for one in axe(page, rules=["color-contrast"])]
    page.emulate_media(color_scheme="light")
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        for direction in ("rtl", "ltr"):
            page.evaluate("direction => { document.documentElement.dir = direction }", direction)
            over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            if over > 0:
                found.append(f"{width} px {direction}: {over} px too wide")
    page.set_viewport_size({"width": 1280, "height": 800})
    return found + [f"policy: {one}" for one in page.evaluate("window.violations")]


@pytest.mark.parametrize("part", range(PARTS))
def test_every_page_is_sound(site, world, part):  # noqa: F811
    """Issue 4 §10; ux.md §6.2, §6.7."""
    anna = next(actor for actor in world.actors if actor.name == "admin").user
    anna.language = "de"
    anna.save()
    site.client.force_login(anna, backend="django.contrib.auth.backends.ModelBackend")
    addresses = pages(world, site.client)
    assert len(addresses) > 30, "the walk found too little"
    page = site.page("/offline/")
    wrong = {}
    for address in addresses[part::PARTS]:
        page.goto(site.origin + address)
        assert page.locator("html").get_attribute("lang") == "de", address
        if found := wrong_with(page):
            wrong[address] = found
    assert wrong == {}
