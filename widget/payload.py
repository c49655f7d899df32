"""Reading what a frame sends: JSON bodies of bounded size, fields of the expected type, nothing else."""

from __future__ import annotations

import uuid

import orjson
from django.http import HttpRequest

MAX_JSON_BYTES = 64 * 1024


class BadPayload(Exception):
    """The body is not what this URL takes; `status` is 400 or 413."""

    def __init__(self, what: str, status: int = 400) -> None:
        super().__init__(what)
        self.what, self.status = what, status


def read(request: HttpRequest) -> dict:
    """The JSON object in the body (an empty body counts as {}); raises BadPayload."""
    if announced_length(request) > MAX_JSON_BYTES or len(request.body) > MAX_JSON_BYTES:
        raise BadPayload("body", 413)
    if not request.body:
        return {}
    try:
        data = orjson.loads(request.body)
    except orjson.JSONDecodeError:
        raise BadPayload("body") from None
    if not isinstance(data, dict):
        raise BadPayload("body")
    return data


def announced_length(request: HttpRequest) -> int:
    """Content-Length in bytes; 0 when absent or no number."""
    text = request.META.get("CONTENT_LENGTH") or "0"
    return int(text) if text.isdigit() else 0


def text(data: dict, field: str, *, longest: int) -> str:
    """A text field, empty when absent; raises BadPayload for other types, NUL characters and too long ones."""
    value = data.get(field, "")
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > longest or "\x00" in value:
        raise BadPayload(field)
    return value


def identifier(data: dict, field: str) -> uuid.UUID:
    """A UUID written out; raises BadPayload."""
    try:
        return uuid.UUID(text(data, field, longest=36))
    except ValueError:
        raise BadPayload(field) from None


def identifiers(data: dict, field: str, *, most: int) -> list[uuid.UUID]:
    """A list of distinct UUIDs, empty when absent; raises BadPayload."""
    values = data.get(field) or []
    if not isinstance(values, list) or len(values) > most:
        raise BadPayload(field)
    found = [identifier({field: value}, field) for value in values]
    if len(set(found)) != len(found):
        raise BadPayload(field)
    return found


def position(value: object, field: str) -> int:
    """A seq: a whole number from 0, as number or digits; raises BadPayload."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10:
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**31:
        raise BadPayload(field)
    return value
