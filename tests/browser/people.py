"""People in browsers of their own: what they see, what goes wrong in their pages, and windows that are used again."""

from __future__ import annotations

import json

from django.conf import settings
from django.test import Client

# How long a journey waits for what should come at once; the two seconds of the product are measured by the stories.
PATIENCE_MS = 15_000
_USUAL = {
    "viewport": {"width": 1440, "height": 900},
    "locale": "en-GB",
    "timezone_id": "Europe/Berlin",
    "service_workers": "block",
}


class Windows:
    """Browser contexts that a test left as they were: with everything cleared but the files a browser keeps.

    A new context loads and compiles all scripts and styles again, which costs more than most of what a test does in it.
    """

    def __init__(self, origin: str) -> None:
        self._origin = origin
        self._free: dict[str, list] = {}

    def take(self, browser, options: dict):
        """A context with these options that nobody uses, or a new one."""
        free = self._free.get(_name(browser, options))
        return free.pop() if free else fresh(browser, self._origin, options)

    def give_back(self, browser, options: dict, context) -> None:
        """No page, cookie, permission or stored thing remains."""
        for page in context.pages[1:]:
            page.close()
        for page in context.pages:
            page.goto("about:blank")
            devtools = context.new_cdp_session(page)
            devtools.send("Storage.clearDataForOrigin", {"origin": self._origin, "storageTypes": "all"})
            page.close()
        context.clear_cookies()
        context.clear_permissions()
        self._free.setdefault(_name(browser, options), []).append(context)


def _name(browser, options: dict) -> str:
    return f"{id(browser)} {json.dumps(options, sort_keys=True)}"


def fresh(browser, origin: str, options: dict):
    """A new context whose pages say in the console what their policy forbids."""
    context = browser.new_context(base_url=origin, **options)
    context.set_default_timeout(PATIENCE_MS)
    context.add_init_script(
        "addEventListener('securitypolicyviolation', e => console.error('CSP', e.violatedDirective, e.blockedURI))"
    )
    return context


class Person:
    """A signed-in member in a browser of their own; whatever goes wrong in their pages fails the test."""

    def __init__(self, browser, live, user, *, windows: Windows | None = None, **options) -> None:
        self.live, self.user = live, user
        self.problems: list[str] = []
        self.expected: tuple[str, ...] = ()
        self._browser, self._options, self._windows = browser, _USUAL | options, windows
        self._context = (
            windows.take(browser, self._options) if windows else fresh(browser, live.base_url, self._options)
        )
        if user is not None:
            self.sign_in()
        self.page = self.open()

    @property
    def context(self):
        """For scripts, clocks, permissions and the like: it is changed then, and nobody gets it after this test."""
        self._windows = None
        return self._context

    def sign_in(self) -> None:
        client = Client()
        client.force_login(self.user, backend="django.contrib.auth.backends.ModelBackend")
        value = client.cookies[settings.SESSION_COOKIE_NAME].value
        self._context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": value, "url": self.live.base_url}])

    def open(self):
        page = self._context.new_page()
        page.on("pageerror", lambda error: self.problems.append(f"{error}"))
        page.on("console", self._heard)
        return page

    def _heard(self, message) -> None:
        if message.type == "error":
            self.problems.append(f"{message.text} {message.location.get('url', '')}")

    def unexpected(self) -> list[str]:
        return [problem for problem in self.problems if not any(word in problem for word in self.expected)]

    def leave(self) -> None:
        """Close their pages."""
        if self._windows:
            self._windows.give_back(self._browser, self._options, self._context)
        else:
            self._context.close()
