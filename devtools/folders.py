"""Where a checkout keeps its data: everything below .dev/, but root's PostgreSQL needs a folder outside the home."""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from devtools.bootstrap import Trouble
from memo.embedded import Record, Servers

ROOT = Path(__file__).resolve().parent.parent
DEV = ROOT / ".dev"
# Root cannot run PostgreSQL, and `nobody`, who does it then, cannot enter a home.
OUTSIDE = Path("/var/tmp")
_POINTER = DEV / "servers-folder"
_OWNER_FILE = "checkout"


def data() -> Path:
    """MEMO_DATA_DIR of the development installation."""
    folder = Path(os.environ.get("MEMO_DATA_DIR") or DEV / "data")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def servers_home(root: Path = ROOT, outside: Path = OUTSIDE) -> Path:
    """The folder of this checkout's servers; for root one outside, which .dev/servers-folder names."""
    if os.geteuid() != 0:
        return root / ".dev" / "servers"
    pointer = root / ".dev" / _POINTER.name
    known = Path(pointer.read_text().strip()) if pointer.exists() else None
    if known and _is_ours(known, root):
        return known
    fresh = _make(outside, "memo-", root)
    pointer.parent.mkdir(exist_ok=True)
    pointer.write_text(f"{fresh}\n")
    return fresh


def _make(parent: Path, prefix: str, root: Path) -> Path:
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
    (folder / _OWNER_FILE).write_text(f"{root}\n")
    return folder


def _is_ours(folder: Path, root: Path) -> bool:
    """Made by this user for this very checkout: a copied checkout brings the pointer along, but not the data."""
    try:
        mine = not folder.is_symlink() and folder.stat().st_uid == os.geteuid()
        return mine and (folder / _OWNER_FILE).read_text().strip() == str(root)
    except OSError:
        return False


@contextmanager
def throwaway_servers(*, durable: bool = False) -> Iterator[dict[str, str]]:
    """Fresh servers on free ports, gone at the end; gives {"DATABASE_URL": …, "VALKEY_URL": …}.
    Without `durable` nothing is ever flushed to disk: for tests only.
    """
    parent = OUTSIDE if os.geteuid() == 0 else DEV
    parent.mkdir(exist_ok=True)
    sweep(parent)
    home = _make(parent, "memo-test-", ROOT)
    servers = Servers(home, durable=durable)
    try:
        urls = servers.start()
        yield {"DATABASE_URL": urls["postgres"], "VALKEY_URL": urls["valkey"]}
    finally:
        servers.stop()
        shutil.rmtree(home, ignore_errors=True)


def sweep(parent: Path, root: Path = ROOT) -> None:
    """Removes what killed test runs of this checkout left behind."""
    for folder in parent.glob("memo-test-*"):
        records = [Record.read(folder / f"{name}.json") for name in ("postgres", "valkey")]
        in_use = any(record and (record.owner.alive() or record.server.alive()) for record in records)
        if _is_ours(folder, root) and any(records) and not in_use:
            shutil.rmtree(folder, ignore_errors=True)


def secret_key() -> str:
    """The development installation's key, made once, readable by its owner only."""
    path = DEV / "secret-key"
    if not path.exists():
        DEV.mkdir(exist_ok=True)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(50))
    return path.read_text()


def reset() -> list[Path]:
    """Throws the development data away; Trouble while something still uses it. Returns what was removed."""
    home = servers_home()
    for name in ("postgres", "valkey"):
        record = Record.read(home / f"{name}.json")
        if record and record.owner.alive() and record.server.alive():
            raise Trouble(
                f"Memo still runs from this checkout (process {record.owner.pid}): stop it with Ctrl-C first."
            )
    removed = [folder for folder in (home, DEV / "data") if folder.exists()]
    for folder in removed:
        shutil.rmtree(folder)
    _POINTER.unlink(missing_ok=True)
    return removed
