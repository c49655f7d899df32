"""Start-up checks: wiring complete, every event kind known and reacted to, secrets fit for production."""

from __future__ import annotations

from django.conf import settings
from django.core.checks import Error, register

from events.kinds import KINDS
from memo import wiring


@register()
def wiring_is_complete(app_configs, **kwargs) -> list[Error]:
    """Every registered event kind has a row in REACTIONS (an empty list is a decision) and no row is unknown."""
    missing, unknown = set(KINDS) - set(wiring.REACTIONS), set(wiring.REACTIONS) - set(KINDS)
    found = [Error(f"No row for event “{kind}” in memo/wiring.py", id="memo.E001") for kind in sorted(missing)]
    return found + [Error(f"memo/wiring.py names unknown event “{kind}”", id="memo.E002") for kind in sorted(unknown)]


@register(deploy=True)
def production_addresses(app_configs, **kwargs) -> list[Error]:
    """Production needs an https address and a mail server."""
    found = []
    if not settings.BASE_URL.startswith("https://"):
        found.append(Error("Set MEMO_BASE_URL to an https:// address.", id="memo.E003"))
    if not settings.SMTP_URL:
        found.append(Error("Set SMTP_URL: without a mail server nobody is told of unseen messages.", id="memo.E004"))
    return found
