"""Several at once: rights per row, reasons, exactly once, one at a time, undo; hostile ids and repeats. S-02, S-04, E-08."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.template.loader import get_template
from django.utils import translation

from conversations.actions import assigning, bulk, bulk_verbs, closing, directs, snoozing
from conversations.actions.locking import Conflict
from conversations.actions.posting import post_message
from conversations.actions.starting import direct_conversation
from conversations.authors import Author
from conversations.bulk_words import in_words
from conversations.models import BulkItem, BulkRun, ConversationHead, Participant, Tagging
from notifications.models import Notice
from tests.cast import NOW, make_channel, make_inbox, make_visitor, write

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clean_valkey")]
BULK = "/conversations/bulk/"


def status(conversation) -> str:
    return ConversationHead.objects.get(pk=conversation.pk).status


def test_each_row_by_its_own_right(cast, taken, begin):
    """Ben closes his; Cem's and the unclaimed one are passed over, with the reason; a second press changes nothing."""
    mine, cems = taken(cast.ben), taken(cast.cem)
    free = taken(cast.dora)
    ConversationHead.objects.filter(pk=free.pk).update(routing="unclaimed", assignee=None)
    run = begin(cast.ben, "close", mine, cems, free)
    assert (run.done, run.skipped) == (1, {"others": 1, "unclaimed": 1})
    assert run.finished_at is not None
    assert [status(one) for one in (mine, cems, free)] == ["closed", "open", "open"]
    again = begin(cast.ben, "close", mine)
    assert (again.done, again.skipped) == (0, {"already": 1})
    assert begin(cast.anna, "close", cems, free).done == 2


def test_a_repeat_is_the_same_run(cast, taken, begin):
    """The client's key: pressed twice, closed once."""
    conversation, key = taken(cast.ben), uuid4()
    first = begin(cast.ben, "close", conversation, key=key)
    assert begin(cast.ben, "close", conversation, key=key).pk == first.pk
    assert BulkItem.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_many_by_the_worker_in_portions(cast, taken, begin, frames):
    """More than a portion waits for the worker; each row exactly once, though two workers look; progress is told."""
    rows = [taken(cast.ben) for _ in range(bulk.AT_ONCE + 5)]
    run = begin(cast.ben, "close", *rows)
    assert (run.background, run.done, run.total) == (True, 0, bulk.AT_ONCE + 5)
    bulk.work(now=NOW)
    run.refresh_from_db()
    assert (run.done, run.finished_at) == (bulk.AT_ONCE, None)
    bulk.work(now=NOW)
    assert bulk.work(now=NOW) == 0
    run.refresh_from_db()
    assert (run.done, run.skipped) == (bulk.AT_ONCE + 5, {})
    told = [frame["d"] for frame in frames if frame["k"] == "bulk"]
    assert [one["turned"] for one in told] == [bulk.AT_ONCE, bulk.AT_ONCE + 5]
    assert [one["over"] for one in told] == [False, True]
    assert {frame["g"] for frame in frames if frame["k"] == "bulk"} == {f"member.{cast.ben.public_id}"}


def test_the_page_of_a_run_looks_again_by_itself_until_it_is_over(cast, taken, begin, client):
    """Without scripts nothing else brings the end; with them a page that one has left must not come back."""
    client.force_login(cast.ben)
    run = begin(cast.ben, "close", *(taken(cast.ben) for _ in range(bulk.AT_ONCE + 1)))
    again = '<noscript><meta http-equiv="refresh" content="2"></noscript>'
    assert again in client.get(f"{BULK}{run.public_id}/").content.decode()
    while bulk.work(now=NOW):
        pass
    assert again not in client.get(f"{BULK}{run.public_id}/").content.decode()


def test_it_goes_on_where_the_worker_died(cast, taken, begin, monkeypatch):
    """The outcome is stored with the verb: what was done stays done, the rest has its turn, a bad row holds up nobody."""
    rows = [taken(cast.ben) for _ in range(bulk.AT_ONCE + 1)]
    run = begin(cast.ben, "close", *rows)

    class Died(BaseException):
        """The process is gone."""

    seen = []
    whole = bulk.carry_out

    def dies(verb, public_id, *args, **kwargs):
        seen.append(public_id)
        if len(seen) == 3:
            raise Died
        if len(seen) == 5:
            raise RuntimeError("bad row")
        return whole(verb, public_id, *args, **kwargs)

    monkeypatch.setattr(bulk, "carry_out", dies)
    with pytest.raises(Died):
        bulk.work(now=NOW)
    assert BulkItem.objects.filter(run=run).exclude(outcome="").count() == 2
    while bulk.work(now=NOW):
        pass
    run.refresh_from_db()
    assert (run.done, run.skipped) == (bulk.AT_ONCE, {"error": 1})
    assert len(seen) == len(set(seen)) + 1  # only the row in whose turn it died comes twice


