"""A mail body as lines: text, how deep it is quoted, and what the mail program said it is."""

from __future__ import annotations

import re
from dataclasses import dataclass

_PREFIX = re.compile(r"^(?:[ \t]{0,3}[>|](?=[ \t>|]|$|\S))+[ \t]?")
TEXT_CAP = 1024 * 1024
LINES_CAP = 20_000
_LINE_CAP = 20_000


@dataclass(slots=True)
class Line:
    """`depth` counts quote levels, `mark` is "quote", "forward", "signature" or "", `prefix` stood before."""

    text: str
    depth: int = 0
    mark: str = ""
    prefix: str = ""

    @property
    def shown(self) -> str:
        return self.prefix + self.text


def plain_lines(text: str) -> list[Line]:
    """The lines of a text/plain body; `>` before a line is its quote depth."""
    return [_plain_line(line.rstrip()) for line in text[:TEXT_CAP].split("\n")[:LINES_CAP]]


def unflowed(text: str, *, delsp: bool = False) -> str:
    """format=flowed (RFC 3676) undone: a line that ends in a space goes on in the next one of the same quote depth."""
    out: list[str] = []
    joining = False
    previous_depth = 0
    for line in text.split("\n"):
        depth = len(line) - len(line.lstrip(">"))
        content = line[depth:].removeprefix(" ")
        flowing = content.endswith(" ") and content != "-- "
        body = content[:-1] if flowing and delsp else content
        if joining and depth == previous_depth and content != "-- ":
            out[-1] += body
        else:
            out.append(">" * depth + (" " if depth else "") + body)
        joining, previous_depth = flowing, depth
    return "\n".join(out)


def _plain_line(line: str) -> Line:
    match = _PREFIX.match(line[:200])
    if not match or line.startswith("|"):
        return Line(line[:_LINE_CAP].replace("\xa0", " "))
    prefix = match[0]
    rest = line[len(prefix) :].lstrip(">") if len(line) > 200 else line[len(prefix) :]
    return Line(rest[:_LINE_CAP].replace("\xa0", " "), prefix.count(">") + prefix.count("|"), "", prefix)
