"""Who takes part: following, colleagues from elsewhere, several customers, internal discussions; N-03, N-23, E-24."""

from __future__ import annotations

import re
import uuid
import zipfile
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client

from companies import roles
from companies.actions.privacy import export, in_company
from conversations.actions import ringing, taking_part
from conversations.actions.locking import Conflict, NotAllowed
from conversations.actions.posting import post_message
from conversations.actions.searching import read_in
from conversations.actions.starting import side_conversation, start_discussion
from conversations.authors import Author
from conversations.models import Conversation, Message, Participant
from conversations.selectors.folders import Folder, list_page
from conversations.selectors.history import lines_of
from conversations.selectors.requests import guests_of
from conversations.selectors.scope import scope_for
from conversations.selectors.search import Sought, search
from conversations.selectors.visibility import conversation_for, conversations_for, side_conversation_for
from mail.models import OutgoingMail
from notifications.models import Notice
from tests.cast import NOW, make_customer, make_user, make_visitor, write, write_by_mail

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clean_valkey")]
MINUTE = timedelta(seconds=61)


@pytest.fixture
def eva(cast):
    """A colleague who works in no inbox."""
    return make_user(cast.nordlicht, "Eva", "Kern", domain="nordlicht")


@pytest.fixture
def kim(cast):
    """Kim wrote by mail; Ben has it."""
    customer = make_customer(cast.nordlicht, "Kim", "kim@abc.example")
    conversation = write_by_mail(customer, "SECRETBEFORE of the first days", channel=cast.support, subject="Lamp")
    ringing.accept(conversation, user=cast.ben, now=NOW)
    return fresh(conversation)


@pytest.fixture
def lea(cast):
    return make_customer(cast.nordlicht, "Lea", "lea@abc.example")


def fresh(conversation) -> Conversation:
    return Conversation.objects.select_related("head", "customer", "visitor", "company").get(pk=conversation.pk)


def add(cast, conversation, customer, *, by=None, role="team_member"):
    taking_part.add_customer(conversation, customer=customer, by=cast.member(by or cast.ben), role=role, now=NOW)


def remove(cast, conversation, customer):
    taking_part.remove_customer(conversation, customer=customer, by=cast.member(cast.ben), role="team_member", now=NOW)


def answer(cast, conversation, body="It can be shortened.", **fields):
    fields = {"client_id": uuid.uuid4(), "via": "app", "role": "team_member", "now": NOW} | fields
    return post_message(conversation, author=Author.of_user(cast.ben), body=body, **fields).message


def sees(cast, user, conversation) -> bool:
    return conversations_for(cast.member(user)).filter(pk=conversation.pk).exists()


# --- following -----------------------------------------------------------------------------------------------------
def test_follow_and_unfollow(cast, kim, client: Client):
    """A team member follows by a form; My › Customer replies holds it as long as they do; no line for anybody."""
    client.force_login(cast.cem)
    where = f"/conversations/{kim.public_id}/follow/"

    def mine() -> list[int]:
        return [head.pk for head in list_page(scope_for(cast.member(cast.cem)), Folder("customer")).heads]

    assert client.post(where, {"follow": "1"}).status_code == 303
    assert mine() == [kim.pk]
    assert "Unfollow" in client.get(f"/conversations/{kim.public_id}/").content.decode()
    assert client.post(where, {"follow": "0"}).status_code == 303
    assert mine() == []
    assert sees(cast, cast.cem, kim), "a role in the inbox opens it all the same"
    assert "joined" not in [line.kind for line in lines_of(kim)]


