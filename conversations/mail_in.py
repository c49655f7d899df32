"""A mail becomes a message: the answer to a notice (N-34, N-59, A-23, E-19)."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Callable
from datetime import datetime

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.models import User
from companies.selectors import membership_of
from conversations import attachments
from conversations.actions.assigning import assign
from conversations.actions.directs import archive
from conversations.actions.locking import Conflict, NotAllowed
from conversations.actions.posting import MAX_BODY, MAX_FILES, BadMessage, ClientIdTaken, Locked, post_message
from conversations.actions.starting import side_conversation, start_conversation
from conversations.authors import Author
from conversations.events import mail_undelivered
from conversations.models import Conversation, ConversationHead, Message
from conversations.selectors.merged import living
from conversations.selectors.peers import speaker
from conversations.selectors.requests import asker_in, requester_seat
from conversations.selectors.visibility import conversations_for, role_for
from customers.models import Customer, Visitor
from mail import addresses, routing
from mail.actions import queue
from mail.models import IncomingMail, OutgoingMail, ReplyAddress
from mail.parsing import ParsedMail
from mail.routing import Outcome


def reply(*, mail: ParsedMail, address: ReplyAddress, incoming: IncomingMail, now: datetime) -> Outcome:
    """MAIL_HANDLERS["conversation"]: post the answer as the person of the address; the sender was checked already.

    Rights are looked up now, not when the notice was sent (S-17). The same raw mail again is the same message.
    """
    conversation = (
        Conversation.objects.select_related("company", "channel__inbox", "visitor", "customer", "head__inbox")
        .filter(pk=address.subject_id)
        .first()
    )
    if conversation is None:
        return Outcome(routing.UNROUTABLE, "The conversation does not exist any more.")
    if conversation.company is not None and conversation.company.suspended_at is not None:
        return Outcome(routing.REFUSED, "The company is suspended.")
    kind, _sep, pk = address.recipient.partition(":")
    try:
        if kind == "user" and (asker := asker_in(int(pk), conversation)):
            return _reply_of_requester(mail, conversation, asker.customer, incoming, now)
        if kind == "user":
            return _reply_of_user(mail, living(conversation), User.objects.get(pk=pk), incoming, now)
        person = (Visitor if kind == "visitor" else Customer).objects.get(pk=pk)
        return _reply_of_requester(mail, conversation, person, incoming, now)
    except (User.DoesNotExist, Visitor.DoesNotExist, Customer.DoesNotExist):
        return Outcome(routing.REFUSED, "The person of this reply address does not exist any more.")
    except BadMessage as refusal:
        return Outcome(routing.REFUSED, f"The mail holds nothing that could be posted ({refusal.code}).")
    except ClientIdTaken:
        return Outcome(routing.REFUSED, "A different message with this mail's identity is there already.")


def _client_id(conversation: Conversation, incoming: IncomingMail) -> uuid.UUID:
    """Message-IDs repeat and are forged; the raw bytes are what makes a mail the same one."""
    return uuid.uuid5(conversation.public_id, incoming.sha256)


def _body(mail: ParsedMail) -> str:
    return (mail.text.strip() or mail.full_text.strip())[:MAX_BODY]


def _files(mail: ParsedMail, conversation: Conversation, author: Author, incoming: IncomingMail, now: datetime):
    """The mail's files as uploads of its author; those beyond the limits stay in the stored mail."""
    known = Message.objects.filter(conversation=conversation, client_id=_client_id(conversation, incoming)).first()
    if known is not None:
        return tuple(known.attachments.values_list("public_id", flat=True))
    kept = []
    for part in mail.attachments[:MAX_FILES] if conversation.company else ():
        upload = SimpleUploadedFile("file", part.content)
        try:
            kept.append(
                attachments.accept_upload(
                    company=conversation.company,
                    uploader=author.key,
                    file=upload,
                    name=part.name,
                    now=now,
                    mailed=True,
                ).public_id
            )
        except attachments.UploadRefused:
            continue
    return tuple(kept)


def _fields(mail: ParsedMail, conversation: Conversation, author: Author, incoming: IncomingMail, now: datetime):
    return {
        "author": author,
        "body": _body(mail),
        "client_id": _client_id(conversation, incoming),
        "via": Message.Via.EMAIL,
        "attachments": _files(mail, conversation, author, incoming, now),
        "email_message_id": mail.message_id,
        "now": now,
    }


def _reply_of_user(
    mail: ParsedMail, conversation: Conversation, user: User, incoming: IncomingMail, now: datetime
) -> Outcome:
    member = membership_of(user) if user.is_active else None
    if member is None or not conversations_for(member).filter(pk=conversation.pk).exists():
        return Outcome(routing.HELD, f"{user.full_name} may not open this conversation any more.")
    if conversation.kind == Conversation.Kind.DIRECT and _body(mail) == "/archive":
        with contextlib.suppress(Conflict):  # locked: nothing to put away any more
            archive(conversation, user=user, now=now)
        return Outcome(routing.POSTED, f"Archived for {user.full_name}.")
    author = speaker(member, conversation)
    role = role_for(member, conversation)
    fields = _fields(mail, conversation, author, incoming, now)
    fields |= {"role": role, "may_post": member.may_post_customer_replies}
    try:
        if conversation.head.routing == ConversationHead.Routing.UNCLAIMED:
            assign(conversation, to=user, by=user, role=role, now=now)
        posted = post_message(conversation, **fields)
    except (NotAllowed, Conflict, Locked):
        if conversation.kind != Conversation.Kind.CUSTOMER:
            return Outcome(routing.REFUSED, "The conversation takes no message any more.")
        return _keep_inside(mail, conversation, member, fields, now)
    return Outcome(routing.POSTED, f"Posted as {user.full_name}." if posted.created else "Was posted already.")


