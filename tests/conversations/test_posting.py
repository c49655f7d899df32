"""The one function that stores messages: client ids, order, rights, files, frames, statements (INV-02, INV-05, INV-18, INV-19)."""

from __future__ import annotations

import threading
import uuid
from datetime import datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from conversations.actions import assigning, closing, ringing
from conversations.actions.locking import NotAllowed
from conversations.actions.posting import (
    BadMessage,
    ClientIdTaken,
    Locked,
    NewMessage,
    Posted,
    clean_body,
    post_message,
    post_messages,
)
from conversations.actions.starting import direct_conversation, side_conversation
from conversations.attachments import accept_upload
from conversations.authors import SYSTEM, Author
from conversations.models import Attachment, Conversation, ConversationHead, Message, Participant
from conversations.selectors.messages import page
from events import groups
from events.models import Event, Stream
from tests.cast import NOW, make_cast, make_channel, make_customer, make_inbox, make_visitor, write, write_by_mail

pytestmark = pytest.mark.django_db


def at(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def new(conversation, author, body: str = "Hello", **fields) -> NewMessage:
    """A message as a door would hand it in."""
    return NewMessage(
        conversation_id=conversation.pk,
        author=author,
        body=body,
        client_id=fields.pop("client_id", None) or uuid.uuid4(),
        via=fields.pop("via", "widget"),
        **fields,
    )


def one(message: NewMessage, *, now: datetime | None = None) -> Posted | Exception:
    return post_messages([message], now=now or at(1))[0]


def upload(company, author: Author, name: str = "plan.txt", content: bytes = b"lamp") -> Attachment:
    return accept_upload(
        company=company, uploader=author.key, file=SimpleUploadedFile(name, content), name=name, now=NOW
    )


@pytest.fixture
def talk(cast):
    """Ben's conversation with a visitor, assigned; seq 1 is the visitor's."""
    conversation = write(make_visitor(cast.nordlicht), cast.support)
    assigning.assign(conversation, to=cast.ben, by=cast.anna, role="admin", now=NOW)
    return conversation


@pytest.fixture
def ben(cast):
    return Author.of_user(cast.ben)


@pytest.fixture
def kim(talk):
    return Author.of_visitor(talk.visitor)


def reply(talk, author, body="Gladly.", **fields) -> NewMessage:
    return new(talk, author, body, via=fields.pop("via", "app"), role=fields.pop("role", "team_member"), **fields)


# --- client ids --------------------------------------------------------------------------------------------
def test_the_same_id_again_is_the_same_message(talk, kim):
    """Sent twice, stored once, and it says so (INV-18)."""
    message = new(talk, kim)
    first, second = one(message), one(message, now=at(9))
    assert (first.created, second.created) == (True, False)
    assert second.message.pk == first.message.pk
    assert second.data == first.data
    assert Message.objects.filter(conversation=talk).count() == 2


def test_the_same_id_twice_in_one_batch(talk, kim, frames, django_capture_on_commit_callbacks):
    """A shared commit may hold a message and its repeat."""
    message = new(talk, kim)
    with django_capture_on_commit_callbacks(execute=True):
        outcomes = post_messages([message, message], now=at(1))
    assert [outcome.created for outcome in outcomes] == [True, False]
    assert outcomes[0].data == outcomes[1].data
    assert Message.objects.filter(conversation=talk).count() == 2
    assert len([f for f in frames if f["k"] == "message"]) == 2, "one for each audience"


@pytest.mark.parametrize("together", [True, False])
def test_the_id_with_another_text_or_author_is_refused(cast, talk, kim, ben, together):
    """409, and the first stays as it is."""
    client_id = uuid.uuid4()
    good = new(talk, kim, "One", client_id=client_id)
    others = [new(talk, kim, "Two", client_id=client_id), reply(talk, ben, "One", client_id=client_id)]
    if together:
        outcomes = post_messages([good, *others], now=at(1))[1:]
    else:
        one(good)
        outcomes = [one(other) for other in others]
    assert [type(outcome) for outcome in outcomes] == [ClientIdTaken, ClientIdTaken]
    assert Message.objects.get(client_id=client_id).body == "One"


def test_the_id_with_other_files_is_refused(cast, talk, kim):
    """A repeat names the same files."""
    file, client_id = upload(cast.nordlicht, kim), uuid.uuid4()
    with_file = new(talk, kim, "Look", client_id=client_id, attachments=(file.public_id,))
    assert one(with_file).created
    assert not one(with_file).created
    assert isinstance(one(new(talk, kim, "Look", client_id=client_id)), ClientIdTaken)


def test_the_same_id_in_another_conversation_is_another_message(cast, talk, kim):
    """Unique per conversation only."""
    other = write(make_visitor(cast.nordlicht), cast.support)
    client_id = uuid.uuid4()
    messages = [new(talk, kim, client_id=client_id), new(other, Author.of_visitor(other.visitor), client_id=client_id)]
    assert all(outcome.created for outcome in post_messages(messages, now=at(1)))


def test_a_repeat_is_answered_even_when_locked(talk, kim):
    """The first was stored: the client must learn it, whatever happened since."""
    message = new(talk, kim)
    one(message)
    ConversationHead.objects.filter(pk=talk.pk).update(status="locked")
    assert one(message).created is False


# --- batches -----------------------------------------------------------------------------------------------
def test_a_batch_of_many_with_refusals_among_them(cast, talk, kim, ben):
    """In the order given, one outcome each; refusals hold nobody up and leave nothing behind."""
    other = write(make_visitor(cast.nordlicht), cast.support)
    batch = [
        new(talk, kim, "1"),
        new(talk, kim, "   "),
        reply(talk, ben, "2"),
        reply(talk, Author.of_user(cast.cem), "not his"),
        new(other, Author.of_visitor(other.visitor), "3"),
        new(talk, kim, "x" * 10_001),
        NewMessage(conversation_id=0, author=kim, body="?", client_id=uuid.uuid4(), via="widget"),
        new(talk, kim, "4", attachments=(uuid.uuid4(),)),
        new(talk, kim, "5"),
    ]
    outcomes = post_messages(batch, now=at(1))
    kinds = [type(outcome).__name__ for outcome in outcomes]
    assert kinds == [
        "Posted",
        "BadMessage",
        "Posted",
        "NotAllowed",
        "Posted",
        "BadMessage",
        "Locked",
        "BadMessage",
        "Posted",
    ]
    assert [m.body for m in page(talk)][1:] == ["1", "2", "5"]
    assert [m.seq for m in page(talk)] == [1, 2, 3, 4]
    head = ConversationHead.objects.get(pk=talk.pk)
    assert (head.last_seq, head.message_count, head.preview) == (4, 4, "5")


def test_post_message_raises_what_a_batch_returns(talk, kim):
    """The convenience for one."""
    with pytest.raises(BadMessage, match="empty"):
        post_message(talk, author=kim, body="\n \n", client_id=uuid.uuid4(), via="widget", now=at(1))


@pytest.mark.django_db(transaction=True)
def test_eight_threads_leave_no_gap():
    """seq = 1 … n in one conversation, whatever the order of the commits (R-23, INV-18)."""
    cast = make_cast()
    talk = write(make_visitor(cast.nordlicht), cast.support)
    other = write(make_visitor(cast.nordlicht), cast.support)
    kim, lea = Author.of_visitor(talk.visitor), Author.of_visitor(other.visitor)
    failures: list[Exception] = []

    def send() -> None:
        try:
            for _ in range(6):
                batch = [new(talk, kim), new(other, lea), new(talk, kim)]
                found = post_messages(batch if uuid.uuid4().int % 2 else batch[::-1], now=at(1))
                failures.extend(outcome for outcome in found if isinstance(outcome, Exception))
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert failures == []
    for conversation, expected in ((talk, 97), (other, 49)):
        seqs = list(Message.objects.filter(conversation=conversation).order_by("id").values_list("seq", flat=True))
        assert sorted(seqs) == list(range(1, expected + 1))
        head = ConversationHead.objects.get(pk=conversation.pk)
        assert (head.last_seq, head.message_count) == (expected, expected)
    version = Stream.objects.get(name=groups.conversation_team(talk.public_id)).version
    assert version >= 97, "no frame without a number of its own"


# --- what a message may be ---------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("body", "code"), [("", "empty"), (" \r\n\t ", "empty"), ("\x00", "empty"), ("x" * 10_001, "too_long")]
)
def test_what_is_no_message(talk, kim, body, code):
    """422 with a code (model.md §3)."""
    outcome = one(new(talk, kim, body))
    assert isinstance(outcome, BadMessage)
    assert outcome.code == code


