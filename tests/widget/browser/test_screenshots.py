"""Pictures of the chat on the demonstration shop; MEMO_SCREENSHOTS=1 writes them to docs/screenshots."""

from __future__ import annotations

import os
import threading
from functools import partial
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest
from django.utils import timezone

from conversations.actions.reading import mark_seen
from memo.demo_site.server import Handler
from tests.cast import make_channel

pytestmark = [pytest.mark.browser, pytest.mark.walk, pytest.mark.django_db(transaction=True)]

PICTURES = Path(__file__).resolve().parents[3] / "docs" / "screenshots"
VARIANTS = {
    "desktop": {"viewport": {"width": 1440, "height": 900}},
    "dark": {"viewport": {"width": 1440, "height": 900}, "color_scheme": "dark"},
    "german": {"viewport": {"width": 1440, "height": 900}, "locale": "de-DE"},
    "phone": {
        "viewport": {"width": 390, "height": 844},
        "device_scale_factor": 2,
        "is_mobile": True,
        "has_touch": True,
    },
}
TALK = {
    "german": (
        "Moin! Was dürfen wir für Sie erhellen?",
        "Hallo, kann die Aurora auf 80 cm gekürzt werden? Unsere Decke ist nur 2,40 m hoch.",
        (
            "Moin! Ja, wir kürzen das Kabel auf den Zentimeter – ohne Aufpreis.",
            "Über einem Tisch wirken 75 cm meist am schönsten.",
        ),
    ),
    "other": (
        "Moin! What can we light up for you?",
        "Hello, can the Aurora be shortened to 80 cm? Our ceiling is only 2.40 m.",
        ("Hi! Yes, we cut the cord to the centimetre – no extra cost.", "Over a table 75 cm usually looks best."),
    ),
}


@pytest.fixture
def shop(site, cast):
    """The demonstration shop in place of the bare page; the widget may stand there."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, site.memo, cast.widget.public_key))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    site.origin = f"http://localhost:{server.server_port}"
    yield site
    server.shutdown()
    server.server_close()
    thread.join(5)


def take(page, name: str) -> None:
    page.wait_for_timeout(300)
    if os.environ.get("MEMO_SCREENSHOTS"):
        PICTURES.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=PICTURES / f"{name}.png")


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_chat_on_a_shop(shop, shopper, team, cast, variant: str) -> None:
    """M-43, N-14: a talk and the list of topics, in each variant; nothing is cut off at the side."""
    greeting, question, answers = TALK.get(variant, TALK["other"])
    cast.widget.greeting = greeting
    cast.widget.save()
    cast.widget.channels.add(make_channel(cast.inbox, "Billing", cast.dora, purpose="Invoices, returns and refunds"))
    kim = shopper(**VARIANTS[variant])
    kim.visit()
    kim.call("set", "locale", "de" if variant == "german" else "en")
    kim.call("open")
    frame = kim.frame
    frame.get_by_role("button", name="Support").wait_for()
    take(kim.page, f"widget-topics-{variant}")
    frame.get_by_role("button", name="Support").click()
    kim.write(question)
    frame.locator(".state.sent").wait_for()
    offer = team.accept()
    mark_seen(team.conversation(), viewer=cast.member(offer.user), seq=1, now=timezone.now())
    for body in answers:
        team.answer(body)
    frame.locator(".bub", has_text=answers[-1]).wait_for()
    frame.locator(".state.seen").wait_for()
    take(kim.page, f"widget-{variant}")
    for selector in ("html", ".scroll"):
        assert frame.evaluate(
            f"(({{ scrollWidth, clientWidth }}) => scrollWidth <= clientWidth)(document.querySelector('{selector}'))"
        )
