"""Verbs that write visitors: mint one, note who they say they are, believe a signed identity, end a token."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, connection, transaction
from django.db.models import Max
from django.utils import translation
from django.utils.translation import gettext as _

from companies.models import Company
from customers.models import Customer, Visitor
from customers.tokens import new_token, token_hash

_NUMBER_LOCK, _RECORD_LOCK = 7_201, 7_202
_TOUCH_EVERY = timedelta(minutes=1)


class InvalidIdentity(Exception):
    """The name or address cannot be taken; `field` says which."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


@dataclass(frozen=True)
class Page:
    """Where on the host's site the visitor is."""

    url: str = ""
    title: str = ""


def mint_visitor(
    *, company: Company, widget_key: str, language: str, now: datetime, page: Page | None = None
) -> tuple[Visitor, str]:
    """A new visitor with the company's next number, and its token in clear: the only time it exists here (N-21)."""
    token, page = new_token(), page or Page()
    with transaction.atomic(), translation.override(company.language):
        number = _next_number(company)
        visitor = Visitor.objects.create(
            company=company,
            number=number,
            called=_("Visitor #%(number)s") % {"number": number},
            widget_key=widget_key,
            token_hash=token_hash(token),
            language=language,
            page_url=page.url,
            page_title=page.title,
            created_at=now,
            last_seen=now,
        )
    return visitor, token


def _lock(what: int, company: Company) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [what, company.pk])


def _next_number(company: Company) -> int:
    _lock(_NUMBER_LOCK, company)
    return (Visitor.objects.filter(company=company).aggregate(top=Max("number"))["top"] or 0) + 1


def touch_visitor(visitor: Visitor, *, now: datetime, language: str = "", page: Page | None = None) -> None:
    """Note that the visitor is here, in which language and on which page; quiet repeats write nothing."""
    changed = []
    for field, value in (
        ("language", language),
        ("page_url", page.url if page else ""),
        ("page_title", page.title if page else ""),
    ):
        if value and getattr(visitor, field) != value:
            setattr(visitor, field, value)
            changed.append(field)
    if changed or now - visitor.last_seen > _TOUCH_EVERY:
        visitor.last_seen = now
        visitor.save(update_fields=[*changed, "last_seen"])


def give_identity(visitor: Visitor, *, name: str, email: str, now: datetime) -> Visitor:
    """Store the name and address that the visitor typed (N-20); raises InvalidIdentity.

    Nobody has proved anything: a new address makes a customer record, an address that exists is never linked, so
    no history is merged or shown. A verified visitor keeps what was signed.
    """
    if visitor.verified:
        return visitor
    name, email = clean_name(name), clean_email(email)
    with transaction.atomic():
        locked = Visitor.objects.select_for_update(of=("self",)).select_related("customer").get(pk=visitor.pk)
        visitor.name, visitor.email = name or locked.name, email or locked.email
        if email and (locked.customer is None or locked.customer.email.lower() != email):
            visitor.customer = _customer_if_new(visitor, now)
        visitor.last_seen = now
        visitor.save(update_fields=["name", "email", "customer", "last_seen"])
    return visitor


def _customer_if_new(visitor: Visitor, now: datetime) -> Customer | None:
    if Customer.objects.filter(company_id=visitor.company_id, email__iexact=visitor.email).exists():
        return None
    return _create_customer(visitor.company, email=visitor.email, name=visitor.name, now=now)


def verify_visitor(visitor: Visitor, *, subject: str, email: str, name: str, now: datetime) -> str:
    """Believe an identity that the site's owner has signed (N-19); returns the visitor's new token.

    `subject` is the site's own id of the person (≤ 120 characters), `email` a signed address or empty. The token is
    replaced, so that whoever knew the anonymous one does not inherit the person's history.
    """
    token, name = new_token(), clean_name(name)
    with transaction.atomic():
        Visitor.objects.select_for_update().get(pk=visitor.pk)
        customer = _customer_of_subject(visitor.company, subject=subject, email=email, name=name, now=now)
        visitor.customer, visitor.verified, visitor.subject = customer, True, subject
        visitor.name, visitor.email = name or (customer.name if customer else ""), email
        visitor.token_hash, visitor.last_seen = token_hash(token), now
        visitor.save(update_fields=["customer", "verified", "subject", "name", "email", "token_hash", "last_seen"])
    return token


def _customer_of_subject(company: Company, *, subject: str, email: str, name: str, now: datetime) -> Customer | None:
    """The record of the signed subject: by the site's id, else the signed address, else a new one; None in conflict."""
    _lock(_RECORD_LOCK, company)
    known = Customer.objects.select_for_update().filter(company=company, external_id=subject).first()
    if known is not None:
        return known
    if not email:
        return None
    same = Customer.objects.select_for_update().filter(company=company, email__iexact=email).first()
    if same is None:
        return _create_customer(company, email=email, name=name, now=now, external_id=subject, verified_at=now)
    if same.external_id:
        return None
    same.external_id, same.email_verified_at = subject, same.email_verified_at or now
    same.save(update_fields=["external_id", "email_verified_at"])
    # Who only claimed this address keeps the claim and loses the record: it has an owner now.
    Visitor.objects.filter(customer=same, verified=False).update(customer=None)
    return same


def _create_customer(
    company: Company,
    *,
    email: str,
    name: str,
    now: datetime,
    external_id: str = "",
    verified_at: datetime | None = None,
) -> Customer | None:
    first, _, last = name.partition(" ")
    try:
        with transaction.atomic():
            return Customer.objects.create(
                company=company,
                email=email,
                external_id=external_id,
                first_name=first[:80],
                last_name=last[:80],
                email_verified_at=verified_at,
                created_via=Customer.Via.WIDGET,
                created_at=now,
            )
    except IntegrityError:
        return None  # somebody else has just taken the address


def end_token(visitor: Visitor) -> None:
    """Make the visitor's token worthless (sign-out on the host page); the conversations stay with the company."""
    visitor.token_hash = token_hash(new_token())
    visitor.save(update_fields=["token_hash"])


def clean_name(text: str) -> str:
    """One line of at most 120 characters without control and direction marks (S-22, S-44)."""
    kept = "".join(" " if char in "\r\n\t" else char for char in text if _is_plain(char))
    return " ".join(kept.split())[:120]


def _is_plain(char: str) -> bool:
    if char in "\r\n\t\u200d":  # white space, and what joins emoji
        return True
    return unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}


def clean_email(text: str) -> str:
    """The address in small letters, "" for none; raises InvalidIdentity("email")."""
    email = text.strip().lower()
    if not email:
        return ""
    try:
        validate_email(email)
    except ValidationError:
        raise InvalidIdentity("email") from None
    if len(email) > 254:
        raise InvalidIdentity("email")
    return email
