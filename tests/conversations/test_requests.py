"""Requests between companies: M-30, M-41, model.md §6, INV-02, INV-08, S-02, S-04."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from channels_app.models import OpeningHours
from conversations.actions import asking, ringing
from conversations.actions.posting import post_message
from conversations.actions.reading import mark_seen
from conversations.actions.starting import side_conversation
from conversations.authors import Author
from conversations.models import Contact, Conversation, ConversationHead, Message, Offer
from conversations.selectors.requests import Asker
from customers.actions.users import AddressTaken, customer_of_user
from customers.models import Customer, Visitor
from mail.models import OutgoingMail
from notifications.models import Notice
from tests.cast import NOW, make_customer, make_user, make_visitor
from tests.conversations.test_direct import signed_in

pytestmark = pytest.mark.django_db
SECRET = "CANARY he never pays"


def ask(cast, user=None, channel=None, body="Do you deliver to Ulm?", **fields) -> Conversation:
    ids = {"client_id": uuid.uuid4(), "start_id": uuid.uuid4(), "subject": "Delivery"} | fields
    member = cast.member(user or cast.udo)
    found = asking.ask(member, channel or cast.support, body=body, now=NOW, **ids)
    return Conversation.objects.select_related("head", "company", "channel", "customer", "visitor").get(pk=found.pk)


def form(**fields) -> dict:
    return {
        "subject": "Delivery",
        "body": "Do you deliver?",
        "start_id": uuid.uuid4(),
        "client_id": uuid.uuid4(),
    } | fields


def address(conversation, name="request") -> str:
    return reverse(name, args=[conversation.public_id])


def accept(conversation):
    offer = Offer.objects.get(conversation=conversation, state="pending")
    ringing.accept(conversation, user=offer.user, now=NOW)
    return offer.user


def answer(conversation, user, body="Yes, on Mondays"):
    return post_message(
        conversation, author=Author.of_user(user), body=body, client_id=uuid.uuid4(), via="app", role="team_member",
        may_post=True, now=NOW,
    )  # fmt: skip


# --- the form ------------------------------------------------------------------------------------------------
def test_from_the_channel_s_page_it_rings_like_a_visitor_s(cast, clean_valkey):
    """M-30, M-41: name and purpose, a form; one offer in the channel's line; the customer is Udo of Süd AG."""
    udo = signed_in(cast.udo)
    page = udo.get(reverse("channel_request", args=[cast.support.public_id])).content.decode()
    assert "Help with your lamp" in page
    sent = udo.post(reverse("channel_request", args=[cast.support.public_id]), form())
    conversation = Conversation.objects.select_related("head").get()
    assert sent.status_code == 303
    assert sent.url == f"{address(conversation)}?view=asked"
    assert (conversation.origin, conversation.company, conversation.head.routing) == (
        "directory", cast.nordlicht, "ringing",
    )  # fmt: skip
    assert conversation.requester_label == "Udo Maier · Süd AG"
    customer = Customer.objects.get()
    assert (customer.user, customer.company, customer.created_via) == (cast.udo, cast.nordlicht, "directory")
    assert Contact.objects.get(owner=cast.udo).channel == cast.support
    assert "Support" in udo.get(reverse("contacts")).content.decode()


def test_a_second_press_makes_nothing_twice_and_one_person_is_one_customer(cast, clean_valkey):
    udo = signed_in(cast.udo)
    data = form()
    for _ in range(2):
        udo.post(reverse("channel_request", args=[cast.support.public_id]), data)
    assert Message.objects.count() == 1
    udo.post(reverse("channel_request", args=[cast.support.public_id]), form())
    assert Conversation.objects.count() == 2
    assert Customer.objects.count() == 1


@pytest.mark.parametrize("change", ["unlisted", "paused", "hidden company", "suspended", "no package"])
def test_closed_doors_look_like_missing_ones(cast, clean_valkey, change):
    """Paused and unlisted channels, hidden and suspended companies: 404 by GET and POST, nothing is made."""
    company = type(cast.nordlicht).objects.filter(pk=cast.nordlicht.pk)
    channel = type(cast.support).objects.filter(pk=cast.support.pk)
    {
        "unlisted": lambda: channel.update(listed=False),
        "paused": lambda: channel.update(state="paused"),
        "hidden company": lambda: company.update(listed=False),
        "suspended": lambda: company.update(suspended_at=NOW),
        "no package": lambda: company.update(package=None),
    }[change]()
    where = reverse("channel_request", args=[cast.support.public_id])
    udo = signed_in(cast.udo)
    assert udo.get(where).status_code == 404
    assert udo.post(where, form()).status_code == 404
    assert not Conversation.objects.exists()


def test_mistakes_keep_what_was_typed(cast, clean_valkey):
    where = reverse("channel_request", args=[cast.support.public_id])
    answer = signed_in(cast.udo).post(where, form(body="  ", subject="My lamp"))
    assert answer.status_code == 422
    assert "My lamp" in answer.content.decode()
    assert signed_in(cast.udo).post(where, form(body="\x00\x00")).status_code == 422
    assert not Conversation.objects.exists()


