"""Claims ports for as long as this process lives, so that two checkouts that start at the same moment do not meet."""

from __future__ import annotations

import fcntl
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from devtools.bootstrap import Trouble
from memo.processes import port_is_free

_TRIES = 200


def claim(wanted: int, folder: Path | None = None) -> int:
    """The wanted port or the next one that nobody listens on and no other checkout has claimed.

    The claim is a locked file that stays open, also when this process begins another program (exec): it ends with it.
    """
    claims = folder or _claims_folder()
    for port in range(wanted, wanted + _TRIES):
        number = os.open(claims / str(port), os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(number)
            continue
        if port_is_free(port):
            os.set_inheritable(number, True)
            return port
        os.close(number)
    raise Trouble(f"No port from {wanted} to {wanted + _TRIES} is free: set MEMO_PORT to another start.")


def _claims_folder() -> Path:
    folder = Path(tempfile.gettempdir()) / f"memo-ports-{os.geteuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.is_symlink() or folder.stat().st_uid != os.geteuid():
        raise Trouble(f"{folder} belongs to somebody else: remove it, or set TMPDIR to a folder of yours.")
    return folder


@dataclass(frozen=True)
class Ports:
    """Where a development installation listens; chosen once and kept for its whole life."""

    web: int
    shop: int
    mails: int
    catcher: int
    mail_in: int

    @classmethod
    def choose(cls) -> Ports:
        """8000 (or MEMO_PORT) and the next ones, or whatever is free after them."""
        web = claim(int(os.environ.get("MEMO_PORT") or 8000))
        shop = claim(web + 1)
        mails = claim(shop + 1)
        catcher = claim(mails + 1)
        return cls(web, shop, mails, catcher, claim(catcher + 1))
