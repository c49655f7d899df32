"""Direct conversations: who may begin, join, read, leave; blocks, mute; M-28, M-29, E-05, E-06, S-02, S-04."""

from __future__ import annotations

import uuid
from datetime import timedelta
from functools import partial

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from companies.models import ContactPerson, Membership
from conversations.actions import directs
from conversations.actions.locking import Conflict, NotAllowed
from conversations.actions.posting import post_message
from conversations.actions.starting import direct_conversation
from conversations.attachments import accept_upload
from conversations.authors import Author
from conversations.models import Contact, Conversation, Message
from conversations.selectors.peers import speaker
from mail.models import OutgoingMail
from notifications.models import Notice
from tests.cast import NOW, make_customer, make_user, make_visitor, write
from tests.conversations.pages import signed_in
from tests.threads import in_threads

pytestmark = pytest.mark.django_db


def id_of(user) -> str:
    return str(Membership.objects.get(user=user).public_id)


def say(conversation, user, body="Hello", *, files=(), client_id=None):
    return post_message(
        conversation,
        author=speaker(Membership.objects.select_related("user", "company").get(user=user), conversation),
        body=body,
        client_id=client_id or uuid.uuid4(),
        via="app",
        attachments=files,
        now=NOW,
    )


def public(user, company) -> ContactPerson:
    return ContactPerson.objects.create(company=company, user=user, function="Managing director")


def address(conversation, name="conversation") -> str:
    return reverse(name, args=[conversation.public_id])


@pytest.fixture
def talk(cast):
    """Udo of Süd AG has written to Anna of Nordlicht."""
    conversation = direct_conversation(cast.udo, cast.anna, now=NOW)
    say(conversation, cast.udo, "Shall we talk?")
    return conversation


# --- who may write to whom -----------------------------------------------------------------------------------
def test_of_another_company_only_its_public_contact_persons_are_written_to(cast, clean_valkey):
    """M-29, E-05: Anna is named in public, Ben is not; a hidden company's are nobody."""
    udo = signed_in(cast.udo)
    public(cast.anna, cast.nordlicht)
    assert udo.post(reverse("contact_write", args=[id_of(cast.ben)])).status_code == 404
    answer = udo.post(reverse("contact_write", args=[id_of(cast.anna)]))
    assert answer.status_code == 303
    conversation = Conversation.objects.get(kind="direct")
    assert set(conversation.participants.values_list("user_id", flat=True)) == {cast.udo.pk, cast.anna.pk}
    type(cast.nordlicht).objects.filter(pk=cast.nordlicht.pk).update(listed=False)
    Contact.objects.all().delete()
    assert udo.post(reverse("contact_write", args=[id_of(cast.anna)])).status_code == 404


def test_who_talked_before_may_write_again(cast, clean_valkey, talk):
    """A-08: contacts come in by themselves, on both sides, with the first message; they last."""
    assert Contact.objects.get(owner=cast.anna).target == cast.udo
    assert Contact.objects.get(owner=cast.udo).target == cast.anna
    assert "Udo Maier" in signed_in(cast.anna).get(reverse("contacts")).content.decode()
    assert signed_in(cast.anna).post(reverse("contact_write", args=[id_of(cast.udo)])).status_code == 303


def test_no_contact_before_the_first_message_and_where_it_came_from(cast):
    """An opened page that nobody wrote in leaves no trace; the source tells colleague, directory, conversation."""
    public(cast.anna, cast.nordlicht)
    conversation = direct_conversation(cast.udo, cast.anna, cast.ben, now=NOW)
    assert not Contact.objects.exists()
    say(conversation, cast.udo)
    sources = {(c.owner_id, c.target_id): c.source for c in Contact.objects.all()}
    assert sources[cast.udo.pk, cast.anna.pk] == "directory"
    assert sources[cast.anna.pk, cast.udo.pk] == "conversation"
    assert sources[cast.anna.pk, cast.ben.pk] == "colleague"
    assert len(sources) == 6


def test_several_people_are_one_conversation(cast, clean_valkey):
    """M-28: the same set of people is the same conversation, in whatever order; another set is another one."""
    ben = signed_in(cast.ben)
    ids = [id_of(cast.cem), id_of(cast.dora)]
    first = ben.post(reverse("contacts_write"), {"person": ids})
    assert first.status_code == 303
    assert (
        signed_in(cast.dora).post(reverse("contacts_write"), {"person": [id_of(cast.ben), id_of(cast.cem)]}).url
        == first.url
    )
    assert ben.post(reverse("contact_write", args=[ids[0]])).url != first.url
    assert Conversation.objects.filter(kind="direct").count() == 2