def test_one_big_run_at_a_time(cast, taken, begin):
    """A second one is refused while the first is under way; small ones are not held up; others are not concerned."""
    rows = [taken(cast.ben) for _ in range(bulk.AT_ONCE + 1)]
    begin(cast.ben, "read", *rows)
    with pytest.raises(Conflict, match="busy"):
        begin(cast.ben, "close", *rows)
    assert begin(cast.ben, "close", rows[0]).done == 1
    assert begin(cast.anna, "read", *rows).total == len(rows)


def test_rights_are_those_of_the_moment(cast, taken, begin):
    """Who left the inbox while it runs does nothing more there."""
    rows = [taken(cast.ben) for _ in range(bulk.AT_ONCE + 1)]
    run = begin(cast.ben, "close", *rows)
    cast.member(cast.ben).delete()
    while bulk.work(now=NOW):
        pass
    run.refresh_from_db()
    assert (run.done, run.skipped) == (0, {"not_allowed": len(rows)})


def test_undone_closing_leaves_everything_in_its_place(cast, taken, begin):
    """The row stands where it stood, with its time."""
    conversation = taken(cast.ben)
    before = ConversationHead.objects.get(pk=conversation.pk).last_activity
    run = begin(cast.ben, "close", conversation)
    bulk.undo(cast.member(cast.ben), run, now=NOW + timedelta(minutes=5))
    head = ConversationHead.objects.get(pk=conversation.pk)
    assert (head.status, head.last_activity) == ("open", before)


def test_undo(cast, taken, begin):
    """The opposite, for what was done only; once; not for what others have changed meanwhile."""
    mine, cems = taken(cast.ben), taken(cast.cem)
    run = begin(cast.ben, "close", mine, cems)
    undone = bulk.undo(cast.member(cast.ben), run, now=NOW)
    assert (undone.total, undone.done, status(mine)) == (1, 1, "open")
    assert bulk.undo(cast.member(cast.ben), run, now=NOW).pk == undone.pk
    with pytest.raises(Conflict, match="no_undo"):
        bulk.undo(cast.member(cast.ben), undone, now=NOW)


def test_undo_of_closing_leaves_what_others_closed(cast, taken, begin):
    """Anna opened it again and closed it later: that is her closing. So with one's own archive."""
    mine, untouched = taken(cast.ben), taken(cast.ben)
    talk = direct_conversation(cast.ben, cast.cem, now=NOW)
    run = begin(cast.ben, "close", mine, untouched, talk)
    anna = {"author": Author.of_user(cast.anna), "role": "admin"}
    closing.reopen(mine, **anna, now=NOW + timedelta(minutes=1))
    closing.close(mine, **anna, now=NOW + timedelta(minutes=2))
    directs.unarchive(talk, user=cast.ben)
    directs.archive(talk, user=cast.ben, now=NOW + timedelta(minutes=2))
    undone = bulk.undo(cast.member(cast.ben), run, now=NOW + timedelta(minutes=3))
    assert (undone.done, undone.skipped) == (1, {"changed": 2})
    assert (status(mine), status(untouched)) == ("closed", "open")


def test_undo_of_opening_closes_over_nobody(cast, taken, begin):
    """The customer wrote, Cem was given it, Anna snoozed it: all stay open; an untouched one is closed again."""
    written, given, asleep, untouched = (taken(cast.ben) for _ in range(4))
    talk = direct_conversation(cast.ben, cast.cem, now=NOW)
    begin(cast.ben, "close", written, given, asleep, untouched, talk)
    run = begin(cast.ben, "reopen", written, given, asleep, untouched, talk)
    assert run.done == 5
    soon = NOW + timedelta(seconds=5)
    visitor = Author.of_visitor(written.visitor)
    post_message(written, author=visitor, body="It still burns!", client_id=uuid4(), via="widget", now=soon)
    assigning.assign(given, to=cast.cem, by=cast.anna, role="admin", now=soon)
    snoozing.snooze(asleep, by=cast.anna, role="admin", until=None, now=soon)
    post_message(talk, author=Author.of_user(cast.cem), body="Ben?", client_id=uuid4(), via="app", now=soon)
    undone = bulk.undo(cast.member(cast.ben), run, now=NOW + timedelta(seconds=8))
    assert (undone.done, undone.skipped) == (1, {"changed": 4})
    assert [status(one) for one in (written, given, asleep, untouched)] == ["open", "open", "open", "closed"]
    assert not Participant.objects.filter(conversation=talk, archived_at__isnull=False).exists()


