"""Messages changed after they were sent: by whom, how long, what stays of the old text; S-10, INV-05, INV-17…INV-19."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.utils import timezone

from conversations.actions import assigning, editing
from conversations.actions.posting import BadMessage, ClientIdTaken, Locked
from conversations.models import ConversationHead, Message, MessageVersion
from tests.cast import NOW
from tests.conversations.edits import change, say, take_back
from tests.conversations.pages import base

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clean_valkey")]


# --- changing -------------------------------------------------------------------------------------------------------
def test_changing_keeps_order_and_the_old_text(cast, accepted, frames, committed):
    """The seq stays (INV-18), the old text is a version, both sides hear the new one at once."""
    message = say(accepted, cast.ben, "Yse")
    frames.clear()
    with committed():
        data = change(accepted, message, cast.ben, "**Yes**")
    message.refresh_from_db()
    head = ConversationHead.objects.get(pk=accepted.pk)
    assert (message.body, message.seq, head.last_seq, head.preview) == ("**Yes**", 2, 2, "Yes")
    assert [(v.body, v.written_at) for v in message.versions.all()] == [("Yse", NOW)]
    told = {f["g"].rpartition(".")[2]: f["d"] for f in frames if f["k"] == "message"}
    assert told["team"] == told["requester"] == data
    assert (data["seq"], data["body"], data["edited"] is not None) == (2, "**Yes**", True)
    assert "Yse" not in str(frames)


def test_the_same_text_again_changes_nothing(cast, accepted, frames, committed):
    """No version, no frame."""
    message = say(accepted, cast.ben, "Yes")
    frames.clear()
    with committed():
        change(accepted, message, cast.ben, " Yes ")
    assert not MessageVersion.objects.exists()
    assert frames == []


def test_who_may_change_what(cast, accepted, beside):
    """Own ones only, for 15 minutes, while one may write there; locked conversations take nothing (INV-19)."""
    message, note = say(accepted, cast.ben), say(beside, cast.cem, "psst")
    with pytest.raises(editing.NotAllowed, match="not_own"):
        change(accepted, message, cast.cem, "x")
    with pytest.raises(editing.NotAllowed, match="not_own"):
        take_back(beside, note, cast.ben)
    with pytest.raises(editing.Conflict, match="edit_too_late"):
        change(accepted, message, cast.ben, "x", minutes=15.1)
    with pytest.raises(BadMessage, match="empty"):
        change(accepted, message, cast.ben, " ")
    with pytest.raises(BadMessage, match="too_long"):
        change(accepted, message, cast.ben, "x" * 10_001)
    with pytest.raises(Message.DoesNotExist):  # of another conversation
        change(accepted, note, cast.cem, "x")
    assigning.assign(accepted, to=cast.cem, by=cast.anna, role="admin", now=NOW)
    with pytest.raises(editing.NotAllowed, match="assigned:Cem"):  # the text is the answering person's (INV-05)
        change(accepted, message, cast.ben, "x")
    ConversationHead.objects.filter(pk=accepted.pk).update(status="locked", routing="none", assignee=None)
    for verb in (lambda: change(accepted, message, cast.ben, "x"), lambda: take_back(accepted, message, cast.ben)):
        with pytest.raises(Locked):
            verb()


def test_a_repeat_of_a_changed_message_is_the_same_message(cast, accepted):
    """The outbox sends once more after an edit from another tab: no second message, no refusal."""
    message = say(accepted, cast.ben, "Yse")
    change(accepted, message, cast.ben, "Yes")
    assert say(accepted, cast.ben, "Yse", client_id=message.client_id).pk == message.pk
    with pytest.raises(ClientIdTaken):
        say(accepted, cast.ben, "other", client_id=say(accepted, cast.ben, "one", minutes=1).client_id)


def test_a_change_carries_no_variables_to_a_customer(cast, accepted, client):
    """INV-17: filled like a new message; where one would be empty the author is told, and nothing changes."""
    accepted.visitor.name = "Kim Berg"
    accepted.visitor.save()
    message = say(accepted, cast.ben, "Hi")
    data = change(accepted, message, cast.ben, "Dear {{contact.first_name|friend}}, yours {{account.name}}")
    assert data["body"] == f"Dear Kim, yours {cast.nordlicht.name}"
    client.force_login(cast.ben)
    Message.objects.filter(pk=message.pk).update(created_at=timezone.now())
    answer = client.post(
        f"{base(accepted)}messages/{message.client_id}/edit/", {"body": "From {{contact.organisation}}"},
        headers={"Accept": "application/json"},
    )  # fmt: skip
    assert (answer.status_code, answer.json()["error"]) == (409, "empty_variables")
    message.refresh_from_db()
    assert message.body == data["body"]


def test_history_stays_inside(cast, accepted, client):
    """The one who asks reads “edited” and the new text, never the old one (S-10)."""
    message = say(accepted, cast.ben, "CANARYOLD price")
    change(accepted, message, cast.ben, "New price")
    me = {"HTTP_AUTHORIZATION": f"Memo {accepted.token}", "HTTP_ORIGIN": settings.BASE_URL}
    url = f"/w/{cast.widget.public_key}/conversations/{accepted.public_id}/messages/"
    for query in ("", "?after=1", "?after=2&changed=0"):
        answer = client.get(url + query, **me)
        assert b"New price" in answer.content
        assert b"CANARYOLD" not in answer.content
    assert client.get(f"{url}?after=2&changed=1", **me).json()["messages"] == []


def test_a_page_that_slept_learns_of_changes(cast, accepted, beside, client):
    """Catching up tells edits and deletions before the cursor, on both sides, and only those it does not know."""
    first, note = say(accepted, cast.ben, "one"), say(beside, cast.ben, "note")
    say(accepted, cast.ben, "two")
    client.force_login(cast.cem)
    begun = client.get(base(accepted)).content.decode()
    assert 'data-changed="0,0"' in begun
    change(accepted, first, cast.ben, "uno")
    change(beside, note, cast.ben, "nota")
    url = f"{base(accepted)}messages/?after=3&side_after=1"
    answer = client.get(f"{url}&changed=0&side_changed=0")
    text = answer.content.decode()
    assert "uno" in text
    assert "nota" in text
    assert "two" not in text
    assert answer.headers["X-Memo-Newest"] == "3,1,0,1,1"
    again = client.get(f"{url}&changed=1&side_changed=1")
    assert again.content.decode().strip() == ""


# --- by HTTP ------------------------------------------------------------------------------------------------------------
def test_the_page_of_a_message_works_without_scripts(cast, accepted, client):
    """Change, history and delete as plain forms; 422 keeps what was typed; others get no forms."""
    message = say(accepted, cast.ben, "Yse", minutes=0)
    Message.objects.filter(pk=message.pk).update(created_at=timezone.now())
    client.force_login(cast.ben)
    url = f"{base(accepted)}messages/{message.client_id}/"
    page = client.get(url).content.decode()
    assert 'name="body"' in page
    assert f'action="{url}delete/"' in page
    assert f'action="{base(accepted)}unread/"' in page
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


def test_the_preview_is_drawn_by_the_same_code(cast, accepted, client):
    """POST only; escaped; names as chips where nobody outside reads."""
    client.force_login(cast.ben)
    url = "/conversations/preview/"
    fields = {"body": "**x** <b>y</b> @Cem Aydın", "c": str(accepted.public_id)}
    inside = client.post(url, fields | {"kind": "internal"}).content.decode()
    assert "<strong>x</strong> &lt;b&gt;y&lt;/b&gt;" in inside
    assert 'class="at"' in inside
    assert 'class="at"' not in client.post(url, fields | {"kind": "reply"}).content.decode()
    assert client.get(url).status_code == 405
