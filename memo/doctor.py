"""What is wrong with an installation, and what to do about it; every check says one thing in words."""

from __future__ import annotations

import http.client
import shutil
import smtplib
import ssl
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import redis
from django.conf import settings
from django.core.mail import get_connection
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from kombu.exceptions import OperationalError

from events import valkey
from mail.models import OutgoingMail
from memo import health
from memo.celery import app

_SECONDS = 5
_FREE_BYTES = 1024**3
_OLDEST_POSTGRESQL = 140_000  # the oldest that Django 5.2 speaks with


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at: `found` in words; `advice` what to do when it is not `ok`."""

    name: str
    ok: bool
    found: str
    advice: str = ""


def findings(now: datetime) -> Iterator[Finding]:
    """Everything, in the order in which one thing needs the other."""
    parts = health.parts()
    database = _database(parts["database"])
    yield database
    if database.ok:
        yield _migrations()
    kept = _valkey(parts["valkey"])
    yield kept
    if kept.ok:
        yield _worker(parts["worker"])
    if database.ok:
        yield _due(parts["due"])
    yield _web()
    yield _address()
    yield _mail_server()
    if database.ok:
        yield _mails(now)
    yield _disk()
    yield _static()
    yield _mode()


def _database(part: dict) -> Finding:
    if not part["ok"]:
        return Finding(
            "database", False, part["reason"], "Start PostgreSQL and check DATABASE_URL (host, port, name, password)."
        )
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version'), current_setting('server_version_num')::int")
        name, number = cursor.fetchone()
    if number < _OLDEST_POSTGRESQL:
        return Finding("database", False, f"PostgreSQL {name}", "Memo needs PostgreSQL 14 or newer.")
    return Finding("database", True, f"PostgreSQL {name}")


def _migrations() -> Finding:
    try:
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError as error:
        return Finding("tables", False, f"not known ({type(error).__name__})", "Run: manage.py migrate")
    if missing:
        found = f"{len(missing)} changes of tables are missing, the first is {missing[0][0]}"
        return Finding("tables", False, found, "Run: manage.py migrate")
    return Finding("tables", True, "up to date")


def _valkey(part: dict) -> Finding:
    if not part["ok"]:
        return Finding("valkey", False, part["reason"], "Start Valkey (or Redis) and check VALKEY_URL.")
    version = valkey.client().info("server").get("redis_version", "")
    return Finding("valkey", True, f"answers (protocol of Redis {version})")


def _worker(part: dict) -> Finding:
    if part["ok"]:
        return Finding("worker and beat", True, f"last heartbeat {part['age_s']:g} s ago")
    try:
        answers = app.control.ping(timeout=1)
    except (OperationalError, redis.RedisError, OSError):
        answers = []
    if answers:
        advice = "A worker answers, so beat is missing. Start: celery -A memo.celery beat (exactly one)."
    else:
        advice = "Start a worker and beat: celery -A memo.celery worker --pool threads, celery -A memo.celery beat."
    return Finding("worker and beat", False, part["reason"], advice)


def _due(part: dict) -> Finding:
    if part["ok"]:
        return Finding("deadlines", True, f"the oldest is {part['age_s']:g} s late")
    return Finding(
        "deadlines",
        False,
        part["reason"],
        "The worker's log says why (“due row failed”); manage.py tick does them once.",
    )


def _web() -> Finding:
    parts = urlsplit(settings.BASE_URL)
    secure = parts.scheme == "https"
    kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
    one = kind(parts.hostname or "", parts.port, timeout=_SECONDS)
    try:
        one.request("GET", "/up")
        status = one.getresponse().status
    except ssl.SSLError as error:
        return Finding("web", False, f"{settings.BASE_URL}: {error.reason}", "Renew or complete the certificate.")
    except (OSError, http.client.HTTPException) as error:
        found = f"{settings.BASE_URL} does not answer ({type(error).__name__})"
        return Finding("web", False, found, "Start the web server, and check the proxy and MEMO_BASE_URL.")
    finally:
        one.close()
    if status != 200:
        advice = "Is the host of MEMO_BASE_URL among MEMO_ALLOWED_HOSTS, and does the proxy lead to Memo?"
        return Finding("web", False, f"{settings.BASE_URL}/up answered {status}", advice)
    return Finding("web", True, f"{settings.BASE_URL} answers")


def _address() -> Finding:
    if settings.HTTPS or settings.DEBUG:
        return Finding("address", True, settings.BASE_URL)
    return Finding(
        "address", False, f"{settings.BASE_URL} is not encrypted", "Set MEMO_BASE_URL to an https:// address."
    )


def _mail_server() -> Finding:
    if not settings.SMTP_URL:
        return Finding(
            "mail server", False, "none is set", "Set SMTP_URL: without it nobody is told of unseen messages."
        )
    backend = get_connection(timeout=_SECONDS)
    try:
        backend.open()
    except (OSError, smtplib.SMTPException) as error:
        found = f"{backend.host}:{backend.port} refuses ({type(error).__name__})"
        return Finding("mail server", False, found, "Check SMTP_URL: host, port, starttls, user and password.")
    finally:
        backend.close()
    return Finding("mail server", True, f"{getattr(backend, 'host', '')}:{getattr(backend, 'port', '')} takes mail")


def _mails(now: datetime) -> Finding:
    try:
        failed = OutgoingMail.objects.filter(state="failed", created_at__gte=now - timedelta(days=1)).count()
        late = OutgoingMail.objects.filter(state="queued", created_at__lt=now - timedelta(minutes=10)).count()
    except DatabaseError as error:
        return Finding("mails", False, f"not known ({type(error).__name__})", "Run: manage.py migrate")
    if failed or late:
        found = f"{failed} failed in a day, {late} wait for more than ten minutes"
        return Finding("mails", False, found, "Each mail's last error is in the table mail_outgoingmail.")
    return Finding("mails", True, "none failed in a day, none waits")


def _disk() -> Finding:
    folder = settings.MEDIA_ROOT
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            free = shutil.disk_usage(folder).free
    except OSError as error:
        found = f"{folder} cannot be written ({error.strerror})"
        return Finding("disk", False, found, "Give the folder to the user that runs Memo, or set MEMO_MEDIA_DIR.")
    if free < _FREE_BYTES:
        return Finding("disk", False, f"{free / 1024**2:.0f} MiB are free in {folder}", "Make room: uploads will fail.")
    return Finding("disk", True, f"{free / 1024**3:.1f} GiB are free in {folder}")


def _static() -> Finding:
    if settings.DEBUG or (settings.STATIC_ROOT / "staticfiles.json").exists():
        return Finding("static files", True, "there")
    return Finding("static files", False, f"none in {settings.STATIC_ROOT}", "Run: manage.py collectstatic --noinput")


def _mode() -> Finding:
    if not settings.DEBUG:
        return Finding("mode", True, "production")
    return Finding("mode", True, "development (MEMO_DEBUG is on: never on the internet)")
