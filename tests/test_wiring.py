"""The one file that connects upwards: complete, and nothing in it leads nowhere (memo/wiring.py, memo/checks.py)."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from pathlib import Path

import pytest

from events import kinds, registry
from mail import routing
from memo import celery, wiring
from tests.tenancy_frames import FRAMES_DOWN

ROOT = Path(__file__).parent.parent
FOLDERS = {
    "accounts",
    "channels_app",
    "companies",
    "conversations",
    "customers",
    "events",
    "mail",
    "notifications",
    "texts",
    "widget",
}


def calls(*names: str) -> Iterator[tuple[Path, ast.Call]]:
    """Every call of a function of one of these names in the product."""
    for path in sorted(ROOT.glob("*/**/*.py")):
        if path.relative_to(ROOT).parts[0] not in FOLDERS or "migrations" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call):
                name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                if name in names:
                    yield path, node


def first_words(*names: str) -> set[str]:
    """The constant first arguments of these calls."""
    found = set()
    for _path, call in calls(*names):
        if call.args and isinstance(call.args[0], ast.Constant) and isinstance(call.args[0].value, str):
            found.add(call.args[0].value)
    return found


def test_every_event_kind_has_its_row():
    """An event without a row would stay unreacted for ever; a row without an event is a mistake."""
    assert set(wiring.REACTIONS) == set(kinds.KINDS)


def test_every_recorded_event_is_of_a_known_kind():
    """Read from the source: what record(), event() and history() are called with."""
    recorded = first_words("record", "event", "history")
    assert {kind for kind in recorded if "." in kind} <= set(kinds.KINDS)
    assert set(kinds.KINDS) <= recorded, "kinds that nothing records"


def test_every_deadline_has_its_function():
    """What is added is settled: no row that fails for ever."""
    added = {
        call.args[0].value
        for path, call in calls("add")
        if isinstance(call.func, ast.Attribute) and getattr(call.func.value, "id", "") == "due"
    }
    assert added == set(wiring.DUE)


@pytest.mark.parametrize("function", [f for row in wiring.REACTIONS.values() for f in row], ids=lambda f: f.__name__)
def test_reactions_take_events_and_the_time(function):
    """(events, now)"""
    assert list(inspect.signature(function).parameters) == ["events", "now"]


@pytest.mark.parametrize("function", wiring.DUE.values(), ids=lambda f: f.__name__)
def test_deadlines_take_subject_recipient_and_the_time(function):
    """(row, recipient, now)"""
    assert len(inspect.signature(function).parameters) == 3


def test_everything_is_connected():
    """The registries of the floors below hold what the table says."""
    assert registry.REACTIONS == wiring.REACTIONS
    assert registry.DUE == wiring.DUE
    assert registry.RENDERERS == wiring.RENDERERS
    assert routing.HANDLERS == wiring.MAIL_HANDLERS


def test_what_is_rendered_is_a_frame_that_goes_down():
    """A renderer of a kind that nobody publishes is a mistake."""
    assert set(wiring.RENDERERS) <= set(FRAMES_DOWN)
    assert all(callable(renderer) for renderer in wiring.RENDERERS.values())


def test_every_reply_address_has_a_handler():
    """A mail to an address that was given out always finds one."""
    given = {
        keyword.value.value
        for _path, call in calls("reply_address")
        for keyword in call.keywords
        if keyword.arg == "kind" and isinstance(keyword.value, ast.Constant)
    }
    assert given
    assert given <= set(wiring.MAIL_HANDLERS)


def test_the_clock_calls_tasks_that_exist():
    """A typing error in the beat table would be silence."""
    celery.app.loader.import_default_modules()
    for entry in celery.app.conf.beat_schedule.values():
        assert entry["task"] in celery.app.tasks, entry["task"]


def test_what_was_said_is_reacted_to_before_who_read_it():
    """The order of the table is the order of a batch (events/tasks.py)."""
    order = list(wiring.REACTIONS)
    for before, after in (
        ("message.posted", "offer.started"),
        ("offer.started", "offer.ended"),
        ("message.posted", "conversation.unclaimed"),
        ("message.posted", "conversation.seen"),
        ("message.posted", "conversation.closed"),
    ):
        assert order.index(before) < order.index(after)