# --- colleagues ------------------------------------------------------------------------------------------------------
def test_a_colleague_from_elsewhere_sees_this_one_only(cast, eva, kim, frames, django_capture_on_commit_callbacks):
    """Own = takes part: the request and its internal side, nothing else; a line; their sockets look again."""
    other = write(make_visitor(cast.nordlicht), cast.support)
    with django_capture_on_commit_callbacks(execute=True):
        taking_part.add_colleague(kim, person=cast.member(eva), by=cast.member(cast.ben), role="team_member", now=NOW)
    assert sees(cast, eva, kim)
    assert not sees(cast, eva, other)
    side = side_conversation(kim, member=cast.member(cast.ben), now=NOW)
    assert side_conversation_for(cast.member(eva), kim) == side
    post_message(
        side,
        author=Author.of_user(eva),
        body="I know the case.",
        client_id=uuid.uuid4(),
        via="app",
        role=roles.USER,
        now=NOW,
    )
    with pytest.raises(NotAllowed):
        post_message(
            kim, author=Author.of_user(eva), body="Hi", client_id=uuid.uuid4(), via="app", role=roles.USER, now=NOW
        )
    line = lines_of(kim)[-1]
    assert (line.kind, line.who, line.whom) == ("joined", "Ben Fuchs", "Eva Kern")
    assert (f"member.{eva.public_id}", "rights") in {(f["g"], f["k"]) for f in frames}


def test_removal_ends_access_at_once(cast, eva, kim, frames, django_capture_on_commit_callbacks):
    """S-16, S-17: page, side conversation and a message that was on its way are refused."""
    side = side_conversation(kim, member=cast.member(cast.ben), now=NOW)
    by = {"by": cast.member(cast.ben), "role": "team_member", "now": NOW}
    taking_part.add_colleague(kim, person=cast.member(eva), **by)
    assert sees(cast, eva, side)
    with django_capture_on_commit_callbacks(execute=True):
        taking_part.remove_colleague(kim, person=cast.member(eva), **by)
    assert not sees(cast, eva, kim)
    assert not sees(cast, eva, side)
    told = {(f["g"], f["k"]) for f in frames}
    assert {(f"member.{eva.public_id}", "rights"), (f"member.{eva.public_id}", "row_hidden")} <= told
    with pytest.raises(NotAllowed):
        post_message(
            side, author=Author.of_user(eva), body="Still", client_id=uuid.uuid4(), via="app", role=roles.USER, now=NOW
        )
    assert not sees(cast, eva, side), "a late message gives no way back"
    assert [line.kind for line in lines_of(kim)][-2:] == ["joined", "removed"]


def test_who_may_add_and_whom(cast, eva, kim):
    """The people of the inbox; nobody of another company, nobody without licence, not by somebody who only takes part."""
    person, by = cast.member(eva), cast.member(cast.ben)
    with pytest.raises(NotAllowed):
        taking_part.add_colleague(kim, person=person, by=person, role=roles.USER, now=NOW)
    with pytest.raises(NotAllowed):
        taking_part.add_colleague(kim, person=cast.member(cast.udo), by=by, role="team_member", now=NOW)
    person.engagement_licence = False
    with pytest.raises(NotAllowed, match="no_licence"):
        taking_part.add_colleague(kim, person=person, by=by, role="team_member", now=NOW)
    with pytest.raises(Conflict, match="is_assignee"):
        taking_part.remove_colleague(kim, person=by, by=by, role="team_member", now=NOW)


# --- several customers -------------------------------------------------------------------------------------------------
def test_adding_lea_says_so_and_both_get_the_next_answer(cast, kim, lea, react, settle):
    """E-24, second half: a line; one mail each after the minute; Lea's carries nothing from before and nothing internal."""
    side = side_conversation(kim, member=cast.member(cast.ben), now=NOW)
    answer(cast, side, "SECRETINSIDE")
    add(cast, kim, lea)
    add(cast, kim, lea)
    line = lines_of(fresh(kim))[-1]
    assert (line.kind, line.whom, [c.pk for c in guests_of(fresh(kim))]) == ("guest_joined", "Lea", [lea.pk])
    answer(cast, kim)
    react()
    settle(NOW + MINUTE)
    mails = {mail.to: mail for mail in OutgoingMail.objects.all()}
    assert set(mails) == {"kim@abc.example", "lea@abc.example"}
    for mail in mails.values():
        assert "It can be shortened." in mail.text
        assert "SECRETINSIDE" not in mail.text + mail.html
    assert "SECRETBEFORE" not in mails["lea@abc.example"].text + mails["lea@abc.example"].html
    assert "SECRETBEFORE" in mails["kim@abc.example"].text


