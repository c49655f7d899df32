"""The caught mails: one .eml file as it came and one .json file with envelope and time beside it."""

from __future__ import annotations

import json
import re
import threading
import time
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

_ID = re.compile(r"\d{13}-\d{4,9}")
_SHOWN = 500


@dataclass(frozen=True)
class Caught:
    """One mail. `received_at` is seconds since 1970 with milliseconds."""

    id: str
    raw: bytes
    envelope_from: str
    envelope_to: list[str]
    received_at: float

    @property
    def message(self) -> EmailMessage:
        return message_from_bytes(self.raw, policy=policy.default)  # type: ignore[return-value]

    def header(self, name: str) -> str:
        return str(self.message.get(name, ""))

    def body(self, kind: str) -> str:
        """The text of the first part of this kind ("plain", "html"); "" when there is none."""
        part = self.message.get_body(preferencelist=(kind,))
        return part.get_content() if part is not None else ""

    def as_data(self) -> dict:
        """What /api/mails says about it."""
        return {
            "id": self.id,
            "to": self.header("To"),
            "from": self.header("From"),
            "subject": self.header("Subject"),
            "message_id": self.header("Message-ID"),
            "in_reply_to": self.header("In-Reply-To"),
            "reply_to": self.header("Reply-To"),
            "received_at": self.received_at,
            "envelope_from": self.envelope_from,
            "envelope_to": self.envelope_to,
            "text": self.body("plain"),
            "html": self.body("html"),
            "headers": {name: str(value) for name, value in self.message.items()},
        }


class Store:
    """A folder of caught mails; safe for several threads."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.folder.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._number = 0

    def add(self, raw: bytes, *, envelope_from: str, envelope_to: list[str]) -> Caught:
        """Keeps one mail; the .json is written last, so that a mail is seen whole or not at all."""
        now = time.time()
        with self._lock:
            self._number += 1
            name = f"{int(now * 1000):013d}-{self._number:04d}"
        (self.folder / f"{name}.eml").write_bytes(raw)
        details = {"envelope_from": envelope_from, "envelope_to": envelope_to, "received_at": round(now, 3)}
        (self.folder / f"{name}.json").write_text(json.dumps(details))
        return Caught(name, raw, **details)  # type: ignore[arg-type]

    def all(self) -> list[Caught]:
        """The newest 500, newest first."""
        names = sorted((path.stem for path in self.folder.glob("*.json")), reverse=True)[:_SHOWN]
        return [mail for name in names if (mail := self.get(name))]

    def get(self, name: str) -> Caught | None:
        """One mail by its id; None for anything that is no id of a mail here."""
        if not _ID.fullmatch(name):
            return None
        try:
            details = json.loads((self.folder / f"{name}.json").read_text())
            raw = (self.folder / f"{name}.eml").read_bytes()
        except (FileNotFoundError, json.JSONDecodeError):
            return None
        return Caught(name, raw, **details)

    def clear(self) -> int:
        """Deletes all mails; how many there were."""
        gone = 0
        for path in self.folder.glob("*.json"):
            if _ID.fullmatch(path.stem):
                path.unlink(missing_ok=True)
                path.with_suffix(".eml").unlink(missing_ok=True)
                gone += 1
        return gone
