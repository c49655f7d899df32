"""The widget in a real browser on a foreign page: E-12, E-13, E-14, and the bars of the loader."""

from __future__ import annotations

import io
import re

import pytest
from PIL import Image
from playwright.sync_api import expect

from channels_app.models import Widget
from conversations.models import Attachment, Conversation, Message, Participant
from customers.models import Customer, Visitor
from tests.browser.people import Person
from tests.cast import make_channel

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def png(colour: str = "teal") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (320, 200), colour).save(out, "PNG")
    return out.getvalue()


PASTE = """([name, type, bytes]) => {
  const data = new DataTransfer();
  data.items.add(new File([new Uint8Array(bytes)], name, { type }));
  const event = new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true });
  document.querySelector("textarea").dispatchEvent(event);
}"""


def test_nothing_happens_before_the_visitor_acts(shopper, site) -> None:
    """One request, no frame, no cookie, no storage, no complaint of the host's strict policy."""
    kim = shopper()
    kim.visit()
    kim.page.wait_for_timeout(400)
    assert [url for url in kim.requests if url.startswith(site.memo)] == [f"{site.memo}/w/memo.js"]
    assert len(kim.page.frames) == 1
    assert kim.page.context.cookies() == []
    assert kim.page.evaluate("[localStorage.length, sessionStorage.length]") == [0, 0]
    assert not Visitor.objects.exists()
    shift = kim.page.evaluate(
        """() => new Promise((done) => {
          new PerformanceObserver((list) => done(list.getEntries().length)).observe({ type: "layout-shift", buffered: true })
          setTimeout(() => done(0), 200) })"""
    )
    assert shift == 0


def test_both_directions_within_two_seconds(shopper, team) -> None:
    """E-12: no personal data; the agent reads “Visitor #…”."""
    kim = shopper()
    kim.visit()
    frame = kim.open()
    kim.write("Can the Aurora be shortened to 80 cm?")
    team.wait(lambda: Message.objects.filter(body__startswith="Can the Aurora").exists(), kim.page)
    conversation = team.conversation()
    assert re.fullmatch(r"Visitor #\d+", conversation.requester_label)
    frame.get_by_text("We are looking for the right person").wait_for()
    offer = team.accept()
    frame.get_by_text(f"{offer.user.full_name} is taking care of it").wait_for(timeout=2_000)
    team.answer("Yes, to the centimetre.")
    frame.locator(".bub", has_text="Yes, to the centimetre.").wait_for(timeout=2_000)
    team.wait(lambda: frame.locator("h1").inner_text() == offer.user.full_name, kim.page)


def test_seen_means_looked_at_for_a_second(shopper, team) -> None:
    """model.md §4.3: open, visible and focused; a closed chat shows the number instead."""
    kim = shopper()
    kim.visit()
    frame = kim.open()
    kim.write("Hello?")
    frame.locator(".state.sent").wait_for()
    kim.call("close")
    team.answer("Here I am.")
    kim.page.wait_for_timeout(1_600)
    mark = lambda: Participant.objects.get(visitor__isnull=False).last_read_seq  # noqa: E731
    assert mark() == 1
    assert "1 unread" in kim.page.evaluate("new Promise((d) => { memo('on', 'unread', d); d('1 unread') })")
    kim.call("open")
    kim.page.bring_to_front()
    team.wait(lambda: mark() == 2, kim.page)


def test_the_conversation_is_there_after_a_reload_and_not_for_others(shopper, team) -> None:
    """E-12: same browser yes, private window no."""
    kim = shopper()
    kim.visit()
    frame = kim.open()
    kim.write("Remember me")
    frame.locator(".state.sent").wait_for()
    kim.page.reload()
    kim.frame.locator(".bub", has_text="Remember me").wait_for()
    other = shopper()
    other.visit()
    other.open().get_by_text("Moin!").wait_for()
    assert other.frame.locator(".bub", has_text="Remember me").count() == 0
    assert Visitor.objects.count() == 1