def test_what_one_customer_writes_the_other_reads(cast, kim, lea, react):
    """INV-08: nobody hears of their own words, the other customer and Ben do."""
    add(cast, kim, lea)
    post_message(kim, author=Author.of_customer(lea), body="Me too", client_id=uuid.uuid4(), via="email", now=NOW)
    react()
    told = Notice.objects.filter(conversation=kim, last_seq=2)
    assert {notice.person_key for notice in told} == {f"customer:{kim.customer_id}", f"user:{cast.ben.pk}"}


def test_a_second_customer_in_the_chat(cast, kim, lea):
    """Known by a signed identity she reads from where she came; by a mere claim nothing (N-19)."""
    add(cast, kim, lea)
    answer(cast, kim)
    signed = make_visitor(cast.nordlicht, customer=lea, verified=True)
    claimed = make_visitor(cast.nordlicht, customer=lea)
    assert conversation_for(signed, kim.public_id) == kim
    with pytest.raises(Conversation.DoesNotExist):
        conversation_for(claimed, kim.public_id)
    post_message(
        kim, author=Author.of_visitor(signed), body="From the chat", client_id=uuid.uuid4(), via="widget", now=NOW
    )
    with pytest.raises(NotAllowed):
        post_message(
            kim, author=Author.of_visitor(claimed), body="Hello", client_id=uuid.uuid4(), via="widget", now=NOW
        )


def test_removal_ends_everything_of_a_customer(
    cast, kim, lea, react, settle, frames, django_capture_on_commit_callbacks
):
    """Chat, mail on its way, mail answers and a message between look and lock."""
    signed = make_visitor(cast.nordlicht, customer=lea, verified=True)
    add(cast, kim, lea)
    answer(cast, kim)
    react()
    with django_capture_on_commit_callbacks(execute=True):
        remove(cast, kim, lea)
    assert (f"visitor.{signed.public_id}", "rights") in {(f["g"], f["k"]) for f in frames}
    with pytest.raises(Conversation.DoesNotExist):
        conversation_for(signed, kim.public_id)
    for author in (Author.of_customer(lea), Author.of_visitor(signed)):
        with pytest.raises(NotAllowed):
            post_message(kim, author=author, body="Hello", client_id=uuid.uuid4(), via="email", now=NOW)
    settle(NOW + MINUTE)
    assert [mail.to for mail in OutgoingMail.objects.all()] == ["kim@abc.example"]
    notice = Notice.objects.get(customer=lea)
    assert (notice.state, notice.reason) == ("suppressed", "access_lost")
    assert fresh(kim).guest_count == 0


