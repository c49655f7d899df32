"""Typed readers of the environment; the only place that touches it."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import unquote, urlsplit


class MissingSetting(Exception):
    """A setting that production needs is absent; the text says which and what to do."""


def text(name: str, default: str = "") -> str:
    """The variable as text, stripped; `default` when it is unset or empty."""
    return os.environ.get(name, "").strip() or default


def flag(name: str, default: bool = False) -> bool:
    """True for 1, true, yes, on; False for 0, false, no, off (any case)."""
    value = text(name).lower()
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off"}:
        return False
    return default


def number(name: str, default: int) -> int:
    """The variable as a whole number; raises MissingSetting when it is not one."""
    value = text(name)
    if not value:
        return default
    try:
        return int(value)
    except ValueError:
        raise MissingSetting(f"{name} must be a whole number, not “{value}”.") from None


def words(name: str, default: str = "") -> list[str]:
    """A comma-separated list without empty parts."""
    return [part.strip() for part in text(name, default).split(",") if part.strip()]


def secret(name: str) -> str:
    """The variable itself, or the content of the file that NAME_FILE names (Docker secrets)."""
    path = text(f"{name}_FILE")
    if path:
        return Path(path).read_text().strip()
    return text(name)


def database(url: str) -> dict:
    """Django's database settings for a postgres:// URL; raises MissingSetting for anything else."""
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise MissingSetting("DATABASE_URL must be a postgres:// address: Memo runs on PostgreSQL only.")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")) or "memo",
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
    }


def smtp(url: str) -> dict:
    """Django's EMAIL_* settings for smtp://user:password@host:port (smtps:// and ?starttls=1 switch on encryption)."""
    parts = urlsplit(url)
    if parts.scheme not in {"smtp", "smtps"}:
        raise MissingSetting("SMTP_URL must start with smtp:// or smtps://.")
    return {
        "EMAIL_HOST": parts.hostname or "localhost",
        "EMAIL_PORT": parts.port or (465 if parts.scheme == "smtps" else 25),
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_SSL": parts.scheme == "smtps",
        "EMAIL_USE_TLS": "starttls=1" in parts.query,
        "EMAIL_TIMEOUT": 20,
    }


def origin(url: str) -> list[str]:
    """[scheme://host:port] of a URL, [] for an empty one."""
    parts = urlsplit(url)
    return [f"{parts.scheme}://{parts.netloc}"] if parts.netloc else []


def oidc(issuer: str, *, name: str, client_id: str, client_secret: str) -> dict:
    """allauth's SOCIALACCOUNT_PROVIDERS for one OpenID Connect issuer; {} without; raises MissingSetting."""
    if not issuer:
        return {}
    if not client_id or not client_secret:
        raise MissingSetting("MEMO_OIDC_ISSUER needs MEMO_OIDC_CLIENT_ID and MEMO_OIDC_CLIENT_SECRET beside it.")
    app = {
        "provider_id": "sso",
        "name": name,
        "client_id": client_id,
        "secret": client_secret,
        "settings": {"server_url": issuer, "oauth_pkce_enabled": True},
    }
    return {"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": [app]}}