def test_ten_thousand_characters_are_a_message(talk, kim):
    """The limit counts characters, not bytes, after cleaning."""
    assert one(new(talk, kim, "😀" * 10_000)).created
    assert one(new(talk, kim, "x" * 10_000 + "\n\n\x00")).created


@pytest.mark.parametrize(
    ("raw", "stored"),
    [
        ("a\x00b", "ab"),
        ("a\r\nb\rc\nd", "a\nb\nc\nd"),
        ("\n\n  text \n", "text"),
        ("half \ud83d of a character", "half ? of a character"),
        ("مرحبا 👩‍👩‍👧 \u202etxt", "مرحبا 👩‍👩‍👧 \u202etxt"),
    ],
)
def test_text_is_stored_as_it_was_written_but_storable(talk, kim, raw, stored):
    """NUL and half surrogates would make PostgreSQL refuse the whole batch."""
    assert clean_body(raw) == stored
    assert one(new(talk, kim, raw)).message.body == stored


def test_nobody_writes_into_a_locked_conversation(cast, talk, kim, ben):
    """INV-19."""
    ConversationHead.objects.filter(pk=talk.pk).update(status="locked")
    for message in (new(talk, kim), reply(talk, ben), new(talk, SYSTEM, via="system")):
        assert isinstance(one(message), Locked)
    assert Message.objects.filter(conversation=talk).count() == 1