def test_a_user_of_another_company_as_second_customer(cast, kim, client: Client):
    """Udo reads it in his own inbox, from where he was added; search and files keep to it, too."""
    udo = make_customer(cast.nordlicht, "Udo", "udo@sued.example")
    udo.user, udo.works_for = cast.udo, "Süd AG"
    udo.save()
    add(cast, kim, udo)
    answer(cast, kim, "GOODNEWS for both")
    read_in([(kim.pk, 1), (kim.pk, 2)])
    client.force_login(cast.udo)
    page = client.get(f"/requests/{kim.public_id}/").content.decode()
    assert "GOODNEWS" in page
    assert "SECRETBEFORE" not in page
    assert "Kim" in page
    assert "SECRETBEFORE" not in client.get(f"/requests/{kim.public_id}/?before=2").content.decode()
    assert "SECRETBEFORE" not in client.get(f"/requests/{kim.public_id}/messages/?after=0").content.decode()
    assert client.get(f"/conversations/{kim.public_id}/").status_code == 404
    assert f"/requests/{kim.public_id}/" in client.get("/conversations/?view=asked").content.decode()
    assert len(search(cast.member(cast.udo), Sought("goodnews")).messages) == 1
    assert search(cast.member(cast.udo), Sought("secretbefore")).messages == []
    sent = client.post(
        f"/requests/{kim.public_id}/messages/", {"body": "Thanks", "client_id": str(uuid.uuid4())}, follow=False
    )
    assert sent.status_code == 303
    assert Message.objects.get(conversation=kim, body="Thanks").customer == udo
    assert client.post(f"/requests/{kim.public_id}/close/").status_code == 403
    remove(cast, kim, udo)
    assert client.get(f"/requests/{kim.public_id}/").status_code == 404


def test_whom_not_to_add(cast, kim, lea, eva):
    """Foreign customers, colleagues, who asks already, more than ten; nobody to an internal or direct conversation."""
    foreign = make_customer(cast.sued, "Max", "max@sued.example")
    with pytest.raises(NotAllowed):
        add(cast, kim, foreign)
    colleague = make_customer(cast.nordlicht, "Eva", "eva@nordlicht.example")
    colleague.user = eva
    colleague.save()
    with pytest.raises(NotAllowed, match="is_colleague"):
        add(cast, kim, colleague)
    add(cast, kim, kim.customer)
    assert fresh(kim).guest_count == 0
    side = side_conversation(kim, member=cast.member(cast.ben), now=NOW)
    with pytest.raises(NotAllowed):
        add(cast, side, lea)
    with pytest.raises(NotAllowed):
        add(cast, kim, lea, by=eva, role=roles.USER)
    for number in range(10):
        add(cast, kim, make_customer(cast.nordlicht, "N", f"n{number}@abc.example"))
    with pytest.raises(Conflict, match="too_many_people"):
        add(cast, kim, lea)


def test_by_forms(cast, kim, lea, client: Client):
    """Search, add by record and by address, the composer names everybody, remove; foreign ids are refused (S-02)."""
    client.force_login(cast.ben)
    where = f"/conversations/{kim.public_id}/participants/"
    page = client.get(f"{where}?q=lea").content.decode()
    assert "lea@abc.example" in page
    foreign = make_customer(cast.sued, "Lea", "lea@sued.example")
    assert "lea@sued.example" not in page
    for bad in (
        {"customer": str(foreign.public_id)},
        {"customer": "x"},
        {"email": "no address"},
        {"email": "a\x00@b.c"},
    ):
        assert client.post(f"{where}customers/add/", bad).status_code == 422
    assert client.post(f"{where}customers/add/", {"customer": str(lea.public_id)}).status_code == 303
    assert client.post(f"{where}customers/add/", {"email": "Max@ABC.example", "name": "Max Roth"}).status_code == 303
    foot = re.search(
        r'id="composer-readers">.*?</div>', client.get(f"/conversations/{kim.public_id}/").content.decode(), re.DOTALL
    )
    assert all(name in foot[0] for name in ("Kim", "Lea", "Max Roth"))
    assert client.post(f"{where}customers/remove/", {"customer": str(lea.public_id)}).status_code == 303
    assert [guest.name for guest in guests_of(fresh(kim))] == ["Max Roth"]
    assert client.post(f"{where}add/", {"person": str(cast.member(cast.udo).public_id)}).status_code == 422
    assert client.post(f"{where}add/", {"person": str(cast.member(cast.cem).public_id)}).status_code == 303
    assert Participant.objects.get(conversation=kim, user=cast.cem).following