def test_assigning_and_giving_back(cast, taken, begin):
    """A manager gives several to Cem and takes it back: each to whom it was with before."""
    bens, free = taken(cast.ben), taken(cast.dora)
    ConversationHead.objects.filter(pk=free.pk).update(routing="unclaimed", assignee=None)
    cem = str(cast.member(cast.cem).public_id)
    run = begin(cast.anna, "assign", bens, free, argument=cem)
    assert run.done == 2
    heads = ConversationHead.objects.filter(pk__in=[bens.pk, free.pk])
    assert set(heads.values_list("assignee", flat=True)) == {cast.cem.pk}
    bulk.undo(cast.member(cast.anna), run, now=NOW)
    assert ConversationHead.objects.get(pk=bens.pk).assignee_id == cast.ben.pk
    assert ConversationHead.objects.get(pk=free.pk).routing == "unclaimed"
    refused = begin(cast.ben, "assign", bens, argument=cem)
    assert (refused.done, sum(refused.skipped.values())) == (0, 1)
    assert begin(cast.anna, "assign", bens, argument=str(cast.member(cast.udo).public_id)).skipped == {"not_allowed": 1}


def test_tags_and_marks(cast, taken, begin, react):
    """Tag, untag, read, unread: and back; unread again is counted without a sound or a mail."""
    conversation = taken(cast.ben)
    react()
    run = begin(cast.ben, "tag", conversation, argument="VIP")
    assert Tagging.objects.get().tag.name == "VIP"
    assert begin(cast.ben, "tag", conversation, argument="vip").skipped == {"already": 1}
    bulk.undo(cast.member(cast.ben), run, now=NOW)
    assert not Tagging.objects.exists()
    begin(cast.ben, "read", conversation)
    react()
    mine = Notice.objects.filter(user=cast.ben, seen_at=None)
    assert not mine.all().exists()
    begin(cast.ben, "unread", conversation)
    react()
    assert [(notice.count, notice.state, notice.due_at) for notice in mine] == [(1, "suppressed", None)]
    assert Participant.objects.get(conversation=conversation, user=cast.ben).last_read_seq == 0
    begin(cast.ben, "read", conversation)
    react()
    assert not mine.all().exists()


def test_direct_ones_are_archived(cast, begin):
    """“Close” puts a direct conversation into one's own archive; the other's list keeps it."""
    talk = direct_conversation(cast.ben, cast.cem, now=NOW)
    run = begin(cast.ben, "close", talk)
    archived = Participant.objects.filter(conversation=talk, archived_at__isnull=False)
    assert (run.done, [one.user_id for one in archived]) == (1, [cast.ben.pk])
    bulk.undo(cast.member(cast.ben), run, now=NOW)
    assert not archived.all().exists()


def test_every_verb_that_can_be_pressed_is_there():
    """And each opposite is a verb, too."""
    assert {"close", "reopen", "read", "unread", "tag", "untag", "assign", "snooze", "wake", "move"} <= set(
        bulk_verbs.VERBS
    )
    assert {verb.undo for verb in bulk_verbs.VERBS.values()} - {""} <= set(bulk_verbs.VERBS)


# --- by the address ----------------------------------------------------------------------------------------------
def test_foreign_ids_are_as_if_not_there(cast, taken, press):
    """S-02: ids of others among one's own: those are done, the others untouched and not told apart."""
    mine = taken(cast.ben)
    theirs = write(make_visitor(cast.sued), make_channel(make_inbox(cast.sued, "Hilfe", cast.udo), "Hilfe", cast.udo))
    hidden = write(
        make_visitor(cast.nordlicht),
        make_channel(make_inbox(cast.nordlicht, "Board", cast.cem), "Board", cast.cem),
    )
    ids = [str(one.public_id) for one in (mine, theirs, hidden)]
    answer = press(cast.ben, c=[*ids, str(uuid4()), "nonsense"])
    assert (answer.status_code, answer.json()["total"], answer.json()["done"]) == (200, 1, 1)
    assert (status(theirs), status(hidden)) == ("open", "open")
    assert press(cast.ben, c=ids[1:]).status_code == 422


@pytest.mark.parametrize(
    "fields",
    [
        {"do": "delete"},
        {"do": "give_back"},
        {"do": ""},
        {"key": "nonsense"},
        {"do": "tag", "tag": " \x00 "},
        {"do": "assign nonsense"},
        {"do": "snooze"},
        {"do": "snooze yesterday"},
        {"do": "snooze", "until": "2020-01-01T08:00"},
        {"do": "snooze", "until": "9999-12-31T23:59"},
        {"do": "move", "to": "nonsense"},
        {"do": "move"},
        {"do": "snooze_back answer"},
        {"do": "assign 00000000-0000-4000-8000-000000000000"},
        {"c": []},
    ],
)
def test_nonsense_is_refused(cast, taken, press, fields):
    """422 and nothing written."""
    conversation = taken(cast.ben)
    answer = press(cast.ben, **{"c": [str(conversation.public_id)]} | fields)
    assert answer.status_code == 422
    assert not BulkRun.objects.exists()


