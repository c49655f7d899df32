"""Messages taken back: what is gone everywhere, what stays, and what is no longer mailed; S-41."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from conversations.actions import editing
from conversations.attachments import accept_upload
from conversations.authors import Author
from conversations.models import Attachment, ConversationHead, SearchLine, SearchWord
from mail.models import OutgoingMail
from notifications.models import Notice
from tests.cast import NOW
from tests.conversations.edits import change, say, take_back
from tests.conversations.pages import base

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clean_valkey")]


def words_of(inbox) -> set[str]:
    return set(SearchWord.objects.filter(inbox=inbox).values_list("word", flat=True))


def test_taking_back_leaves_a_trace_and_nothing_else(cast, accepted, client, react, frames, committed):
    """Text, versions and files are gone from pages, frames, search and its words, addresses; who and when stays (S-41)."""
    file = accept_upload(
        company=cast.nordlicht, uploader=Author.of_user(cast.ben).key, name="Secretplan.txt",
        file=SimpleUploadedFile("f", b"bytes"), now=NOW,
    )  # fmt: skip
    message = say(accepted, cast.ben, "Zebrafish lamps", attachments=(file.public_id,))
    change(accepted, message, cast.ben, "Quokkaword lamps")
    say(accepted, cast.ben, "More lamps", minutes=2)
    react()
    client.force_login(cast.cem)
    assert client.get(f"/files/{file.public_id}/").status_code == 200
    assert "quokkaword" in words_of(cast.inbox)
    frames.clear()
    with committed():
        take_back(accepted, message, cast.ben, minutes=600)
    react()
    assert client.get(f"/files/{file.public_id}/").status_code == 404
    assert not Attachment.objects.filter(pk=file.pk).exists()
    page = client.get(base(accepted)).content.decode()
    assert "Ben Fuchs deleted a message" in page
    for gone in ("Quokkaword", "Zebrafish", "Secretplan"):
        assert gone not in page + str(frames)
        assert '<ul class="rows">' not in client.get(f"/search/?q={gone}").content.decode()
        assert gone.lower() not in words_of(cast.inbox)
    assert "lamps" in words_of(cast.inbox)  # others say it, too
    assert not SearchLine.objects.filter(message=message).exists()
    with pytest.raises(editing.Conflict, match="deleted"):
        take_back(accepted, message, cast.ben)


def test_the_list_shows_what_is_still_there(cast, accepted):
    """The preview of a row never keeps what was taken back."""
    message = say(accepted, cast.ben, "Secret")
    take_back(accepted, message, cast.ben)
    head = ConversationHead.objects.get(pk=accepted.pk)
    assert (head.preview, head.last_seq) == ("Hello?", 2)


def test_nobody_is_mailed_what_was_taken_back(cast, accepted, react, settle):
    """Deleted within the minute: no mail; edited within the minute: the mail has the new text."""
    accepted.visitor.email = "kim@abc.example"
    accepted.visitor.save()
    one = say(accepted, cast.ben, "Wrong")
    react()
    take_back(accepted, one, cast.ben, minutes=0.2)
    react()
    settle(NOW + timedelta(seconds=70))
    assert not OutgoingMail.objects.exists()
    two = say(accepted, cast.ben, "Fist", minutes=2)
    react()
    change(accepted, two, cast.ben, "First", minutes=2.2)
    react()
    settle(NOW + timedelta(minutes=4))
    mail = OutgoingMail.objects.get()
    assert "First" in mail.text
    assert "Fist" not in mail.text + mail.html


def test_a_mail_that_waits_for_its_server_says_what_is_true_now(cast, accepted, react, settle):
    """Queued, not sent: written anew with the new text, and dropped with the message."""
    accepted.visitor.email = "kim@abc.example"
    accepted.visitor.save()
    message = say(accepted, cast.ben, "Fist")
    react()
    settle(NOW + timedelta(seconds=70))
    assert "Fist" in OutgoingMail.objects.get().text
    change(accepted, message, cast.ben, "First", minutes=2)
    react()
    settle(NOW + timedelta(minutes=3))
    assert "First" in OutgoingMail.objects.get().text
    take_back(accepted, message, cast.ben, minutes=4)
    react()
    settle(NOW + timedelta(minutes=5))
    assert not OutgoingMail.objects.exists()
    assert set(Notice.objects.filter(visitor=accepted.visitor).values_list("state", flat=True)) <= {
        "suppressed",
        "seen",
    }