# --- rights ------------------------------------------------------------------------------------------------
def test_in_assignment_mode_only_the_assignee_answers(cast, talk, ben):
    """INV-05, S-12, G-15: neither a colleague nor the admin, who must take it first."""
    for user, role in ((cast.cem, "team_member"), (cast.anna, "admin"), (cast.udo, "user")):
        outcome = one(reply(talk, Author.of_user(user), role=role, may_post=True))
        assert isinstance(outcome, NotAllowed)
    assert one(reply(talk, ben)).created
    assigning.assign(talk, to=cast.anna, by=cast.anna, role="admin", now=at(2))
    assert isinstance(one(reply(talk, ben, "too late")), NotAllowed)
    assert one(reply(talk, Author.of_user(cast.anna), role="admin")).created


def test_in_open_mode_who_may_post_answers_and_nobody_is_assigned(cast, talk, ben):
    """G-12, INV-06: the named right decides for team members."""
    assigning.switch_mode(cast.inbox, assignment=False, by=SYSTEM, now=at(1))
    assert isinstance(one(reply(talk, ben, may_post=False)), NotAllowed)
    assert one(reply(talk, ben, may_post=True)).created
    assert isinstance(one(reply(talk, Author.of_user(cast.udo), role="user", may_post=True)), NotAllowed)
    assert ConversationHead.objects.get(pk=talk.pk).assignee is None


def test_outside_people_write_into_customer_conversations_only(cast, talk, kim):
    """INV-02: no door, no mistake of a caller lets a visitor into an internal conversation."""
    side = side_conversation(talk, member=cast.member(cast.ben), now=at(1))
    lea = Author.of_customer(make_customer(cast.nordlicht, "Lea", "lea@abc.example"))
    for author in (kim, lea):
        assert isinstance(one(new(side, author)), NotAllowed)
    assert not Message.objects.filter(conversation=side).exists()


def test_the_first_reply_of_the_team_is_noted(talk, ben, kim):
    """first_reply_at is the team's, not the visitor's, and stays."""
    one(new(talk, kim))
    assert ConversationHead.objects.get(pk=talk.pk).first_reply_at is None
    one(reply(talk, ben), now=at(5))
    one(reply(talk, ben, "And"), now=at(9))
    assert ConversationHead.objects.get(pk=talk.pk).first_reply_at == at(5)


# --- reopening ---------------------------------------------------------------------------------------------
def test_a_visitor_s_message_reopens_and_routes_anew(cast, talk, kim, ben):
    """The former assignee has the first offer (model.md §4.1)."""
    closing.close(talk, author=ben, role="team_member", now=at(1))
    posted = one(new(talk, kim, "And another thing"), now=at(2))
    head = ConversationHead.objects.get(pk=talk.pk)
    assert (head.status, head.routing, head.closed_at) == ("open", "ringing", None)
    assert talk.offers.get(state="pending").user == cast.ben
    assert posted.message.seq == 2


