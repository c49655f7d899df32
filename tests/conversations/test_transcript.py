"""The transcript: what stands in it, and who may send it to whom; S-10, INV-02."""

from __future__ import annotations

from uuid import uuid4

import pytest

from conversations.actions import assigning, taking_part
from conversations.authors import Author
from conversations.models import Conversation, ConversationHead
from mail.models import OutgoingMail
from tests.cast import NOW, make_customer, make_user, write_by_mail
from tests.conversations.pages import base
from tests.notifications.minutes import post

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clean_valkey")]


def test_transcripts_tell_inside_from_outside(cast, accepted, beside, client):
    """With internal lines only when asked for, each marked; a customer's mail never has one; twice pressed is one mail."""
    post(accepted, Author.of_user(cast.ben), "**Yes**", now=NOW)
    post(beside, Author.of_user(cast.ben), "CANARYNOTE", now=NOW)
    accepted.visitor.email = "kim@abc.example"
    accepted.visitor.save()
    client.force_login(cast.ben)
    url = f"{base(accepted)}transcript/"
    outside, inside = client.get(url).content.decode(), client.get(f"{url}?internal=1").content.decode()
    assert "CANARYNOTE" not in outside
    assert "CANARYNOTE" in inside
    assert "Not for customers" in inside
    key = str(uuid4())
    for _ in range(2):
        assert client.post(f"{url}mail/", {"to": "customer", "key": key}).status_code == 303
    assert client.post(f"{url}mail/", {"to": "customer", "internal": "1", "key": str(uuid4())}).status_code == 422
    assert client.post(f"{url}mail/", {"to": "me", "internal": "1", "key": str(uuid4())}).status_code == 303
    mine = OutgoingMail.objects.get(to=cast.ben.email)
    theirs = OutgoingMail.objects.get(to="kim@abc.example")
    assert "CANARYNOTE" in mine.text
    assert "CANARYNOTE" not in theirs.text + theirs.html + theirs.subject
    assert "Yes" in theirs.text
    assert "<strong" in theirs.html
    client.force_login(cast.cem)  # not the assignee: may read, may not send to the customer
    assert client.post(f"{url}mail/", {"to": "customer", "key": str(uuid4())}).status_code == 403


def test_in_the_archive_only_who_might_have_answered_sends_it_out(cast, client):
    """Locked: Ben, who had it, may; Eva, who only takes part, may not, then as before."""
    talk = write_by_mail(make_customer(cast.nordlicht, "Kim", "kim@abc.example"), "Hello?", channel=cast.support)
    assigning.assign(talk, to=cast.ben, by=cast.anna, role="admin", now=NOW)
    eva = make_user(cast.nordlicht, "Eva", "Kern", domain="nordlicht")
    whole = Conversation.objects.select_related("head__inbox", "company").get(pk=talk.pk)
    taking_part.add_colleague(whole, person=cast.member(eva), by=cast.member(cast.ben), role="team_member", now=NOW)
    for status in ("open", "locked"):
        ConversationHead.objects.filter(pk=talk.pk).update(status=status)
        for user, code in ((eva, 403), (cast.ben, 303)):
            client.force_login(user)
            sent = client.post(f"{base(talk)}transcript/mail/", {"to": "customer", "key": str(uuid4())})
            assert (status, user.first_name, sent.status_code) == (status, user.first_name, code)
    assert OutgoingMail.objects.filter(to="kim@abc.example").count() == 2


@pytest.mark.parametrize("odd", [{"to": []}, {"to": {}}, {"internal": []}, {"internal": {}}, {"key": []}])
def test_odd_values_are_refused(cast, accepted, client, odd):
    """Lists and objects where a word is meant: never a 500."""
    client.force_login(cast.ben)
    fields = {"to": "me", "key": str(uuid4())} | odd
    sent = client.post(
        f"{base(accepted)}transcript/mail/", fields, "application/json", headers={"Accept": "application/json"}
    )
    assert sent.status_code in {200, 422}
