"""A signed-in user asks a company through one of its channels, and goes on as its customer (M-30, M-41)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from channels_app.models import Channel
from companies.models import Membership
from conversations.actions.posting import Posted, post_message
from conversations.actions.starting import start_conversation
from conversations.authors import Author
from conversations.models import Attachment, Contact, Conversation, Message
from customers.actions.users import customer_of_user
from customers.models import Customer
from events.publish import unit


def ask(
    member: Membership, channel: Channel, *, subject: str, body: str, client_id: UUID, start_id: UUID, now: datetime
) -> Conversation:
    """A request that rings and escalates like a visitor's; the same `start_id` makes it once.

    The channel comes from open_channel(member, …). Raises BadMessage, ClientIdTaken, AddressTaken.
    """
    with unit():
        customer = customer_of_user(company=channel.company, user=member.user, works_for=member.company.name, now=now)
        conversation, _message = start_conversation(
            company=channel.company,
            channel=channel,
            author=Author.of_customer(customer),
            subject=subject,
            body=body,
            client_id=client_id,
            start_id=start_id,
            origin=Conversation.Origin.DIRECTORY,
            customer=customer,
            now=now,
        )
        Contact.objects.bulk_create(
            [Contact(owner=member.user, channel=channel, source=Contact.Source.DIRECTORY, created_at=now)],
            ignore_conflicts=True,
        )
        return conversation


def go_on(
    conversation: Conversation,
    *,
    customer: Customer,
    body: str,
    client_id: UUID,
    files: Collection[UUID] = (),
    now: datetime,
) -> Posted:
    """One more message of the one who asked; what they uploaded as a user counts as theirs here.

    The conversation comes from request_for(). Raises what post_message() raises.
    """
    author = Author.of_customer(customer)
    with unit():
        if files:
            mine = Attachment.objects.filter(public_id__in=files, message=None, uploader=f"user:{customer.user_id}")
            mine.update(uploader=author.key)
        return post_message(
            conversation,
            author=author,
            body=body,
            client_id=client_id,
            via=Message.Via.APP,
            attachments=tuple(files),
            now=now,
        )