def test_the_assignee_s_message_reopens_and_keeps_it(cast, talk, ben):
    """No ring: Ben writes on in his own conversation."""
    closing.close(talk, author=ben, role="team_member", now=at(1))
    assert one(reply(talk, ben)).created
    head = ConversationHead.objects.get(pk=talk.pk)
    assert (head.status, head.routing, head.assignee) == ("open", "assigned", cast.ben)


def test_a_refused_message_does_not_reopen(cast, talk):
    """A colleague's attempt changes nothing."""
    closing.close(talk, author=Author.of_user(cast.ben), role="team_member", now=at(1))
    assert isinstance(one(reply(talk, Author.of_user(cast.cem))), NotAllowed)
    assert ConversationHead.objects.get(pk=talk.pk).status == "closed"


# --- who has read ------------------------------------------------------------------------------------------
def test_writing_on_the_page_is_having_read(cast, talk, kim, ben):
    """The author's read mark stands at their own message; they follow."""
    one(new(talk, kim))
    one(reply(talk, ben))
    mark = Participant.objects.get(conversation=talk, user=cast.ben)
    assert (mark.last_read_seq, mark.following, mark.side) == (3, True, "team")
    assert Participant.objects.get(conversation=talk, visitor=talk.visitor).last_read_seq == 2


def test_answering_by_mail_is_not_having_read_newer_lines(cast, talk, kim, ben):
    """What came after the mail that is answered is still unseen (N-33): its own minute runs."""
    one(new(talk, kim, "sent after the mail"))
    one(reply(talk, ben, via="email"))
    mark = Participant.objects.get(conversation=talk, user=cast.ben)
    assert (mark.last_read_seq, mark.following) == (0, True)


# --- files -------------------------------------------------------------------------------------------------
def test_files_belong_to_their_message(cast, talk, kim, tmp_path):
    """In the order named; a message of files only is one, and the list shows the name."""
    files = [upload(cast.nordlicht, kim, f"{n}.txt") for n in "ab"]
    posted = one(new(talk, kim, "", attachments=tuple(f.public_id for f in files[::-1])))
    assert [f["name"] for f in posted.data["files"]] == ["b.txt", "a.txt"]
    assert list(posted.message.attachments.order_by("id").values_list("name", flat=True)) == ["a.txt", "b.txt"]
    assert ConversationHead.objects.get(pk=talk.pk).preview == "b.txt"
    assert set(Attachment.objects.values_list("conversation_id", flat=True)) == {talk.pk}


def test_nobody_sends_another_s_upload_or_a_sent_one(cast, talk, kim, ben):
    """S-41: unknown, foreign, already sent, named twice, named by two messages of a batch: bad_file."""
    mine, his = upload(cast.nordlicht, kim), upload(cast.nordlicht, ben)
    for wanted in ((his.public_id,), (uuid.uuid4(),), (mine.public_id, mine.public_id)):
        outcome = one(new(talk, kim, attachments=wanted))
        assert isinstance(outcome, BadMessage)
        assert outcome.code == "bad_file"
    pair = [new(talk, kim, attachments=(mine.public_id,)) for _ in range(2)]
    first, second = post_messages(pair, now=at(1))
    assert first.created
    assert isinstance(second, BadMessage)
    assert isinstance(one(new(talk, kim, attachments=(mine.public_id,))), BadMessage)
    his.refresh_from_db()
    assert his.message is None


def test_a_refused_message_leaves_its_files_free(cast, talk):
    """Who may not answer now may send the same upload later."""
    cem = Author.of_user(cast.cem)
    file = upload(cast.nordlicht, cem)
    message = reply(talk, cem, attachments=(file.public_id,))
    assert isinstance(one(message), NotAllowed)
    assigning.assign(talk, to=cast.cem, by=cast.anna, role="admin", now=at(2))
    assert one(message).created


def test_at_most_five_files(cast, talk, kim):
    """model.md §8."""
    outcome = one(new(talk, kim, attachments=tuple(uuid.uuid4() for _ in range(6))))
    assert (type(outcome), outcome.code) == (BadMessage, "too_many_files")


