"""Attention in real browsers: E-17 with two tabs, E-25 by an admin and by oneself, bell, quiet, push, no connection."""

from __future__ import annotations

import re
import time
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import User
from conversations.actions.starting import side_conversation
from events.models import Event
from notifications.marking import mark_read
from notifications.models import Preference, PushSubscription
from notifications.selectors import unread_of
from tests.browser.conftest import say
from tests.cast import make_channel, make_inbox, make_visitor, write
from tests.ui.conftest import axe

pytestmark = [pytest.mark.browser]

# Counts the tones that are made; look(false) puts the page into the background, look(true) brings it back.
EARS = """
window.tones = 0;
const original = AudioContext.prototype.createOscillator;
AudioContext.prototype.createOscillator = function () { tones += 1; return original.call(this); };
window.look = (here) => {
  Object.defineProperty(document, "hidden", { configurable: true, value: !here });
  document.hasFocus = () => here;
  document.dispatchEvent(new Event("visibilitychange"));
  window.dispatchEvent(new Event(here ? "focus" : "blur"));
};
"""
TWO_SECONDS = 2_000


def bubble(page):
    return page.locator("nav.menu .count.new")


def listening(page) -> None:
    """A click lets the browser make sounds; then nobody looks."""
    page.locator("h1").first.click()
    page.evaluate("look(false)")


def titles(page, seconds: float) -> set[str]:
    seen, until = set(), time.monotonic() + seconds
    while time.monotonic() < until:
        seen.add(page.title())
        page.wait_for_timeout(120)
    return seen


def reacted() -> None:
    until = time.monotonic() + 10
    while Event.objects.filter(reacted_at=None).exists() and time.monotonic() < until:
        time.sleep(0.05)


def test_e17_one_sound_in_one_tab_bubble_in_all_and_a_title_that_alternates(scene, person):
    """E-17: N-29…N-32, N-52…N-54; coming back stops it, opening it clears every tab, and the switch is one's own."""
    inbox = make_inbox(scene.nordlicht, "Claims", scene.ben, scene.cem)
    channel = make_channel(inbox, "Claims", ring_enabled=False)
    ben, cem = person(scene.ben), person(scene.cem)
    for one in (ben, cem):
        one.context.add_init_script(EARS)
    first, second = ben.page, ben.open()
    for page in (first, second, cem.page):
        page.goto("/contacts/")
        page.wait_for_function("() => document.querySelector('memo-live')?.constructor.name !== 'HTMLElement'")
        listening(page)

    request = write(make_visitor(scene.nordlicht, name="Kim Berg"), channel, "Is it heavy?", now=timezone.now())
    for page in (first, second, cem.page):
        expect(bubble(page)).to_have_text(re.compile("^1"), timeout=TWO_SECONDS * 3)
    page_titles = titles(first, 2.6)
    assert page_titles == {"● Kim Berg: Is it heavy?", "(1) Contacts – Memo"}
    assert first.evaluate("tones") + second.evaluate("tones") == 2  # one pair, in one of the tabs
    first.evaluate("look(true)")
    assert titles(first, 1.4) == {"(1) Contacts – Memo"}
    expect(first.locator("[data-bell] .count.new")).to_have_text(re.compile("^1"))

    second.evaluate("look(true)")
    second.goto(f"/conversations/{request.public_id}/")
    expect(bubble(second)).to_have_count(0)
    expect(bubble(first)).to_have_count(0)
    expect(bubble(cem.page)).to_have_text(re.compile("^1"))

    # Switched off: none of the three next time; Cem still gets them.
    second.goto("/settings/notifications/")
    second.locator("#id_in_app").uncheck()
    second.get_by_role("button", name="Save changes").first.click()
    expect(second.locator(".toast")).to_contain_text("Saved.")
    first.evaluate("look(false)")
    before, others = first.evaluate("tones"), cem.page.evaluate("tones")
    write(make_visitor(scene.nordlicht, name="Lea Winter"), channel, "And this?", now=timezone.now())
    expect(bubble(cem.page)).to_have_text(re.compile("^2"), timeout=TWO_SECONDS * 3)
    cem.page.wait_for_function("before => tones === before + 2", arg=others)
    expect(bubble(first)).to_have_count(0)
    assert titles(first, 1.2) == {"Contacts – Memo"}
    assert first.evaluate("tones") == before


