"""The lines that head a quote ("On … wrote:", From/Sent/To, "Original Message"), told from similar sentences."""

from __future__ import annotations

import re
from dataclasses import dataclass

from mail import phrases
from mail.lines import Line

_LABEL_LINE = re.compile(r"^[\s>*_|]*([^\W\d_][\w ’'-]{0,16}?)[\s*_]*[:：][*_]*\s*(.{0,300})")
_LONG = 400
_BLOCK_LINES = 16


@dataclass(frozen=True)
class Headline:
    """`kind`: attribution, labels, original or forward; `length` in lines, empty ones inside included."""

    kind: str
    length: int


def headline_at(lines: list[Line], number: int, *, inside: bool = False) -> Headline | None:
    """The headline that starts exactly at this line; `inside` also reads lines that are quoted themselves."""
    line = lines[number]
    if line.depth > 1 and phrases.ARROWS.match(line.shown[:_LONG]):
        return Headline("attribution", 1)
    if (
        not line.text.strip()
        or len(line.text) > _LONG
        or (line.depth and not inside and not _heads_own_block(lines, number))
    ):
        return None
    if phrases.FORWARD.match(line.text):
        return Headline("forward", 1)
    if phrases.ORIGINAL.match(line.text):
        return Headline("original", 1 + _labels_below(lines, number + 1))
    if phrases.DASHED_WORDS.match(line.text) and _labels_below(lines, number + 1):
        return Headline("original", 1 + _labels_below(lines, number + 1))
    if length := _label_block(lines, number):
        return Headline("labels", length)
    if length := _attribution(lines, number):
        return Headline("attribution", length)
    return None


def is_quoted(line: Line) -> bool:
    """Quoted by sign (`>`, blockquote) or by what the mail program marked."""
    return line.depth > 0 or line.mark == "quote"


def quoted_end(lines: list[Line], start: int) -> int:
    """The first line after `start` that is neither quoted nor empty; empty lines at the end belong to what follows."""
    end = start
    for number in range(start, len(lines)):
        if is_quoted(lines[number]):
            end = number + 1
        elif lines[number].text.strip():
            break
    return end


def first_filled(lines: list[Line], start: int) -> int | None:
    """The number of the first line with text at or after `start`."""
    return next((number for number in range(start, len(lines)) if lines[number].text.strip()), None)


def rule_above(lines: list[Line], number: int) -> int:
    """Where the drawn line directly above a headline starts; `number` itself when there is none."""
    above = number - 1
    while above >= 0 and not lines[above].text.strip():
        above -= 1
    return above if above >= 0 and not lines[above].mark and phrases.RULE.match(lines[above].text[:200]) else number


def looks_like_headline(text: str) -> bool:
    """For a line directly above a sure quote: no pattern knows it, but it is no sentence either."""
    text = text.strip()
    if phrases.RULE.match(text[:200]) or re.fullmatch(r"[=\-_*~#+\s]{2,}.{1,80}[=\-_*~#+\s]{2,}", text[:200]):
        return True
    dated = bool(phrases.EMAIL.search(text) or (phrases.TIME.search(text) and phrases.DATE.search(text)))
    return (dated and not text.endswith((".", "?", "!"))) or (
        text.endswith((":", "：")) and bool(phrases.VERB.search(text))
    )


def _heads_own_block(lines: list[Line], number: int) -> bool:
    """`> On … wrote:` as the first line of a quoted block heads it from within (Open-Xchange, Swedish Apple Mail)."""
    return number == 0 or not lines[number - 1].depth


def _attribution(lines: list[Line], number: int) -> int:
    """Lines taken by "On …, NAME wrote:"; 0 when none starts here. Up to four wrapped lines without an empty one."""
    if lines[number].mark == "quote":
        return 0
    window: list[str] = []
    for length in range(1, 5):
        if number + length > len(lines):
            break
        line = lines[number + length - 1]
        if not line.text.strip() or line.depth != lines[number].depth or len(line.text) > _LONG:
            break
        window.append(line.text.strip())
        if length > 1 and not phrases.OPENER.match(window[0]):
            break
        joined = " ".join(window).strip(" *_")
        if len(joined) <= _LONG and _is_attribution(joined, lines, number + length):
            return length if not _starts_later(window, lines, number, length) else 0
    return 0


def _starts_later(window: list[str], lines: list[Line], number: int, length: int) -> bool:
    """A sentence that begins like a headline must not be swallowed together with the real one below it."""
    signs = _Signs(window[0])
    if (signs.dated or signs.timed) and not window[0].endswith((".", "!", "?")):
        return False
    for skip in range(1, length):
        rest = " ".join(window[skip:]).strip(" *_")
        if phrases.OPENER.match(window[skip]) and _is_attribution(rest, lines, number + length):
            return True
    return False


