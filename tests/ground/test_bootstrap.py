"""devtools.bootstrap: a fresh machine gets a virtual environment by the first way that works, or one exact sentence."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from devtools import bootstrap
from devtools.folders import ROOT


@pytest.fixture
def checkout(tmp_path, monkeypatch) -> Path:
    """An empty checkout with a PATH that holds nothing but what a test puts there."""
    (tmp_path / "requirements").mkdir()
    for name in ("base", "embedded", "dev"):
        (tmp_path / "requirements" / f"{name}.txt").write_text(f"# {name}\n")
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setattr(bootstrap, "ROOT", str(tmp_path))
    monkeypatch.setattr(bootstrap, "VENV", str(tmp_path / ".venv"))
    monkeypatch.setattr(bootstrap, "VENV_PYTHON", str(tmp_path / ".venv" / "bin" / "python"))
    monkeypatch.setattr(bootstrap, "STAMP", str(tmp_path / ".venv" / "memo-installed.json"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def program(checkout: Path, name: str, text: str) -> Path:
    """An executable in the checkout's bin that notes how it was called."""
    path = checkout / "bin" / name
    path.write_text(f'#!/bin/sh\necho "{name} $*" >> "{checkout}/calls"\n{text}\n')
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def calls(checkout: Path) -> list[str]:
    path = checkout / "calls"
    return path.read_text().splitlines() if path.exists() else []


def give_venv(checkout: Path) -> str:
    """Shell lines that put this Python where the virtual environment's should be."""
    return f'/bin/mkdir -p "{checkout}/.venv/bin" && /bin/ln -sf "{sys.executable}" "{checkout}/.venv/bin/python"'


def test_uv_is_asked_first(checkout):
    program(checkout, "uv", give_venv(checkout))
    bootstrap.make_venv(sys.executable)
    assert calls(checkout) == [f"uv venv --quiet --python {sys.executable} {checkout}/.venv"]


def test_without_uv_python_makes_it_itself(checkout):
    python = program(checkout, "python3", give_venv(checkout))
    bootstrap.make_venv(str(python))
    assert calls(checkout)[-1] == f"python3 -m venv {checkout}/.venv"


def test_when_uv_fails_the_next_way_is_taken(checkout):
    program(checkout, "uv", "exit 1")
    python = program(checkout, "python3", give_venv(checkout))
    bootstrap.make_venv(str(python))
    assert [call.split()[0] for call in calls(checkout) if " venv " in call] == ["uv", "python3"]
    assert bootstrap._good(bootstrap.VENV_PYTHON)


def test_debians_bare_python_without_ensurepip_uses_the_systems_pip(checkout):
    python = program(
        checkout, "python3", f'case "$*" in *--without-pip*) {give_venv(checkout)};; *"-m venv"*) exit 1;; esac'
    )
    bootstrap.make_venv(str(python))
    assert calls(checkout)[-1] == f"python3 -m venv --without-pip {checkout}/.venv"


def test_no_way_at_all_is_one_sentence_with_the_package_to_install(checkout):
    python = program(checkout, "python3", "exit 1")
    with pytest.raises(bootstrap.Trouble) as trouble:
        bootstrap.make_venv(str(python))
    assert "`apt-get install python3-venv`" in str(trouble.value)
    assert "\n" not in str(trouble.value)
    assert not (checkout / ".venv").exists()


def test_an_old_python_looks_for_a_newer_one(checkout, monkeypatch):
    monkeypatch.setattr(sys, "executable", str(program(checkout, "python3", "exit 1")))
    newer = program(checkout, "python3.13", "exit 0")
    assert bootstrap.find_python() == str(newer)


def test_no_python_but_uv_is_enough(checkout, monkeypatch):
    monkeypatch.setattr(sys, "executable", str(program(checkout, "python3", "exit 1")))
    program(checkout, "uv", "exit 0")
    assert bootstrap.find_python() is None


def test_neither_python_nor_uv_is_one_sentence(checkout, monkeypatch):
    monkeypatch.setattr(sys, "executable", str(program(checkout, "python3", "exit 1")))
    with pytest.raises(bootstrap.Trouble, match=r"needs Python 3.11 or newer and found none"):
        bootstrap.find_python()


def test_packages_are_installed_once_per_lock_with_hashes_and_wheels_only(checkout):
    program(checkout, "uv", f'[ "$1" = venv ] && {give_venv(checkout)}; exit 0')
    bootstrap.prepare(bootstrap.PRODUCT)
    install = [call for call in calls(checkout) if call.startswith("uv pip install")]
    assert len(install) == 1
    assert "--require-hashes --only-binary :all: -r requirements/base.txt -r requirements/embedded.txt" in install[0]
    before = calls(checkout)
    bootstrap.prepare(bootstrap.PRODUCT)
    assert calls(checkout) == before
    (checkout / "requirements" / "base.txt").write_text("# another lock\n")
    bootstrap.prepare(bootstrap.PRODUCT)
    assert len(calls(checkout)) == len(before) + 1
    bootstrap.prepare([*bootstrap.PRODUCT, "dev"])
    assert calls(checkout)[-1].endswith("-r requirements/dev.txt")
    assert set(json.loads(Path(bootstrap.STAMP).read_text())) == {"base", "embedded", "dev"}


def test_a_failed_install_is_told_and_not_remembered(checkout, monkeypatch):
    monkeypatch.setattr(bootstrap, "_works", lambda command: False)
    program(checkout, "uv", "exit 1")
    with pytest.raises(bootstrap.Trouble, match="`uv pip install` failed .* check the network or your package mirror"):
        bootstrap.install(["base"], sys.executable)
    assert not Path(bootstrap.STAMP).exists()


def test_a_broken_environment_is_made_again(checkout):
    (checkout / ".venv" / "bin").mkdir(parents=True)
    (checkout / ".venv" / "bin" / "python").symlink_to("/nowhere/python")
    program(checkout, "uv", f'[ "$1" = venv ] && {give_venv(checkout)}; exit 0')
    bootstrap.prepare(["base"])
    assert bootstrap._good(bootstrap.VENV_PYTHON)


def test_help_names_every_command_and_unknown_ones_are_refused():
    for arguments, code in (([], 0), (["help"], 0), (["rnu"], 2)):
        done = subprocess.run(
            [sys.executable, "dev.py", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert (done.returncode, [name for name in bootstrap.COMMANDS if name not in done.stdout]) == (code, [])


def test_the_makefile_knows_every_command():
    named = (ROOT / "Makefile").read_text().partition(".PHONY:")[2].split("\n")[0].split()
    assert sorted(named) == sorted(bootstrap.COMMANDS)


@pytest.mark.parametrize("name", ["dev.py", "devtools/__init__.py", "devtools/bootstrap.py"])
def test_what_comes_before_the_environment_can_be_read_by_python_3_6(name):
    import ast

    ast.parse((ROOT / name).read_text(), feature_version=(3, 6))
    assert "from __future__" not in (ROOT / name).read_text()


def test_what_comes_before_the_environment_needs_the_standard_library_only():
    done = subprocess.run(
        [sys.executable, "-S", "-c", "from devtools import bootstrap; print(len(bootstrap.COMMANDS))"],
        cwd=ROOT, env={"PATH": os.defpath}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert int(done.stdout) == len(bootstrap.COMMANDS)
