"""A whole installation of its own: embedded servers and real processes that a test may kill by name."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import redis

from memo import processes, programs
from memo.embedded import Postgres, Servers, Valkey

ROOT = Path(__file__).resolve().parents[2]


class Installation:
    """web, worker and beat as `manage.py run` starts them, on servers with fsync on; everything is closed at the end."""

    def __init__(self, *, smtp_port: int, unseen_after_s: int = 60) -> None:
        # The servers run as nobody when we are root, so the folder must be one that everybody may enter.
        self.home = Path(tempfile.mkdtemp(prefix="memo-faults-", dir="/var/tmp"))
        self.servers = Servers(self.home / "servers")
        self.home.chmod(0o711)
        urls = self.servers.start()
        self.port = processes.free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        self.database, self.valkey = urls["postgres"], urls["valkey"]
        self.env = {
            **os.environ,
            "DATABASE_URL": self.database,
            "VALKEY_URL": self.valkey,
            "MEMO_SECRET_KEY": secrets.token_hex(30),
            "MEMO_DATA_DIR": str(self.home / "data"),
            "MEMO_BASE_URL": self.base,
            "MEMO_DEBUG": "1",
            "SMTP_URL": f"smtp://127.0.0.1:{smtp_port}",
            "MEMO_UNSEEN_AFTER_S": str(unseen_after_s),
            "DJANGO_SETTINGS_MODULE": "memo.settings",
        }
        self.running: dict[str, subprocess.Popen] = {}
        self.ended: list[tuple[str, int]] = []  # by themselves: name, exit code
        # What a thread starts dies with it (the kernel's parent-death signal): faults share one that stays.
        self.thread = ThreadPoolExecutor(1)
        self.run("manage.py", "migrate", "-v", "0")

    def run(self, *arguments: str) -> str:
        """Run a Python program of the checkout to its end; returns what it printed."""
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=ROOT,
            env=self.env,
            check=True,
            capture_output=True,
            text=True,
            timeout=120,
        )
        return done.stdout

    # --- processes ----------------------------------------------------------------------------------
    def start(self, name: str) -> None:
        """Start web, worker or beat."""
        program = {
            "web": lambda: programs.web("daphne", "127.0.0.1", self.port),
            "worker": lambda: programs.worker(8),
            "beat": programs.beat,
        }[name]()
        log = (self.home / f"{name}.log").open("ab")
        self.running[name] = subprocess.Popen(
            [sys.executable, *program.argv], cwd=ROOT, env=self.env, stdout=log, stderr=log, start_new_session=True
        )

    def kill(self, name: str) -> None:
        """kill -9, as the kernel would."""
        process = self.running.pop(name)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)

    def supervise(self) -> None:
        """Start anew what ended by itself, as `manage.py run` and containers do (a worker that hears nothing leaves)."""
        for name, process in list(self.running.items()):
            if process.poll() is not None:
                self.ended.append((name, process.returncode))
                self.start(name)

    def kill_server(self, kind: type[Postgres | Valkey]) -> None:
        """kill -9 of the postmaster or of Valkey, then start it again on the same port."""
        part = next(part for part in self.servers.parts if isinstance(part, kind))
        os.kill(part.record.server.pid, signal.SIGKILL)
        processes.wait_gone(part.record.server, 10)
        deadline = time.monotonic() + 30
        while kind.__name__.lower() not in str(self.servers.mend()).lower() and time.monotonic() < deadline:
            time.sleep(0.1)

    def flush_valkey(self) -> None:
        """FLUSHALL in mid-load (R-05)."""
        redis.Redis.from_url(self.valkey).flushall()

    def wait_ready(self, seconds: float = 40) -> float:
        """Wait until /ready answers 200; returns how long it took, in seconds."""
        begin, said = time.monotonic(), ""
        while time.monotonic() - begin < seconds:
            self.supervise()
            try:
                with urllib.request.urlopen(f"{self.base}/ready", timeout=2) as answer:
                    if answer.status == 200:
                        return time.monotonic() - begin
            except urllib.error.HTTPError as error:
                said = error.read().decode()
            except (urllib.error.URLError, OSError) as error:
                said = str(error)
            time.sleep(0.1)
        raise AssertionError(f"not ready after {seconds} s: {said}\n{self.last_words()}")

    def last_words(self, lines: int = 25) -> str:
        """The end of every process's log."""
        logs = {name: (self.home / f"{name}.log").read_text().splitlines()[-lines:] for name in self.running}
        ended = f"ended by themselves: {self.ended}\n"
        return ended + "\n".join(f"--- {name}\n" + "\n".join(words) for name, words in logs.items())

    def rss_of(self, name: str) -> int:
        """Resident memory of a process, in bytes."""
        status = Path(f"/proc/{self.running[name].pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) * 1024

    def close(self) -> None:
        """Stop everything by its pid and remove the folder."""
        for name in list(self.running):
            self.kill(name)
        self.servers.stop()
        self.thread.shutdown()
        shutil.rmtree(self.home, ignore_errors=True)
