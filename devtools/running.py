"""`dev.py run`: the development servers, then `manage.py run --development` in this very process."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from devtools import environment, folders
from devtools.ports import Ports
from memo.embedded import Postgres, Server, Servers, Valkey


def _missing() -> dict[str, type[Server]]:
    wanted: dict[str, type[Server]] = {"DATABASE_URL": Postgres, "VALKEY_URL": Valkey}
    return {name: kind for name, kind in wanted.items() if not os.environ.get(name)}


@contextmanager
def development_servers() -> Iterator[dict[str, str]]:
    """This checkout's servers, started or borrowed from a running `run`; gives the addresses as variables."""
    missing = _missing()
    servers = Servers(folders.servers_home(), kinds=tuple(missing.values())) if missing else None
    try:
        urls = servers.start() if servers else {}
        yield {name: urls[kind.name] for name, kind in missing.items()}
    finally:
        if servers:
            servers.stop()


def run(arguments: list[str]) -> int:
    """Starts what is missing and becomes the supervisor; never returns."""
    ports = Ports.choose()
    environ = environment.development(ports) | {"MEMO_BEGUN": os.environ.get("MEMO_BEGUN") or str(int(time.time()))}
    missing = _missing()
    if missing:
        servers = Servers(folders.servers_home(), kinds=tuple(missing.values()))
        urls = servers.start()
        environ |= {name: urls[kind.name] for name, kind in missing.items()}
        environ["MEMO_EMBEDDED_SERVERS"] = str(servers.home)
    given = {
        "--port": ports.web,
        "--mail-port": ports.mail_in,
        "--shop-port": ports.shop,
        "--mails-port": ports.mails,
        "--catcher-port": ports.catcher,
    }
    listening = [part for name, port in given.items() for part in (name, str(port))]
    command = [sys.executable, "manage.py", "run", "--development", *listening, *arguments]
    sys.stdout.flush()
    os.execve(sys.executable, command, environ)
