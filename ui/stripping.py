"""Takes out of our own scripts what only people read: comments, indents, spaces that mean nothing.

Names and lines stay, so that an error in production still points at something readable; strings, templates and regular
expressions are kept to the letter.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_TOKEN = re.compile(
    r"""(?P<comment>//[^\n]*|/\*.*?\*/)
      | (?P<space>\s+)
      | (?P<string>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
      | (?P<word>[\w$\#]+)
      | (?P<sign>.)""",
    re.VERBOSE | re.DOTALL,
)
_REGEX = re.compile(r"/(?:[^/\\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+/[a-z]*")
_TEMPLATE_TEXT = re.compile(r"(?:[^`\\$]|\\.|\$(?!\{))*", re.DOTALL)
# A slash after one of these begins a regular expression; after anything else it divides.
_BEFORE_REGEX = {"", *"(,=:[!&|?{;+-*%~^<>", "return", "typeof", "case", "in", "of", "void", "throw", "await", "yield"}
# Beside these a space says nothing; beside + and - it keeps "a + +b" apart, beside / it keeps comments away.
_TIGHT = frozenset("{}()[];,:?=<>|&*%!~^")
_OPENS, _CLOSES = frozenset("{([;,"), frozenset("})]")


class Unreadable(ValueError):
    """The source is no script that we can read, for example a template without its end."""


def _template(source: str, at: int) -> int:
    """Where the template that begins at `at` ends; what stands in ${…} may hold templates of its own."""
    at += 1
    while at < len(source):
        at = _TEMPLATE_TEXT.match(source, at).end()
        if source[at : at + 1] == "`":
            return at + 1
        depth = 0
        for kind, text, end in tokens(source, at + 2):
            at = end
            if kind == "sign" and text == "}" and not depth:
                break
            depth += (text == "{") - (text == "}") if kind == "sign" else 0
    raise Unreadable("a template without its end")


def tokens(source: str, at: int = 0) -> Iterator[tuple[str, str, int]]:
    """(kind, text, where it ends) of everything from `at` on; kinds: comment, space, string, word, sign."""
    before = ""
    while at < len(source):
        found = _TOKEN.match(source, at)
        kind, text, end = found.lastgroup, found[0], found.end()
        if text == "`":
            kind, end = "string", _template(source, at)
        elif text == "/" and before in _BEFORE_REGEX and (regex := _REGEX.match(source, at)):
            kind, end = "string", regex.end()
        text = source[at:end]
        if kind not in ("comment", "space"):
            before = text
        yield kind, text, end
        at = end


def _gap(before: str, space: str, after: str) -> str:
    """What has to stay of the space between two tokens."""
    if not before or before in _OPENS or after in _CLOSES:
        return ""
    if "\n" in space:
        return "\n"
    return "" if before in _TIGHT or after in _TIGHT else " "


def stripped(source: str) -> str:
    """The same script without comments and needless space; stripping twice changes nothing. Raises Unreadable."""
    out: list[str] = []
    space = ""
    for kind, text, _end in tokens(source):
        if kind in ("comment", "space"):
            space += "\n" if "\n" in text else " "
            continue
        if space:
            out.append(_gap(out[-1] if out else "", space, text))
        out.append(text)
        space = ""
    return "".join(out) + "\n"
