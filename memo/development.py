"""What `manage.py run --development` adds: demo data, a foreign website, a mail viewer, restart on change."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings

from memo import programs, watching
from memo.programs import Program
from memo.running import CannotRun, Options
from memo.supervisor import Supervisor

_LOOK_SECONDS = 1.0


@dataclass(frozen=True)
class DevelopmentOptions(Options):
    """The ports of the foreign website, the mail viewer and the mail catcher behind it."""

    shop_port: int
    mails_port: int
    catcher_port: int

    @property
    def shop_origin(self) -> str:
        """Another site than the inbox in every browser's eyes: another host name, not only another port."""
        return f"http://localhost:{self.shop_port}"

    @property
    def catches_mail(self) -> bool:
        """Whether outgoing mail goes to our own catcher; SMTP_URL may name a real server instead."""
        return settings.SMTP_URL == f"smtp://127.0.0.1:{self.catcher_port}"

    def addresses(self) -> dict[str, str]:
        """What `run.json` says and people open."""
        mails = {"mails": f"http://127.0.0.1:{self.mails_port}/"} if self.catches_mail else {}
        mail_in = {"mail-in": f"smtp://127.0.0.1:{self.mail_port}"}
        return {"inbox": f"{settings.BASE_URL}/", "shop": f"{self.shop_origin}/"} | mails | mail_in


@dataclass
class Demo:
    """The demonstration data, once, and what a person needs to try it out."""

    options: DevelopmentOptions
    logins: list[dict[str, str]] = field(default_factory=list)
    key: str = ""

    def load(self, supervisor: Supervisor) -> None:
        """Makes the demo companies unless they are there, lets the foreign website in, learns key and logins."""
        heard: list[str] = []
        command = ("demo", "--json", "--origin", self.options.shop_origin)
        code = supervisor.once(Program("demo", "django", command), heard=heard)
        try:
            found = json.loads(heard[-1] if code == 0 else "")
            self.logins, self.key = found["logins"], found["widget_key"]
        except (ValueError, LookupError):
            print("\n".join(heard))
            failed = "The demo data could not be made (the words above say why): `make reset` starts over."
            raise CannotRun("Stopped." if supervisor.stopping else failed) from None

    def programs(self) -> list[Program]:
        """Those of every installation, and the two that only development has."""
        options = self.options
        shop = programs.demo_site(options.shop_port, settings.BASE_URL, self.key)
        ports = options.catcher_port, options.mails_port, options.mail_port
        catcher = [programs.mail_catcher(*ports)] if options.catches_mail else []
        return [*options.programs(), *catcher, shop]

    def words(self, seconds: float) -> list[str]:
        """The lines that are printed when everything is ready."""
        addresses = self.options.addresses()
        mails = addresses.get("mails") or f"sent by {settings.EMAIL_HOST}, as SMTP_URL says"
        who = [
            f"             {login['email']:<24} {login['password']:<16} {login['name']}, {login['company']}"
            for login in self.logins
        ]
        return [
            "",
            f"  Memo is ready after {seconds:.1f} s.",
            "",
            f"  Inbox      {addresses['inbox']}",
            *who,
            f"  Website    {addresses['shop']}   another site, with the chat on it",
            f"  Mails      {mails}",
            "",
            "  Ctrl-C stops everything.",
            "",
        ]


class Watcher:
    """Starts everything anew when a source file changed and the new state is sound; the servers keep running."""

    def __init__(self, supervisor: Supervisor, root: Path) -> None:
        self.supervisor, self.root = supervisor, root
        self.seen = watching.snapshot(root)
        self.next_look = time.monotonic() + _LOOK_SECONDS
        self.wanted = False

    def look(self) -> None:
        """About once a second: notices changes; `wanted` says that a new start is due."""
        if time.monotonic() < self.next_look:
            return
        now = watching.snapshot(self.root)
        self.next_look = time.monotonic() + _LOOK_SECONDS
        if changes := watching.changed(self.seen, now):
            self.seen = now
            self._try(changes)

    def _try(self, changes: list[str]) -> None:
        name = Path(changes[0]).relative_to(self.root)
        check = [sys.executable, "manage.py", "check", "--fail-level", "ERROR"]
        done = subprocess.run(check, cwd=self.root, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            self.supervisor.say(f"{name} changed: starting anew")
            self.wanted = self.supervisor.stopping = True
        else:
            print(f"{done.stdout}{done.stderr}".rstrip())
            self.supervisor.say(f"{name} changed, but the project does not load: the old state keeps running")
