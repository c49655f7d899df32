"""One Chromium for all the browser tests of a process: starting one costs more than many of the tests.

Playwright keeps an event loop in this thread, and there Django has connections of their own: the database is made
before it starts, they are closed before it ends, and it ends before a test that is none of the browser's begins.
"""

from __future__ import annotations

import os

from django.db import connections

_UNSAFE = "DJANGO_ALLOW_ASYNC_UNSAFE"
_held: list = []


def opened(path: str, arguments: list[str], blocker):
    """The browser that runs, or a new one; `blocker` is pytest-django's."""
    from playwright.sync_api import sync_playwright

    if not _held:
        os.environ[_UNSAFE] = "true"
        playwright = sync_playwright().start()
        _held.extend([playwright, playwright.chromium.launch(executable_path=path, args=arguments), blocker])
    return _held[1]


def close() -> None:
    """End it, if it runs."""
    if not _held:
        return
    playwright, browser, blocker = _held
    _held.clear()
    browser.close()
    with blocker.unblock():
        connections.close_all()
    playwright.stop()
    os.environ.pop(_UNSAFE, None)
