"""The widget on a bad line: the outbox, lost answers, no sockets and broken ones; each message once."""

from __future__ import annotations

import re

import pytest

from conversations.models import Conversation, Message

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


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
