"""The mail of an invitation: who invites, into which company, and one link."""

from __future__ import annotations

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from companies.models import Invitation
from mail.actions import queue
from mail.bodies import html_body
from mail.models import OutgoingMail


def queue_invitation(invitation: Invitation, token: str) -> OutgoingMail:
    """One mail into the outgoing queue, in the caller's transaction; `token` is what only this mail knows.

    The link begins with the configured address, whatever host a request named (S-45). Raises BadAddress.
    """
    inviter = invitation.invited_by.full_name if invitation.invited_by else ""
    company = invitation.company
    with translation.override(invitation.language):
        context = {
            "invitation": invitation,
            "company": company,
            "inviter": inviter,
            "link": settings.BASE_URL + reverse("join_link", args=[token]),
            "language": invitation.language,
        }
        subject = " ".join(render_to_string("companies/email/invitation.subject.txt", context).split())
        context["subject"] = subject
        return queue(
            key=f"invitation:{invitation.pk}:{invitation.token_hash[:16]}",
            to=invitation.email,
            subject=subject,
            text=render_to_string("companies/email/invitation.txt", context).strip() + "\n",
            html=html_body("companies/email/invitation", context),
            sender_name=f"{inviter} via {company.name}" if inviter else company.name,
            message_id="",
            auto=False,
            secret=True,
            now=invitation.sent_at,
        )