def _is_attribution(text: str, lines: list[Line], following: int) -> bool:
    below = first_filled(lines, following)
    heads = below is not None and is_quoted(lines[below])
    colon = text.endswith((":", "："))
    if not (heads or colon or text.endswith("---") or _ends_with_verb(text)):
        return False
    if phrases.STORY.search(text):
        return False
    found = _Signs(text)
    return (heads and _heads_quote(text, found, colon)) or _stands_alone(text, found, colon)


@dataclass(frozen=True)
class _Signs:
    """What speaks for a mail program: verb, address, date, time; read when asked."""

    text: str

    @property
    def verb(self) -> bool:
        return bool(phrases.VERB.search(self.text))

    @property
    def email(self) -> bool:
        return bool(phrases.EMAIL.search(self.text))

    @property
    def mailbox(self) -> bool:
        return bool(re.search(r"<[^<>\s]+@[^<>\s]+>", self.text))

    @property
    def dated(self) -> bool:
        return bool(phrases.DATE.search(self.text) or re.search(r"\b(?:19|20)\d{2}\b", self.text))

    @property
    def timed(self) -> bool:
        return bool(phrases.TIME.search(self.text))

    @property
    def opened(self) -> bool:
        return bool(phrases.OPENER.match(self.text))


def _heads_quote(text: str, found: _Signs, colon: bool) -> bool:
    """Directly above a sure quote a few signs are enough."""
    if found.verb and (colon or found.email or found.dated):
        return True
    if colon and ((found.dated and found.timed) or (found.opened and found.email)):
        return True
    return bool(phrases.QUOTING.match(text)) or (found.dated and found.mailbox and text.rstrip(":").endswith(">"))


def _stands_alone(text: str, found: _Signs, colon: bool) -> bool:
    """Without a quoted line below, everything has to fit: "On March 4 at 10 I called you" is a sentence."""
    if re.fullmatch(r"-{3,}.{3,200}-{3,}", text):
        return found.verb and found.email
    if not colon:
        return _ends_with_verb(text) and found.email and (found.dated or found.timed)
    if found.verb and (found.email or (found.dated and (found.opened or found.timed))):
        return True
    return found.timed and found.dated and found.mailbox


def _ends_with_verb(text: str) -> bool:
    return text.rstrip(" :-").rpartition(" ")[2].casefold() in phrases.VERB_ENDINGS


def _label_block(lines: list[Line], number: int) -> int:
    """Lines taken by a From/Sent/To/Subject block; 0 for form data such as "Von: Berlin / An: Hamburg / Datum: …"."""
    roles, used = _read_labels(lines, number)
    names = [role for role, _ in roles]
    if len(set(names) - {"other"}) < 2 or "from" not in names:
        return 0
    has_address = any(role in {"from", "to", "cc"} and phrases.EMAIL.search(value) for role, value in roles)
    has_time = any(role == "date" and phrases.TIME.search(value) for role, value in roles)
    if len(set(names) - {"other"}) == 2:
        return used if has_address and has_time else 0
    return used if has_address or (has_time and "subject" in names) else 0


def _labels_below(lines: list[Line], number: int) -> int:
    """Lines taken by labels under a separator, where fewer signs are enough; 0 when there are none."""
    start = first_filled(lines, number)
    if start is None or start - number > 2:
        return 0
    roles, used = _read_labels(lines, start)
    return start - number + used if any(role in {"from", "date", "subject", "to"} for role, _ in roles) else 0


def _read_labels(lines: list[Line], number: int) -> tuple[list[tuple[str, str]], int]:
    """(role, value) pairs from this line on in the language that reads most of them, and how many lines they take."""
    best: tuple[list[tuple[str, str]], int] = ([], 0)
    first = _LABEL_LINE.match(lines[number].text[:_LONG])
    if not first:
        return best
    label = first[1].strip().casefold()
    for roles in phrases.LABELS.values():
        if label in roles:
            found = _read_in(lines, number, roles)
            if len({role for role, _ in found[0]}) > len({role for role, _ in best[0]}):
                best = found
    return best


def _read_in(lines: list[Line], number: int, roles: dict[str, str]) -> tuple[list[tuple[str, str]], int]:
    found: list[tuple[str, str]] = []
    used = strangers = 0
    for offset, line in enumerate(lines[number : number + _BLOCK_LINES]):
        match = _LABEL_LINE.match(line.text[:_LONG])
        role = roles.get(match[1].strip().casefold()) if match else None
        if role and match:
            found.append((role, match[2]))
            used, strangers = offset + 1, 0
        elif line.text.strip():
            strangers += 1
            if strangers > 2 or not _continues(line.text, found):
                break
        elif len(found) >= 4:
            break
    return found, used


def _continues(text: str, found: list[tuple[str, str]]) -> bool:
    """A long value runs on in the next line: more addresses, or the rest of a subject."""
    role = found[-1][0] if found else ""
    return bool(phrases.EMAIL.search(text[:_LONG])) or (role in {"subject", "to", "cc"} and len(text) <= 100)
