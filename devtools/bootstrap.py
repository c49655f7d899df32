"""Before the virtual environment: find Python, make .venv, install what changed, go on inside.

Written so that an old Python can read it, too.
"""

import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(ROOT, ".venv")
VENV_PYTHON = os.path.join(VENV, "bin", "python")
STAMP = os.path.join(VENV, "memo-installed.json")
OLDEST = (3, 11)
PRODUCT = ["base", "embedded"]
# command -> (what it does, the requirement files it needs; None: no virtual environment)
COMMANDS = {
    "run": ("start everything, with demo data, and print the addresses", PRODUCT),
    "test": ("all checks and tests; arguments go to pytest and then only pytest runs", [*PRODUCT, "dev"]),
    "walks": ("every page in every variant, and long days, in a real browser", [*PRODUCT, "dev"]),
    "lint": ("style, types, layers, templates, settings, migrations", [*PRODUCT, "dev"]),
    "stories": ("the stories that need the real clock, in real browsers", [*PRODUCT, "dev"]),
    "bench": ("measure speed and memory", [*PRODUCT, "dev"]),
    "faults": ("kill things under load and count what was lost", [*PRODUCT, "dev"]),
    "services": ("start PostgreSQL and Valkey and print their addresses; or run a command with them", PRODUCT),
    "shell": ("a Django shell on the development data", PRODUCT),
    "doctor": ("look at this machine and say what is missing", None),
    "reset": ("throw the development data away", PRODUCT),
    "messages": ("compile the translations; --update collects new texts first", PRODUCT),
    "vendor": ("fetch the browser libraries again; --check compares the sums", PRODUCT),
    "lock": ("compile requirements/*.in to requirements/*.txt", None),
}


class Trouble(Exception):
    """Something that the person at the keyboard has to mend; the text is one sentence that says how."""


