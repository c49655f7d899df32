"""Who may post where, what that reopens and whom it makes a reader (INV-02, INV-05, INV-06, S-12, G-12, G-15, N-33)."""

from __future__ import annotations

import pytest

from conversations.actions import assigning, closing
from conversations.actions.locking import NotAllowed
from conversations.actions.starting import side_conversation
from conversations.authors import SYSTEM, Author
from conversations.models import ConversationHead, Message, Participant
from tests.cast import make_customer
from tests.conversations.posts import new, one, reply
from tests.conversations.rings import at

pytestmark = pytest.mark.django_db


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
