"""`python -m memo.healthcheck [URL]`: asks /ready once, ends with 0 or with the reasons; for containers."""

from __future__ import annotations

import http.client
import json
import sys
from urllib.parse import urlsplit

from memo import env

_DEFAULT = "http://127.0.0.1:8000/ready"
_SECONDS = 5


def ask(url: str, *, host: str) -> tuple[bool, str]:
    """(True, "ready") when the answer is 200, else False with the reasons in words. `host` is the Host header."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "127.0.0.1", parts.port or 80, timeout=_SECONDS)
    try:
        connection.request("GET", parts.path or "/ready", headers={"Host": host})
        response = connection.getresponse()
        body = response.read()
    except (OSError, http.client.HTTPException) as error:
        return False, f"the web server does not answer ({type(error).__name__})"
    finally:
        connection.close()
    return (True, "ready") if response.status == 200 else (False, _reasons(response.status, body))


def _reasons(status: int, body: bytes) -> str:
    try:
        found = [part["reason"] for part in json.loads(body)["parts"].values() if not part["ok"]]
    except (ValueError, KeyError, TypeError, AttributeError):
        found = []
    return "; ".join(found) or f"/ready answered {status}"


def public_host() -> str:
    """The host name under which the installation accepts requests."""
    return urlsplit(env.text("MEMO_BASE_URL", "http://127.0.0.1:8000")).netloc


if __name__ == "__main__":
    good, words = ask(sys.argv[1] if len(sys.argv) > 1 else _DEFAULT, host=public_host())
    print(words)
    sys.exit(not good)
