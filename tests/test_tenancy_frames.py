"""Every frame that comes up or goes down a socket stands in tests/tenancy_frames.py, with its audience (S-05)."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from tests import tenancy_frames as declared

ROOT = Path(__file__).parent.parent


def _product() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(ROOT.glob("*/**/*.py")):
        parts = path.relative_to(ROOT).parts
        if parts[0] in {"tests", "bench", "devtools", ".venv", ".dev"} or "migrations" in parts:
            continue
        yield ".".join(path.relative_to(ROOT).with_suffix("").parts), ast.parse(path.read_text())


def test_every_frame_that_comes_up_is_declared():
    """The kinds that the consumers compare with, read from their source."""
    found: dict[str, set[str]] = {}
    for module, tree in _product():
        for owner in [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]:
            kinds = {
                constant.value
                for method in owner.body
                if isinstance(method, ast.AsyncFunctionDef) and method.name in {"frame", "_handle"}
                for node in ast.walk(method)
                if isinstance(node, ast.Compare) and isinstance(node.left, ast.Name) and node.left.id == "kind"
                for constant in node.comparators
                if isinstance(constant, ast.Constant)
            }
            if kinds:
                found[f"{module}.{owner.name}"] = kinds
    assert found == {name: set(kinds) for name, kinds in declared.FRAMES_UP.items()}


def test_every_frame_that_goes_down_is_declared_with_its_audience():
    """publish() and whisper() with their group and kind, read from the source; a computed one must be one of these."""
    undeclared = []
    for module, tree in _product():
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call):
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in {"publish", "whisper"} and len(node.args) == 3:
                _check_frame(module, node.args, undeclared)
            said = next((a.value for a in node.args[:1] if name == "tell" and isinstance(a, ast.Constant)), None)
            if said is not None and said not in declared.FRAMES_TOLD:
                undeclared.append(f"{module}: tell {said}")
    assert undeclared == []


def _check_frame(module: str, arguments: list[ast.expr], undeclared: list[str]) -> None:
    group, kind, _data = arguments
    if not isinstance(kind, ast.Constant):
        undeclared.append(f"{module}: a kind that is computed")
    elif kind.value not in declared.FRAMES_DOWN:
        undeclared.append(f"{module}: {kind.value}")
    audience = group.func.attr if isinstance(group, ast.Call) and isinstance(group.func, ast.Attribute) else None
    if audience is not None and audience not in declared.FRAMES_DOWN.get(getattr(kind, "value", None), ()):
        undeclared.append(f"{module}: {getattr(kind, 'value', '?')} to {audience}")