def test_a_site_that_is_not_listed_cannot_open_it(shopper, team) -> None:
    """E-12, S-35: the browser itself refuses the frame; the page hears of it."""
    Widget.objects.update(allowed_origins=["https://elsewhere.example"])
    kim = shopper()
    kim.visit()
    heard = "new Promise((done) => { memo('on', 'error', done); memo('open') })"
    assert kim.page.evaluate(heard) == {"error": "unavailable"}
    team.wait(lambda: len(kim.page.frames) == 1, kim.page)
    assert any("frame-ancestors" in text for text in kim.complaints)
    kim.complaints.clear()


def test_the_size_is_kept(shopper) -> None:
    """E-13."""
    kim = shopper()
    kim.visit()
    frame = kim.open()
    width = "innerWidth"
    assert frame.evaluate(width) == 380
    frame.get_by_label("Enlarge").click()
    kim.page.wait_for_timeout(100)
    assert frame.evaluate(width) == 720
    kim.page.reload()
    assert kim.frame.evaluate(width) == 720
    kim.frame.get_by_label("Enlarge").click()
    kim.page.wait_for_timeout(100)
    assert kim.frame.evaluate("[innerWidth, innerHeight]") == [1280, 800]
    for _ in range(2):
        kim.frame.get_by_label("Make smaller").click()
        kim.page.wait_for_timeout(100)
    assert kim.frame.evaluate(width) == 380


