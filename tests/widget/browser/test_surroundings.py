"""The widget among other people's pages: accessibility, languages, hostile styles and frames, identities, page changes."""

from __future__ import annotations

import re
import time

import jwt
import pytest
from axe_playwright_python.sync_playwright import Axe

from conversations.models import Conversation, Message
from customers.models import Customer, Visitor
from tests.cast import make_channel

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
}


def violations(target) -> list[str]:
    found = Axe().run(target, options=RULES).response["violations"]
    return [f"{one['id']}: {node['html'][:120]}" for one in found for node in one["nodes"]]


def token(widget, subject: str = "42", **claims) -> str:
    at = int(time.time())
    full = {"sub": subject, "email": f"kim{subject}@abc.com", "name": "Kim Larsen", "iat": at, "exp": at + 600}
    return jwt.encode({**full, "aud": widget.public_key, **claims}, widget.identity_secret, algorithm="HS256")


@pytest.mark.walk
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("colour", ["pine", "amber"])
def test_no_barrier_on_any_screen(shopper, team, cast, scheme: str, colour: str) -> None:
    """axe, WCAG 2.2 A and AA: thread with everything in it, the card, the list of topics and conversations."""
    cast.widget.channels.add(make_channel(cast.inbox, "Billing", cast.ben, purpose="Invoices"))
    cast.widget.colour = colour
    cast.widget.save()
    kim = shopper(color_scheme=scheme, reduced_motion="reduce")
    kim.visit()
    frame = kim.open()
    frame.get_by_text("What is it about?").wait_for()
    assert violations(frame) == []
    frame.get_by_role("button", name=re.compile("Support")).click()
    kim.write("See https://example.com please")
    frame.locator(".state.sent").wait_for()
    team.answer("With pleasure.")
    frame.locator(".bub", has_text="With pleasure.").wait_for()
    frame.get_by_role("button", name="Leave an address").click()
    frame.get_by_label("Name").wait_for()
    assert violations(frame) == []
    frame.get_by_role("button", name="Cancel").click()
    frame.get_by_label("All conversations").click()
    frame.get_by_text("Your conversations").wait_for()
    assert violations(frame) == []
    assert violations(kim.page) == []


def test_news_are_said_aloud_once(shopper, team) -> None:
    """The log hears what others write; the thread itself is silent."""
    kim = shopper()
    kim.visit()
    frame = kim.open()
    kim.write("Hello?")
    frame.locator(".state.sent").wait_for()
    team.answer("Good morning.")
    log = frame.get_by_role("log")
    log.get_by_text("Good morning.").wait_for()
    assert log.locator("p").count() == 1
    assert log.get_attribute("aria-live") == "polite"
    assert frame.locator("ol[aria-live], .scroll[aria-live]").count() == 0


def test_what_came_before_the_connection_is_news_too(shopper, team) -> None:
    """Said aloud and told to the page, once, though it came by fetching and not by the connection."""
    kim = shopper()
    held = []

    def hold(route) -> None:
        held.append(route)

    kim.page.route("**/ticket/", hold)
    kim.visit()
    kim.page.evaluate("() => { window.heard = []; memo('on', 'message:received', ({ text }) => heard.push(text)) }")
    frame = kim.open()
    kim.write("Hello?")
    frame.locator(".state.sent").wait_for()
    team.answer("Good morning.")
    while not held:
        kim.page.wait_for_timeout(20)
    held[0].continue_()
    frame.get_by_role("log").get_by_text("Good morning.").wait_for()
    team.answer("How can I help?")
    frame.get_by_role("log").get_by_text("How can I help?").wait_for()
    assert frame.get_by_role("log").locator("p").count() == 2
    assert kim.page.evaluate("heard") == ["Good morning.", "How can I help?"]


def test_it_speaks_the_page_s_language(shopper, site) -> None:
    site.lang = "sv-SE"
    kim = shopper()
    kim.visit()
    kim.open()
    assert "frame/" + site.key + "/?lang=sv" in kim.frame.url
    site.attributes = 'data-locale="de"'
    kim.page.reload()
    assert kim.frame.url.endswith("?lang=de")


