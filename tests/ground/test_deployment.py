"""Dockerfile, docker-compose.yml, the proxy, the lock files: parsed, because no engine runs in the tests."""

from __future__ import annotations

import importlib.util
import re
import shlex
from pathlib import Path

import pytest
import yaml
from django.core.management import get_commands, load_command_class
from django.urls import resolve
from packaging.version import Version

from devtools.folders import ROOT
from memo import programs

COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if service["image"].startswith("memo:")}
DOCKERFILE = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")


def instructions(name: str) -> list[str]:
    return re.findall(rf"^{name}\s+(.*)$", DOCKERFILE, re.MULTILINE)


# --- compose ----------------------------------------------------------------------------------------------


def test_the_services_are_those_of_the_design():
    assert set(SERVICES) == {"web", "worker", "beat", "mail-in", "migrate", "db", "valkey", "proxy"}
    assert SERVICES["db"]["image"].startswith("postgres:18")
    assert SERVICES["valkey"]["image"].startswith("valkey/valkey:9")
    assert SERVICES["proxy"]["profiles"] == ["proxy"]


@pytest.mark.parametrize(
    ("service", "program"),
    [("web", programs.web("daphne", "0.0.0.0", 8000)), ("worker", programs.worker(8)), ("beat", programs.beat())],
)
def test_containers_run_the_very_commands_of_manage_py_run(service, program):
    assert SERVICES[service]["command"] == ["python", *program.argv]


def test_the_image_starts_the_same_web_server():
    assert instructions("CMD") == [str(["python", *programs.web("daphne", "0.0.0.0", 8000).argv]).replace("'", '"')]


@pytest.mark.parametrize("name", sorted(OURS))
def test_every_command_exists(name):
    command = [str(part) for part in OURS[name]["command"]]
    assert command[:2] == ["python", "-m"]
    assert importlib.util.find_spec(command[2])
    if command[2] == "django":
        app = get_commands()[command[3]]
        load_command_class(app, command[3]).create_parser("manage.py", command[3]).parse_args(command[4:])


@pytest.mark.parametrize("name", sorted(OURS))
def test_our_containers_are_locked_down(name):
    service = OURS[name]
    user, group = service["user"].split(":")
    assert int(user) > 0
    assert int(group) > 0
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert service["init"] is True
    assert service["env_file"] == [".env"]
    assert service["environment"]["MEMO_TRUSTED_PROXY_COUNT"] == "1"


@pytest.mark.parametrize("name", sorted(set(OURS) - {"migrate"}))
def test_everything_of_ours_waits_for_the_migration_and_asks_ready(name):
    assert OURS[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}
    test = OURS[name]["healthcheck"]["test"]
    assert test[:4] == ["CMD", "python", "-m", "memo.healthcheck"]
    assert importlib.util.find_spec(test[3])
    host, path = re.fullmatch(r"http://([a-z0-9.]+):8000(/.*)", test[4]).groups()
    assert host in ("127.0.0.1", *SERVICES)
    assert resolve(path).url_name == "ready"


def test_every_long_running_container_is_watched_and_comes_back():
    for name, service in SERVICES.items():
        if name == "migrate":
            assert service["restart"] == "no"
        else:
            assert service["restart"] == "unless-stopped", name
            assert service["healthcheck"]["test"][0] == "CMD", name


def test_only_the_proxy_is_open_to_the_world():
    for name, service in SERVICES.items():
        for port in service.get("ports", []):
            assert name == "proxy" or port.startswith("127.0.0.1:"), (name, port)


def test_data_lives_in_named_volumes():
    for name, service in SERVICES.items():
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert source in COMPOSE["volumes"] or (ROOT / source).is_file(), (name, volume)
    # PostgreSQL 18 keeps its cluster one level deeper; a volume at the old place would be forgotten with the container.
    assert "database:/var/lib/postgresql" in SERVICES["db"]["volumes"]


def test_the_database_sorts_as_the_embedded_one_does():
    assert "--builtin-locale=PG_UNICODE_FAST" in SERVICES["db"]["environment"]["POSTGRES_INITDB_ARGS"]


def test_compose_asks_for_every_variable_it_uses_and_the_example_has_them():
    used = set(re.findall(r"\$\{([A-Z_]+)", (ROOT / "docker-compose.yml").read_text()))
    example = set(re.findall(r"^([A-Z_]+)=", (ROOT / "deploy" / "env.example").read_text(), re.MULTILINE))
    assert used - {"MEMO_VERSION"} <= example
    assert {"MEMO_SECRET_KEY", "MEMO_BASE_URL", "SMTP_URL"} <= example