# --- frames ------------------------------------------------------------------------------------------------
def test_one_frame_for_each_audience_after_the_commit(cast, talk, kim, frames, django_capture_on_commit_callbacks):
    """Team and requester get the same data; the inbox gets the row; versions rise by one (design.md §5.3)."""
    team, outside = groups.conversation_team(talk.public_id), groups.conversation_requester(talk.public_id)
    with django_capture_on_commit_callbacks(execute=False) as callbacks:
        posted = one(new(talk, kim, "Is anybody there?"))
        assert frames == []
    for callback in callbacks:
        callback()
    assert [(f["g"], f["k"]) for f in frames] == [
        (team, "message"),
        (outside, "message"),
        (groups.inbox(cast.inbox.public_id), "row"),
    ]
    assert frames[0]["d"] == frames[1]["d"] == posted.data
    before = {f["g"]: f["v"] for f in frames}
    frames.clear()
    with django_capture_on_commit_callbacks(execute=True):
        post_messages([new(talk, kim, "1"), new(talk, kim, "2")], now=at(2))
    assert [f["v"] - before[team] for f in frames if f["g"] == team] == [1, 2]
    assert [f["d"]["seq"] for f in frames if f["g"] == team] == [3, 4]
    assert Stream.objects.get(name=team).version == before[team] + 2


def test_a_rollback_tells_nobody(talk, kim, frames, django_capture_on_commit_callbacks, monkeypatch):
    """Neither frame nor event nor version."""
    events, versions = Event.objects.count(), dict(Stream.objects.values_list("name", "version"))
    monkeypatch.setattr("conversations.actions.posting.record_many", lambda rows: 1 / 0)
    with django_capture_on_commit_callbacks(execute=True), pytest.raises(ZeroDivisionError):
        one(new(talk, kim))
    assert frames == []
    assert Event.objects.count() == events
    assert dict(Stream.objects.values_list("name", "version")) == versions
    assert Message.objects.filter(conversation=talk).count() == 1


def test_a_repeat_tells_nobody(talk, kim, frames, django_capture_on_commit_callbacks):
    """Who saw it once does not see it again."""
    message = new(talk, kim)
    one(message)
    with django_capture_on_commit_callbacks(execute=True):
        one(message)
    assert frames == []


def test_an_internal_line_reaches_no_requester(cast, talk, ben, frames, django_capture_on_commit_callbacks):
    """INV-02: whatever is posted inside, no frame of any kind goes to a requester's or visitor's group."""
    with django_capture_on_commit_callbacks(execute=True):
        side = side_conversation(talk, member=cast.member(cast.ben), now=at(1))
        assert one(reply(side, ben, "CANARY: he is a difficult one")).created
        closing.close(side, author=ben, role="team_member", now=at(2))
    assert frames
    outside = {groups.conversation_requester(c.public_id) for c in (talk, side)} | {
        groups.visitor(talk.visitor.public_id)
    }
    assert not outside & {frame["g"] for frame in frames}
    assert not [f for f in frames if "CANARY" in str(f) and f["g"] != groups.conversation_team(side.public_id)]


def test_a_direct_message_stays_between_two(cast, frames, django_capture_on_commit_callbacks):
    """Rows go to the two people, not to an inbox (M-28)."""
    with django_capture_on_commit_callbacks(execute=True):
        talk = direct_conversation(cast.anna, cast.udo, now=NOW)
        assert one(reply(talk, Author.of_user(cast.udo), "Hello Anna", role="")).created
    told = {frame["g"] for frame in frames if frame["k"] == "row"}
    assert told == {groups.member(cast.anna.public_id), groups.member(cast.udo.public_id)}
    assert not any(frame["g"].startswith("inbox.") for frame in frames)


