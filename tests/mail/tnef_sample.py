"""Writes a winmail.dat, so that tests need none from anybody."""

from __future__ import annotations

import struct


def tnef(*files: tuple[str, bytes]) -> bytes:
    """A TNEF stream with these (name, content) files, long names as Unicode properties."""
    out = struct.pack("<IH", 0x223E9F78, 1) + _attribute(1, 0x00069007, struct.pack("<II", 1252, 0))
    for name, content in files:
        out += _attribute(2, 0x00069002, b"\x01\x00" + b"\xff" * 12)
        out += _attribute(2, 0x00018010, b"SHORT~1.DAT\0")
        out += _attribute(2, 0x0006800F, content)
        out += _attribute(2, 0x00069005, _properties(name))
    return out


def _attribute(level: int, number: int, value: bytes) -> bytes:
    return struct.pack("<BII", level, number, len(value)) + value + struct.pack("<H", sum(value) & 0xFFFF)


def _properties(name: str) -> bytes:
    text = name.encode("utf-16-le") + b"\0\0"
    padded = text + b"\0" * (-len(text) % 4)
    number = struct.pack("<HHI", 0x0003, 0x3705, 1)
    return struct.pack("<I", 2) + number + struct.pack("<HHII", 0x001F, 0x3707, 1, len(text)) + padded
