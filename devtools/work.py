"""The small commands: services, shell, bench, reset, messages, vendor, doctor."""

from __future__ import annotations

import os
import subprocess
import sys
import time

from devtools import environment, folders, inspection, running, vendoring
from devtools import texts as sources
from devtools.bootstrap import Trouble
from devtools.steps import module
from memo import catalogues


def services(arguments: list[str]) -> int:
    """Starts the development servers and waits for Ctrl-C; or runs a command with their addresses, then stops."""
    with running.development_servers() as urls:
        if arguments:
            command = arguments[1:] if arguments[0] == "--" else arguments
            return subprocess.run(command, env=environment.development() | urls, check=False).returncode
        for name, url in urls.items():
            print(f"export {name}={url}", flush=True)
        print("# They run until Ctrl-C.", flush=True)
        while True:
            time.sleep(3600)


def shell(arguments: list[str]) -> int:
    """A Django shell with the development servers; they stop again unless `run` is using them."""
    with running.development_servers() as urls:
        command = module("django", "shell", *arguments)
        return subprocess.run(command, env=environment.development() | urls, check=False).returncode


def bench(arguments: list[str]) -> int:
    """Becomes python -m bench, which starts servers of its own that write to disk like real ones."""
    if not (folders.ROOT / "bench").is_dir():
        raise Trouble("There is no bench/ in this checkout: update it (`git pull`).")
    sys.stdout.flush()
    os.execve(sys.executable, module("bench", *arguments), environment.test({}))


def reset(arguments: list[str]) -> int:
    """Throws the development data away."""
    removed = folders.reset()
    print("\n".join(f"removed {folder}" for folder in removed) or "There was nothing to remove.")
    return 0


def messages(arguments: list[str]) -> int:
    """Compiles the translations; with --update collects the texts of the sources first."""
    if "--update" in arguments:
        for language, missing in sources.update().items():
            print(f"{language}: {missing} texts without a translation")
    for written in catalogues.compile_stale():
        print(f"compiled {written.relative_to(folders.ROOT)}")
    return 0


def vendor(arguments: list[str]) -> int:
    """Fetches the browser libraries again, or only compares their sums."""
    if "--check" not in arguments:
        vendoring.fetch()
    if problem := vendoring.problem():
        raise Trouble(problem)
    return 0


def doctor(arguments: list[str]) -> int:
    """Looks at this machine."""
    return inspection.look()
