"""Which texts a member may use and change, and what the variables of a company stand for."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Lower

from companies.models import Company, Membership
from texts.models import SavedReply, Variables
from texts.variables import Values

MOST = 300


def variables_of(company: Company) -> Variables:
    """The company's row, or an empty one."""
    return Variables.objects.filter(company=company).first() or Variables(company=company)


def values_of(company: Company) -> Values:
    """The account values – the company's own where none is set (A-26) – and the defaults of contacts. One query."""
    row = variables_of(company)
    town = " ".join(filter(None, (company.postcode, company.town)))
    address = ", ".join(filter(None, (company.street, town, company.country)))
    return Values(
        {
            "account.name": row.name or company.name,
            "account.address": row.address or address,
            "account.email": row.email or company.email,
            "account.phone": row.phone or company.phone,
        },
        {
            "contact.first_name": row.first_name_default,
            "contact.last_name": row.last_name_default,
            "contact.full_name": row.full_name_default,
            "contact.organisation": row.organisation_default,
        },
    )


def replies_for(member: Membership, inbox_ids: Collection[int], query: str = "") -> QuerySet[SavedReply]:
    """Saved replies the member may use: own, those of these inboxes, the company's; most used first.

    `inbox_ids`: inboxes the member works in; `query`: words that title, shortcut or text contain.
    """
    mine = Q(owner=member.user_id) | Q(owner=None, inbox_id=None) | Q(owner=None, inbox_id__in=list(inbox_ids))
    rows = SavedReply.objects.filter(mine, company=member.company_id)
    for word in query.replace("\x00", "").split()[:8]:
        rows = rows.filter(Q(title__icontains=word) | Q(shortcut__icontains=word) | Q(text__icontains=word))
    return rows.order_by(F("used").desc(), Lower("title"), "id")


def reply_for(member: Membership, inbox_ids: Collection[int], public_id: UUID) -> SavedReply:
    """One of them; raises SavedReply.DoesNotExist for foreign and missing alike."""
    return replies_for(member, inbox_ids).get(public_id=public_id)
