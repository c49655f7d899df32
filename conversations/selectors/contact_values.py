"""What the variables of a text stand for in one conversation: the contact, the company, the author."""

from __future__ import annotations

from accounts.models import User
from companies.selectors import membership_of
from conversations.models import Conversation
from conversations.selectors.peers import others, people_of
from customers.models import Customer, Visitor
from texts.selectors import values_of
from texts.variables import Values


def values_for(conversation: Conversation, user: User) -> Values:
    """Values for a message that `user` writes in this conversation; of a direct one the company is the user's own."""
    company = conversation.company
    if company is None:
        member = membership_of(user)
        company = member.company if member else None
    values = values_of(company) if company else Values()
    mine = {"me.first_name": user.first_name, "me.full_name": user.full_name}
    return values.with_known({**mine, **_contact(conversation, user)})


def _contact(conversation: Conversation, user: User) -> dict[str, str]:
    if conversation.kind == Conversation.Kind.DIRECT:
        peers = others(people_of([conversation.pk]).get(conversation.pk, []), user.pk)
        if len(peers) != 1:  # several people: no name fits them all
            return {}
        return _named(peers[0].user.first_name, peers[0].user.last_name, peers[0].company)
    visitor, customer = conversation.visitor, conversation.customer
    if customer is None and visitor is not None:
        customer = visitor.customer
    return _of_customer(customer, visitor) if customer else _of_visitor(visitor)


def _of_customer(customer: Customer, visitor: Visitor | None) -> dict[str, str]:
    if not (customer.first_name or customer.last_name) and visitor is not None and visitor.name:
        return _of_visitor(visitor)
    return _named(customer.first_name, customer.last_name, customer.works_for)


def _of_visitor(visitor: Visitor | None) -> dict[str, str]:
    """A visitor gives one name: its first word is the first name."""
    first, _blank, last = " ".join((visitor.name if visitor else "").split()).partition(" ")
    return _named(first, last, "")


def _named(first: str, last: str, organisation: str) -> dict[str, str]:
    return {
        "contact.first_name": first,
        "contact.last_name": last,
        "contact.full_name": f"{first} {last}".strip(),
        "contact.organisation": organisation,
    }
