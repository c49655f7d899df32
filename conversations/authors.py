"""Author: who wrote – a member, a customer, a visitor, the bot or the system. One small value."""

from __future__ import annotations

from dataclasses import dataclass

from accounts.models import User
from customers.models import Customer, Visitor


@dataclass(frozen=True)
class Author:
    """`kind` user|customer|visitor|bot|system; `id` the row's primary key (None for bot and system).
    `company` where it must be said.
    """

    kind: str
    id: int | None
    name: str
    public_id: str = ""
    avatar: str = ""
    company: str = ""

    @classmethod
    def of_user(cls, user: User, company: str = "") -> Author:
        return cls("user", user.pk, user.full_name, str(user.public_id), avatar_url(user), company)

    @classmethod
    def of_customer(cls, customer: Customer) -> Author:
        return cls("customer", customer.pk, customer.label, str(customer.public_id))

    @classmethod
    def of_visitor(cls, visitor: Visitor) -> Author:
        return cls("visitor", visitor.pk, visitor.label, str(visitor.public_id))

    @classmethod
    def bot(cls, name: str) -> Author:
        return cls("bot", None, name)

    @property
    def label(self) -> str:
        """“Udo Maier · Süd AG”: the name as others read it beside the message; at most 120 characters."""
        return (f"{self.name} · {self.company}" if self.company else self.name)[:120]

    @property
    def is_team(self) -> bool:
        return self.kind == "user"

    @property
    def is_requester(self) -> bool:
        return self.kind in {"customer", "visitor"}

    @property
    def key(self) -> str:
        """“user:5”: how events and logs name the author."""
        return f"{self.kind}:{self.id}" if self.id is not None else self.kind


def avatar_url(user: User) -> str:
    """Where the user's picture is served; empty without one."""
    return user.avatar_url


SYSTEM = Author("system", None, "")
