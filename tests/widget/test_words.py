"""Every word that the frame asks for is there, and none that it does not ask for."""

from __future__ import annotations

import re

from widget import errors, minify
from widget.words import words

# Keys that are put together from a message's state.
_STATES = {"sending", "waiting_net", "sent", "seen", "failed", "name", "email"}


def asked_for() -> set[str]:
    text = "".join(path.read_text() for path in minify.HOME.glob("js/*.js"))
    direct = set(re.findall(r"""\bt\("(\w+)\"""", text))
    pairs = re.findall(r"""\bt\(\w+ \? "(\w+)" : "(\w+)"\)""", text)
    chosen = {word for pair in pairs for word in pair}
    return direct | chosen | _STATES


def test_the_frame_and_its_words_agree() -> None:
    assert asked_for() == set(words())


def test_every_part_to_fill_in_is_filled_in() -> None:
    parts = {part for text in words().values() for part in re.findall(r"\{(\w+)\}", text)}
    assert parts == {"n", "when", "time", "day", "name", "names", "text", "email"}


def test_every_refusal_has_words() -> None:
    other = errors.words("something new")
    assert other
    assert errors.words("locked") != other