def test_no_sound_in_any_tab_for_what_one_reads(scene, person, request_of):
    """The open conversation is heard with the eyes; one's own words call for nobody."""
    talk, visitor = request_of(scene.ben, name="Kim Berg")
    ben = person(scene.ben)
    ben.context.add_init_script(EARS)
    reading, other = ben.page, ben.open()
    other.goto("/contacts/")
    listening(other)
    reading.goto(f"/conversations/{talk.public_id}/")
    reading.locator("[data-heading]").first.click()
    reading.evaluate("look(true)")
    say(talk, visitor, "Still there?")
    expect(reading.locator("#messages")).to_contain_text("Still there?")
    say(talk, scene.ben, "Yes.")
    reacted()
    reading.wait_for_timeout(700)
    assert reading.evaluate("tones") + other.evaluate("tones") == 0
    expect(bubble(other)).to_have_count(0)


def test_e25_anna_sets_it_for_ben_and_ben_for_himself(scene, person, request_of):
    """E-25: N-27, N-62, N-65, N-66: from customers, from colleagues, either, both, none; Cem's stay."""
    talk, visitor = request_of(scene.ben, name="Kim Berg")
    side = side_conversation(talk, member=scene.member(scene.cem), now=timezone.now())
    Preference.objects.create(user=scene.cem, sound=False)
    reacted()
    mark_read(scene.ben, now=timezone.now())
    anna, ben = person(scene.anna), person(scene.ben)
    ben.page.goto("/contacts/")
    told = f"/settings/people/{scene.member(scene.ben).public_id}/"

    def called_for() -> str:
        """Which of the two calls for Ben: “c” the customer's, “u” the colleague's."""
        found = ""
        for mark, post in (("c", lambda: say(talk, visitor, "Hello?")), ("u", lambda: say(side, scene.cem, "Psst."))):
            post()
            reacted()
            found += mark if unread_of([scene.ben.pk])[scene.ben.pk] else ""
            mark_read(scene.ben, now=timezone.now())
        return found

    for customers, colleagues, expected in (
        (False, True, "u"),
        (True, False, "c"),
        (False, False, ""),
        (True, True, "cu"),
    ):
        anna.page.goto(told)
        anna.page.locator("[name=from_customers]").set_checked(customers)
        anna.page.locator("[name=from_users]").set_checked(colleagues)
        anna.page.get_by_role("button", name="Save notifications").click()
        expect(anna.page.locator(".toast")).to_contain_text("Saved.")
        assert called_for() == expected

    ben.page.goto("/settings/notifications/")
    assert axe(ben.page) == []
    for way in ("Bubble", "Sound", "Flashing tab", "Push", "E-mail"):
        ben.page.get_by_role("checkbox", name=f"{way}: Internal messages").uncheck()
    ben.page.get_by_role("button", name="Save changes").first.click()
    expect(ben.page.locator(".toast")).to_contain_text("Saved.")
    assert called_for() == "c"
    ben.page.goto(f"/conversations/{talk.public_id}/")
    expect(ben.page.locator("#messages")).to_contain_text("Psst.")  # in the folder all the same
    cem = Preference.objects.get(user=scene.cem)
    assert (cem.sound, cem.from_customers, cem.cells) == (False, True, {})


def test_the_bell_lists_leads_and_clears(scene, person, request_of):
    """The panel is live, leads to the message, and clears the numbers of every tab; quiet shows a moon."""
    talk, visitor = request_of(scene.ben, name="Kim Berg")
    ben = person(scene.ben)
    page, other = ben.page, ben.open()
    for one in (page, other):
        one.goto("/contacts/")
    page.bring_to_front()
    say(talk, visitor, "Is Thursday possible?")
    expect(page.locator("[data-bell] .count.new")).to_have_text(re.compile("^1"))
    page.locator("[data-bell]").click()
    panel = page.locator("#bell-notices")
    expect(panel).to_contain_text("Is Thursday possible?")
    assert axe(page) == []
    say(talk, visitor, "Or Friday?")
    expect(panel).to_contain_text("Or Friday?")
    panel.get_by_role("button", name="Mark all read").click()
    expect(panel.locator(".new")).to_have_count(0)
    for one in (page, other):
        expect(one.locator("[data-bell] .count.new")).to_have_count(0)
        expect(bubble(one)).to_have_count(0)
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    page.locator("[data-bell]").press("Enter")
    panel.get_by_role("link", name="Or Friday?").click()
    page.wait_for_url(re.compile(rf"/conversations/{talk.public_id}/\?at=3"))
    expect(page.locator("#messages")).to_contain_text("Or Friday?")

    page.locator(".tenant").click()
    page.get_by_role("button", name="For 30 minutes").click()
    expect(page.locator(".tenant")).to_contain_text("Quiet")
    assert scene.member(scene.ben).quiet_until > timezone.now() + timedelta(minutes=29)
    page.locator(".tenant").click()
    page.get_by_role("button", name="Turn it off").click()
    expect(page.locator(".tenant")).to_contain_text("Available")


