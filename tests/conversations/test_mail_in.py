"""Answers by mail become messages of the right person in the right place: E-19, E-22, A-23, S-17, S-55."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from companies.models import Membership
from conversations.actions import assigning, merging, ringing, taking_part
from conversations.actions.asking import ask
from conversations.actions.starting import direct_conversation
from conversations.authors import Author
from conversations.models import Conversation, ConversationHead, Message, Offer
from mail import actions as mail
from mail.addresses import reply_address
from mail.models import IncomingMail, OutgoingMail
from memo import wiring
from tests.cast import NOW, make_customer, make_visitor, write

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def connected():
    """The handlers of the project."""
    wiring.connect()


def answer(conversation: Conversation, person: str, email: str, text: str, *, sender: str = "", extra: str = "") -> str:
    """Take in an answer to the person's reply address; returns the outcome's name."""
    address = reply_address(
        kind="conversation", subject_id=conversation.pk, recipient=person, recipient_email=email, now=NOW
    )
    raw = (
        f"From: {sender or email}\r\nTo: {address}\r\nSubject: Re: lamp\r\n"
        f"Message-ID: <{uuid.uuid4()}@abc.example>\r\n{extra}\r\n{text}\r\n\r\n"
        "On Sat, 21 Nov 2026 at 10:00, Memo wrote:\r\n> what was written before\r\n"
    ).encode()
    mail.receive(raw, envelope_from=sender or email, envelope_to=[address], via="smtp", now=timezone.now())
    mail.process_received(now=timezone.now() + timedelta(seconds=1))
    return IncomingMail.objects.latest("pk").outcome


def lines(conversation: Conversation) -> list[tuple[str, str]]:
    return list(conversation.messages.order_by("seq").values_list("author_kind", "body"))


@pytest.fixture
def request_of_kim(cast):
    """Kim's request rings at a member."""
    return write(make_visitor(cast.nordlicht, name="Kim", email="kim@abc.com"), cast.support, "Hello?")


def test_the_holder_answers_by_mail_and_has_it(cast, request_of_kim):
    """E-19, A-23, M-36: the answer of the offer's holder is posted as theirs and accepts the offer."""
    holder = Offer.objects.get(state="pending").user
    assert answer(request_of_kim, f"user:{holder.pk}", holder.email, "We look into it.") == "posted"
    assert lines(request_of_kim)[-1] == ("user", "We look into it.")
    head = ConversationHead.objects.get(pk=request_of_kim.pk)
    assert (head.routing, head.assignee_id) == ("assigned", holder.pk)


def test_whoever_answers_an_unclaimed_one_by_mail_has_it(cast, request_of_kim):
    """A-23: still unclaimed: the first mail reply assigns."""
    assigning.assign(request_of_kim, to=cast.ben, by=cast.anna, role="admin", now=NOW)
    assigning.release(request_of_kim, by=cast.anna, role="admin", now=NOW)
    assert answer(request_of_kim, f"user:{cast.cem.pk}", cast.cem.email, "I do it.") == "posted"
    assert ConversationHead.objects.get(pk=request_of_kim.pk).assignee_id == cast.cem.pk


def test_a_late_answer_stays_inside_and_its_author_is_told(cast, request_of_kim):
    """A-23, S-12, INV-05: assigned to another: an internal line, never a byte to the customer; one mail says who has it."""
    assigning.assign(request_of_kim, to=cast.ben, by=cast.anna, role="admin", now=NOW)
    before = lines(request_of_kim)
    assert answer(request_of_kim, f"user:{cast.cem.pk}", cast.cem.email, "Too late?") == "posted"
    assert lines(request_of_kim) == before
    side = Conversation.objects.get(about=request_of_kim)
    assert lines(side) == [("user", "Too late?")]
    told = OutgoingMail.objects.get(to=cast.cem.email)
    assert "Ben Fuchs" in told.text


def test_the_same_raw_mail_again_is_the_same_message(cast, request_of_kim):
    """E-19, INV-18: delivered twice, posted once."""
    holder = Offer.objects.get(state="pending").user
    answer(request_of_kim, f"user:{holder.pk}", holder.email, "Once.")
    row = IncomingMail.objects.latest("pk")
    mail.receive(
        bytes(row.raw), envelope_from=holder.email, envelope_to=[row.recipient], via="smtp", now=timezone.now()
    )
    mail.process_received(now=timezone.now() + timedelta(seconds=2))
    assert [body for _, body in lines(request_of_kim)].count("Once.") == 1


def test_a_forged_sender_is_held_and_the_team_reads_so(cast, request_of_kim):
    """E-19, S-55: a stranger with Ben's token never speaks as Ben; an internal line says what was held."""
    outcome = answer(request_of_kim, f"user:{cast.ben.pk}", cast.ben.email, "I am Ben.", sender="x@evil.example")
    assert outcome == "held"
    assert len(lines(request_of_kim)) == 1
    side = Conversation.objects.get(about=request_of_kim)
    assert "x@evil.example" in lines(side)[0][1]


def test_rights_count_when_the_mail_comes(cast, request_of_kim):
    """S-17: the token of a member who left the company posts nothing."""
    Membership.objects.filter(user=cast.ben).update(state="deactivated")
    assert answer(request_of_kim, f"user:{cast.ben.pk}", cast.ben.email, "Still here") == "held"
    assert len(lines(request_of_kim)) == 1


