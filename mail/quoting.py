"""Separates what somebody newly wrote from quoted history and signature; throws nothing away, only sorts."""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.utils import translation
from django.utils.translation import gettext

from mail import headlines, phrases
from mail.html_lines import html_lines
from mail.lines import Line, plain_lines
from mail.signatures import mark_signatures

_SPACE = re.compile(r"[\s*_`>|]+")
_KEPT_QUOTE_LINES = 6
# Nobody writes more before a quote starts; looking further only helps who wants to keep us busy.
_SEARCHED_LINES = 5000


@dataclass(frozen=True)
class Split:
    """A body in pieces: `text` is new; `full` is everything as it came. Nothing new leaves `text` empty."""

    text: str
    quoted: str
    signature: str
    forwarded: str
    full: str


def marker_line(language: str) -> str:
    """The line for the top of our mails above which people answer, in that language; all are recognised coming back."""
    with translation.override(language):
        return f"##- {gettext('Please write your answer above this line')} -##"


def split(*, text: str = "", html: str = "", sent_text: str = "") -> Split:
    """Sorts a body: HTML when there is one (its structure is the best witness), else plain text.

    `sent_text` is the text of the mail being answered, "" when unknown: its lines are quote wherever they stand.
    """
    lines = html_lines(html) if html else plain_lines(text)
    if html and not any(line.text for line in lines):
        lines = plain_lines(text)
    return split_lines(lines, sent_text=sent_text)


def split_lines(lines: list[Line], *, sent_text: str = "") -> Split:
    """As split(), for lines that are already read."""
    _mark_below_marker(lines)
    _mark_headed(lines)
    _mark_blocks(lines, _Sent(sent_text))
    if sent_text:
        _mark_sent(lines, _Sent(sent_text))
    mark_signatures(lines)
    return Split(
        text=_new_text(lines),
        quoted=_joined(line for line in lines if line.mark == "quote"),
        signature=_joined(line for line in lines if line.mark == "signature"),
        forwarded=_joined(line for line in lines if line.mark == "forward"),
        full=_joined(lines),
    )


def _mark_below_marker(lines: list[Line]) -> None:
    """Step 2: our own marker, also behind `>`: it and what follows is quote, and so is the headline above it."""
    for number, line in enumerate(lines):
        if line.mark or not phrases.MARKER.match(line.text[:300]):
            continue
        end = headlines.quoted_end(lines, number + 1) if line.depth else len(lines)
        _mark(lines, _headline_above(lines, number), end, "quote")
        return


def _headline_above(lines: list[Line], number: int) -> int:
    """Where the headline of a quote that starts at `number` begins: known, or unknown but plainly no sentence."""
    last = number - 1
    while last >= 0 and not lines[last].text.strip():
        last -= 1
    for start in range(max(0, last - 13), last + 1):
        found = headlines.headline_at(lines, start)
        if found and start + found.length > last:
            return start
    first = last
    while first > 0 and lines[first - 1].text.strip() and last - first < 3:
        first -= 1
    paragraph = " ".join(line.text for line in lines[first : last + 1])[:400]
    if last >= 0 and first > 0 and not lines[first - 1].text.strip() and headlines.looks_like_headline(paragraph):
        return first
    return number


def _mark_headed(lines: list[Line]) -> None:
    """Steps 1 and 4: every headline of a quote, and the quote it heads."""
    number = 0
    while number < min(len(lines), _SEARCHED_LINES):
        found = None if lines[number].mark else headlines.headline_at(lines, number)
        if not found:
            number += 1
            continue
        end = number + found.length
        if found.kind != "own header" and not (found.kind == "labels" and not _anything_new(lines, number)):
            end = _end_of_quote(lines, end, found)
        start = headlines.rule_above(lines, number)
        _mark(lines, start, end, "forward" if found.kind == "forward" else "quote")
        number = end


def _end_of_quote(lines: list[Line], start: int, found: headlines.Headline) -> int:
    following = headlines.first_filled(lines, start)
    if following is not None and headlines.is_quoted(lines[following]):
        end = headlines.quoted_end(lines, start)
        return len(lines) if found.kind == "forward" else end
    return len(lines)


def _mark_blocks(lines: list[Line], sent: _Sent) -> None:
    """Quoted blocks without a headline: quote when something else says so; somebody's own `> list` stays."""
    headed = any(line.mark for line in lines if line.mark in {"quote", "forward"})
    number = 0
    while number < len(lines):
        if lines[number].mark or not lines[number].depth:
            number += 1
            continue
        end = headlines.quoted_end(lines, number)
        block = [line for line in lines[number:end] if line.text.strip()]
        if headed or _is_quote(lines, number, end, block, sent):
            _mark(lines, number, end, "quote")
        number = max(end, number + 1)