FAKE_SERVICE = """
const point = new Uint8Array(%s), secret = new Uint8Array(16);
const key = (bytes) => btoa(String.fromCharCode(...bytes)).replace(/[+]/g, "-").replace(/[/]/g, "_").replace(/=+$/, "");
let kept = null;
PushManager.prototype.getSubscription = async () => kept;
PushManager.prototype.subscribe = async ({ applicationServerKey, userVisibleOnly }) => (kept = {
  options: { applicationServerKey: applicationServerKey.buffer, userVisibleOnly },
  toJSON: () => ({ endpoint: "https://fcm.googleapis.com/fcm/send/desk", keys: { p256dh: key(point), auth: key(secret) } }),
});
"""


def test_push_is_switched_on_listed_shown_and_removed(scene, person):
    """The permission, the subscription, a message that arrives at the service worker, a click; the service is no network."""
    from cryptography.hazmat.primitives.asymmetric import ec

    from notifications.webpush import raw_point

    point = list(raw_point(ec.generate_private_key(ec.SECP256R1()).public_key()))
    ben = person(scene.ben, service_workers="allow")
    ben.context.grant_permissions(["notifications"], origin=ben.live.base_url)
    ben.context.add_init_script(FAKE_SERVICE % point)
    page = ben.page
    page.goto("/settings/notifications/")
    page.get_by_role("button", name="Push messages on this device").click()
    expect(page.locator("[data-state=on]")).to_be_visible()
    page.reload()
    expect(page.locator("#devices .sheet-list")).to_contain_text("This device")
    assert PushSubscription.objects.get().user == scene.ben

    shown = page.evaluate(
        """async () => {
          const registration = await navigator.serviceWorker.ready;
          await new Promise((done) => {
            const worker = registration.active;
            if (worker.state === "activated") done();
            else worker.addEventListener("statechange", () => worker.state === "activated" && done());
          });
          return registration.scope;
        }"""
    )
    assert shown.endswith("/")
    devtools = ben.context.new_cdp_session(page)
    registrations: list[dict] = []
    devtools.on("ServiceWorker.workerRegistrationUpdated", lambda found: registrations.extend(found["registrations"]))
    devtools.send("ServiceWorker.enable")
    page.wait_for_timeout(200)
    number = next(row["registrationId"] for row in registrations if row["scopeURL"].startswith(ben.live.base_url))
    data = '{"title": "Memo", "body": "New message", "url": "/contacts/", "tag": "t", "lang": "en"}'
    devtools.send(
        "ServiceWorker.deliverPushMessage", {"origin": ben.live.base_url, "registrationId": number, "data": data}
    )
    listed = """async () => (await (await navigator.serviceWorker.ready).getNotifications())
      .map(({ title, body, tag, data }) => [title, body, tag, data.url])"""
    page.wait_for_function(f"async () => (await ({listed})()).length === 1")
    assert page.evaluate(listed) == [["Memo", "New message", "t", "/contacts/"]]

    page.get_by_role("button", name=re.compile("^Remove ")).click()
    expect(page.locator("#devices .sheet-list")).to_have_count(0)
    assert not PushSubscription.objects.exists()


def test_without_a_connection_a_page_says_so_in_one_s_language(scene, person):
    """Kept by the service worker in every language; nothing of a signed-in page is kept (shared computers)."""
    ben = person(scene.ben, service_workers="allow")
    ben.expected = ("ERR_INTERNET_DISCONNECTED", "Failed to load", "WebSocket")
    page = ben.page
    for language, words in (("en", "There is no connection"), ("de", "Keine Verbindung"), ("sv", "anslutning")):
        User.objects.filter(pk=scene.ben.pk).update(language=language)
        page.goto("/contacts/")
        page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        page.wait_for_function("() => navigator.serviceWorker.controller")
        page.reload()
        ben.context.set_offline(True)
        page.goto("/settings/")
        expect(page.locator("html")).to_have_attribute("lang", language)
        expect(page.locator("h1")).to_contain_text(re.compile(words, re.IGNORECASE))
        with page.expect_event("load"):  # it asks for the wanted page by itself
            ben.context.set_offline(False)
        expect(page.locator("#settings, .settings, main").first).to_be_visible()
    kept = page.evaluate(
        "async () => (await Promise.all((await caches.keys()).map(async (name) =>"
        " (await (await caches.open(name)).keys()).map(({ url }) => new URL(url).pathname)))).flat()"
    )
    assert all(path.startswith(("/static/", "/offline/")) for path in kept), kept
