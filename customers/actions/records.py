"""A customer's record by address, as the team writes it down (C-20)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from companies.models import Company
from customers.actions.visitors import InvalidIdentity, clean_email, clean_name
from customers.models import Customer


def record_of(company: Company, *, email: str, name: str, now: datetime) -> Customer:
    """The record with this address, as it is; a new one when there is none. Raises InvalidIdentity("email")."""
    email = clean_email(email.replace("\x00", ""))
    if not email:
        raise InvalidIdentity("email")
    first, _, last = clean_name(name).partition(" ")
    with transaction.atomic():
        Company.objects.select_for_update(no_key=True).get(pk=company.pk)  # one record, however many write it down
        known = Customer.objects.filter(company=company, email__iexact=email).first()
        if known is not None:
            return known
        return Customer.objects.create(
            company=company,
            email=email,
            first_name=first[:80],
            last_name=last[:80],
            created_via=Customer.Via.FORM,
            created_at=now,
        )
