"""Join two requests of one person, and take them apart again: nothing is rewritten, lost or shown to others (§5, S-04)."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.test import Client

from channels_app.models import InboxMembership
from conversations.actions import assigning, merging, ringing, snoozing, taking_part
from conversations.actions.locking import Conflict, NotAllowed
from conversations.actions.posting import post_message
from conversations.actions.starting import side_conversation
from conversations.authors import Author
from conversations.models import Conversation, ConversationHead, Merge, Message, Offer, Participant
from conversations.selectors.history import lines_of
from conversations.selectors.merged import candidates_for, merged_into, same_requester
from conversations.selectors.visibility import conversations_for
from notifications.models import Notice
from notifications.selectors import unseen_of
from tests.cast import NOW, make_channel, make_customer, make_inbox, make_user, make_visitor, write

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clean_valkey")]


@pytest.fixture
def kim(cast):
    """One browser."""
    return make_visitor(cast.nordlicht)


@pytest.fixture
def target(cast, kim):
    """The request that stays: Ben has it."""
    return _taken(cast, write(kim, cast.support, "The first"), cast.ben)


@pytest.fixture
def source(cast, kim):
    """The one that is joined: it rings."""
    return write(kim, cast.support, "The second", now=NOW + timedelta(seconds=1))


def _taken(cast, conversation, user):
    assigning.assign(conversation, to=user, by=cast.anna, role="admin", now=NOW)
    return fresh(conversation)


def fresh(conversation) -> Conversation:
    return Conversation.objects.select_related("head__inbox", "customer", "visitor", "company").get(pk=conversation.pk)


def state(conversation) -> tuple:
    head = ConversationHead.objects.get(pk=conversation.pk)
    return (
        head.status,
        head.routing,
        head.assignee_id,
        head.inbox_id,
        head.closed_at,
        head.closed_by,
        head.last_activity,
    )


def merge(cast, source, target, *, by=None, roles_in=("team_member", "team_member"), now=NOW):
    merging.merge(fresh(source), fresh(target), by=cast.member(by or cast.ben), roles_in=roles_in, now=now)


def undo(cast, source, *, by=None, now=NOW, roles_in=("team_member", "team_member")):
    merging.undo(fresh(source), by=cast.member(by or cast.ben), roles_in=roles_in, now=now)


def say(conversation, author, body="And this?", **fields) -> Message:
    fields = {"client_id": uuid.uuid4(), "via": "widget", "now": NOW} | fields
    return post_message(conversation, author=author, body=body, **fields).message


# --- joined --------------------------------------------------------------------------------------------------------
def test_the_source_is_closed_and_leads_to_the_target(cast, source, target):
    """The target keeps its assignee; what rang is withdrawn; messages stay where they are; one line with their number."""
    before = list(Message.objects.order_by("pk").values_list("pk", "conversation_id", "seq"))
    merge(cast, source, target)
    assert state(source)[:3] == ("closed", "unclaimed", None)
    assert state(target)[:3] == ("open", "assigned", cast.ben.pk)
    assert not Offer.objects.filter(state="pending").exists()
    assert Offer.objects.get(conversation=source).reason == "merged"
    assert list(Message.objects.order_by("pk").values_list("pk", "conversation_id", "seq")) == before
    line = lines_of(fresh(target))[-1]
    assert (line.kind, line.number, line.count, line.after) == ("merged", source.number, 1, str(source.public_id))
    assert merged_into(target) == [source]


def test_what_the_requester_writes_there_arrives_here(cast, kim, source, target):
    """Chat, mail and repeats: the same client id is the same message; nothing reopens the closed one."""
    early = uuid.uuid4()
    say(source, Author.of_visitor(kim), "before", client_id=early)
    merge(cast, source, target)
    late = say(source, Author.of_visitor(kim), "after")
    assert (late.conversation_id, late.seq) == (target.pk, 2)
    again = post_message(source, author=Author.of_visitor(kim), body="before", client_id=early, via="widget", now=NOW)
    assert (again.created, again.message.conversation_id) == (False, source.pk)
    assert state(source)[0] == "closed"
    with pytest.raises(Conflict, match="merged"):
        say(source, Author.of_user(cast.ben), via="app", role="team_member")


def test_a_chain_leads_to_its_end(cast, kim, source, target):
    """C into B into A."""
    third = write(kim, cast.support, "The third", now=NOW + timedelta(seconds=2))
    _taken(cast, source, cast.ben)
    merge(cast, third, source)
    merge(cast, source, target)
    assert say(third, Author.of_visitor(kim)).conversation_id == target.pk
    assert {one.pk for one in merged_into(target)} == {source.pk, third.pk}


# --- apart again -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("how", ["ringing", "assigned", "closed", "snoozed"])
def test_undo_gives_everything_back(cast, source, target, how):
    """State, assignee, closing, snooze; what rang rings again, first where it rang."""
    holder = Offer.objects.get(conversation=source, state="pending").user
    if how != "ringing":
        _taken(cast, source, cast.ben)
    if how == "closed":
        ConversationHead.objects.filter(pk=source.pk).update(status="closed", closed_at=NOW, closed_by="Ben Fuchs")
    if how == "snoozed":
        tomorrow = NOW + timedelta(days=1)
        snoozing.snooze(source, by=cast.ben, role="team_member", until=tomorrow, now=NOW)
    before, there = state(source), state(target)
    merge(cast, source, target)
    undo(cast, source, now=NOW + timedelta(minutes=59))
    assert state(source) == before
    assert state(target) == there
    assert fresh(source).merged_into_id is None
    if how == "ringing":
        assert Offer.objects.get(conversation=source, state="pending").user == holder
    if how == "snoozed":
        assert fresh(source).head.snoozed_until == tomorrow
    kinds = [line.kind for line in lines_of(fresh(target))]
    assert kinds[-2:] == ["merged", "unmerged"]
    assert [line.count for line in lines_of(fresh(target)) if line.kind == "merged"] == [0], "nothing is folded there"
    assert say(source, Author.of_visitor(source.visitor)).conversation_id == source.pk


def test_undo_has_its_time(cast, source, target):
    """An hour; twice is a conflict."""
    merge(cast, source, target)
    with pytest.raises(Conflict, match="too_late"):
        undo(cast, source, now=NOW + timedelta(minutes=61))
    undo(cast, source)
    with pytest.raises(Conflict, match="not_merged"):
        undo(cast, source)
    merge(cast, source, target)
    assert Merge.objects.filter(source=source, undone_at=None).count() == 1


# --- who, and which ----------------------------------------------------------------------------------------------------
def test_only_requests_of_the_same_person(cast, kim, target):
    """N-19: the same browser, or the same customer as far as proved; a claimed address joins nothing."""
    lea = make_customer(cast.nordlicht, "Lea", "lea@abc.example")
    signed = write(make_visitor(cast.nordlicht, customer=lea, verified=True), cast.support)
    again = write(make_visitor(cast.nordlicht, customer=lea, verified=True), cast.support)
    claimed = write(make_visitor(cast.nordlicht, customer=lea), cast.support)
    stranger = write(make_visitor(cast.nordlicht), cast.support)
    assert same_requester(fresh(signed), fresh(again))
    for other in (claimed, stranger, target):
        assert not same_requester(fresh(signed), fresh(other))
        with pytest.raises(Conflict, match="other_person"):
            merge(cast, signed, other, by=cast.anna, roles_in=("admin", "admin"))
    with pytest.raises(Conflict, match="other_person"):
        merge(cast, target, target)


def test_rights(cast, kim, source, target):
    """Who has the target may take in what nobody has; not what a colleague has; managers may; nobody from elsewhere."""
    with pytest.raises(NotAllowed):
        merge(cast, source, target, by=cast.cem)
    _taken(cast, source, cast.cem)
    with pytest.raises(NotAllowed):
        merge(cast, source, target)
    for roles_in in (("user", "manager"), ("manager", "user")):
        with pytest.raises(NotAllowed):
            merge(cast, source, target, by=cast.anna, roles_in=roles_in)
    merge(cast, source, target, by=cast.anna, roles_in=("admin", "admin"))
    with pytest.raises(NotAllowed):
        undo(cast, source, by=cast.cem)
    undo(cast, source, by=cast.anna, roles_in=("admin", "admin"))
    assert state(source)[2] == cast.cem.pk


def test_states_that_do_not_fit(cast, source, target):
    """Not into a closed one, where nobody would see it; not a locked one; not twice."""
    ConversationHead.objects.filter(pk=target.pk).update(status="closed", closed_at=NOW)
    with pytest.raises(Conflict, match="merge_closed"):
        merge(cast, source, target)
    ConversationHead.objects.filter(pk=target.pk).update(status="open", closed_at=None)
    merge(cast, source, target)
    with pytest.raises(Conflict, match="merged"):
        merge(cast, source, target)


def test_who_is_removed_is_removed_from_what_was_merged(
    cast, target, source, frames, django_capture_on_commit_callbacks
):
    """A customer and a colleague who took part in both, over two merges: removed from the last, they read none."""
    lea = make_customer(cast.nordlicht, "Lea", "lea@abc.example")
    browser = make_visitor(cast.nordlicht, customer=lea, verified=True)
    eva = make_user(cast.nordlicht, "Eva", "Kern", domain="nordlicht")
    by = {"by": cast.member(cast.anna), "role": "admin", "now": NOW}
    last = _taken(cast, write(target.visitor, cast.support, "The last"), cast.ben)
    for one in (source, target, last):
        taking_part.add_customer(fresh(one), customer=lea, **by)
        taking_part.add_colleague(fresh(one), person=cast.member(eva), **by)
    side = side_conversation(source, member=cast.member(eva), now=NOW)
    merge(cast, source, target)
    merge(cast, target, last)
    viewers = (browser, cast.member(eva))
    assert [conversations_for(one).count() for one in viewers] == [3, 4]
    with django_capture_on_commit_callbacks(execute=True):
        taking_part.remove_customer(fresh(last), customer=lea, **by)
        taking_part.remove_colleague(fresh(last), person=cast.member(eva), **by)
    everything = {str(one.public_id) for one in (source, target, last)}
    for kind, group in (("rights", f"visitor.{browser.public_id}"), ("row_hidden", f"member.{eva.public_id}")):
        assert {frame["d"]["c"] for frame in frames if (frame["k"], frame["g"]) == (kind, group)} == everything
    assert [conversations_for(one).count() for one in viewers] == [0, 0]
    assert not side.participants.filter(user=eva, left_at=None).exists()
    assert {one.guest_count for one in map(fresh, (source, target, last))} == {0}
    undo(cast, target)
    undo(cast, source)
    assert [conversations_for(one).count() for one in viewers] == [0, 0]


def test_customers_who_were_added_see_nothing_of_the_other(cast, source, target):
    """Different people in the two: refused, or words meant for one circle would reach another."""
    lea = make_customer(cast.nordlicht, "Lea", "lea@abc.example")
    taking_part.add_customer(target, customer=lea, by=cast.member(cast.ben), role="team_member", now=NOW)
    with pytest.raises(Conflict, match="other_guests"):
        merge(cast, source, target)


# --- sight ---------------------------------------------------------------------------------------------------------------
@pytest.fixture
def elsewhere(cast, kim):
    """A third request of the same browser, in an inbox where only Emil works."""
    cast.emil = make_user(cast.nordlicht, "Emil", "Kern", domain="nordlicht")
    sales = make_inbox(cast.nordlicht, "Sales", cast.emil)
    return write(kim, make_channel(sales, "Quotes", cast.emil), "SECRETQUOTE", now=NOW + timedelta(seconds=3))


def test_the_picker_shows_only_what_one_may_act_on(cast, source, target, elsewhere, client: Client):
    """S-04, S-02: not in the list, refused by POST, counted nowhere; a manager of both sees it."""
    assert [one.public_id for one in candidates_for(cast.member(cast.ben), target)] == [source.public_id]
    found = {one.public_id for one in candidates_for(cast.member(cast.anna), target)}
    assert found == {source.public_id, elsewhere.public_id}
    client.force_login(cast.ben)
    where = f"/conversations/{target.public_id}/merge/"
    assert "SECRETQUOTE" not in client.get(where).content.decode()
    for bad in (str(elsewhere.public_id), str(uuid.uuid4()), "x", ""):
        assert client.post(where, {"source": bad}).status_code == 422
    assert state(elsewhere)[1] == "ringing"


def test_joined_from_another_inbox_it_moves_in(cast, target, elsewhere):
    """Whoever reads the target reads it, whoever saw it only elsewhere no longer; undoing puts it back."""
    side_conversation(elsewhere, member=cast.member(cast.anna), now=NOW)

    def sees(user) -> bool:
        return conversations_for(cast.member(user)).filter(pk=elsewhere.pk).exists()

    before = state(elsewhere)
    assert (sees(cast.ben), sees(cast.emil)) == (False, True)
    merge(cast, elsewhere, target, by=cast.anna, roles_in=("admin", "admin"))
    assert (sees(cast.ben), sees(cast.emil)) == (True, False)
    undo(cast, elsewhere, by=cast.anna, roles_in=("admin", "admin"))
    assert (sees(cast.ben), sees(cast.emil)) == (False, True)
    assert state(elsewhere) == before


def test_undo_gives_followers_of_another_inbox_their_seats_back(cast, kim, elsewhere):
    """In Support: Ben holds it, Cem follows, Dora has looked, also beside it. Into Sales and back: as it was; not for
    who has left Support meanwhile.
    """
    source, target = _taken(cast, write(kim, cast.support), cast.ben), _taken(cast, elsewhere, cast.anna)
    side = side_conversation(source, member=cast.member(cast.cem), now=NOW)
    eva = make_user(cast.nordlicht, "Eva", "Kern", domain="nordlicht")
    InboxMembership.objects.create(inbox=cast.inbox, user=eva)
    for user in (cast.cem, cast.dora, eva):
        ringing.follow(source.head, user, now=NOW)
    Participant.objects.filter(conversation=source, user=cast.dora).update(following=False)
    seats = Participant.objects.filter(conversation__in=[source, side], user__isnull=False).order_by("pk")
    before = list(seats.values_list("conversation_id", "user_id", "following", "left_at"))
    admin = {"by": cast.anna, "roles_in": ("admin", "admin")}
    merge(cast, source, target, **admin)
    assert not seats.filter(user__in=[cast.ben, cast.dora, eva], left_at=None).exists()
    InboxMembership.objects.filter(inbox=cast.inbox, user=eva).delete()
    undo(cast, source, now=NOW + timedelta(minutes=1), **admin)
    after = list(seats.exclude(user=eva).values_list("conversation_id", "user_id", "following", "left_at"))
    assert after == [seat for seat in before if seat[1] != eva.pk]
    assert not seats.get(user=eva).following
    assert state(source)[2:4] == (cast.ben.pk, cast.inbox.pk)


def test_on_the_page(cast, source, target, client: Client, django_assert_max_num_queries):
    """The list, the join, the fold with its lines, the banner of the other, the undo; no composer where nobody writes."""
    client.force_login(cast.ben)
    where = f"/conversations/{target.public_id}/"
    assert f"#{source.number}" in client.get(f"{where}merge/").content.decode()
    assert client.post(f"{where}merge/", {"source": str(source.public_id)}).status_code == 303
    page = client.get(where).content.decode()
    assert f"joined #{source.number} to this" in page
    assert "Undo" in page
    part = client.get(f"{where}merged/?of={source.public_id}")
    assert "The second" in part.content.decode()
    assert client.get(f"{where}merged/?of={uuid.uuid4()}").status_code == 404
    assert client.get(f"/conversations/{source.public_id}/merged/?of={target.public_id}").status_code == 404
    other = client.get(f"/conversations/{source.public_id}/").content.decode()
    assert f"Open #{target.number}" in other
    assert 'data-why="merged"' in other
    line = {"body": "x", "client_id": str(uuid.uuid4()), "kind": "internal"}
    assert client.post(f"/conversations/{source.public_id}/messages/", line).status_code == 409
    assert client.post(f"/conversations/{source.public_id}/reopen/").status_code == 409
    assert client.post(f"{where}unmerge/", {"source": str(source.public_id)}).status_code == 303
    assert client.post(f"{where}unmerge/", {"source": str(source.public_id)}).status_code == 409


def test_no_notice_is_lost(cast, kim, source, target, client: Client, react):
    """What is unseen of the joined one counts at the row of the other, and reading that one reads it."""
    _taken(cast, source, cast.ben)
    say(source, Author.of_visitor(kim), "Hello?")
    react()
    merge(cast, source, target)
    react()
    assert unseen_of([cast.ben.pk])[cast.ben.pk].rows[str(target.public_id)] >= 1
    client.force_login(cast.ben)
    client.post(f"/conversations/{target.public_id}/seen/", {"seq": 99})
    react()
    assert not Notice.objects.filter(conversation=source, user=cast.ben, seen_at=None).exists()


def test_followers_hear_of_the_answers_where_they_arrive(cast, source, target):
    """Cem followed the joined one: he follows the other, and no longer after the undo."""
    ringing.follow(fresh(source).head, cast.cem, now=NOW)
    merge(cast, source, target)
    assert target.participants.get(user=cast.cem).following
    undo(cast, source)
    assert not target.participants.get(user=cast.cem).following