def test_no_secret_is_in_the_example():
    values = dict(re.findall(r"^([A-Z_]+)=(.*)$", (ROOT / "deploy" / "env.example").read_text(), re.MULTILINE))
    assert (values["MEMO_SECRET_KEY"], values["POSTGRES_PASSWORD"]) == ("", "")


def test_the_proxy_forwards_one_trusted_hop_and_hides_what_is_for_monitors():
    caddyfile = (ROOT / "deploy" / "Caddyfile").read_text()
    assert caddyfile.count("{") == caddyfile.count("}")
    assert "header_up X-Forwarded-For {remote_host}" in caddyfile
    assert "header_up X-Forwarded-Proto {scheme}" in caddyfile
    assert "web 8000" in caddyfile
    hidden = re.search(r"@inside path (.*)", caddyfile).group(1).split()
    assert {"/ready", "/metrics"} <= set(hidden)


# --- the image --------------------------------------------------------------------------------------------


def test_the_image_is_debian_without_root_and_with_hashed_wheels_only():
    assert instructions("USER") == ["10001:10001"]
    assert all("slim" in line for line in instructions("ARG"))
    assert "alpine" not in DOCKERFILE
    install = next(line for line in instructions("RUN") if "pip install" in line)
    assert "--require-hashes" in install
    assert "--only-binary :all:" in install
    assert "embedded" not in install


def test_files_that_the_image_copies_are_in_the_build_context():
    allowed = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    for line in instructions("COPY"):
        source = shlex.split(line)[-2]
        assert source in (".", "/opt/memo") or source in allowed, line
    tops = {path.parent.name for path in ROOT.glob("*/apps.py")} | {"static", "templates", "manage.py"}
    assert tops <= allowed


def test_secrets_tests_and_tools_stay_out_of_the_image():
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    assert lines[0] == "*"
    assert not {"!.env", "!.dev", "!.git", "!tests", "!devtools"} & set(lines)


def test_the_systemd_unit_runs_the_same_command_as_an_ordinary_user():
    unit = (ROOT / "deploy" / "memo.service").read_text()
    assert re.search(r"^User=memo$", unit, re.MULTILINE)
    assert re.search(r"^ExecStart=\S+/python manage.py run$", unit, re.MULTILINE)
    assert re.search(r"^KillMode=mixed$", unit, re.MULTILINE)


# --- the lock ---------------------------------------------------------------------------------------------

LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
# What is older has known holes (or lacks what the code relies on).
FLOORS = {
    "django": "5.2.19",
    "daphne": "4.2.2",
    "channels": "4.3.2",
    "channels-redis": "4.3.0",
    "redis": "4.5.4",
    "pillow": "12.3.0",
    "django-allauth": "65.21.1",
    "celery": "5.2.2",
    "nh3": "0.3.8",
    "twisted": "26.10.0",
    "autobahn": "26.10.2",
}


def pins(path: Path) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9._-]+)(?:\[[^\]]*\])?==([^ ;\\]+)", path.read_text(), re.MULTILINE))


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: path.name)
def test_every_package_is_pinned_with_hashes_and_no_address(path):
    text = path.read_text()
    blocks = re.split(r"\n(?=[a-z0-9])", text)
    assert all("--hash=sha256:" in block for block in blocks)
    assert "://" not in text
    assert not re.search(r"^-(i|f|-index|-extra|-find)", text, re.MULTILINE)


def test_no_pin_is_below_its_floor():
    """S-63: the version floor of the security plan."""
    pinned = pins(ROOT / "requirements" / "base.txt")
    assert {name: pinned[name] for name, floor in FLOORS.items() if Version(pinned[name]) < Version(floor)} == {}


def test_the_lock_holds_everything_that_is_asked_for():
    for path in LOCKS:
        asked = re.findall(r"^([A-Za-z0-9._-]+)", path.with_suffix(".in").read_text(), re.MULTILINE)
        assert {name.lower() for name in asked} - {"-c"} <= set(pins(path)), path.name


def test_no_lock_file_that_records_a_registry_is_here():
    for name in ("uv.lock", "pylock.toml", "package-lock.json", "poetry.lock", "Pipfile.lock"):
        assert not (ROOT / name).exists(), name