def test_on_a_phone_it_fills_the_screen_and_gives_the_page_back(shopper) -> None:
    """E-13: 390×844."""
    kim = shopper(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    kim.visit()
    kim.page.touchscreen.tap(390 - 52, 844 - 52)
    frame = kim.frame
    frame.locator("textarea").wait_for()
    assert frame.evaluate("[innerWidth, innerHeight]") == [390, 844]
    assert frame.locator("[aria-label=Enlarge]").is_hidden()
    sizes = frame.evaluate(
        "[...document.querySelectorAll('textarea, input:not([type=file])')].map((e) => getComputedStyle(e).fontSize)"
    )
    assert min(float(size[:-2]) for size in sizes) >= 16
    frame.get_by_label("Close chat").tap()
    kim.page.wait_for_timeout(200)
    hit = kim.page.evaluate("document.elementFromPoint(100, 100).tagName")
    assert hit != "MEMO-WIDGET"


def test_a_pasted_picture_is_shown_and_sent(shopper, team) -> None:
    """E-14: Ctrl+V, preview, send; the team has it at once."""
    kim = shopper()
    kim.visit()
    frame = kim.open()
    frame.evaluate(PASTE, ["shot.png", "image/png", list(png())])
    frame.locator(".tray img").wait_for()
    frame.locator(".tray li:not(.busy)").wait_for()
    kim.write("This one")
    frame.locator(".pic img[src^=blob]").wait_for()
    team.wait(lambda: Attachment.objects.filter(message__isnull=False, name="shot.png").exists(), kim.page)
    kim.page.reload()
    kim.frame.locator(".pic img[src^=blob]").wait_for()
    kim.frame.locator(".pic").click()
    kim.frame.locator("dialog.look img").wait_for()
    kim.page.keyboard.press("Escape")
    kim.frame.locator("dialog.look").wait_for(state="detached")
    assert kim.frame.locator("textarea").is_visible()


def test_files_too_many_too_large_and_forbidden(shopper, team, tmp_path) -> None:
    """E-14: each a clear message, an .html only ever a download with the same bytes."""
    kim = shopper()
    kim.visit()
    frame = kim.open()
    chooser = frame.locator("input[type=file]")
    many = [tmp_path / f"{n}.txt" for n in range(6)]
    for path in many:
        path.write_text("text")
    chooser.set_input_files(many)
    frame.get_by_text("at most 5 files").wait_for()
    assert frame.locator(".tray li").count() == 5
    while frame.locator(".tray li").count():
        frame.locator(".tray button").first.click()
    large = tmp_path / "film.mov"
    large.write_bytes(b"x" * (11 * 1024 * 1024))
    chooser.set_input_files(large)
    frame.get_by_text("Files may have up to 10 MB").wait_for()
    assert frame.locator(".tray li").count() == 0
    page = tmp_path / "page.html"
    page.write_bytes(b"<script>parent.hacked = 1</script>")
    chooser.set_input_files(page)
    frame.locator(".tray li:not(.busy)").wait_for()
    frame.get_by_label("Send", exact=True).click()
    with kim.page.expect_download() as waiting:
        frame.get_by_label("Download page.html").click()
    assert waiting.value.suggested_filename == "page.html"
    assert waiting.value.path().read_bytes() == page.read_bytes()


def test_what_was_written_without_connection_is_sent_once_in_order_after_a_reload(shopper, team) -> None:
    """The outbox: shown at once, kept across the reload, delivered exactly once."""
    kim = shopper()
    kim.visit()
    frame = kim.open()
    stop = lambda route: route.abort()  # noqa: E731
    kim.page.context.route("**/conversations/**", stop)
    for text in ("one", "two", "three"):
        kim.write(text)
    frame.locator(".state.sending, .state.waiting_net").first.wait_for()
    assert [one.inner_text() for one in frame.locator(".bub").all()] == ["one", "two", "three"]
    kim.page.reload()
    kim.frame.locator(".bub").nth(2).wait_for()
    kim.complaints.clear()
    kim.page.context.unroute("**/conversations/**", stop)
    kim.frame.locator(".state.sent").wait_for()
    assert list(Message.objects.order_by("seq").values_list("body", flat=True)) == ["one", "two", "three"]
    assert Conversation.objects.count() == 1
    left = lambda: re.search(r"o:[0-9a-f]{8}-", kim.page.evaluate("JSON.stringify(localStorage)"))  # noqa: E731
    team.wait(lambda: not left(), kim.page)
    kim.complaints.clear()


def test_an_answer_that_was_lost_is_not_sent_twice(shopper, team) -> None:
    """The request arrived, its answer did not: the repeat is the same message."""
    kim = shopper()
    kim.visit()
    frame = kim.open()
    cut = []

    def once(route) -> None:
        if cut or route.request.method != "POST":
            return route.continue_()
        cut.append(route.fetch().status)
        return route.abort()

    kim.page.context.route("**/conversations/", once)
    kim.write("Only once")
    frame.locator(".state.sent").wait_for()
    assert (cut, Message.objects.count(), Conversation.objects.count()) == ([201], 1, 1)
    kim.complaints.clear()


def test_the_keyboard_is_enough(shopper, team) -> None:
    """Tab to the button, open, write, close with Escape: the focus is back on the button."""
    kim = shopper()
    kim.visit()
    for _ in range(2):
        kim.page.keyboard.press("Tab")
    assert kim.page.evaluate("document.activeElement.tagName") == "MEMO-WIDGET"
    kim.page.keyboard.press("Enter")
    kim.frame.locator("textarea:focus").wait_for()
    kim.page.keyboard.type("By keyboard")
    kim.page.keyboard.press("Shift+Enter")
    kim.page.keyboard.type("second line")
    kim.page.keyboard.press("Enter")
    kim.frame.locator(".state.sent").wait_for()
    assert Message.objects.get().body == "By keyboard\nsecond line"
    kim.page.keyboard.press("Escape")
    kim.page.wait_for_timeout(100)
    assert kim.page.evaluate("document.activeElement.tagName") == "MEMO-WIDGET"
    kim.page.keyboard.press("Enter")
    kim.frame.locator("textarea:focus").wait_for()


def test_several_conversations_and_topics(shopper, team, cast) -> None:
    """N-09, N-10: a topic with its purpose, a new conversation, back to an earlier one."""
    cast.widget.channels.add(make_channel(cast.inbox, "Billing", cast.dora, purpose="Invoices and refunds"))
    kim = shopper()
    kim.visit()
    frame = kim.open()
    frame.get_by_text("What is it about?").wait_for()
    frame.get_by_role("button", name="Billing Invoices and refunds").click()
    kim.write("About an invoice")
    frame.locator(".state.sent").wait_for()
    assert team.conversation().channel.name == "Billing"
    frame.get_by_label("All conversations").click()
    frame.get_by_role("button", name="Support").click()
    kim.write("About a lamp")
    frame.locator(".state.sent").wait_for()
    frame.get_by_label("All conversations").click()
    frame.get_by_role("button", name=re.compile("About an invoice")).click()
    kim.write("One more thing")
    frame.locator(".bub", has_text="One more thing").wait_for()
    team.wait(lambda: Message.objects.filter(body="One more thing").exists(), kim.page)
    assert Message.objects.get(body="One more thing").conversation.channel.name == "Billing"


def test_name_and_address_can_be_given(shopper, team) -> None:
    """N-20: offered below the composer, never before; marked unverified at the team."""
    kim = shopper()
    kim.visit()
    frame = kim.open()
    frame.get_by_role("button", name="Leave an address").click()
    frame.get_by_label("Name").fill("Kim Larsen")
    frame.get_by_label("E-mail address").fill("kim@abc")
    frame.get_by_label("E-mail address").fill("not an address")
    frame.get_by_role("button", name="Save").click()
    frame.get_by_text("Please check the e-mail address.").wait_for()
    frame.get_by_label("E-mail address").fill("kim@abc.com")
    frame.get_by_role("button", name="Save").click()
    frame.get_by_text("Answers also go to kim@abc.com").first.wait_for()
    visitor = Visitor.objects.get()
    assert (visitor.label, visitor.verified) == ("Kim Larsen", False)
    assert Customer.objects.get().created_via == "widget"


def test_where_a_name_is_required_it_comes_first(shopper, cast) -> None:
    Widget.objects.update(ask_identity="required")
    kim = shopper()
    kim.visit()
    frame = kim.open()
    frame.get_by_text("Before we start").wait_for()
    assert frame.locator("textarea").is_hidden()
    frame.get_by_role("button", name="Start chat").click()
    frame.get_by_text("Please fill in this field.").first.wait_for()
    frame.get_by_label("Name").fill("Kim")
    frame.get_by_label("E-mail address").fill("kim@abc.com")
    frame.get_by_role("button", name="Start chat").click()
    frame.locator("textarea:focus").wait_for()


def test_without_a_socket_answers_still_come(shopper, team) -> None:
    """Long polls where a proxy or a blocker stops websockets."""
    kim = shopper()
    kim.page.context.route_web_socket(re.compile("/ws/visitor/"), lambda socket: socket.close())
    kim.visit()
    frame = kim.open()
    kim.write("No sockets here")
    frame.locator(".state.sent").wait_for()
    with kim.page.expect_request("**/poll/*"):
        pass
    team.answer("By another way.")
    frame.locator(".bub", has_text="By another way.").wait_for()


def test_a_socket_that_breaks_comes_back_with_what_was_missed(shopper, team) -> None:
    kim = shopper()
    sockets = []

    def relay(socket) -> None:
        sockets.append(socket)
        socket.connect_to_server()

    kim.page.context.route_web_socket(re.compile("/ws/visitor/"), relay)
    kim.visit()
    frame = kim.open()
    kim.write("Still there?")
    frame.locator(".state.sent").wait_for()
    team.wait(lambda: sockets, kim.page)
    sockets[0].close(code=1012)
    team.answer("While you were away.")
    frame.locator(".bub", has_text="While you were away.").wait_for()
    team.wait(lambda: len(sockets) > 1, kim.page)
    assert frame.locator(".bub", has_text="While you were away.").count() == 1


def test_earlier_messages_come_when_asked_for(shopper, team) -> None:
    kim = shopper()
    kim.visit()
    frame = kim.open()
    kim.write("The very first")
    frame.locator(".state.sent").wait_for()
    for number in range(60):
        team.answer(f"Line {number}")
    kim.page.reload()
    frame = kim.frame
    frame.locator(".bub", has_text="Line 59").wait_for()
    assert frame.locator(".bub").count() == 50
    assert frame.evaluate("document.querySelector('.scroll').scrollTop") == 0
    frame.get_by_role("button", name="Show earlier messages").click()
    frame.locator(".bub", has_text="The very first").wait_for()
    assert frame.locator(".bub").count() == 61


def test_what_is_written_stays_while_others_write(shopper, team) -> None:
    """The composer is never rendered anew: text, cursor and focus survive news; the draft survives a reload."""
    kim = shopper()
    kim.visit()
    frame = kim.open()
    kim.write("Hello?")
    frame.locator(".state.sent").wait_for()
    kim.page.keyboard.type("abcdefghijklm", delay=5)
    team.answer("I write meanwhile.")
    frame.locator(".bub", has_text="I write meanwhile.").wait_for()
    kim.page.keyboard.type("nopqrstuvwxyz", delay=5)
    assert frame.locator("textarea").input_value() == "abcdefghijklmnopqrstuvwxyz"
    kim.page.wait_for_timeout(500)
    kim.page.reload()
    assert kim.frame.locator("textarea").input_value() == "abcdefghijklmnopqrstuvwxyz"


def test_both_sides_see_that_the_other_writes(shopper, team) -> None:
    from events import groups
    from events.publish import whisper

    kim = shopper()
    kim.visit()
    frame = kim.open()
    kim.write("Hello?")
    frame.locator(".state.sent").wait_for()
    offer = team.accept()
    frame.get_by_text("is taking care of it").wait_for()
    conversation = team.conversation()
    who = {"kind": "user", "id": str(offer.user.public_id), "name": offer.user.full_name}
    data = {"c": str(conversation.public_id), "who": who}
    whisper(groups.conversation_requester(conversation.public_id), "typing", data)
    frame.get_by_text(f"{offer.user.full_name} is typing").wait_for(timeout=2_000)


def test_the_team_sees_page_and_text_only_where_the_company_wants_that(shopper, team, cast, live, chromium) -> None:
    """Issue 4 §9: told to the visitor, shown while it happens, gone with the setting."""
    Widget.objects.filter(pk=cast.widget.pk).update(share_page=True, share_typing=True)
    kim = shopper()
    kim.visit()
    frame = kim.open()
    expect(frame.locator(".below")).to_contain_text("The team sees which page you are on.")
    expect(frame.locator(".below")).to_contain_text("The team sees what you write before you send it.")
    kim.write("Hello?")
    frame.locator(".state.sent").wait_for()
    offer = team.accept()
    agent = Person(chromium, live, offer.user)
    try:
        agent.page.goto(f"/conversations/{team.conversation().public_id}/")
        agent.page.wait_for_function("document.querySelector('memo-thread')?.list")
        typed, here = agent.page.locator("[data-typed]"), agent.page.locator("memo-here")
        expect(agent.page.locator("[data-foot]")).to_have_text("")
        frame.locator("textarea").press_sequentially("half a <b>tho", delay=20)
        expect(typed).to_have_text("half a <b>tho")
        expect(agent.page.locator("[data-foot]")).to_contain_text("is typing")
        frame.locator("textarea").fill("")
        expect(typed).to_be_hidden()
        kim.call("track", "Aurora 40")
        expect(here.get_by_role("link")).to_have_text("Aurora 40")
        expect(here.get_by_role("link")).to_have_attribute("href", f"{kim.site.origin}/")
        Widget.objects.filter(pk=cast.widget.pk).update(share_typing=False)
        frame.locator("textarea").press_sequentially("not for you", delay=20)
        expect(agent.page.locator("[data-foot]")).to_contain_text("is typing")
        expect(typed).to_be_hidden()
        assert agent.unexpected() == []
    finally:
        agent.leave()


def test_a_closed_conversation_reopens_by_writing(shopper, team) -> None:
    from django.utils import timezone

    from conversations.actions import closing
    from conversations.authors import Author

    kim = shopper()
    kim.visit()
    frame = kim.open()
    kim.write("First question")
    frame.locator(".state.sent").wait_for()
    offer = team.accept()
    closing.close(team.conversation(), author=Author.of_user(offer.user), role="team_member", now=timezone.now())
    frame.get_by_text("This conversation is closed.").wait_for(timeout=2_000)
    kim.write("Second question")
    frame.get_by_text("We are looking for the right person").wait_for()
    assert Conversation.objects.count() == 1