@pytest.mark.parametrize("wrong", ["nobody", "stranger", "oneself", "customer", "words"])
def test_one_wrong_person_and_nothing_is_made(cast, clean_valkey, wrong):
    """S-02: foreign ids in a list of good ones: 404, nothing begins. A customer is in no list (E-06)."""
    wrong_id = {
        "nobody": uuid.uuid4(),
        "stranger": id_of(cast.udo),
        "oneself": id_of(cast.ben),
        "customer": make_customer(cast.nordlicht, "Lea", "lea@abc.example").public_id,
        "words": "1 or 1=1",
    }[wrong]
    answer = signed_in(cast.ben).post(reverse("contacts_write"), {"person": [id_of(cast.cem), wrong_id]})
    assert answer.status_code == 404
    assert not Conversation.objects.filter(kind="direct").exists()


def test_choosing_nobody_is_told(cast, clean_valkey):
    answer = signed_in(cast.ben).post(reverse("contacts_write"))
    assert answer.status_code == 422
    assert "Choose at least one person." in answer.content.decode()


@pytest.mark.django_db(transaction=True)
def test_two_who_begin_at_once_make_one(cast):
    """A race of starts with the same people: one conversation."""
    sets = [(cast.ben, cast.cem, cast.dora), (cast.dora, cast.cem, cast.ben)] * 2
    found = in_threads(*[partial(direct_conversation, *people, now=NOW) for people in sets])
    assert len({one.pk for one in found}) == 1


# --- who may read it -----------------------------------------------------------------------------------------
_ROUTES = (
    "conversation", "conversation_messages", "conversation_state", "conversation_seen", "conversation_archive",
    "conversation_unarchive", "conversation_mute", "conversation_people", "conversation_leave", "conversation_close",
    "conversation_reopen", "conversation_assign", "conversation_accept",
)  # fmt: skip


@pytest.mark.parametrize("name", _ROUTES)
def test_nobody_else_can_do_anything_with_it(cast, clean_valkey, talk, name):
    """M-28, S-04: a colleague and the admins of both companies get 404 from every address, by GET and by POST."""
    boss = make_user(cast.sued, "Ute", "Braun", role="admin", domain="sued")
    anna_not_there = make_user(cast.nordlicht, "Axel", "Rot", role="admin", domain="nordlicht")
    for outsider in (cast.ben, anna_not_there, boss):
        client = signed_in(outsider)
        assert {client.post(address(talk, name)).status_code, client.get(address(talk, name)).status_code} <= {404, 405}


def test_nobody_else_finds_or_counts_it(cast, clean_valkey, talk):
    """S-04: not in a list, a number or the state of another; not in the archive."""
    for outsider in (cast.ben, make_user(cast.sued, "Ute", "Braun", role="admin", domain="sued")):
        client = signed_in(outsider)
        for page in ("/conversations/", "/conversations/?view=direct", "/archive/", "/conversations/state/?list=1"):
            assert str(talk.public_id) not in client.get(page).content.decode()


def test_the_company_stands_beside_the_name(cast, clean_valkey, talk, react):
    """M-29, E-06: in the row, the thread and the notice; colleagues among themselves need none."""
    anna = signed_in(cast.anna)
    page = anna.get("/conversations/").content.decode()
    assert "Udo Maier" in page
    assert "· Süd AG" in page
    assert "Udo Maier · Süd AG" in anna.get(address(talk)).content.decode()
    assert Message.objects.get(conversation=talk).author_name == "Udo Maier · Süd AG"
    inside = direct_conversation(cast.ben, cast.cem, now=NOW)
    assert say(inside, cast.ben).data["author"]["name"] == "Ben Fuchs"


def test_the_mail_names_the_company_too(cast, talk, react, settle):
    """N-33: after the unseen minute; the sender with the company, the link to the conversation."""
    react()
    settle(NOW + timedelta(seconds=61))
    mail = OutgoingMail.objects.get(to=cast.anna.email)
    assert mail.sender_name == "Udo Maier · Süd AG"
    assert f"/conversations/{talk.public_id}/" in mail.text