def test_hostile_styles_of_the_page_change_nothing(shopper, site) -> None:
    site.css = """
      * { display: none !important; position: static !important; transform: rotate(45deg) !important; color: red !important }
      html, body, main { display: block !important; transform: none !important }
      button, iframe, div { visibility: hidden !important; inline-size: 1px !important }
      html { font-size: 62.5%; letter-spacing: 9px; line-height: 4; color-scheme: dark }
    """
    kim = shopper()
    kim.visit()
    frame = kim.open()
    assert frame.evaluate("[innerWidth, innerHeight]") == [380, 640]
    box = kim.page.evaluate("document.elementFromPoint(1280 - 60, 400).tagName")
    assert box == "MEMO-WIDGET"


def test_a_page_from_right_to_left_has_it_on_the_other_side(shopper, site) -> None:
    site.css = "html { direction: rtl }"
    kim = shopper()
    kim.visit()
    kim.page.mouse.click(52, 800 - 52)
    kim.frame.locator("textarea").wait_for()


def test_a_strict_page_has_nothing_to_complain(shopper, site) -> None:
    """default-src 'none'; script-src MEMO; frame-src MEMO; style-src 'self', and Trusted Types on top."""
    memo = site.memo
    site.policy = (
        f"default-src 'none'; script-src {memo}; frame-src {memo}; style-src 'self'; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    )
    kim = shopper()
    kim.visit()
    kim.page.evaluate(
        "window.broken = []; addEventListener('securitypolicyviolation', (e) => broken.push(e.violatedDirective))"
    )
    frame = kim.open()
    kim.write("Strict and fine")
    frame.locator(".state.sent").wait_for()
    assert kim.page.evaluate("broken") == []


def test_pages_that_swap_their_body_keep_the_chat(shopper, team) -> None:
    """Turbo and single-page hosts: the same frame goes on, nothing is asked again."""
    kim = shopper()
    kim.visit()
    frame = kim.open()
    kim.write("Before")
    frame.locator(".state.sent").wait_for()
    frames = [url for url in kim.requests if "/w/frame/" in url]
    kim.page.evaluate(
        "() => { const next = document.createElement('body'); next.append('Another page'); document.body.replaceWith(next) }"
    )
    kim.write("After")
    frame.locator(".bub", has_text="After").wait_for()
    assert [url for url in kim.requests if "/w/frame/" in url] == frames
    kim.page.evaluate("document.querySelector('memo-widget').remove()")
    team.wait(frame.is_detached, kim.page)
    kim.frame.locator(".bub", has_text="After").wait_for()


def test_a_foreign_frame_in_the_page_gets_nothing(shopper, site) -> None:
    """S-36: source and origin are both checked, on both sides."""
    kim = shopper()
    kim.visit()
    frame = kim.open()
    kim.write("Private")
    frame.locator(".state.sent").wait_for()
    # The page's own script is not our frame: its hello gets no answer.
    answered = kim.page.evaluate(
        """() => new Promise((done) => {
          addEventListener("message", (event) => event.ports.length && done(true))
          postMessage("memo:hello", location.origin)
          setTimeout(() => done(false), 300) })"""
    )
    assert answered is False
    # A welcome that does not come from the parent is not believed.
    frame.evaluate(
        """() => new Promise((done) => {
          postMessage(["memo:welcome", [{ theme: "dark" }, {}], {}], location.origin, [new MessageChannel().port2])
          setTimeout(done, 300) })"""
    )
    assert frame.evaluate("document.documentElement.dataset.theme") == ""


def test_the_frame_by_itself_is_no_chat(shopper, site) -> None:
    kim = shopper()
    kim.page.goto(f"{site.memo}/w/frame/{site.key}/")
    kim.page.get_by_text("This chat is not available here.").wait_for()


def test_after_consent_only(shopper, site) -> None:
    """data-auto="off": nothing is drawn before memo("boot")."""
    site.attributes = 'data-auto="off"'
    kim = shopper()
    kim.page.goto(site.origin)
    kim.page.wait_for_function("() => window.memo && window.memo.v")
    assert kim.page.evaluate("document.querySelector('memo-widget')") is None
    kim.call("boot")
    kim.call("open")
    kim.frame.locator("textarea").wait_for()


def test_calls_made_before_the_loader_came_are_honoured(shopper, site) -> None:
    site.policy = f"default-src 'none'; script-src {site.memo} 'unsafe-inline'; frame-src {site.memo}; style-src 'self'"
    site.head = (
        "<script>window.memo = window.memo || function () { (memo.q = memo.q || []).push(arguments) };"
        "memo('on', 'open', function () { window.heard = true }); memo('prefill', 'From the page'); memo('open')</script>"
    )
    kim = shopper()
    kim.visit()
    kim.frame.locator("textarea").wait_for()
    kim.page.wait_for_function("() => window.heard")
    assert kim.frame.locator("textarea").input_value() == "From the page"


def test_the_page_hears_what_happens(shopper, team) -> None:
    kim = shopper()
    kim.visit()
    kim.page.evaluate(
        """() => { window.heard = []
          for (const name of ["ready", "open", "close", "unread", "message:sent", "message:received", "conversation:started"])
            memo("on", name, (data) => heard.push([name, data && (data.text ?? data)])) }"""
    )
    frame = kim.open()
    kim.write("Ping")
    frame.locator(".state.sent").wait_for()
    kim.call("close")
    team.answer("Pong")
    kim.page.wait_for_function("() => heard.some((one) => one[0] === 'unread')")
    heard = kim.page.evaluate("heard")
    names = [one[0] for one in heard]
    assert names[:2] == ["open", "ready"]
    assert ["message:sent", "Ping"] in heard
    assert ["message:received", "Pong"] in heard
    assert ["unread", 1] in heard
    assert {"conversation:started", "close"} <= set(names)


def test_a_signed_in_person_is_known_and_forgotten_again(shopper, site, team, cast) -> None:
    """E-15, N-19: boot with a token, earlier conversations; shutdown on logout leaves nothing."""
    kim = shopper()
    kim.visit()
    kim.call("boot", {"jwt": token(cast.widget)})
    frame = kim.open()
    kim.write("It is me")
    frame.locator(".state.sent").wait_for()
    customer = Customer.objects.get()
    assert (customer.external_id, Conversation.objects.get().customer) == ("42", customer)
    kim.call("shutdown")
    kim.page.wait_for_function("() => localStorage.length === 0")
    team.wait(lambda: frame.locator(".bub").count() == 0, kim.page)
    other = shopper()
    other.visit()
    other.call("boot", {"jwt": token(cast.widget)})
    other.open().locator(".bub", has_text="It is me").wait_for()
    assert Visitor.objects.filter(verified=True).count() == 2


def test_who_signs_in_later_sees_their_own_only(shopper, cast) -> None:
    """The next person in the same browser."""
    kim = shopper()
    kim.visit()
    kim.call("boot", {"jwt": token(cast.widget, "42")})
    frame = kim.open()
    kim.write("From 42")
    frame.locator(".state.sent").wait_for()
    kim.page.evaluate(
        """(jwt) => new Promise((done) => {
          memo("on", "identified", (who) => who.verified && done())
          memo("shutdown")
          memo("boot", { jwt })
          memo("open") })""",
        token(cast.widget, "43"),
    )
    assert frame.locator(".bub").count() == 0
    kim.write("From 43")
    frame.locator(".state.sent").wait_for()
    assert list(Message.objects.order_by("id").values_list("visitor__customer__external_id", flat=True)) == ["42", "43"]


def test_verified_only_says_what_to_do(shopper, cast) -> None:
    cast.widget.verified_only = True
    cast.widget.save()
    kim = shopper()
    kim.visit()
    kim.call("open")
    kim.bare_frame.get_by_text("Please sign in on this website").wait_for()
    kim.complaints.clear()
    kim.call("identify", {"jwt": token(cast.widget)})
    kim.frame.locator("textarea").wait_for()