def test_the_customers_answer_lands_in_the_same_conversation(cast, request_of_kim):
    """E-22, N-59: Kim answers the notice; a closed conversation opens again; quote and headers are gone."""
    ringing.accept(request_of_kim, user=Offer.objects.get(state="pending").user, now=NOW)
    ConversationHead.objects.filter(pk=request_of_kim.pk).update(status="closed", closed_at=NOW)
    kim = request_of_kim.visitor
    assert answer(request_of_kim, f"visitor:{kim.pk}", "kim@abc.com", "Thank you!") == "posted"
    assert lines(request_of_kim)[-1] == ("visitor", "Thank you!")
    assert ConversationHead.objects.get(pk=request_of_kim.pk).status == "open"


def test_an_answer_to_a_locked_conversation_begins_a_follow_up(cast, request_of_kim):
    """E-48, INV-19: nothing is written to the locked one; a new one names it."""
    ConversationHead.objects.filter(pk=request_of_kim.pk).update(status="locked", closed_at=NOW)
    kim = request_of_kim.visitor
    assert answer(request_of_kim, f"visitor:{kim.pk}", "kim@abc.com", "One more thing") == "posted"
    assert len(lines(request_of_kim)) == 1
    new = Conversation.objects.get(follow_up_of=request_of_kim)
    assert lines(new) == [("visitor", "One more thing")]


def test_a_mail_that_cannot_be_delivered_is_told_in_the_conversation(cast, request_of_kim):
    """R-15: failed for good: the team reads why, the customer reads nothing of it."""
    address = reply_address(
        kind="conversation", subject_id=request_of_kim.pk, recipient="visitor:1", recipient_email="k@abc.com", now=NOW
    )
    lost = OutgoingMail(key="notice:7", to="k@abc.com", reply_to=address, last_error="550 no such mailbox")
    wiring.UNDELIVERED["notice"](mail=lost, now=NOW)
    side = Conversation.objects.get(about=request_of_kim)
    assert "550 no such mailbox" in lines(side)[0][1]
    assert Message.objects.filter(conversation=request_of_kim).count() == 1
    assert Author.bot("Memo").kind == lines(side)[0][0]


def test_who_asks_another_company_answers_by_mail_as_its_customer(cast):
    """M-30, N-34: the notice went to the user; what they answer is the customer's line, and rings on as before."""
    member = cast.member(cast.udo)
    ids = {"client_id": uuid.uuid4(), "start_id": uuid.uuid4()}
    conversation = ask(member, cast.support, subject="", body="Do you deliver?", now=NOW, **ids)
    assert answer(conversation, f"user:{cast.udo.pk}", cast.udo.email, "To Ulm, I mean.") == "posted"
    assert lines(conversation)[-1] == ("customer", "To Ulm, I mean.")
    assert ConversationHead.objects.get(pk=conversation.pk).routing == "ringing"


def test_the_word_archives_by_mail_too(cast):
    """E-02: “/archive” in an answer puts a direct conversation away and is no message."""
    talk = direct_conversation(cast.ben, cast.cem, now=NOW)
    assert answer(talk, f"user:{cast.ben.pk}", cast.ben.email, "/archive") == "posted"
    assert lines(talk) == []
    assert talk.participants.get(user=cast.ben).archived_at is not None


def test_a_second_customer_answers_by_mail_until_they_are_removed(cast, request_of_kim):
    """N-03, S-17: posted under their own name; afterwards held, nothing posted; a third one never was anybody here."""
    lea, max_ = (make_customer(cast.nordlicht, name, f"{name.lower()}@abc.example") for name in ("Lea", "Max"))
    by = {"by": cast.member(cast.ben), "role": "team_member", "now": NOW}
    taking_part.add_customer(request_of_kim, customer=lea, **by)
    assert answer(request_of_kim, f"customer:{lea.pk}", lea.email, "Me too.") == "posted"
    assert request_of_kim.messages.get(body="Me too.").author_name == "Lea"
    assert answer(request_of_kim, f"customer:{max_.pk}", max_.email, "And me.") == "held"
    taking_part.remove_customer(request_of_kim, customer=lea, **by)
    assert answer(request_of_kim, f"customer:{lea.pk}", lea.email, "Still here?") == "held"
    assert not Message.objects.filter(body__in=["Still here?", "And me."], author_kind="customer").exists()


def test_answers_to_a_joined_request_arrive_where_it_was_joined_to(cast, request_of_kim):
    """The customer's and the assignee's old reply addresses both lead on."""
    target = write(request_of_kim.visitor, cast.support, "The other one")
    for one in (request_of_kim, target):
        assigning.assign(one, to=cast.ben, by=cast.anna, role="admin", now=NOW)
    roles_in = ("team_member", "team_member")
    merging.merge(request_of_kim, target, by=cast.member(cast.ben), roles_in=roles_in, now=NOW)
    kim = request_of_kim.visitor
    assert answer(request_of_kim, f"visitor:{kim.pk}", kim.email, "One more thing.") == "posted"
    assert answer(request_of_kim, f"user:{cast.ben.pk}", cast.ben.email, "Gladly.") == "posted"
    assert lines(target)[-2:] == [("visitor", "One more thing."), ("user", "Gladly.")]
    assert ConversationHead.objects.get(pk=request_of_kim.pk).status == "closed"