# --- joining and leaving -------------------------------------------------------------------------------------
def test_who_joins_reads_what_comes_and_nothing_from_before(cast, clean_valkey, talk):
    """The line tells everybody; page, catching up, older page, file and preview keep what stood there before."""
    file = accept_upload(
        company=cast.sued,
        uploader=Author.of_user(cast.udo).key,
        file=SimpleUploadedFile("a", b"x"),
        name="a.txt",
        now=NOW,
    )
    say(talk, cast.udo, "For your eyes only", files=(file.public_id,))
    anna, ben = signed_in(cast.anna), signed_in(cast.ben)
    assert "Ben Fuchs" in anna.get(address(talk, "conversation_people")).content.decode()
    assert anna.post(address(talk, "conversation_people"), {"person": id_of(cast.ben)}).status_code == 303
    listed = ben.get("/conversations/?view=direct").content.decode()
    assert str(talk.public_id) in listed
    assert "For your eyes" not in listed
    page = ben.get(address(talk)).content.decode()
    assert "For your eyes" not in page
    assert "Anna Berg added <b>Ben Fuchs</b>" in page
    for query in ("?after=0&side_after=0", "?before=99", ""):
        assert "For your eyes" not in ben.get(address(talk, "conversation_messages") + query).content.decode()
    assert ben.get(reverse("file", args=[file.public_id])).status_code == 404
    assert signed_in(cast.anna).get(reverse("file", args=[file.public_id])).status_code == 200
    say(talk, cast.udo, "Welcome, Ben")
    assert "Welcome, Ben" in ben.get(address(talk)).content.decode()
    assert "Anna Berg added <b>Ben Fuchs</b>" in signed_in(cast.udo).get(address(talk)).content.decode()
    assert Contact.objects.filter(owner=cast.ben, target=cast.udo).exists()


def test_a_mail_to_who_joined_quotes_nothing_from_before(cast, talk, react, settle):
    """The two messages that a mail repeats are those the reader may read."""
    member = cast.member(cast.anna)
    directs.add_people(talk, people=[cast.ben], by=member, now=NOW)
    say(talk, cast.udo, "Welcome, Ben")
    react()
    settle(NOW + timedelta(seconds=61))
    mail = OutgoingMail.objects.get(to=cast.ben.email)
    assert "Welcome, Ben" in mail.text
    assert "Shall we talk" not in mail.text + mail.html


def test_a_customer_is_never_added(cast, clean_valkey, talk):
    """E-06: not offered, and the server refuses: customers, visitors, strangers are 404."""
    customer = make_customer(cast.nordlicht, "Lea", "lea@abc.example")
    lea = make_user(None, "Lea", "Kunz", domain="abc")
    customer.user = lea
    customer.save()
    visitor = make_visitor(cast.nordlicht)
    anna = signed_in(cast.anna)
    assert "Lea" not in anna.get(address(talk, "conversation_people")).content.decode()
    stranger = make_user(cast.sued, "Ute", "Braun", domain="sued")
    for wrong in (customer.public_id, lea.public_id, visitor.public_id, id_of(stranger), uuid.uuid4(), "x"):
        assert anna.post(address(talk, "conversation_people"), {"person": wrong}).status_code == 404
    assert talk.participants.count() == 2
    with pytest.raises(NotAllowed):
        post_message(
            talk, author=Author.of_customer(customer), body="Me too", client_id=uuid.uuid4(), via="portal", now=NOW
        )


def test_a_request_takes_no_people(cast, clean_valkey):
    """The page to add people belongs to direct conversations alone."""
    request = write(make_visitor(cast.nordlicht), cast.support)
    anna = signed_in(cast.anna)
    assert anna.post(address(request, "conversation_people"), {"person": id_of(cast.ben)}).status_code == 404


@pytest.mark.django_db(transaction=True)
def test_leaving(cast, clean_valkey, talk, frames):
    """Three become two: a line for them, 404 for who left, whose row goes at once; two people cannot leave."""
    udo = signed_in(cast.udo)
    assert udo.post(address(talk, "conversation_leave")).status_code == 409
    directs.add_people(talk, people=[cast.ben], by=cast.member(cast.anna), now=NOW)
    frames.clear()
    ben = signed_in(cast.ben)
    assert ben.post(address(talk, "conversation_leave"), follow=True).status_code == 200
    assert [f["d"] for f in frames if f["k"] == "row_hidden"] == [{"c": str(talk.public_id)}]
    assert [f["g"] for f in frames if f["k"] == "rights"] == [f"member.{cast.ben.public_id}"]  # his sockets look again
    assert ben.get(address(talk)).status_code == 404
    assert "<b>Ben Fuchs</b> left" in udo.get(address(talk)).content.decode()
    with pytest.raises(NotAllowed, match="left"):
        say(talk, cast.ben, "Still here")
    # Who left does not make the rest the pair that they were.
    other = direct_conversation(cast.udo, cast.anna, now=NOW)
    assert other.pk != talk.pk


