"""A user of another company, or a colleague, asks: their record at the served company (M-30, model.md §3)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.models import User
from companies.models import Company
from customers.models import Customer, Visitor


class AddressTaken(Exception):
    """The user's address belongs to another login's record here, whose own address changed meanwhile (409)."""


def customer_of_user(*, company: Company, user: User, works_for: str, now: datetime) -> Customer:
    """The user's one record at `company`, with their name, address and employer as they are now. Raises AddressTaken.

    The address of a login is proved: a record that mail or a form made for it becomes theirs; who only claimed it in a
    chat loses the link, as with a signed identity (N-19).
    """
    with transaction.atomic():
        Company.objects.select_for_update(no_key=True).get(pk=company.pk)  # one record, however many start at once
        records = Customer.objects.filter(company=company)
        mine = records.filter(user=user).first()
        same = records.filter(email__iexact=user.email).first()
        if mine is None and same is not None and same.user_id is None:
            mine = same
            Visitor.objects.filter(customer=same, verified=False).update(customer=None)
        if same is not None and same != mine:
            raise AddressTaken
        if mine is None:
            mine = Customer(company=company, created_via=Customer.Via.DIRECTORY, created_at=now)
        mine.user, mine.email, mine.works_for = user, user.email, works_for
        mine.first_name, mine.last_name, mine.language = user.first_name, user.last_name, user.language
        mine.email_verified_at = mine.email_verified_at or now
        mine.save()
        return mine
