"""`python -m bench.counting COOKIE PATH…`: how many queries each page asks, by Django's own client."""

from __future__ import annotations

import json
import sys

import django

django.setup()

from django.conf import settings  # noqa: E402 (Django first)
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402


def count(cookie: str, paths: list[str]) -> dict[str, int]:
    """Path → queries of its second request (the first fills template and session caches)."""
    client = Client(raise_request_exception=False, SERVER_NAME=settings.ALLOWED_HOSTS[0])
    for part in cookie.split("; "):
        name, _, value = part.partition("=")
        client.cookies[name] = value
    found = {}
    for path in paths:
        client.get(path)
        with CaptureQueriesContext(connection) as queries:
            client.get(path)
        found[path] = len(queries)
    return found


if __name__ == "__main__":
    json.dump(count(sys.argv[1], sys.argv[2:]), sys.stdout)
