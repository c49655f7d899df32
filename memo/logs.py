"""Structured logs: JSON lines in production, readable lines in development; never a message text or a token."""

from __future__ import annotations

import logging

import structlog


def _on_one_line(logger: object, method: str, event: dict) -> dict:
    """Line ends, escape sequences and other letters that cannot be printed are spelt out: nobody writes lines of ours
    by a path, a name or a header (S-58). A traceback keeps its lines.
    """
    return {name: value if name == "exception" else _spelt(value) for name, value in event.items()}


def _spelt(value: object) -> object:
    if not isinstance(value, str) or value.isprintable():
        return value
    return "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in value)


_SHARED = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
    _on_one_line,
]


def _is_news(record: logging.LogRecord) -> bool:
    """False for Django's error line about a 503 of /ready: that is an answer, and a monitor asks every few seconds."""
    return getattr(getattr(record, "request", None), "path", "") != "/ready"


def configuration(*, json_lines: bool, level: str) -> dict:
    """Django's LOGGING value; also sets up structlog itself. `level` is a logging level name."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_SHARED,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    renderer = structlog.processors.JSONRenderer() if json_lines else structlog.dev.ConsoleRenderer(colors=False)
    formatter = {
        "()": structlog.stdlib.ProcessorFormatter,
        "foreign_pre_chain": _SHARED,
        "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
    }
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"memo": formatter},
        "filters": {"news": {"()": lambda: _is_news}},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "memo", "filters": ["news"]}},
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            "django": {"handlers": []},  # ours alone: Django's own would say everything twice
            "daphne": {"level": "WARNING"},
            "django.channels.server": {"level": "WARNING"},
            "celery": {"level": "WARNING"},
            "kombu": {"level": "WARNING"},
            "mail.log": {"level": "WARNING"},  # aiosmtpd: one line for every command of every mail
        },
    }
