"""What mail servers answer to the company's own mails."""

from __future__ import annotations

from datetime import datetime

from companies.actions.invitations import not_delivered
from mail.models import OutgoingMail


def undelivered(*, mail: OutgoingMail, now: datetime) -> None:
    """UNDELIVERED["invitation"]: the list of people says that the invitation did not arrive, and why."""
    _kind, number, mark = mail.key.split(":")
    not_delivered(int(number), mark=mark, reason=mail.last_error, now=now)
