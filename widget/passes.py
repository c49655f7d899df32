"""Tickets for the websocket: one use, 30 seconds, kept in Valkey (a browser cannot send a header with a handshake)."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass

import orjson
import redis

from customers.models import Visitor
from events import valkey

LIFE_S = 30


class NoTicket(Exception):
    """Valkey does not answer: the frame polls instead."""


@dataclass(frozen=True)
class Pass:
    """Whose socket this may become; the hash tells whether the token still lives."""

    visitor_pk: int
    token_hash: str


def issue(visitor: Visitor) -> str:
    """A new ticket of 256 random bits; raises NoTicket."""
    ticket = secrets.token_urlsafe(32)
    stored = orjson.dumps([visitor.pk, visitor.token_hash])
    try:
        valkey.client().set(_key(ticket), stored, ex=LIFE_S)
    except redis.RedisError:
        raise NoTicket from None
    return ticket


def redeem(ticket: str) -> Pass | None:
    """What the ticket stands for, once; None for unknown, used and old ones."""
    if not 40 <= len(ticket) <= 50:
        return None
    try:
        stored = valkey.client().getdel(_key(ticket))
    except redis.RedisError:
        return None
    return Pass(*orjson.loads(stored)) if stored else None


def _key(ticket: str) -> str:
    return valkey.key("ticket", hashlib.sha256(ticket.encode()).hexdigest())
