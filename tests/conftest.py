"""Fixtures that everybody uses: the cast, the frames that were published, a quiet worker."""

from __future__ import annotations

import os

os.environ.setdefault("MEMO_SECRET_KEY", "only-for-tests-0123456789-0123456789-0123456789")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "memo.settings")
os.environ.setdefault("MEMO_DEBUG", "1")

import orjson
import pytest
from django.db import connections
from hypothesis import settings as hypothesis_settings

from events import nudge, publish, valkey
from tests import emptying, shared_browser

# The same examples in every run: a red test is red for everybody. HYPOTHESIS_PROFILE=search looks for new ones.
hypothesis_settings.register_profile("memo", derandomize=True, deadline=None, database=None)
hypothesis_settings.register_profile("search", deadline=None, max_examples=2000, database=None)
hypothesis_settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "memo"))


emptying.instead_of_flush()

_BLOCKER = pytest.StashKey()


def pytest_configure(config) -> None:
    """Each worker of a parallel run has a Valkey database of its own, so that limits and presence do not mix."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    if worker.startswith("gw"):
        from django.conf import settings

        base, _, number = settings.VALKEY_URL.rpartition("/")
        settings.VALKEY_URL = f"{base}/{int(number or 0) + int(worker[2:]) + 1}"
        settings.CACHES["default"]["LOCATION"] = settings.VALKEY_URL


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
    """The shared browser ends before a test that is none of the browser's."""
    if item.get_closest_marker("browser") is None:
        shared_browser.close()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup):
    """The usual set-up; the browser and the pool's connections are closed before the test database is dropped."""
    yield
    shared_browser.close()
    for connection in connections.all():
        connection.close()
        connection.close_pool()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item, nextitem):
    """A test that emptied the database took the packages of the migration away: they come back after its last fixture."""
    result = yield
    marker = item.get_closest_marker("django_db")
    emptied = "transactional_db" in item.fixturenames or bool(marker and marker.kwargs.get("transaction"))
    if emptied and nextitem is not None:  # after the last test there is no database any more
        from tests.cast import make_packages

        with item.config.stash[_BLOCKER].unblock():
            make_packages()
    return result


@pytest.fixture(scope="session", autouse=True)
def _blocker(request, django_db_blocker):
    request.config.stash[_BLOCKER] = django_db_blocker


@pytest.fixture(autouse=True)
def fast_passwords(settings, tmp_path_factory):
    """Argon2 is slow by design; the hasher itself is tested where it counts. Files go to a throw-away folder."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.MEDIA_ROOT = tmp_path_factory.mktemp("media")


@pytest.fixture(autouse=True)
def quiet_worker(monkeypatch):
    """Nobody listens to the broker in tests: the nudge is recorded, reactions run when a test says so."""
    wanted: list[str] = []
    monkeypatch.setattr(nudge, "_once", wanted.append)
    return wanted


@pytest.fixture
def clean_valkey():
    """An empty Valkey database for tests of limits, presence and tickets."""
    valkey.client().flushdb()
    return valkey.client()


@pytest.fixture
def cast(db):
    """The cast of the stories; see tests/cast.py."""
    from tests.cast import make_cast

    return make_cast()


@pytest.fixture
def frames(monkeypatch):
    """Every frame that leaves, as dicts in order: g (group), v (version), k (kind), d (data)."""
    seen: list[dict] = []

    def collect(wire) -> None:
        seen.extend(orjson.loads(payload) for _, payload in wire)

    monkeypatch.setattr(publish, "_send", collect)
    return seen


@pytest.fixture
def react(db):
    """Run the reactions of all stored events, as the worker would."""
    from events import tasks

    def run() -> None:
        while tasks.react_once():
            continue

    return run


@pytest.fixture
def settle(db):
    """settle(now): settle what is due at `now`, as the beat would every second."""
    from events import due

    return due.settle
