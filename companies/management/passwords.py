"""Passwords of commands come by stdin: arguments are seen by everybody on the machine."""

from __future__ import annotations

import sys

from django.core.management.base import CommandError


def password_from_stdin() -> str:
    """The first line of stdin without its end; raises CommandError when there is none."""
    password = sys.stdin.readline().rstrip("\r\n")
    if not password:
        raise CommandError("No password came by stdin: give it as one line.")
    return password