def test_each_chat_knows_which_lines_are_its_own(cast, kim, lea):
    """The widget's answers: Lea's start where she came, say who else reads and which authors she is."""
    add(cast, kim, lea)
    widget = cast.widget
    signed = make_visitor(cast.nordlicht, widget_key=widget.public_key, customer=lea, verified=True)
    answer(cast, kim)
    browser = Client(HTTP_ORIGIN=settings.BASE_URL, HTTP_AUTHORIZATION=f"Memo {signed.token}")
    where = f"/w/{widget.public_key}/conversations/{kim.public_id}/messages/"
    for query in ("", "?after=0", "?before=3"):
        told = browser.get(where + query).json()
        assert [message["body"] for message in told["messages"]] == ["It can be shortened."]
    assert told["conversation"]["people"] == ["Kim"]
    assert set(told["conversation"]["mine"]) == {str(lea.public_id), str(signed.public_id)}
    assert told["conversation"]["read"] == 1
    assert browser.post(f"{where}../seen/", {"seq": 2}, content_type="application/json").status_code in {200, 404}
    assert "SECRETBEFORE" not in browser.get(f"/w/{widget.public_key}/conversations/").content.decode()


def test_what_there_is_about_a_second_customer(cast, kim, lea):
    """The export holds what they could read, nothing from before."""
    add(cast, kim, lea)
    answer(cast, kim, "GOODNEWS for both")
    with (
        export(in_company(cast.nordlicht, "lea@abc.example"), by=cast.anna, now=NOW) as file,
        zipfile.ZipFile(file) as z,
    ):
        text = z.read("data.json").decode()
    assert "GOODNEWS" in text
    assert "SECRETBEFORE" not in text


# --- internal discussions ------------------------------------------------------------------------------------------------
def test_several_discussions_about_one_request(cast, eva, kim, client: Client):
    """N-23: with a title and chosen colleagues, on pages of their own, beside the interleaved one; never a customer's."""
    side = side_conversation(kim, member=cast.member(cast.ben), now=NOW)
    client.force_login(cast.ben)
    where = f"/conversations/{kim.public_id}/discussions/new/"
    assert client.post(where, {"title": "  "}).status_code == 422
    made = client.post(where, {"title": "Price", "person": str(cast.member(eva).public_id)})
    price = Conversation.objects.get(subject="Price")
    legal = start_discussion(kim, by=cast.member(cast.ben), people=[], title="Legal", now=NOW)
    assert made.headers["Location"].startswith(f"/conversations/{price.public_id}/")
    page = client.get(f"/conversations/{kim.public_id}/").content.decode()
    assert "Price" in page
    assert "Legal" in page
    own = client.get(f"/conversations/{price.public_id}/")
    assert own.status_code == 200
    assert f"about #{kim.number}" in own.content.decode()
    assert side_conversation_for(cast.member(cast.ben), kim) == side
    assert [sees(cast, eva, talk) for talk in (price, legal, kim, side)] == [True, False, False, False]
    answer(cast, price, "SECRETPRICE")
    folder = [head.pk for head in list_page(scope_for(cast.member(eva)), Folder("internal")).heads]
    assert folder == [price.pk]
    line = {"body": "x", "client_id": str(uuid.uuid4()), "kind": "reply"}
    assert client.post(f"/conversations/{price.public_id}/messages/", line).status_code == 403
    assert client.post(f"/conversations/{price.public_id}/messages/", line | {"kind": "customer"}).status_code == 422
    with pytest.raises(Conversation.DoesNotExist):
        conversation_for(make_visitor(cast.nordlicht, customer=kim.customer, verified=True), price.public_id)
    assert Conversation.objects.get(pk=price.pk).kind == "internal"


def test_a_discussion_needs_people_of_the_company(cast, kim):
    """S-02: nobody of elsewhere; without a licence nobody."""
    with pytest.raises(NotAllowed):
        start_discussion(kim, by=cast.member(cast.ben), people=[cast.member(cast.udo)], title="A", now=NOW)
    assert not Conversation.objects.filter(discussion=True).exists()
