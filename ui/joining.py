"""Joins modules with all they import into one script, so that a page waits for two requests and not for fifty.

Every module stays a module: a function with its own names, run once, in the order in which a browser would run them.
What is loaded later imports the same modules by the same names and gets the same objects: the import map leads each of
these names to a doorway, one line that takes the module out of the joined script.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ui.stripping import Unreadable, stripped, tokens

_OPEN, _CLOSE = frozenset("{(["), frozenset("})]")


@dataclass(frozen=True)
class Module:
    """One script taken apart: (pattern, name) of what it imports, the names it exports, and the rest of it."""

    imports: tuple[tuple[str, str], ...]
    exports: tuple[str, ...]
    code: str


def _imported(clause: list[str]) -> tuple[str, str]:
    """The words between `import` and `;` as what a declaration has on its left, and the module's name."""
    *words, source = [word for word in clause if not word.isspace()]
    if words[-1:] == ["from"]:
        words.pop()
    if words[:2] == ["*", "as"]:
        pattern = words[2]
    elif not words or (words[0], words[-1]) == ("{", "}"):
        pattern = "".join(":" if word == "as" else word for word in words)
    else:
        raise Unreadable("write import { name }, import * as name or import alone")
    return pattern, source[1:-1]


def _exported(words: list[str]) -> str:
    """The name that a declaration after `export` gives."""
    kind, name, *_ = [word for word in words if word not in ("async", "*") and not word.isspace()]
    if kind not in ("function", "class", "const") or not name.isidentifier():
        raise Unreadable("export a function, a class or a const by its name")
    return name


def read(source: str) -> Module:
    """Takes a script apart; raises Unreadable for forms of import and export that we do not use."""
    words = [text for _kind, text, _end in tokens(stripped(source))]
    imports, exports, code = [], [], []
    depth = at = 0
    while at < len(words):
        word = words[at]
        depth += (word in _OPEN) - (word in _CLOSE)
        if word == "import" and not depth and words[at + 1] not in ("(", "."):
            end = words.index(";", at)
            imports.append(_imported(words[at + 1 : end]))
            at = end
        elif word == "export" and not depth:
            exports.append(_exported(words[at + 1 : at + 8]))
            at += 1  # and the space behind it
        else:
            code.append(word)
        at += 1
    return Module(tuple(imports), tuple(exports), "".join(code).strip())


def joined(names: tuple[str, ...], source: Callable[[str], str | None]) -> str:
    """One script that runs these modules and all they import; what `source` does not know is imported from outside.

    Raises Unreadable where two modules import each other: the order would decide what they see.
    """
    outside: dict[str, str] = {}
    inside: dict[str, str | None] = {}
    parts: list[str] = []

    def place(name: str) -> str:
        text = source(name)
        if text is None:
            return outside.setdefault(name, f"$o{len(outside)}")
        if name in inside:
            if inside[name] is None:
                raise Unreadable(f"{name} imports itself by way of others")
            return inside[name] or ""
        inside[name] = None
        module = read(text)
        wanted = [(pattern, place(other)) for pattern, other in module.imports]
        taken = "".join(f"const {pattern}={other};" for pattern, other in wanted if pattern)
        variable = inside[name] = variable_of(name)
        parts.append(f"const {variable}=(()=>{{{taken}{module.code}\nreturn{{{','.join(module.exports)}}};}})();")
        return variable

    for name in names:
        place(name)
    head = [f'import*as {variable} from "{name}";' for name, variable in outside.items()]
    return "\n".join([*head, *parts, f"export{{{','.join(variable_of(name) for name in inside)}}};\n"])


def variable_of(name: str) -> str:
    """What a module is called inside the joined script."""
    return "$" + "".join(sign if sign.isalnum() else "_" for sign in name.removeprefix("memo/"))


def doorway(name: str, exports: tuple[str, ...], script: str) -> str:
    """The module `name` for those who import it from outside the joined script, which the map calls `script`."""
    variable = variable_of(name)
    taken = f"export const{{{','.join(exports)}}}={variable};" if exports else ""
    return f'import{{{variable}}}from "{script}";{taken}\n'
