"""winmail.dat under limits."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mail import tnef
from tests.mail.tnef_sample import tnef as written

SAMPLE = written(("Übersicht 2026.pdf", b"PDF"), ("zweite.txt", b"text"))


def test_files_come_out_under_their_long_names():
    """Case 44."""
    assert tnef.files(SAMPLE) == [("Übersicht 2026.pdf", b"PDF"), ("zweite.txt", b"text")]


def test_bytes_a_server_appended_do_no_harm():
    """Seen in the wild: garbage after a complete stream."""
    assert len(tnef.files(SAMPLE + b"\r\n\0garbage")) == 2


@given(st.integers(min_value=0, max_value=len(SAMPLE) - 1), st.binary(max_size=8))
def test_damage_never_raises(position, noise):
    """S-57: a stranger writes this file."""
    assert isinstance(tnef.files(SAMPLE[:position] + noise + SAMPLE[position + len(noise) :]), list)
    assert isinstance(tnef.files(SAMPLE[:position]), list)


def test_other_files_are_none():
    """What is no TNEF is left to be kept as it is."""
    assert tnef.files(b"%PDF-1.7") == []
    assert tnef.files(b"") == []
