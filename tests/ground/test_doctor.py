"""`manage.py doctor`: what is wrong is said with what to do; the exit code tells scripts."""

from __future__ import annotations

import json
import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from io import StringIO

import pytest
import redis
from django.core.management import call_command
from django.utils import timezone

from events import due, valkey
from events.tasks import heartbeat
from mail.actions.outgoing import queue
from mail.models import OutgoingMail
from memo import doctor, health

pytestmark = pytest.mark.django_db


class _Answer(BaseHTTPRequestHandler):
    status = 200

    def do_GET(self) -> None:
        self.send_response(self.status)
        self.end_headers()

    def log_message(self, *_args) -> None:
        """Quiet."""


@pytest.fixture
def sound(settings, clean_valkey, tmp_path, monkeypatch):
    """An installation in which all is well: web server, worker's heartbeat, mail server."""
    server = HTTPServer(("127.0.0.1", 0), _Answer)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    settings.BASE_URL = f"http://127.0.0.1:{server.server_port}"
    settings.HTTPS, settings.DEBUG, settings.SMTP_URL = True, False, "smtp://127.0.0.1:1"
    settings.MEDIA_ROOT = settings.STATIC_ROOT = tmp_path
    (tmp_path / "staticfiles.json").write_text("{}")
    heartbeat()
    yield settings
    server.shutdown()
    server.server_close()
    thread.join(5)


def found() -> dict[str, doctor.Finding]:
    return {finding.name: finding for finding in doctor.findings(timezone.now())}


def bad() -> set[str]:
    return {finding.name for finding in found().values() if not finding.ok}


def run(**options) -> tuple[str, int]:
    out = StringIO()
    try:
        call_command("doctor", stdout=out, no_color=True, **options)
    except SystemExit as end:
        return out.getvalue(), int(end.code or 0)
    return out.getvalue(), 0


def test_all_is_well(sound):
    """Exit code 0, one line for each part."""
    said, code = run()
    assert (code, bad()) == (0, set())
    assert said.endswith("All is well.\n")
    facts = json.loads(run(json=True)[0])
    assert facts["good"] is True
    assert [part["name"] for part in facts["parts"]][:3] == ["database", "tables", "valkey"]


def test_what_is_wrong_is_said_with_what_to_do(sound, monkeypatch):
    """Exit code 1; the advice stands below the finding."""
    sound.SMTP_URL = None
    sound.HTTPS = False
    said, code = run()
    assert code == 1
    assert "BAD mail server: none is set\n    → Set SMTP_URL" in said
    assert "BAD address" in said
    assert json.loads(run(json=True)[0])["good"] is False


def test_no_worker_and_no_beat_are_told_apart(sound, monkeypatch):
    """No heartbeat: a worker that answers means that beat is missing."""
    valkey.client().flushdb()
    monkeypatch.setattr(doctor.app.control, "ping", lambda timeout: [])
    assert "Start a worker and beat" in found()["worker and beat"].advice
    monkeypatch.setattr(doctor.app.control, "ping", lambda timeout: [{"worker": {"ok": "pong"}}])
    assert "beat is missing" in found()["worker and beat"].advice


def test_old_deadlines_and_mails_that_do_not_leave(sound):
    """What a stopped worker leaves behind."""
    hour_ago = timezone.now() - timedelta(hours=1)
    due.add("notice", subject_id=1, due_at=hour_ago)
    mail = queue(
        key="notice:1", to="kim@abc.example", subject="Hello", text="Hello", message_id="", auto=False, now=hour_ago
    )
    assert bad() == {"deadlines", "mails"}
    OutgoingMail.objects.filter(pk=mail.pk).update(state="failed")
    assert "1 failed in a day" in found()["mails"].found


def test_a_web_server_that_does_not_answer_or_not_as_memo(sound, monkeypatch):
    """Down, and another program behind the address."""
    monkeypatch.setattr(_Answer, "status", 404)
    assert "answered 404" in found()["web"].found
    sound.BASE_URL = "http://127.0.0.1:1"
    assert "does not answer" in found()["web"].found


def test_without_database_and_valkey_the_rest_is_still_said(sound, monkeypatch):
    """Nothing that needs them is asked; nothing fails."""
    parts = {name: {"ok": False, "reason": "does not answer"} for name in ("database", "valkey", "due", "worker")}
    monkeypatch.setattr(health, "parts", lambda: parts)
    names = set(found())
    assert {"database", "valkey", "web", "disk"} <= names
    assert not names & {"tables", "mails", "deadlines", "worker and beat"}


def test_missing_tables_a_full_disk_and_missing_files(sound, monkeypatch, tmp_path):
    """What an update forgets, and what fills up."""
    monkeypatch.setattr(doctor.MigrationExecutor, "migration_plan", lambda *_args: [(("mail", "0009_x"), False)])
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda _folder: type("Usage", (), {"free": 1024}))
    (tmp_path / "staticfiles.json").unlink()
    assert bad() == {"tables", "disk", "static files"}
    assert found()["tables"].advice == "Run: manage.py migrate"
    sound.MEDIA_ROOT = tmp_path / "staticfiles.json" / "no-folder"
    (tmp_path / "staticfiles.json").write_text("{}")
    assert "cannot be written" in found()["disk"].found


def test_a_valkey_that_fails_in_between_is_no_crash(sound, monkeypatch):
    """The broker may be away while we ask for workers."""
    valkey.client().flushdb()

    def fails(timeout: float) -> list:
        raise redis.ConnectionError

    monkeypatch.setattr(doctor.app.control, "ping", fails)
    assert not found()["worker and beat"].ok