def _keep_inside(mail: ParsedMail, conversation: Conversation, member, fields: dict, now: datetime) -> Outcome:
    """Somebody else has it now: the text becomes an internal line, and the sender is told who answers (A-23)."""
    side = side_conversation(conversation, member=member, now=now)
    post_message(side, **fields)
    head = ConversationHead.objects.select_related("assignee").get(pk=conversation.pk)
    user = member.user
    with translation.override(user.language):
        holder = head.assignee.full_name if head.assignee else _("nobody yet")
        text = _(
            "Your answer to “%(subject)s” was not sent to the customer: the conversation is now with %(holder)s. "
            "Your text was kept as an internal message."
        ) % {"subject": conversation.subject, "holder": holder}
        subject = _("Not sent to the customer: %(subject)s") % {"subject": conversation.subject}
    root = addresses.message_id("c", conversation.public_id, "root")
    queue(
        key=f"kept:{fields['client_id']}",
        to=user.email,
        subject=subject,
        text=text,
        html="",
        sender_name=conversation.company.name if conversation.company else "Memo",
        message_id=addresses.message_id("kept", fields["client_id"]),
        in_reply_to=mail.message_id or root,
        references=(root,),
        auto=True,
        now=now,
    )
    return Outcome(routing.POSTED, f"Kept as an internal message: the conversation is with {holder}.")


def held(*, address: ReplyAddress, incoming: IncomingMail, outcome: Outcome, now: datetime) -> None:
    """HELD_HANDLERS["conversation"]: a mail that was not posted is shown to the team, never to the customer (S-55)."""
    _tell_team(address.subject_id, uuid.uuid5(incoming.public_id, "held"), _held_text, {
        "sender": incoming.from_email or "?",
        "subject": incoming.subject,
        "reason": outcome.reason,
        "number": incoming.pk,
    }, now)  # fmt: skip


def undelivered(*, mail: OutgoingMail, now: datetime) -> None:
    """UNDELIVERED["notice"]: the answer did not reach its reader; the team reads so in the conversation."""
    address = addresses.find_reply_address(mail.reply_to) if mail.reply_to else None
    if address is not None and address.kind == "conversation":
        fields = {"to": mail.to, "reason": mail.last_error}
        client_id = uuid.uuid5(uuid.NAMESPACE_URL, mail.key)
        place = _tell_team(address.subject_id, client_id, _undelivered_text, fields, now)
        notice = mail.key.partition(":")[2]
        if place is not None and notice.isdecimal():
            mail_undelivered(place, notice_id=int(notice), now=now)


def _held_text(fields: dict) -> str:
    return _(
        "An e-mail from %(sender)s (“%(subject)s”) was held and not posted. %(reason)s "
        "The operator finds the original under number %(number)s."
    ) % fields  # fmt: skip


def _undelivered_text(fields: dict) -> str:
    return _("The e-mail to %(to)s could not be delivered: %(reason)s") % fields


def _tell_team(
    conversation_id: int, client_id: uuid.UUID, text: Callable[[dict], str], fields: dict, now: datetime
) -> Conversation | None:
    """A line beside the conversation; where it stands, None when there is no place for it."""
    conversation = Conversation.objects.select_related("company").filter(pk=conversation_id).first()
    if conversation is None or conversation.kind == Conversation.Kind.DIRECT:
        return None
    place = conversation
    if conversation.kind == Conversation.Kind.CUSTOMER:
        place = side_conversation(conversation, member=None, now=now)
    with translation.override(conversation.company.language):
        body = text(fields)[:MAX_BODY]
    bot = Author.bot("Memo")
    with contextlib.suppress(Locked):
        post_message(place, author=bot, body=body, client_id=client_id, via="system", automatic=True, now=now)
    return place


def _reply_of_requester(
    mail: ParsedMail, conversation: Conversation, person: Visitor | Customer, incoming: IncomingMail, now: datetime
) -> Outcome:
    if requester_seat(person, conversation) is None:
        return Outcome(routing.HELD, "The person does not take part in this conversation any more.")
    author = Author.of_visitor(person) if isinstance(person, Visitor) else Author.of_customer(person)
    fields = _fields(mail, conversation, author, incoming, now)
    try:
        posted = post_message(conversation, **fields)
    except Locked:
        return _follow_up(conversation, person, fields, now)
    except NotAllowed:  # removed between the look and the lock
        return Outcome(routing.HELD, "The person does not take part in this conversation any more.")
    return Outcome(routing.POSTED, f"Posted as {author.name}." if posted.created else "Was posted already.")


def _follow_up(conversation: Conversation, person: Visitor | Customer, fields: dict, now: datetime) -> Outcome:
    """The conversation is locked: a new one that names it (E-48)."""
    is_visitor = isinstance(person, Visitor)
    new, _message = start_conversation(
        company=conversation.company,
        channel=conversation.channel,
        author=fields["author"],
        body=fields["body"],
        client_id=fields["client_id"],
        start_id=fields["client_id"],
        origin=Conversation.Origin.EMAIL,
        subject=conversation.subject,
        customer=None if is_visitor else person,
        visitor=person if is_visitor else None,
        attachments=fields["attachments"],
        follow_up_of=conversation,
        now=now,
    )
    return Outcome(routing.POSTED, f"Started #{new.number} as follow-up of #{conversation.number}.")
