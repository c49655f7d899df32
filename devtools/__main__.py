"""Inside the virtual environment: runs one command of dev.py, which has prepared everything for it."""

from __future__ import annotations

import importlib
import sys

from devtools.bootstrap import Trouble
from memo.catalogues import CatalogueError
from memo.embedded import EmbeddedError

# Loaded one by one: `run` shall not wait for what only `test` needs.
COMMANDS = {
    "run": ("devtools.running", "run"),
    "test": ("devtools.testing", "test"),
    "walks": ("devtools.testing", "walks"),
    "lint": ("devtools.testing", "lint"),
    "stories": ("devtools.testing", "stories"),
    "faults": ("devtools.testing", "faults"),
    "bench": ("devtools.work", "bench"),
    "services": ("devtools.work", "services"),
    "shell": ("devtools.work", "shell"),
    "reset": ("devtools.work", "reset"),
    "messages": ("devtools.work", "messages"),
    "vendor": ("devtools.work", "vendor"),
    "doctor": ("devtools.work", "doctor"),
}


def main(arguments: list[str]) -> int:
    """Runs one command; what a person has to mend comes as one sentence."""
    module, function = COMMANDS[arguments[0]]
    try:
        return getattr(importlib.import_module(module), function)(arguments[1:])
    except (Trouble, EmbeddedError, CatalogueError) as trouble:
        print(f"\n{trouble}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