def _is_quote(lines: list[Line], start: int, end: int, block: list[Line], sent: _Sent) -> bool:
    if any(headlines.headline_at(lines, number, inside=True) for number in range(start, min(end, start + 200))):
        return True
    if sent.share(block) >= 0.6:
        return True
    if not _anything_new(lines, start):
        return _anything_new(lines[end:], len(lines) - end)
    # In HTML a last blockquote is one that a program made; in text a last line may be somebody's own `>`.
    is_html = not any(line.prefix for line in block)
    return (is_html or len(block) >= 3) and not _text_follows(lines, end)


def _text_follows(lines: list[Line], start: int) -> bool:
    for line in lines[start:]:
        if phrases.SIGNATURE_DELIMITER.match(line.text[:20]):
            return False
        if line.text.strip() and not line.mark and not line.depth:
            return True
    return False


def _mark_sent(lines: list[Line], sent: _Sent) -> None:
    """Step 3: the tail that is our own mail again, without any sign, and the headline no pattern knew."""
    fresh = [number for number, line in enumerate(lines) if not line.mark and line.text.strip()]
    known = [sent.has(lines[number].text) for number in fresh]
    for position, number in enumerate(fresh):
        if not known[position]:
            continue
        tail = known[position:]
        letters = sum(len(lines[one].text) for one, is_known in zip(fresh[position:], tail, strict=True) if is_known)
        if sum(tail) >= 0.8 * len(tail) and letters >= 20:
            _mark(lines, _headline_above(lines, number), len(lines), "quote")
            return
    for number in fresh:
        if len(lines[number].text) >= 30 and sent.has(lines[number].text):
            lines[number].mark = "quote"


def _anything_new(lines: list[Line], before: int) -> bool:
    return any(line.text.strip() and not line.mark and not line.depth for line in lines[:before])


def _mark(lines: list[Line], start: int, end: int, mark: str) -> None:
    for line in lines[start:end]:
        line.mark = line.mark or mark


def _new_text(lines: list[Line]) -> str:
    """The new lines; quotes that were answered one by one stay in place, so that the answers make sense (case 31)."""
    runs = _runs(lines)
    answered = [number for number, (quoted, _) in enumerate(runs) if quoted and number + 1 < len(runs)]
    out: list[str] = []
    for number, (quoted, run) in enumerate(runs):
        if not quoted:
            out.append(_joined(line for line in run if line.text.strip() or not line.depth))
        elif len(answered) >= 2 and number in answered:
            out.append(_kept_quote(run))
        else:
            out.append("")
    text = "\n\n".join(part for part in out if part)
    if not text and not any(line.mark in {"quote", "forward"} for line in lines):
        return _joined(lines)
    return text


def _runs(lines: list[Line]) -> list[tuple[bool, list[Line]]]:
    """Alternating stretches of quoted and new lines, without signatures and without stretches of empty lines."""
    runs: list[tuple[bool, list[Line]]] = []
    for line in lines:
        if line.mark in {"signature", "forward"} or (not line.text.strip() and not runs):
            continue
        quoted = line.mark == "quote"
        if not line.text.strip() or (runs and runs[-1][0] == quoted):
            runs[-1][1].append(line)
        else:
            runs.append((quoted, [line]))
    return runs


def _kept_quote(run: list[Line]) -> str:
    shown = [f"> {line.text.strip()}" for line in run if line.text.strip() and line.depth]
    return "\n".join(shown if len(shown) <= _KEPT_QUOTE_LINES else [*shown[:_KEPT_QUOTE_LINES], "> …"])


def _joined(lines: object) -> str:
    text = "\n".join(line.shown for line in lines)  # type: ignore[attr-defined]
    return re.sub(r"\n{4,}", "\n\n\n", text).strip("\n").rstrip()


class _Sent:
    """The mail that is answered, for comparing: mail programs wrap, indent and embellish, so only letters count."""

    def __init__(self, text: str) -> None:
        self.lines = {key for line in text.split("\n") if len(key := _key(line)) >= 2}
        self.whole = _key(text)

    def has(self, line: str) -> bool:
        key = _key(line)
        return bool(key) and (key in self.lines or (len(key) >= 20 and key in self.whole))

    def share(self, block: list[Line]) -> float:
        return sum(self.has(line.text) for line in block) / len(block) if block and self.whole else 0.0


def _key(line: str) -> str:
    return _SPACE.sub("", line[:2000] if "\n" not in line else line[:200_000]).casefold()