def test_too_many_people(cast, talk, monkeypatch):
    monkeypatch.setattr(directs, "MAX_PEOPLE", 2)
    with pytest.raises(Conflict, match="too_many_people"):
        directs.add_people(talk, people=[cast.ben], by=cast.member(cast.anna), now=NOW)


# --- block and mute ------------------------------------------------------------------------------------------
def test_a_blocked_person_is_refused_in_plain_words(cast, clean_valkey, talk):
    """No message arrives; the sender reads why; the blocker too; unblocking in Contacts ends it."""
    anna, udo = signed_in(cast.anna), signed_in(cast.udo)
    assert anna.post(reverse("contact_block", args=[id_of(cast.udo)])).status_code == 303
    assert "Unblock" in anna.get(reverse("contacts")).content.decode()
    line = {"body": "Hello?", "client_id": str(uuid.uuid4())}
    refused = udo.post(address(talk, "conversation_messages"), line, headers={"accept": "application/json"})
    assert refused.status_code == 403
    assert refused.json()["message"] == "Anna Berg takes no messages from you here."
    own = anna.post(address(talk, "conversation_messages"), line, headers={"accept": "application/json"})
    assert "You have blocked Udo Maier" in own.json()["message"]
    assert Message.objects.filter(conversation=talk).count() == 1
    assert anna.post(reverse("contact_unblock", args=[id_of(cast.udo)])).status_code == 303
    sent = udo.post(address(talk, "conversation_messages"), line, headers={"accept": "application/json"})
    assert sent.status_code == 201


def test_a_block_leaves_groups_alone_and_makes_no_new_ones(cast, talk):
    """What several share goes on; the blocked person cannot draw the blocker into a new one."""
    group = direct_conversation(cast.udo, cast.anna, cast.ben, now=NOW)
    directs.block(cast.member(cast.anna), person=cast.member(cast.udo), now=NOW)
    assert say(group, cast.udo, "To all").created
    with pytest.raises(NotAllowed, match="blocked:Anna"):
        direct_conversation(cast.udo, cast.anna, cast.cem, now=NOW)
    with pytest.raises(NotAllowed, match="blocked:Anna"):
        directs.add_people(
            direct_conversation(cast.udo, cast.ben, now=NOW), people=[cast.anna], by=cast.member(cast.udo), now=NOW
        )


def test_colleagues_and_strangers_are_not_blocked(cast, clean_valkey):
    """Only people of other companies whom one knows: the rest is 404."""
    ben = signed_in(cast.ben)
    for person in (cast.cem, cast.udo, cast.ben):
        assert ben.post(reverse("contact_block", args=[id_of(person)])).status_code == 404
    with pytest.raises(NotAllowed):
        directs.block(cast.member(cast.ben), person=cast.member(cast.cem), now=NOW)


@pytest.mark.django_db(transaction=True)
def test_muted_is_counted_in_silence(cast, talk, react, frames):
    """No alert and no mail, but the row's number and the folder as ever."""
    directs.mute(talk, user=cast.anna, muted=True)
    frames.clear()
    react()
    kinds = {f["k"] for f in frames if f["g"] == f"member.{cast.anna.public_id}"}
    assert "alert" not in kinds
    unread = [f["d"] for f in frames if f["k"] == "unread" and f["g"] == f"member.{cast.anna.public_id}"]
    assert unread[-1]["rows"] == {str(talk.public_id): 1}
    assert Notice.objects.get(user=cast.anna).due_at is None
    assert str(talk.public_id) in signed_in(cast.anna).get("/conversations/").content.decode()


# --- cost ----------------------------------------------------------------------------------------------------
def test_the_lists_cost_the_same_at_one_and_at_many(cast, clean_valkey, talk):
    """Contacts, Conversations, choosing people: no query per row."""
    anna = signed_in(cast.anna)
    pages = (
        "/conversations/",
        "/conversations/?view=direct",
        reverse("contacts"),
        address(talk, "conversation_people"),
    )
    counts = []
    for _ in range(2):
        for page in pages:
            anna.get(page)
        counts.append([_queries(anna, page) for page in pages])
        for number in range(20):
            user = make_user(cast.sued, f"Person{len(counts)}x{number}", "Neu", domain="sued")
            say(direct_conversation(user, cast.anna, now=NOW), user)
    assert counts[0] == counts[1]


def _queries(client, page) -> int:
    with CaptureQueriesContext(connection) as found:
        client.get(page)
    return len(found)