# --- starting ----------------------------------------------------------------------------------------------
def test_the_same_start_makes_one_conversation(cast):
    """design.md §5.7: the widget's outbox may send it again."""
    visitor, fields = make_visitor(cast.nordlicht), {"client_id": uuid.uuid4(), "start_id": uuid.uuid4()}
    first, second = (write(visitor, cast.support, "Hello", **fields) for _ in range(2))
    assert first.pk == second.pk
    assert first.messages.count() == 1
    assert first.offers.count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_same_start_twice_at_once():
    """Two tabs, one outbox: one conversation, one message, one number."""
    cast = make_cast()
    visitor, fields = make_visitor(cast.nordlicht), {"client_id": uuid.uuid4(), "start_id": uuid.uuid4()}
    found: list = []

    def start() -> None:
        try:
            found.append(write(visitor, cast.support, "Hello", **fields).pk)
        except Exception as error:
            found.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert len(set(found)) == 1
    assert Message.objects.count() == 1
    assert Conversation.objects.count() == 1


def test_a_start_with_a_bad_message_stores_nothing(cast):
    """No empty conversation, no number used up."""
    visitor = make_visitor(cast.nordlicht)
    with pytest.raises(BadMessage):
        write(visitor, cast.support, "  ")
    assert not Conversation.objects.exists()
    assert write(visitor, cast.support).number == 1


def test_numbers_count_per_company(cast):
    """Süd's first conversation is number one, however many Nordlicht has."""
    for expected in (1, 2):
        assert write(make_visitor(cast.nordlicht), cast.support).number == expected
    channel = make_channel(make_inbox(cast.sued, "Hilfe", cast.udo), "Hilfe", cast.udo)
    assert write(make_visitor(cast.sued), channel).number == 1


def test_a_start_says_how_it_came(cast):
    """A mail's first message is a mail's."""
    lea = make_customer(cast.nordlicht, "Lea", "lea@abc.example")
    message = write_by_mail(lea, "Two lamps are missing").messages.get()
    assert message.via == "email"


# --- statements --------------------------------------------------------------------------------------------
def statements(*messages: NewMessage) -> list[str]:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        outcomes = post_messages(messages, now=at(30))
    assert all(isinstance(outcome, Posted) for outcome in outcomes), outcomes
    return [query["sql"] for query in captured.captured_queries]


def test_how_many_statements_a_message_costs(cast, talk, kim, ben):
    """One each: savepoint or BEGIN, lock, known ids, insert, head, read mark, event, versions, end – nothing else."""
    for message in (new(talk, kim), reply(talk, ben)):
        found = statements(message)
        assert len(found) <= 9, "\n".join(found)
    rings = write(make_visitor(cast.nordlicht), cast.support)
    while_ringing = statements(new(rings, Author.of_visitor(rings.visitor)))
    assert len(while_ringing) <= 10, "\n".join(while_ringing)
    holder = rings.offers.get(state="pending").user
    accepting = statements(reply(rings, Author.of_user(holder)))
    assert len(accepting) <= 15, "\n".join(accepting)


def test_a_batch_costs_as_much_as_one(cast, talk, kim, ben):
    """Twenty messages in five conversations, with files, while some ring: the same statements as a few."""
    talks = [write(make_visitor(cast.nordlicht), cast.support) for _ in range(5)]
    for conversation in talks[:3]:
        assigning.assign(conversation, to=cast.ben, by=cast.anna, role="admin", now=at(1))

    def batch(size: int) -> list[NewMessage]:
        found = []
        for number in range(size):
            conversation = talks[number % 5]
            author = ben if number % 5 < 3 and number % 2 else Author.of_visitor(conversation.visitor)
            files = (upload(cast.nordlicht, author).public_id,) if number % 4 == 0 else ()
            found.append(new(conversation, author, role="team_member", attachments=files))
        return found

    few, many = statements(*batch(5)), statements(*batch(40))
    assert len(many) <= len(few) + 1, "\n".join(many)
    assert len(many) <= 14, "\n".join(many)


def test_the_ring_accepts_in_the_same_batch(cast):
    """The holder's two replies and the visitor's line, gathered in one commit."""
    rings = write(make_visitor(cast.nordlicht), cast.support)
    holder = Author.of_user(rings.offers.get(state="pending").user)
    outcomes = post_messages(
        [reply(rings, holder, "1"), reply(rings, holder, "2"), new(rings, Author.of_visitor(rings.visitor), "3")],
        now=at(3),
    )
    assert [outcome.message.seq for outcome in outcomes] == [2, 3, 4]
    assert ConversationHead.objects.get(pk=rings.pk).assignee_id == holder.id
    with pytest.raises(ringing.Conflict):
        ringing.decline(rings, user=cast.anna, now=at(4))