def test_all_that_match_is_what_was_shown(cast, taken, press, client):
    """The filter of the address decides; a list that has lost its meaning is refused, not taken for a greater one."""
    rows = [taken(cast.ben, now=NOW + timedelta(minutes=n)) for n in range(3)]
    cems = taken(cast.cem)
    client.force_login(cast.ben)
    query = "?view=open&assignee=me"
    assert client.get(f"{BULK}count/{query}").json() == {"count": 3, "most": False}
    answer = press(cast.ben, query, all="1").json()
    assert (answer["total"], answer["done"]) == (3, 3)
    assert [status(one) for one in (*rows, cems)] == ["closed"] * 3 + ["open"]
    for lost in (f"?view=mine&inbox={uuid4()}", "?view=nonsense"):
        assert press(cast.ben, lost, all="1").status_code == 409
    assert press(cast.ben, f"?view=open&channel={uuid4()}", all="1").status_code == 422
    assert status(cems) == "open"


def test_a_run_is_its_own_persons(cast, taken, press, client):
    """S-02: nobody else reads or undoes it; its page names what was passed over and why."""
    mine, cems = taken(cast.ben), taken(cast.cem)
    report = press(cast.ben, c=[str(mine.public_id), str(cems.public_id)]).json()
    page = client.get(f"{BULK}{report['id']}/").content.decode()
    assert "1 closed, 1 skipped: 1 is assigned to others" in " ".join(page.split())
    for other in (cast.cem, cast.anna, cast.udo):
        client.force_login(other)
        assert client.get(f"{BULK}{report['id']}/").status_code == 404
        assert client.post(f"{BULK}{report['id']}/undo/").status_code == 404
    client.force_login(cast.ben)
    assert client.post(f"{BULK}{report['id']}/undo/").status_code == 303
    assert status(mine) == "open"


@pytest.mark.parametrize(
    ("language", "one", "more"),
    [
        ("en", "Nothing closed: 1 is not assigned to you", "Nothing closed: 2 are not assigned to you"),
        ("de", "Nichts geschlossen: 1 ist nicht Ihnen zugewiesen", "Nichts geschlossen: 2 sind nicht Ihnen zugewiesen"),
        ("sv", "Inget stängt: 1 är inte hos dig", "Inget stängt: 2 är inte hos dig"),
    ],
)
def test_nothing_done_is_said_as_such(cast, language, one, more):
    report = {"verb": "close", "done": 0, "total": 1, "turned": 1, "over": True, "undoing": False}
    with translation.override(language):
        for number, words in ((1, one), (2, more)):
            run = in_words(report | {"skipped": {"unclaimed": number}})
            said = get_template("conversations/_bulk_words.html").render({"run": run})
            assert said.strip() == words


def test_the_answer_to_a_page(cast, taken, client):
    """Streams: a toast with words, Undo with its token; without them a page of its own."""
    conversation = taken(cast.ben)
    client.force_login(cast.ben)
    fields = {"do": "close", "key": str(uuid4()), "c": [str(conversation.public_id)]}
    answer = client.post(BULK, fields, headers={"Accept": "text/vnd.turbo-stream.html"})
    text = answer.content.decode()
    assert "1 closed" in text
    assert "csrfmiddlewaretoken" in text
    plain = client.post(BULK, fields | {"key": str(uuid4()), "do": "reopen"})
    assert (plain.status_code, plain.url.startswith(BULK)) == (303, True)


def test_the_toast_once_more(cast, taken, begin, client):
    """A page that missed the frame with the end of a run asks for its toast; a browser that opens it gets a page."""
    run = begin(cast.ben, "close", taken(cast.ben))
    address = f"{BULK}{run.public_id}/"
    client.force_login(cast.ben)
    answer = client.get(address, headers={"Accept": "text/vnd.turbo-stream.html"})
    assert answer["Content-Type"].startswith("text/vnd.turbo-stream.html")
    assert f'id="bulk-{run.public_id}" data-step="2">' in answer.content.decode()
    assert b"<!doctype html>" in client.get(address).content.lower()[:200]
    client.force_login(cast.anna)
    assert client.get(address, headers={"Accept": "text/vnd.turbo-stream.html"}).status_code == 404


def test_old_runs_are_forgotten(cast, taken, begin):
    """After a week nobody asks any more."""
    begin(cast.ben, "close", taken(cast.ben))
    bulk.forget(now=NOW + timedelta(days=6))
    assert BulkRun.objects.count() == 1
    bulk.forget(now=NOW + timedelta(days=8))
    assert BulkRun.objects.count() == BulkItem.objects.count() == 0
