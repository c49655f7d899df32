"""Makes what browsers get of the widget's sources: `python -m widget.minify` (the maintainer's desk only: needs npm).

static/widget/loader.src.js → memo.js, static/widget/js → frame.js, static/widget/css → frame.css. The results are
committed; sources.json records of what they were made, and a test and the frame itself notice when they are old.
"""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent / "static"
HOME = ROOT / "widget"
RECORD = HOME / "sources.json"
ESBUILD = "esbuild@0.28.2"
_SHARED = ("ui/js/backoff.js", "ui/js/ids.js", "ui/js/versions.js")
_COMMON = ("--minify", "--charset=utf8", "--log-level=error", "--target=chrome123,firefox121,safari17.5")
_BETWEEN_RULES = re.compile(r"\}\n(?=[:.\w\[])")


def sources() -> list[Path]:
    """Every file that the results are made of."""
    own = [HOME / "loader.src.js", *sorted(HOME.glob("js/*.js")), *sorted(HOME.glob("css/*.css"))]
    return own + [ROOT / name for name in _SHARED]


def digest() -> str:
    """One hash of all sources, by name and content."""
    total = hashlib.sha256()
    for path in sources():
        total.update(f"{path.relative_to(ROOT).as_posix()}\0".encode())
        total.update(path.read_bytes().replace(b"\r\n", b"\n") + b"\0")
    return total.hexdigest()


def is_current() -> bool:
    """Whether the committed results were made of the present sources."""
    return json.loads(RECORD.read_text())["sources"] == digest()


def _esbuild(desk: Path, entry: Path, *options: str) -> str:
    out = desk / f"out{entry.suffix}"
    run = [str(desk / "node_modules/.bin/esbuild"), str(entry), *_COMMON, *options, f"--outfile={out}"]
    subprocess.run(run, check=True, cwd=ROOT)
    return out.read_text()


def loader(desk: Path) -> str:
    """The loader: one expression; the style sheet inside its template loses its line ends."""
    return _BETWEEN_RULES.sub("}", _esbuild(desk, HOME / "loader.src.js"))


def frame(desk: Path) -> str:
    """All modules of the frame as one."""
    names = [f"--alias:memo/{app}={ROOT / app / 'js'}" for app in ("widget", "ui")]
    return _esbuild(desk, HOME / "js" / "app.js", "--bundle", "--format=esm", *names)


def style(desk: Path) -> str:
    """All style sheets as one; the font's address is that of the result."""
    text = _esbuild(desk, HOME / "css" / "all.css", "--bundle", "--external:*.woff2")
    return text.replace("../../vendor/", "../vendor/")


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        desk = Path(name)
        subprocess.run(["npm", "install", "--silent", "--no-save", "--no-audit", ESBUILD], cwd=desk, check=True)
        for target, make in (("memo.js", loader), ("frame.js", frame), ("frame.css", style)):
            (HOME / target).write_text(make(desk))
    RECORD.write_text(json.dumps({"sources": digest(), "made_with": ESBUILD}, indent=2) + "\n")


if __name__ == "__main__":
    main()
