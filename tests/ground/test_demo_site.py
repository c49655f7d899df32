"""The foreign website of development: nothing but the snippet, under a strict policy of its own."""

from __future__ import annotations

import re
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest

from memo.demo_site.server import make


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    with make(0, memo="http://127.0.0.1:8000/somewhere/", key='k"><script>') as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def get(address: str) -> tuple[str, dict[str, str]]:
    with urllib.request.urlopen(address) as response:
        return response.read().decode(), dict(response.headers)


@pytest.mark.parametrize("path", ["/", "/plain", "/?from=mail"])
def test_a_page_holds_the_snippet_and_no_other_script(site, path):
    text, _ = get(site + path)
    scripts = re.findall(r"<script.*?</script>", text)
    assert scripts == [
        '<script async src="http://127.0.0.1:8000/w/memo.js" data-key="k&quot;&gt;&lt;script&gt;"></script>'
    ]


@pytest.mark.parametrize("path", ["/", "/plain"])
def test_a_page_has_no_inline_style_and_loads_its_own_files_only(site, path):
    text, _ = get(site + path)
    assert "style=" not in text
    assert "<style" not in text
    for address in re.findall(r'(?:href|src)="([^"]+)"', text):
        assert address.startswith("http://127.0.0.1:8000/w/") or get(site + address)


def test_the_policy_lets_in_the_widget_and_nothing_else(site):
    _, headers = get(f"{site}/")
    assert headers["Content-Security-Policy"] == (
        "default-src 'none'; script-src http://127.0.0.1:8000; frame-src http://127.0.0.1:8000; "
        "style-src 'self'; img-src 'self'"
    )
    assert "Set-Cookie" not in headers


@pytest.mark.parametrize("path", ["/nothing", "/../server.py", "/%2e%2e/server.py", "/server.py", "//etc/passwd"])
def test_nothing_else_is_served(site, path):
    with pytest.raises(urllib.error.HTTPError) as error:
        get(site + path)
    assert error.value.code == 404
    error.value.close()
