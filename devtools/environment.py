"""The variables that each kind of work runs with; whatever the caller's environment already sets wins."""

from __future__ import annotations

import os

from devtools import folders
from devtools.ports import Ports


def development(ports: Ports | None = None) -> dict[str, str]:
    """The environment of `run` and `shell`, without the servers' addresses."""
    own = {
        "DJANGO_SETTINGS_MODULE": "memo.settings",
        "MEMO_DEBUG": "1",
        "MEMO_DATA_DIR": str(folders.data()),
        "MALLOC_ARENA_MAX": "2",
    }
    if not os.environ.get("MEMO_SECRET_KEY_FILE"):
        own["MEMO_SECRET_KEY"] = folders.secret_key()
    if ports:
        own["MEMO_BASE_URL"] = f"http://127.0.0.1:{ports.web}"
        own["SMTP_URL"] = f"smtp://127.0.0.1:{ports.catcher}"
    return own | {name: value for name, value in os.environ.items() if value}


def test(servers: dict[str, str]) -> dict[str, str]:
    """The environment of every test: servers of its own, static files as they lie in the checkout."""
    own = {
        "DJANGO_SETTINGS_MODULE": "memo.settings",
        "MEMO_DEBUG": "1",
        "MEMO_SECRET_KEY": "only-for-tests-" + "x" * 50,
        "MEMO_LOG_LEVEL": "WARNING",
    }
    return own | servers | {name: value for name, value in os.environ.items() if value}


def production() -> dict[str, str]:
    """An environment as a real installation has it, for the checks that must find nothing wrong with it."""
    inherited = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "VIRTUAL_ENV") if name in os.environ}
    return inherited | {
        "DJANGO_SETTINGS_MODULE": "memo.settings",
        "MEMO_SECRET_KEY": "fifty-characters-of-which-many-differ-0123456789-ABCDEFGHIJ-klmnopq",
        "MEMO_BASE_URL": "https://chat.example.org",
        "MEMO_TRUSTED_PROXY_COUNT": "1",
        "SMTP_URL": "smtp://mail.example.org?starttls=1",
        "DATABASE_URL": "postgres://memo@127.0.0.1:1/memo",
        "VALKEY_URL": "redis://127.0.0.1:1/0",
    }
