"""Opens Outlook's winmail.dat (TNEF) under limits: the files in it with their names, or nothing when it is broken."""

from __future__ import annotations

import struct

SIGNATURE = 0x223E9F78
_FILES_CAP = 25
_BYTES_CAP = 25 * 1024 * 1024
_TITLE, _DATA, _RENDER, _PROPERTIES, _CODEPAGE = 0x8010, 0x800F, 0x9002, 0x9005, 0x9007
_LONG_NAME, _DATA_OBJECT = 0x3707, 0x3701
# Sizes of MAPI values that are stored in place, padded to four bytes; 0 = length-prefixed.
_FIXED = {0x02: 4, 0x03: 4, 0x04: 4, 0x05: 8, 0x06: 8, 0x07: 8, 0x0A: 4, 0x0B: 4, 0x14: 8, 0x40: 8, 0x48: 16}
_COUNTED = {0x0D, 0x1E, 0x1F, 0x102}


class _Broken(Exception):
    """The stream ends inside a value or states an impossible length."""


def files(data: bytes) -> list[tuple[str, bytes]]:
    """(name, content) of the files inside; [] when this is no TNEF or a broken one, so that the original is kept."""
    try:
        return _read(data)
    except (_Broken, struct.error):
        return []


def _read(data: bytes) -> list[tuple[str, bytes]]:
    if len(data) < 6 or struct.unpack_from("<I", data)[0] != SIGNATURE:
        return []
    found: list[dict] = []
    codepage = "cp1252"
    position = 6
    while position + 9 <= len(data):
        level, attribute, length = struct.unpack_from("<BII", data, position)
        start, end = position + 9, position + 9 + length
        if level not in (1, 2) or end + 2 > len(data):
            # Some servers append bytes of their own after a complete stream.
            if found and level not in (1, 2):
                break
            raise _Broken
        _take(attribute & 0xFFFF, data[start:end], found, codepage)
        if attribute & 0xFFFF == _CODEPAGE and length >= 4:
            codepage = f"cp{struct.unpack_from('<I', data, start)[0]}"
        position = end + 2
    good = [(one["name"] or "attachment", one["data"]) for one in found if one["data"] is not None]
    return good[:_FILES_CAP] if sum(len(content) for _, content in good) <= _BYTES_CAP else []


def _take(attribute: int, value: bytes, found: list[dict], codepage: str) -> None:
    if attribute == _RENDER:
        found.append({"name": "", "data": None})
    elif not found:
        return
    elif attribute == _TITLE and not found[-1]["name"]:
        found[-1]["name"] = _text(value, codepage)
    elif attribute == _DATA:
        found[-1]["data"] = value
    elif attribute == _PROPERTIES:
        name = _long_name(value, codepage)
        if name:
            found[-1]["name"] = name


def _long_name(data: bytes, codepage: str) -> str:
    """PR_ATTACH_LONG_FILENAME of an attachment's properties; "" when it has none."""
    (count,) = struct.unpack_from("<I", data)
    position = 4
    for _ in range(min(count, 500)):
        kind, number = struct.unpack_from("<HH", data, position)
        position += 4
        if number >= 0x8000:
            position = _after_name(data, position)
        if kind in _COUNTED:
            (values,) = struct.unpack_from("<I", data, position)
            (length,) = struct.unpack_from("<I", data, position + 4)
            if values != 1 or length > len(data):
                raise _Broken
            value = data[position + 8 : position + 8 + length]
            position += 8 + length + (-length % 4)
            if number == _LONG_NAME:
                return value.decode("utf-16-le", "replace").rstrip("\0") if kind == 0x1F else _text(value, codepage)
        elif kind in _FIXED:
            position += _FIXED[kind]
        else:
            return ""
    return ""


def _after_name(data: bytes, position: int) -> int:
    """Skips the name of a named property: 16 bytes set, then a number or a counted text."""
    (kind,) = struct.unpack_from("<I", data, position + 16)
    if kind == 0:
        return position + 24
    (length,) = struct.unpack_from("<I", data, position + 20)
    if length > len(data):
        raise _Broken
    return position + 24 + length + (-length % 4)


def _text(value: bytes, codepage: str) -> str:
    try:
        return value.rstrip(b"\0").decode(codepage)
    except (LookupError, UnicodeError):
        return value.rstrip(b"\0").decode("cp1252", "replace")
