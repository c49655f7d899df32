"""A mail becomes a message: the answer to a notice (N-34, N-59, A-23)."""

from __future__ import annotations
