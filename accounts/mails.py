"""Mails about an account: rendered in the reader's language, queued like every other mail, links from the settings."""

from __future__ import annotations

import re
from datetime import datetime
from urllib.parse import urlsplit
from uuid import uuid4

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation

from accounts.models import User
from mail.actions import BadAddress, queue
from mail.bodies import html_body

_CODE = re.compile(r"[A-Z0-9]{3,5}(?:-[A-Z0-9]{3,5})+|\d{6}")


def queue_account_mail(template: str, *, to: str, user: User | None, context: dict, now: datetime) -> bool:
    """One mail of allauth's `template` (“account/email/login_code”); False when `to` is no address.

    `user` decides the language and the clock; without one the language of the asking page stays.
    """
    language = user.language if user else translation.get_language() or settings.LANGUAGE_CODE
    zone = user.time_zone if user else settings.TIME_ZONE
    words = {**context, "email": to, "address": urlsplit(settings.BASE_URL).netloc, "timestamp": now}
    words["security_url"] = settings.BASE_URL + reverse("mfa_index")
    with translation.override(language), timezone.override(zone):
        subject = " ".join(render_to_string(f"{template}_subject.txt", words).split())
        text = re.sub(r"\n{3,}", "\n\n", render_to_string(f"{template}_message.txt", words).strip()) + "\n"
        html = _html(subject, text, language)
    try:
        queue(
            key=f"account:{uuid4()}",
            to=to,
            subject=subject,
            text=text,
            html=html,
            message_id="",
            auto=True,
            secret=True,
            now=now,
        )
    except BadAddress:
        return False
    return True


def _html(subject: str, text: str, language: str) -> str:
    body, _, foot = text.partition("\n--\n")
    paragraphs = [_paragraph(part) for part in body.strip().split("\n\n")]
    context = {"subject": subject, "paragraphs": paragraphs, "foot": foot.strip(), "language": language}
    return html_body("accounts/email/account", context)


def _paragraph(text: str) -> dict[str, str]:
    """What kind of paragraph it is: a link alone becomes a button, a code alone stands large."""
    line = text.strip()
    if line.startswith(f"{settings.BASE_URL}/") and not re.search(r"\s", line):
        return {"kind": "link", "text": line}
    return {"kind": "code" if _CODE.fullmatch(line) else "text", "text": line}
