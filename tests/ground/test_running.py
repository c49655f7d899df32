"""`manage.py run`, whole: every program real, ready in time, mended after kill -9, gone without a trace at the end."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from devtools import memory
from devtools.folders import ROOT
from memo import processes
from memo.embedded import Record
from memo.processes import Identity, free_port

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")
START_SECONDS = 90  # generous: the machine may be busy with everything else


@dataclass
class Installation:
    """One `manage.py run --development` with data of its own; `lines` grows while it runs."""

    data: Path
    port: int
    process: subprocess.Popen | None = None
    lines: list[str] = field(default_factory=list)

    def start(self) -> None:
        self.lines = []
        self.process = subprocess.Popen(
            self.command(), cwd=ROOT, env=self.environ(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        threading.Thread(target=self._listen, args=(self.process, self.lines), daemon=True).start()

    def stop(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(40)

    @staticmethod
    def _listen(process: subprocess.Popen, lines: list[str]) -> None:
        with process.stdout:
            for line in process.stdout:
                lines.append(line)  # noqa: PERF402 (extend would show them only at the end)

    def command(self) -> list[str]:
        ports = [("--port", 0), ("--shop-port", 1), ("--mails-port", 2), ("--catcher-port", 3), ("--mail-port", 4)]
        listening = [part for name, number in ports for part in (name, str(self.port + number))]
        return [sys.executable, "manage.py", "run", "--development", *listening]

    def environ(self) -> dict[str, str]:
        mine = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "VALKEY_URL")}
        return mine | {
            "MEMO_DEBUG": "1",
            "MEMO_SECRET_KEY": "only-for-this-test-" + "x" * 40,
            "MEMO_DATA_DIR": str(self.data),
            "MEMO_BASE_URL": f"http://127.0.0.1:{self.port}",
            "SMTP_URL": f"smtp://127.0.0.1:{self.port + 3}",
        }

    def wait_for(self, wanted: str) -> str:
        """The first line with this text in it; fails with the end of the output when it never comes."""
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            if found := next((line for line in list(self.lines) if wanted in line), None):
                return found
            if self.process.poll() is not None:
                break
            time.sleep(0.1)
        raise AssertionError(f"“{wanted}” never came:\n{''.join(self.lines[-30:])}")

    @property
    def state(self) -> dict:
        return json.loads((self.data / "run.json").read_text())

    def identities(self) -> dict[str, Identity]:
        """Every process of the installation by name, the two servers among them."""
        records = {name: Record.read(self.data / "servers" / f"{name}.json") for name in ("postgres", "valkey")}
        servers = {name: record.server for name, record in records.items()}
        return {name: Identity.of(pid) for name, pid in self.state["programs"].items()} | servers

    def get(self, url: str) -> tuple[int, str]:
        with urllib.request.urlopen(url, timeout=10) as response:
            return response.status, response.read().decode()

    def wait_ready(self) -> dict:
        """What /ready says once it says 200."""
        end = time.monotonic() + START_SECONDS
        while True:
            with contextlib.suppress(OSError):
                return json.loads(self.get(f"http://127.0.0.1:{self.port}/ready")[1])
            assert time.monotonic() < end, "/ready never answered 200"
            time.sleep(0.1)


def five_ports() -> int:
    while True:
        port = free_port()
        if port < 60000 and all(processes.port_is_free(port + number) for number in range(5)):
            return port


@pytest.fixture(scope="module")
def one_for_all(shared_outside) -> Iterator[Installation]:
    made = Installation(shared_outside / "data", five_ports())
    yield made
    made.stop()


@pytest.fixture
def installation(one_for_all) -> Installation:
    """A ready installation; the one of the test before, unless that ended it."""
    if one_for_all.process is None or one_for_all.process.poll() is not None:
        one_for_all.start()
        one_for_all.wait_for("Memo is ready")
    return one_for_all


@pytest.mark.parametrize(
    ("variable", "address", "sentence"),
    [
        (
            "DATABASE_URL",
            "postgres://memo@127.0.0.1:1/memo",
            r"PostgreSQL does not let us in \(.*refused.*\): correct DATABASE_URL",
        ),
        ("VALKEY_URL", "redis://127.0.0.1:1/0", r"Valkey does not let us in \(.*refused.*\): correct VALKEY_URL"),
    ],
)
def test_a_server_of_ones_own_that_does_not_answer_is_one_sentence(outside, variable, address, sentence):
    made = Installation(outside / "data", five_ports())
    done = subprocess.run(
        made.command(), cwd=ROOT, env=made.environ() | {variable: address}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert re.fullmatch(sentence + r", or unset it\.\n", done.stderr)
    assert Record.read(made.data / "servers" / "postgres.json") is None or not list(
        made.data.glob("servers/*/postmaster.pid")
    )


def test_three_addresses_answer(installation):
    told = "".join(installation.lines)
    addresses = re.findall(r"^  (Inbox|Website|Mails) +(\S+)", told, re.MULTILINE)
    assert [name for name, _ in addresses] == ["Inbox", "Website", "Mails"]
    for _, address in addresses:
        assert installation.get(address)[0] == 200
    hosts = {re.search(r"//([^:/]+)", address).group(1) for name, address in addresses if name != "Mails"}
    assert hosts == {"127.0.0.1", "localhost"}


def test_the_printed_login_is_one_of_the_demo_and_the_website_has_its_key(installation):
    assert re.search(r"anna@nordlicht\.example +\S+ +Anna .*, Nordlicht GmbH", "".join(installation.lines))
    _, page = installation.get(installation.state["addresses"]["shop"])
    assert re.search(rf'<script async src="http://127.0.0.1:{installation.port}/w/memo.js" data-key="\w+">', page)


def test_ready_means_every_part(installation):
    parts = installation.wait_ready()["parts"]
    assert {name: part["ok"] for name, part in parts.items()} == dict.fromkeys(
        ("database", "valkey", "due", "worker"), True
    )


def test_all_processes_together_stay_below_500_mib(installation):
    shares = memory.by_program(installation.data / "run.json")
    assert set(shares) == {"run", "postgres", "valkey", "web", "worker", "beat", "mail-in", "mails", "shop"}
    assert 100 < sum(shares.values()) < 500


def test_a_second_run_on_the_same_data_is_told_where_the_first_one_is(installation):
    again = subprocess.run(
        installation.command(), cwd=ROOT, env=installation.environ(), capture_output=True, text=True, check=False
    )
    assert again.returncode == 1
    assert re.search(rf"Memo runs already .*http://127.0.0.1:{installation.port}/ \(process \d+\)", again.stderr)
    assert again.stderr.count("\n") == 1
    assert installation.wait_ready()["ready"]


@pytest.mark.parametrize("name", ["web", "worker", "beat", "valkey", "postgres"])
def test_whatever_is_killed_comes_back(installation, name):
    before = installation.identities()[name]
    os.kill(before.pid, signal.SIGKILL)
    installation.wait_for(
        f"{name} was ended by signal 9" if name not in ("valkey", "postgres") else f"{name} had ended"
    )
    end = time.monotonic() + START_SECONDS
    while installation.identities().get(name) in (None, before):
        assert time.monotonic() < end
        time.sleep(0.05)
    assert installation.wait_ready()["ready"]


def test_kill_9_of_the_whole_leaves_nothing_and_the_next_run_recovers(installation):
    before = installation.identities()
    installation.process.kill()
    installation.process.wait()
    assert [name for name, identity in before.items() if not processes.wait_gone(identity, 15)] == []
    installation.start()
    installation.wait_for("Memo is ready")


def test_a_changed_source_is_noticed_without_losing_the_servers(installation):
    before = installation.identities()
    # Nothing in the checkout is written to by a test: a new time of change is enough.
    (ROOT / "memo" / "watching.py").touch()
    installation.wait_for("changed: starting anew")
    end = time.monotonic() + START_SECONDS
    while "".join(installation.lines).count("Memo is ready") < 2:
        assert time.monotonic() < end
        time.sleep(0.1)
    after = installation.identities()
    assert (after["postgres"], after["valkey"]) == (before["postgres"], before["valkey"])
    assert after["web"] != before["web"]


def test_ctrl_c_ends_everything(installation):
    before = installation.identities()
    installation.process.send_signal(signal.SIGINT)
    assert installation.process.wait(40) == 0
    assert {name: identity.alive() for name, identity in before.items()} == dict.fromkeys(before, False)
    assert not (installation.data / "run.json").exists()