def test_too_many_requests_are_slowed_down(cast, clean_valkey):
    """S-62: ten in ten minutes."""
    udo, where = signed_in(cast.udo), reverse("channel_request", args=[cast.support.public_id])
    answers = [udo.post(where, form()).status_code for _ in range(11)]
    assert answers == [303] * 10 + [429]


def test_outside_the_hours_it_waits(cast, clean_valkey):
    """As a visitor's: nobody is rung; the page says when."""
    OpeningHours.objects.create(channel=cast.support, weekday=6, opens="08:00", closes="09:00")
    conversation = ask(cast)
    assert conversation.head.routing == "waiting"
    assert not Offer.objects.exists()
    assert "Closed now" in signed_in(cast.udo).get(address(conversation)).content.decode()


# --- who the customer is -------------------------------------------------------------------------------------
def test_a_record_that_a_mail_made_becomes_theirs_but_no_claim_in_a_chat(cast):
    """N-19: the login's address is proved; who only typed it in a chat loses the link and shows nothing."""
    record = make_customer(cast.nordlicht, "U", cast.udo.email.upper())
    liar = make_visitor(cast.nordlicht, customer=record, email=cast.udo.email)
    found = customer_of_user(company=cast.nordlicht, user=cast.udo, works_for="Süd AG", now=NOW)
    assert found.pk == record.pk
    assert Visitor.objects.get(pk=liar.pk).customer is None
    assert Customer.objects.get().label == "Udo Maier · Süd AG"


def test_what_a_claim_began_is_nobody_s_request(cast, clean_valkey):
    """An unverified visitor's conversation with the same customer is not shown to the login."""
    conversation = ask(cast)
    visitor = make_visitor(cast.nordlicht, customer=conversation.customer)
    Conversation.objects.filter(pk=conversation.pk).update(visitor=visitor)
    assert signed_in(cast.udo).get(address(conversation)).status_code == 404


def test_an_address_that_went_to_another_login(cast):
    ask(cast)
    other = make_user(cast.sued, "Ute", "Braun", domain="sued")
    Customer.objects.update(email=other.email)
    with pytest.raises(AddressTaken):
        customer_of_user(company=cast.nordlicht, user=other, works_for="Süd AG", now=NOW)


# --- reading and answering -----------------------------------------------------------------------------------
def test_udo_reads_and_writes_in_his_own_inbox(cast, clean_valkey):
    """M-41: under Conversations, with who answers; never a line of the team's."""
    conversation = ask(cast)
    udo = signed_in(cast.udo)
    for where in ("/conversations/", "/conversations/?view=asked"):
        page = udo.get(where).content.decode()
        assert address(conversation) in page
        assert "Nordlicht GmbH" in page
    thread = udo.get(address(conversation)).content.decode()
    assert "We are looking for the right person." in thread
    holder = accept(conversation)
    answer(conversation, holder)
    thread = udo.get(address(conversation)).content.decode()
    assert f"{holder.full_name} answers you" in thread
    assert "Yes, on Mondays" in thread
    line = {"body": "Great", "client_id": str(uuid.uuid4())}
    sent = udo.post(
        address(conversation, "request_messages"),
        line,
        content_type="application/json",
        headers={"accept": "application/json"},
    )
    assert sent.status_code == 201
    last = Message.objects.get(conversation=conversation, seq=3)
    assert (last.author_kind, last.author_name) == ("customer", "Udo Maier · Süd AG")
    assert udo.post(address(conversation, "request_close")).status_code == 303
    assert ConversationHead.objects.get(pk=conversation.pk).status == "closed"
    assert "solved" in udo.get(address(conversation)).content.decode()
    assert address(conversation) not in udo.get("/conversations/").content.decode()
    assert address(conversation) in udo.get("/archive/").content.decode()


def test_nothing_of_the_team_s_reaches_the_asker(cast, clean_valkey):
    """INV-02: internal lines, offers, ring log, order of ringing, verbs: in no page, fragment, state or JSON."""
    conversation = ask(cast)
    side = side_conversation(conversation, member=cast.member(cast.anna), now=NOW)
    answer(side, cast.anna, SECRET)
    ringing.decline(conversation, user=Offer.objects.get(state="pending").user, now=NOW)
    holder = accept(conversation)
    answer(conversation, holder)
    udo = signed_in(cast.udo)
    pages = [
        udo.get(where, headers=headers).content.decode()
        for headers in ({}, {"turbo-frame": "conversation"})
        for where in (
            address(conversation),
            address(conversation, "request_state"),
            address(conversation, "request_messages"),
            address(conversation, "request_messages") + "?after=0",
            "/conversations/",
            "/conversations/state/?list=1",
        )
    ]
    for page in pages:
        for word in (
            SECRET,
            "accepted after",
            "offered to",
            "Ring log",
            "Order of ringing",
            "Rang at",
            "Ring again",
            str(side.public_id),
        ):
            assert word not in page
    for name in (
        "conversation",
        "conversation_messages",
        "conversation_state",
        "conversation_accept",
        "conversation_people",
    ):
        assert udo.get(address(conversation, name)).status_code in {404, 405}
    assert udo.get(address(side)).status_code == 404


