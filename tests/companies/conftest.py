"""What most tests of the company's pages begin with."""

from __future__ import annotations

import pytest

from events import limits
from tests.companies.inviting import browser


@pytest.fixture
def no_limits(monkeypatch):
    monkeypatch.setattr(limits, "take", lambda *a, **k: True)


@pytest.fixture
def anna(cast):
    return browser(cast.anna)
