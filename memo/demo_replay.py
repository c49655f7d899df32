"""Plays memo/demo_talks.toml through the actions of the product: every state is one that really came about."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

from channels_app.models import Channel
from channels_app.selectors import role_in
from companies.models import Company, Membership
from conversations.actions import ringing
from conversations.actions.closing import close
from conversations.actions.posting import post_message
from conversations.actions.reading import mark_seen
from conversations.actions.starting import side_conversation, start_conversation
from conversations.authors import Author
from conversations.models import Conversation, ConversationHead, Message, Offer
from conversations.selectors.visibility import conversation_for
from customers.actions.visitors import Page, give_identity, mint_visitor, verify_visitor
from customers.models import Customer, Visitor

TALKS = Path(__file__).with_name("demo_talks.toml")
HESITATION = timedelta(seconds=6)


@dataclass
class Scene:
    """One conversation while it is played."""

    talk: dict
    company: Company
    conversation: Conversation
    requester: Author
    visitor: Visitor | None
    now: datetime

    def at(self, minutes: float) -> datetime:
        """So many minutes before now."""
        return self.now - timedelta(minutes=minutes)

    def fresh(self, member: Membership) -> Conversation:
        """The conversation as the member sees it at this point."""
        return conversation_for(member, self.conversation.public_id)

    def member(self, first_name: str) -> Membership:
        """A colleague by first name."""
        return Membership.objects.select_related("user", "company").get(
            company=self.company, user__first_name=first_name
        )


def replay(name: str, company: Company, *, now: datetime) -> None:
    """Every talk of one company, oldest first."""
    script = tomllib.loads(TALKS.read_text(encoding="utf-8"))
    for talk in sorted(script[name], key=lambda talk: -talk["lines"][0][0]):
        scene = _begin(talk, script["people"][talk["person"]], company, now)
        _ring(scene)
        for line in talk["lines"][1:]:
            _say(scene, *line)
        _read(scene)
        if "closed" in talk:
            member = scene.member(talk["taken_by"])
            role = role_in(member, scene.fresh(member).head.inbox)
            close(scene.conversation, author=Author.of_user(member.user), role=role, now=scene.at(talk["closed"]))


def _begin(talk: dict, person: dict, company: Company, now: datetime) -> Scene:
    ago, _who, text = talk["lines"][0]
    at = now - timedelta(minutes=ago)
    via = talk.get("via", "widget")
    visitor = _visitor(talk, person, company, at) if via == "widget" else None
    customer = _customer(person, company, via, at) if visitor is None else None
    author = Author.of_visitor(visitor) if visitor else Author.of_customer(customer)
    channels = Channel.objects.select_related("inbox", "company").filter(company=company)
    conversation, _message = start_conversation(
        company=company,
        channel=channels.filter(name=talk["channel"]).first(),
        author=author,
        body=text,
        client_id=uuid4(),
        start_id=uuid4(),
        origin=via,
        subject=talk.get("subject", ""),
        customer=customer,
        visitor=visitor,
        now=at,
    )
    return Scene(talk, company, conversation, author, visitor, now)


def _visitor(talk: dict, person: dict, company: Company, at: datetime) -> Visitor:
    path, title = talk.get("page", ["/", company.name])
    page = Page(url=f"https://www.{company.slug}.example{path}", title=title)
    key = company.widgets.values_list("public_key", flat=True).first() or ""
    visitor, _token = mint_visitor(company=company, widget_key=key, language=person["language"], now=at, page=page)
    name, email = person.get("name", ""), person.get("email", "")
    if person.get("signed"):
        verify_visitor(visitor, subject=f"demo-{talk['person']}", email=email, name=name, now=at)
        visitor.refresh_from_db()
    elif name:
        give_identity(visitor, name=name, email=email, now=at)
    return visitor


def _customer(person: dict, company: Company, via: str, at: datetime) -> Customer:
    first, _, last = person["name"].partition(" ")
    names = {"first_name": first, "last_name": last, "language": person["language"]}
    found = Customer.objects.filter(company=company, email=person["email"]).first()
    return found or Customer.objects.create(
        company=company, email=person["email"], created_via=via, created_at=at, email_verified_at=at, **names
    )


def _ring(scene: Scene) -> None:
    """Offers time out one after the other until the right one is asked and accepts; without a right one, all do."""
    wanted = scene.talk.get("taken_by")
    while offer := _pending(scene):
        if offer.user.first_name == wanted:
            ringing.accept(scene.conversation, user=offer.user, now=offer.offered_at + HESITATION)
            return
        ringing.settle_offer(offer.pk, "", offer.expires_at)


def _pending(scene: Scene) -> Offer | None:
    offers = Offer.objects.filter(conversation=scene.conversation, state=Offer.State.PENDING)
    return offers.select_related("user").first()


def _say(scene: Scene, ago: float, who: str, text: str, internal: str = "") -> None:
    at = scene.at(ago)
    if who == "them":
        via = Message.Via.WIDGET if scene.visitor else Message.Via.APP
        post_message(scene.conversation, author=scene.requester, body=text, client_id=uuid4(), via=via, now=at)
        return
    member = scene.member(who)
    conversation = scene.fresh(member)
    post_message(
        side_conversation(conversation, member=member, now=at) if internal else conversation,
        author=Author.of_user(member.user),
        body=text,
        client_id=uuid4(),
        via=Message.Via.APP,
        role=role_in(member, conversation.head.inbox),
        may_post=member.may_post_customer_replies,
        now=at,
    )


def _read(scene: Scene) -> None:
    """Who answers has read everything but the last `unread` lines; the visitor everything before the last answer."""
    head = ConversationHead.objects.get(pk=scene.conversation.pk)
    newest, unread = head.last_seq, scene.talk.get("unread", 0)
    if "taken_by" in scene.talk:
        member = scene.member(scene.talk["taken_by"])
        mark_seen(scene.fresh(member), viewer=member, seq=newest - unread, now=scene.now)
    if scene.visitor is not None:
        seen = conversation_for(scene.visitor, scene.conversation.public_id)
        mark_seen(seen, viewer=scene.visitor, seq=newest - unread, now=scene.now)
