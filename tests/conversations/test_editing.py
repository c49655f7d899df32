"""Messages after they were sent: changed, taken back, quoted, naming people; S-10, S-41, INV-02, INV-18, INV-19, N-26, N-66."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.utils import timezone

from conversations.actions import assigning, editing, ringing
from conversations.actions.posting import BadMessage, ClientIdTaken, Locked, post_message
from conversations.actions.starting import direct_conversation, side_conversation
from conversations.attachments import accept_upload
from conversations.authors import Author
from conversations.models import (
    Attachment,
    ConversationHead,
    Mention,
    Message,
    MessageVersion,
    Participant,
    SearchLine,
    SearchWord,
)
from mail.models import OutgoingMail
from notifications.models import Notice
from tests.cast import NOW, make_inbox, make_user, make_visitor, write

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clean_valkey")]


@pytest.fixture
def taken(cast):
    """A request that Ben has accepted."""
    visitor = make_visitor(cast.nordlicht, widget_key=cast.widget.public_key)
    talk = write(visitor, cast.support, "Hello?")
    talk.token = visitor.token
    ringing.accept(talk, user=cast.ben, now=NOW)
    return talk


@pytest.fixture
def committed(django_capture_on_commit_callbacks):
    """with committed(): what is written there is told, as after a commit."""
    return lambda: django_capture_on_commit_callbacks(execute=True)


@pytest.fixture
def beside(cast, taken):
    """Its internal side."""
    return side_conversation(taken, member=cast.member(cast.ben), now=NOW)


def say(talk, user, body="An answer", *, minutes=0, **fields):
    author = Author.of_user(user) if not hasattr(user, "widget_key") else Author.of_visitor(user)
    return post_message(
        talk, author=author, body=body, client_id=fields.pop("client_id", None) or uuid4(), via="app",
        role="team_member", may_post=True, now=NOW + timedelta(minutes=minutes), **fields,
    ).message  # fmt: skip


def change(talk, message, user, body, *, minutes=1, role="team_member"):
    return editing.edit_message(
        talk, message_id=message.client_id, author=Author.of_user(user), body=body, role=role, may_post=True,
        now=NOW + timedelta(minutes=minutes),
    )  # fmt: skip


def take_back(talk, message, user, *, minutes=1):
    return editing.delete_message(
        talk, message_id=message.client_id, author=Author.of_user(user), now=NOW + timedelta(minutes=minutes)
    )


def base(talk) -> str:
    return f"/conversations/{talk.public_id}/"


def words_of(inbox) -> set[str]:
    return set(SearchWord.objects.filter(inbox=inbox).values_list("word", flat=True))


# --- changing -------------------------------------------------------------------------------------------------------
def test_changing_keeps_order_and_the_old_text(cast, taken, frames, committed):
    """The seq stays (INV-18), the old text is a version, both sides hear the new one at once."""
    message = say(taken, cast.ben, "Yse")
    frames.clear()
    with committed():
        data = change(taken, message, cast.ben, "**Yes**")
    message.refresh_from_db()
    head = ConversationHead.objects.get(pk=taken.pk)
    assert (message.body, message.seq, head.last_seq, head.preview) == ("**Yes**", 2, 2, "Yes")
    assert [(v.body, v.written_at) for v in message.versions.all()] == [("Yse", NOW)]
    told = {f["g"].rpartition(".")[2]: f["d"] for f in frames if f["k"] == "message"}
    assert told["team"] == told["requester"] == data
    assert (data["seq"], data["body"], data["edited"] is not None) == (2, "**Yes**", True)
    assert "Yse" not in str(frames)


def test_the_same_text_again_changes_nothing(cast, taken, frames, committed):
    """No version, no frame."""
    message = say(taken, cast.ben, "Yes")
    frames.clear()
    with committed():
        change(taken, message, cast.ben, " Yes ")
    assert not MessageVersion.objects.exists()
    assert frames == []


def test_who_may_change_what(cast, taken, beside):
    """Own ones only, for 15 minutes, while one may write there; locked conversations take nothing (INV-19)."""
    message, note = say(taken, cast.ben), say(beside, cast.cem, "psst")
    with pytest.raises(editing.NotAllowed, match="not_own"):
        change(taken, message, cast.cem, "x")
    with pytest.raises(editing.NotAllowed, match="not_own"):
        take_back(beside, note, cast.ben)
    with pytest.raises(editing.Conflict, match="edit_too_late"):
        change(taken, message, cast.ben, "x", minutes=15.1)
    with pytest.raises(BadMessage, match="empty"):
        change(taken, message, cast.ben, " ")
    with pytest.raises(BadMessage, match="too_long"):
        change(taken, message, cast.ben, "x" * 10_001)
    with pytest.raises(Message.DoesNotExist):  # of another conversation
        change(taken, note, cast.cem, "x")
    assigning.assign(taken, to=cast.cem, by=cast.anna, role="admin", now=NOW)
    with pytest.raises(editing.NotAllowed, match="assigned:Cem"):  # the text is the answering person's (INV-05)
        change(taken, message, cast.ben, "x")
    ConversationHead.objects.filter(pk=taken.pk).update(status="locked", routing="none", assignee=None)
    for verb in (lambda: change(taken, message, cast.ben, "x"), lambda: take_back(taken, message, cast.ben)):
        with pytest.raises(Locked):
            verb()


def test_a_repeat_of_a_changed_message_is_the_same_message(cast, taken):
    """The outbox sends once more after an edit from another tab: no second message, no refusal."""
    message = say(taken, cast.ben, "Yse")
    change(taken, message, cast.ben, "Yes")
    assert say(taken, cast.ben, "Yse", client_id=message.client_id).pk == message.pk
    with pytest.raises(ClientIdTaken):
        say(taken, cast.ben, "other", client_id=say(taken, cast.ben, "one", minutes=1).client_id)


# --- taking back ----------------------------------------------------------------------------------------------------
def test_taking_back_leaves_a_trace_and_nothing_else(cast, taken, client, react, frames, committed):
    """Text, versions and files are gone from pages, frames, search and its words, addresses; who and when stays (S-41)."""
    file = accept_upload(
        company=cast.nordlicht, uploader=Author.of_user(cast.ben).key, name="Secretplan.txt",
        file=SimpleUploadedFile("f", b"bytes"), now=NOW,
    )  # fmt: skip
    message = say(taken, cast.ben, "Zebrafish lamps", attachments=(file.public_id,))
    change(taken, message, cast.ben, "Quokkaword lamps")
    say(taken, cast.ben, "More lamps", minutes=2)
    react()
    client.force_login(cast.cem)
    assert client.get(f"/files/{file.public_id}/").status_code == 200
    assert "quokkaword" in words_of(cast.inbox)
    frames.clear()
    with committed():
        take_back(taken, message, cast.ben, minutes=600)
    react()
    assert client.get(f"/files/{file.public_id}/").status_code == 404
    assert not Attachment.objects.filter(pk=file.pk).exists()
    page = client.get(base(taken)).content.decode()
    assert "Ben Fuchs deleted a message" in page
    for gone in ("Quokkaword", "Zebrafish", "Secretplan"):
        assert gone not in page + str(frames)
        assert '<ul class="rows">' not in client.get(f"/search/?q={gone}").content.decode()
        assert gone.lower() not in words_of(cast.inbox)
    assert "lamps" in words_of(cast.inbox)  # others say it, too
    assert not SearchLine.objects.filter(message=message).exists()
    with pytest.raises(editing.Conflict, match="deleted"):
        take_back(taken, message, cast.ben)


def test_the_list_shows_what_is_still_there(cast, taken):
    """The preview of a row never keeps what was taken back."""
    message = say(taken, cast.ben, "Secret")
    take_back(taken, message, cast.ben)
    head = ConversationHead.objects.get(pk=taken.pk)
    assert (head.preview, head.last_seq) == ("Hello?", 2)


def test_nobody_is_mailed_what_was_taken_back(cast, taken, react, settle):
    """Deleted within the minute: no mail; edited within the minute: the mail has the new text."""
    taken.visitor.email = "kim@abc.example"
    taken.visitor.save()
    one = say(taken, cast.ben, "Wrong")
    react()
    take_back(taken, one, cast.ben, minutes=0.2)
    react()
    settle(NOW + timedelta(seconds=70))
    assert not OutgoingMail.objects.exists()
    two = say(taken, cast.ben, "Fist", minutes=2)
    react()
    change(taken, two, cast.ben, "First", minutes=2.2)
    react()
    settle(NOW + timedelta(minutes=4))
    mail = OutgoingMail.objects.get()
    assert "First" in mail.text
    assert "Fist" not in mail.text + mail.html


def test_a_mail_that_waits_for_its_server_says_what_is_true_now(cast, taken, react, settle):
    """Queued, not sent: written anew with the new text, and dropped with the message."""
    taken.visitor.email = "kim@abc.example"
    taken.visitor.save()
    message = say(taken, cast.ben, "Fist")
    react()
    settle(NOW + timedelta(seconds=70))
    assert "Fist" in OutgoingMail.objects.get().text
    change(taken, message, cast.ben, "First", minutes=2)
    react()
    settle(NOW + timedelta(minutes=3))
    assert "First" in OutgoingMail.objects.get().text
    take_back(taken, message, cast.ben, minutes=4)
    react()
    settle(NOW + timedelta(minutes=5))
    assert not OutgoingMail.objects.exists()
    assert set(Notice.objects.filter(visitor=taken.visitor).values_list("state", flat=True)) <= {"suppressed", "seen"}


# --- who was asleep ---------------------------------------------------------------------------------------------------
def test_a_page_that_slept_learns_of_changes(cast, taken, beside, client):
    """Catching up tells edits and deletions before the cursor, on both sides, and only those it does not know."""
    first, note = say(taken, cast.ben, "one"), say(beside, cast.ben, "note")
    say(taken, cast.ben, "two")
    client.force_login(cast.cem)
    begun = client.get(base(taken)).content.decode()
    assert 'data-changed="0,0"' in begun
    change(taken, first, cast.ben, "uno")
    change(beside, note, cast.ben, "nota")
    url = f"{base(taken)}messages/?after=3&side_after=1"
    answer = client.get(f"{url}&changed=0&side_changed=0")
    text = answer.content.decode()
    assert "uno" in text
    assert "nota" in text
    assert "two" not in text
    assert answer.headers["X-Memo-Newest"] == "3,1,0,1,1"
    again = client.get(f"{url}&changed=1&side_changed=1")
    assert again.content.decode().strip() == ""


# --- quoting ----------------------------------------------------------------------------------------------------------
def test_a_quote_is_read_from_the_message_itself(cast, taken, client, frames, committed):
    """An edit reaches it, a deletion empties it, in pages and in frames."""
    asked = Message.objects.get(conversation=taken, seq=1)
    quoted = say(taken, cast.ben, "The old price")
    answer = say(taken, cast.ben, "See above", quote=quoted.client_id)
    change(taken, quoted, cast.ben, "The new price")
    client.force_login(cast.cem)
    page = client.get(base(taken)).content.decode()
    assert page.count("The new price") == 2
    assert "The old price" not in page
    frames.clear()
    with committed():
        take_back(taken, quoted, cast.ben)
    told = [f["d"] for f in frames if f["k"] == "message" and f["d"]["id"] == str(answer.client_id)]
    assert told
    assert all(data["quote"]["text"] == "" and data["quote"]["deleted"] for data in told)
    assert "price" not in client.get(base(taken)).content.decode()
    with pytest.raises(BadMessage, match="bad_quote"):
        say(taken, cast.ben, "x", quote=quoted.client_id)
    assert say(taken, cast.ben, "y", quote=asked.client_id).quoting == asked


def test_what_customers_read_never_quotes_what_they_may_not(cast, taken, beside, client):
    """INV-02, S-10: refused by the action and by the door; the other direction is allowed."""
    note, question = say(beside, cast.ben, "CANARYNOTE"), Message.objects.get(conversation=taken, seq=1)
    other = write(make_visitor(cast.nordlicht), cast.support, "CANARYOTHER", now=NOW + timedelta(hours=1))
    foreign = Message.objects.get(conversation=other, seq=1)
    for hidden in (note, foreign):
        with pytest.raises(BadMessage, match="bad_quote"):
            say(taken, cast.ben, "x", quote=hidden.client_id)
        client.force_login(cast.ben)
        fields = {"body": "x", "client_id": str(uuid4()), "kind": "reply", "quote": str(hidden.client_id)}
        answer = client.post(f"{base(taken)}messages/", fields, content_type="application/json")
        assert answer.status_code == 422
        assert b"CANARY" not in answer.content
    with pytest.raises(BadMessage, match="bad_quote"):
        say(beside, cast.ben, "x", quote=foreign.client_id)
    assert say(beside, cast.ben, "x", quote=question.client_id).quoting == question
    assert Message.objects.filter(conversation=taken).count() == 1


def test_who_joined_later_gets_no_word_from_before_by_a_quote(cast):
    """A direct conversation: what a newcomer cannot read is not quoted to them."""
    talk = direct_conversation(cast.ben, cast.cem, now=NOW)
    old = say(talk, cast.ben, "Before Dora")
    Participant.objects.create(
        conversation=talk, user=cast.dora, side="peer", following=True, since_seq=old.seq, joined_at=NOW
    )
    with pytest.raises(BadMessage, match="bad_quote"):
        say(talk, cast.cem, "x", quote=old.client_id)


# --- naming -----------------------------------------------------------------------------------------------------------
def test_naming_a_colleague_tells_them_and_makes_them_follow(cast, taken, beside, react):
    """A chip in the text, a notice for the named, who follows from then on; not twice, not for oneself."""
    message = say(beside, cast.ben, "@Cem Aydın and @ben: @cem can you look?")
    assert {(m.user_id, m.name) for m in Mention.objects.filter(message=message)} == {
        (cast.cem.pk, "Cem Aydın"),
        (cast.ben.pk, "ben"),
    }
    seat = Participant.objects.get(conversation=beside, user=cast.cem)
    assert seat.following
    react()
    assert Notice.objects.filter(user=cast.cem, conversation=beside).count() == 1
    assert not Notice.objects.filter(user=cast.dora, conversation=beside).exists()
    assert not Notice.objects.filter(user=cast.ben, conversation=beside).exists()


def test_who_is_named_by_a_change_hears_of_it(cast, taken, beside, react, settle):
    """Once, as of a new message: in the bell and by mail after the minute; who was named before hears nothing new."""
    message = say(beside, cast.ben, "@Dora Lindqvist please look")
    react()
    change(beside, message, cast.ben, "@Dora Lindqvist and @Cem Aydın please look", minutes=0.1)
    react()
    change(beside, message, cast.ben, "@Dora Lindqvist and @Cem Aydın please look here", minutes=0.2)
    react()
    [cems], [doras] = (Notice.objects.filter(user=user, conversation=beside) for user in (cast.cem, cast.dora))
    assert (cems.cause, cems.row, cems.first_seq, cems.count) == ("mention", "mention", message.seq, 1)
    assert (doras.cause, doras.count) == ("mention", 1)
    settle(NOW + timedelta(seconds=90))
    [mail] = OutgoingMail.objects.filter(to=cast.cem.email)
    assert "please look here" in mail.text


def test_nobody_is_named_who_may_not_read_it(cast, taken, beside, client):
    """No access: not offered, not stored; in what a customer reads nobody at all."""
    eva = make_user(cast.nordlicht, "Eva", "Kern", domain="nordlicht")
    make_inbox(cast.nordlicht, "Sales", eva)
    message = say(beside, cast.ben, "@Eva Kern @Udo Maier")
    assert not Mention.objects.filter(message=message).exists()
    assert not Participant.objects.filter(conversation=beside, user=eva).exists()
    client.force_login(cast.ben)
    offered = client.get(f"{base(taken)}names/").json()["people"]
    assert {one["name"] for one in offered} == {"Anna Berg", "Cem Aydın", "Dora Lindqvist"}
    say(taken, cast.ben, "@Cem Aydın will call you")
    assert not Mention.objects.exists()
    assert 'class="at" data-user' not in client.get(base(taken)).content.decode()


def test_names_cost_nothing_where_nobody_is_named(cast, taken, beside, client):
    """A thread without “@” asks for no mentions; with many it asks once."""
    client.force_login(cast.ben)
    say(beside, cast.ben, "plain")
    client.get(base(taken))
    with connection.execute_wrapper(plain := _Counter()):
        client.get(base(taken))
    for number in range(12):
        say(beside, cast.ben, f"@Cem Aydın {number}")
    with connection.execute_wrapper(many := _Counter()):
        client.get(base(taken))
    assert plain.mentions == 0
    assert many.mentions == 1


class _Counter:
    """Counts what is asked of the table of mentions."""

    mentions = 0

    def __call__(self, execute, sql, params, many, context):
        self.mentions += "conversations_mention" in sql
        return execute(sql, params, many, context)


# --- by HTTP ------------------------------------------------------------------------------------------------------------
def test_the_page_of_a_message_works_without_scripts(cast, taken, client):
    """Change, history and delete as plain forms; 422 keeps what was typed; others get no forms."""
    message = say(taken, cast.ben, "Yse", minutes=0)
    Message.objects.filter(pk=message.pk).update(created_at=timezone.now())
    client.force_login(cast.ben)
    url = f"{base(taken)}messages/{message.client_id}/"
    page = client.get(url).content.decode()
    assert 'name="body"' in page
    assert f'action="{url}delete/"' in page
    assert f'action="{base(taken)}unread/"' in page
    long = "x" * 10_001
    refused = client.post(f"{url}edit/", {"body": long})
    assert refused.status_code == 422
    assert long in refused.content.decode()
    done = client.post(f"{url}edit/", {"body": "Yes"})
    assert done.status_code == 303
    assert f"?at=2#m-{message.client_id}" in done.headers["Location"]
    client.force_login(cast.cem)
    page = client.get(url).content.decode()
    assert "Yse" in page
    assert 'name="body"' not in page
    assert client.post(f"{url}edit/", {"body": "No"}).status_code == 403
    assert client.post(f"{url}delete/").status_code == 403
    client.force_login(cast.udo)
    for path in (url, f"{url}edit/", f"{url}delete/"):
        assert (client.post if path != url else client.get)(path).status_code == 404


def test_a_change_carries_no_variables_to_a_customer(cast, taken, client):
    """INV-17: filled like a new message; where one would be empty the author is told, and nothing changes."""
    taken.visitor.name = "Kim Berg"
    taken.visitor.save()
    message = say(taken, cast.ben, "Hi")
    data = change(taken, message, cast.ben, "Dear {{contact.first_name|friend}}, yours {{account.name}}")
    assert data["body"] == f"Dear Kim, yours {cast.nordlicht.name}"
    client.force_login(cast.ben)
    Message.objects.filter(pk=message.pk).update(created_at=timezone.now())
    answer = client.post(
        f"{base(taken)}messages/{message.client_id}/edit/", {"body": "From {{contact.organisation}}"},
        headers={"Accept": "application/json"},
    )  # fmt: skip
    assert (answer.status_code, answer.json()["error"]) == (409, "empty_variables")
    message.refresh_from_db()
    assert message.body == data["body"]


def test_history_stays_inside(cast, taken, client):
    """The one who asks reads “edited” and the new text, never the old one (S-10)."""
    message = say(taken, cast.ben, "CANARYOLD price")
    change(taken, message, cast.ben, "New price")
    me = {"HTTP_AUTHORIZATION": f"Memo {taken.token}", "HTTP_ORIGIN": settings.BASE_URL}
    url = f"/w/{cast.widget.public_key}/conversations/{taken.public_id}/messages/"
    for query in ("", "?after=1", "?after=2&changed=0"):
        answer = client.get(url + query, **me)
        assert b"New price" in answer.content
        assert b"CANARYOLD" not in answer.content
    assert client.get(f"{url}?after=2&changed=1", **me).json()["messages"] == []


def test_the_preview_is_drawn_by_the_same_code(cast, taken, client):
    """POST only; escaped; names as chips where nobody outside reads."""
    client.force_login(cast.ben)
    url = "/conversations/preview/"
    fields = {"body": "**x** <b>y</b> @Cem Aydın", "c": str(taken.public_id)}
    inside = client.post(url, fields | {"kind": "internal"}).content.decode()
    assert "<strong>x</strong> &lt;b&gt;y&lt;/b&gt;" in inside
    assert 'class="at"' in inside
    assert 'class="at"' not in client.post(url, fields | {"kind": "reply"}).content.decode()
    assert client.get(url).status_code == 405
