"""Fetches the browser files we did not write and builds the icon sprite: `python -m ui.vendoring`.

For the maintainer's desk only: needs npm. What it writes is committed; static/vendor/vendor.json says where each file
comes from, under which licence, and its sha256, and a test holds the files to it.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import subprocess
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENDOR = ROOT / "static" / "vendor"
SPRITE = ROOT / "static" / "ui" / "icons.svg"
ICON_NAMES = ROOT / "static" / "ui" / "icons.json"
ESBUILD = "esbuild@0.28.2"
_MAP_COMMENT = re.compile(r"^//# sourceMappingURL=.*$", re.MULTILINE)


@dataclass(frozen=True)
class Package:
    """One pinned npm package: the files we take of it and the name each gets here."""

    name: str
    version: str
    licence: str
    licence_file: str  # in static/vendor; written by hand where the package ships none
    files: dict[str, str]  # path inside the package -> name in static/vendor
    minify: bool = False
    module: str = ""  # bare name in the import map


PACKAGES = [
    Package(
        "@hotwired/turbo",
        "8.0.23",
        "MIT",
        "turbo.LICENSE.txt",
        {"dist/turbo.es2017-esm.js": "turbo.js"},
        minify=True,
        module="@hotwired/turbo",
    ),
    Package(
        "@fontsource-variable/inter",
        "5.3.0",
        "OFL-1.1",
        "inter.LICENSE.txt",
        {
            "files/inter-latin-wght-normal.woff2": "inter-latin.woff2",
            "files/inter-latin-ext-wght-normal.woff2": "inter-latin-ext.woff2",
            "LICENSE": "inter.LICENSE.txt",
        },
    ),
    Package("lucide-static", "1.62.0", "ISC AND MIT", "lucide.LICENSE.txt", {"LICENSE": "lucide.LICENSE.txt"}),
]

# The product's own mark: a sheet with a folded corner that speaks.
MARK = (
    '<symbol id="memo" viewBox="0 0 24 24"><path d="M5 4h9.5L20 9.5V17a2 2 0 0 1-2 2h-7l-4 3v-3H6a2 2 0 0 1-2-2V5'
    'a1 1 0 0 1 1-1Z" fill="currentColor" stroke="none"/><path d="M14.5 4v4a1.5 1.5 0 0 0 1.5 1.5h4Z" '
    'fill="var(--fold, #fff)" stroke="none"/></symbol>'
)


def fetch(package: Package, desk: Path) -> tuple[Path, str]:
    """The unpacked package and the sha512 of its archive (npm's integrity form)."""
    run = ["npm", "pack", "--silent", "--ignore-scripts", f"{package.name}@{package.version}"]
    archive = desk / subprocess.run(run, cwd=desk, check=True, capture_output=True, text=True).stdout.split()[-1]
    integrity = "sha512-" + base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    target = desk / archive.stem
    with tarfile.open(archive) as tar:
        tar.extractall(target, filter="data")
    return target / "package", integrity


def minified(source: Path, desk: Path) -> bytes:
    """The module without white space and long local names; its licence header stays."""
    subprocess.run(["npm", "install", "--silent", "--no-save", "--no-audit", ESBUILD], cwd=desk, check=True)
    out = desk / "minified.js"
    run = ["node_modules/.bin/esbuild", str(source), "--minify", "--format=esm", "--legal-comments=inline"]
    subprocess.run([*run, "--log-level=error", f"--outfile={out}"], cwd=desk, check=True)
    return out.read_bytes()


def place(package: Package, folder: Path, desk: Path) -> list[dict]:
    """Copies the package's files to static/vendor; returns one row of vendor.json for each."""
    rows = []
    for inside, name in package.files.items():
        content = minified(folder / inside, desk) if package.minify else (folder / inside).read_bytes()
        if name.endswith(".js"):
            content = _MAP_COMMENT.sub("", content.decode()).rstrip().encode() + b"\n"
        (VENDOR / name).write_bytes(content)
        row = {"file": name, "from": inside, "sha256": hashlib.sha256(content).hexdigest()}
        rows.append(row | ({"module": package.module} if package.module and name.endswith(".js") else {}))
    return rows


def symbol(name: str, source: str) -> str:
    """One lucide file as a symbol: the drawing alone, the stroke comes from the style sheet."""
    drawing = re.search(r"<svg[^>]*>(.*)</svg>", source, re.DOTALL)
    inner = "".join(line.strip() for line in drawing.group(1).splitlines()).replace(" />", "/>")
    return f'<symbol id="{name}" viewBox="0 0 24 24">{inner}</symbol>'


def build_sprite(lucide: Path) -> None:
    """static/ui/icons.svg from the names in static/ui/icons.json (our name -> lucide's name)."""
    names = json.loads(ICON_NAMES.read_text())
    symbols = [symbol(ours, (lucide / "icons" / f"{theirs}.svg").read_text()) for ours, theirs in sorted(names.items())]
    note = "<!-- Lucide icons, ISC and MIT: static/vendor/lucide.LICENSE.txt. The mark is Memo's own. -->"
    head = '<svg xmlns="http://www.w3.org/2000/svg">'
    SPRITE.write_text("\n".join([head, note, MARK, *symbols, "</svg>"]) + "\n")


def main() -> None:
    VENDOR.mkdir(parents=True, exist_ok=True)
    listed = []
    with tempfile.TemporaryDirectory() as name:
        desk = Path(name)
        for package in PACKAGES:
            folder, integrity = fetch(package, desk)
            rows = place(package, folder, desk)
            listed.append(
                {
                    "name": package.name,
                    "version": package.version,
                    "licence": package.licence,
                    "licence_file": package.licence_file,
                    "integrity": integrity,
                    "files": rows,
                }
            )
            if package.name == "lucide-static":
                build_sprite(folder)
    (VENDOR / "vendor.json").write_text(json.dumps(listed, indent=2) + "\n")


if __name__ == "__main__":
    main()
