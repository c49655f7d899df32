"""A mail becomes a message: replies to notices (N-34, A-23)."""

from __future__ import annotations

from datetime import datetime