def main(arguments):
    """Runs one command; returns the exit code, unless it went on inside the virtual environment."""
    name = arguments[0] if arguments else "help"
    if name not in COMMANDS:
        print(_usage())
        return 0 if name in ("help", "-h", "--help") else 2
    os.chdir(ROOT)
    try:
        if os.name == "nt":
            raise Trouble(
                "Memo's servers run on Linux and macOS: on Windows use WSL (`wsl --install`), and start there."
            )
        if name == "doctor":
            return _doctor()
        if name == "lock":
            return _lock(arguments[1:])
        prepare(COMMANDS[name][1])
        os.execve(VENV_PYTHON, [VENV_PYTHON, "-m", "devtools", *arguments], _environment())
    except Trouble as trouble:
        print("\n" + str(trouble), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _usage():
    lines = ["Usage: python3 dev.py COMMAND", ""]
    return "\n".join(lines + ["  %-10s %s" % (name, text) for name, (text, _) in COMMANDS.items()])


def _environment():
    """Ours, so that nothing of another project's activated environment leaks in."""
    environ = {key: value for key, value in os.environ.items() if key not in ("PYTHONHOME", "PYTHONPATH")}
    environ["VIRTUAL_ENV"] = VENV
    environ["PATH"] = os.path.join(VENV, "bin") + os.pathsep + environ.get("PATH", os.defpath)
    return environ


def prepare(needed):
    """Makes .venv if it is missing or broken and installs the named requirement files whose lock has changed."""
    os.makedirs(os.path.join(ROOT, ".dev"), exist_ok=True)
    with _alone(os.path.join(ROOT, ".dev", "setup.lock")):
        python = None
        if not _good(VENV_PYTHON):
            python = find_python()
            make_venv(python)
        stale = [name for name in needed if _installed().get(name) != _sum_of(name)]
        if stale:
            install(needed, python)


@contextlib.contextmanager
def _alone(path):
    import fcntl  # absent on Windows, where we stop before this

    with open(path, "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _good(python):
    """Whether this interpreter starts and is new enough."""
    probe = "import sys; sys.exit(sys.version_info[:2] < %r)" % (OLDEST,)
    try:
        return subprocess.call([python, "-c", probe], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) == 0
    except OSError:
        return False


def find_python():
    """A Python that is new enough; None when only uv is there, which brings one; Trouble when there is neither."""
    names = ["python3.%d" % minor for minor in range(14, OLDEST[1] - 1, -1)] + ["python3"]
    for candidate in [sys.executable] + [shutil.which(name) for name in names]:
        if candidate and _good(candidate):
            return candidate
    if shutil.which("uv"):
        return None
    raise Trouble(
        "Memo needs Python 3.11 or newer and found none: install it (or uv, which brings one), then run this again."
    )


def make_venv(python):
    """Makes .venv by the first way that works here: uv, python's venv, venv without pip."""
    print("Making .venv …", flush=True)
    shutil.rmtree(VENV, ignore_errors=True)
    ways = []
    if shutil.which("uv"):
        ways.append(["uv", "venv", "--quiet", "--python", python or ">=3.11", VENV])
    if python:
        ways.append([python, "-m", "venv", VENV])
        if _works([python, "-m", "pip", "--version"]):
            ways.append([python, "-m", "venv", "--without-pip", VENV])
    for way in ways:
        if _works(way) and _good(VENV_PYTHON):
            return
        shutil.rmtree(VENV, ignore_errors=True)
    raise Trouble(
        "Python cannot make a virtual environment here: run `apt-get install python3-venv` "
        "(or install uv), then run this again."
    )


def _works(command):
    try:
        return subprocess.call(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) == 0
    except OSError:
        return False


def _installed():
    try:
        with open(STAMP) as file:
            return json.load(file)
    except (OSError, ValueError):
        return {}


def _sum_of(name):
    with open(os.path.join(ROOT, "requirements", name + ".txt"), "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def install(needed, python):
    """Installs the locked packages, checked by their hashes, wheels only: no compiler is ever asked for."""
    print("Installing packages (only when the lock has changed; about a minute with pip) …", flush=True)
    files = []
    for name in needed:
        files += ["-r", os.path.join("requirements", name + ".txt")]
    failed = "There is no pip for .venv"
    for installer in _installers(python):
        command = installer + ["--quiet", "--require-hashes", "--only-binary", ":all:"] + files
        if subprocess.call(command, env=_environment()) == 0:
            with open(STAMP, "w") as file:
                json.dump(dict(_installed(), **{name: _sum_of(name) for name in needed}), file)
            return
        failed = "`%s` failed (its words are above)" % " ".join(installer[:3])
    raise Trouble(
        failed + ": check the network or your package mirror (PIP_INDEX_URL or UV_INDEX_URL), "
        "then run this again; `python3 dev.py doctor` tells more."
    )


def _installers(python):
    """The ways to install into .venv, best first."""
    if shutil.which("uv"):
        yield ["uv", "pip", "install", "--python", VENV_PYTHON]
    if _works([VENV_PYTHON, "-m", "pip", "--version"]):
        yield [VENV_PYTHON, "-m", "pip", "install", "--disable-pip-version-check"]
        return
    base = python or find_python()
    if base and _works([base, "-m", "pip", "--version"]):
        yield [base, "-m", "pip", "--python", VENV_PYTHON, "install", "--disable-pip-version-check"]


def _lock(arguments):
    """Compiles requirements/*.in; arguments (such as --upgrade or -P django) go to `uv pip compile`."""
    if not shutil.which("uv"):
        raise Trouble("`dev.py lock` needs uv: `pip install uv`, then run this again.")
    for name in [*PRODUCT, "dev"]:
        command = ["uv", "pip", "compile", "--quiet", "--universal", "--generate-hashes", "--no-header"]
        command += ["--no-emit-index-url", "--python-version", "3.11", *arguments]
        command += ["requirements/%s.in" % name, "-o", "requirements/%s.txt" % name]
        if subprocess.call(command, stdout=subprocess.DEVNULL) != 0:
            raise Trouble(
                "`uv pip compile` failed for requirements/%s.in (its words are above): mend that file." % name
            )
    return 0


def _doctor():
    """As much as can be said without .venv, then the rest from inside it when it works."""
    python = find_python()
    print("ok    Python for .venv: %s" % (python or "by uv"))
    if not _good(VENV_PYTHON):
        print("note  .venv is missing: `python3 dev.py run` makes it")
        return 0
    stale = [name for name in [*PRODUCT, "dev"] if _installed().get(name) != _sum_of(name)]
    print(
        "note  packages to install or update: %s" % ", ".join(stale) if stale else "ok    all locked packages installed"
    )
    return subprocess.call([VENV_PYTHON, "-m", "devtools", "doctor"], env=_environment())