def test_nobody_else_opens_it_from_outside(cast, clean_valkey):
    """S-04: Udo's colleagues and admin, and the served company's people, get 404 at the asker's address."""
    conversation = ask(cast)
    boss = make_user(cast.sued, "Ute", "Braun", role="admin", domain="sued")
    for outsider in (boss, cast.anna, cast.ben):
        client = signed_in(outsider)
        assert client.get(address(conversation)).status_code == 404
        assert client.post(address(conversation, "request_close")).status_code == 404
        assert (
            client.post(address(conversation, "request_messages"), {"body": "x", "client_id": uuid.uuid4()}).status_code
            == 404
        )
    assert "Delivery" not in signed_in(boss).get("/conversations/").content.decode()


def test_colleagues_ask_their_own_company_s_channels(cast, clean_valkey):
    """Request.start for a company's own users; what one asks is never offered to oneself (INV-08)."""
    eva = make_user(cast.nordlicht, "Eva", "Kern", domain="nordlicht")
    where = reverse("channel_request", args=[cast.support.public_id])
    assert signed_in(eva).post(where, form()).status_code == 303
    conversation = Conversation.objects.get()
    assert signed_in(eva).get(address(conversation)).status_code == 200
    own = ask(cast, cast.ben)
    for _ in range(4):
        offer = Offer.objects.get(conversation=own, state="pending")
        assert offer.user != cast.ben
        ringing.decline(own, user=offer.user, now=NOW)
        if not Offer.objects.filter(conversation=own, state="pending").exists():
            break


# --- being told ----------------------------------------------------------------------------------------------
def test_an_answer_alerts_the_asker_and_is_mailed_after_the_minute(cast, react, settle):
    """N-33: as a user: unread in the own inbox; the mail leads to the own page and is answered as the customer."""
    conversation = ask(cast)
    react()
    holder = accept(conversation)
    answer(conversation, holder)
    react()
    notice = Notice.objects.get(user=cast.udo)
    assert not Notice.objects.filter(customer__isnull=False).exists()
    settle(NOW + timedelta(seconds=61))
    notice.refresh_from_db()
    mail = OutgoingMail.objects.get(to=cast.udo.email)
    assert notice.state == "emailed"
    assert f"/requests/{conversation.public_id}/" in mail.text
    assert "Yes, on Mondays" in mail.text


def test_seen_in_time_is_not_mailed(cast, clean_valkey, react, settle):
    """INV-07: the asker's read mark settles their notice; the team sees how far they have read."""
    conversation = ask(cast)
    holder = accept(conversation)
    answer(conversation, holder)
    react()
    fresh = Conversation.objects.select_related("head", "customer").get(pk=conversation.pk)
    mark_seen(fresh, viewer=Asker(conversation.customer), seq=2, now=NOW)
    react()
    settle(NOW + timedelta(seconds=61))
    assert Notice.objects.get(user=cast.udo).state == "seen"
    assert not OutgoingMail.objects.filter(to=cast.udo.email).exists()


def test_own_words_are_no_news(cast, react):
    """INV-08: neither a notice for the asker nor, for a colleague who also works there, one as the team."""
    ask(cast)
    ask(cast, cast.ben)
    react()
    assert not Notice.objects.filter(user=cast.udo).exists()
    assert not Notice.objects.filter(user=cast.ben, conversation__customer__user=cast.ben).exists()


@pytest.mark.django_db(transaction=True)
def test_the_row_comes_to_the_asker_alone_with_nothing_of_the_team_s(cast, frames):
    """N-01: a frame to Udo's own group; its data name neither holder nor assignee."""
    conversation = ask(cast)
    accept(conversation)
    mine = [f["d"] for f in frames if f["k"] == "row" and f["g"] == f"member.{cast.udo.public_id}"]
    assert mine
    assert {(row["kind"], row["assignee"], row["holder"], row["routing"], row["inbox"]) for row in mine} == {
        ("request", None, None, "", None)
    }


def test_what_the_list_and_the_thread_cost(cast, clean_valkey):
    """No query per row; an answer of a visitor costs what it did."""
    udo = signed_in(cast.udo)
    first = ask(cast)
    counts = []
    for _ in range(2):
        udo.get("/conversations/?view=asked")
        with CaptureQueriesContext(connection) as found:
            udo.get("/conversations/?view=asked")
            udo.get(address(first))
        counts.append(len(found))
        for _number in range(10):
            ask(cast)
    assert counts[0] == counts[1]
