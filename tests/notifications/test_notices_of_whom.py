"""Who is told of a message and who is not: N-33, N-55, N-59, N-60, INV-08."""

from __future__ import annotations

import pytest

from conversations.actions import assigning, reading
from conversations.actions.starting import side_conversation
from conversations.authors import SYSTEM, Author
from conversations.models import Participant
from notifications.models import Notice, Preference
from notifications.policy import WAYS
from notifications.selectors import unread_of
from tests.cast import NOW, make_customer, write_by_mail
from tests.notifications.minutes import at, mails, post

pytestmark = pytest.mark.django_db


# --- who ---------------------------------------------------------------------------------------------------
def test_never_of_one_s_own_message(cast, talk, ben, kim, react, settle):
    """INV-08: neither the agent nor the visitor."""
    post(talk, ben, "mine", now=at(0))
    react()
    assert not Notice.objects.filter(user=cast.ben).exists()
    Notice.objects.all().delete()
    post(talk, kim, "hers", now=at(1))
    react()
    settle(at(62))
    assert [mail.to for mail in mails()] == [cast.ben.email]


def test_automatic_and_system_lines_never_go_to_the_team(cast, talk, react, settle):
    """Bot and product say nothing that needs a bubble (model.md §4.3)."""
    Preference.objects.create(user=cast.ben, cells={"replies": list(WAYS)})
    post(talk, Author.bot("Memo"), "We will answer soon.", automatic=True, via="system", now=at(0))
    post(talk, SYSTEM, "Somebody joined", via="system", now=at(0))
    react()
    assert not Notice.objects.filter(user__isnull=False).exists()
    settle(at(60))
    (mail,) = mails()
    assert (mail.to, mail.auto) == ("kim@abc.example", True)
    assert "Somebody joined" not in mail.text, "a system line is nobody's message"


def test_the_team_s_answer_goes_to_the_known_address(cast, talk, ben, react, settle):
    """N-59, E-22; seen in the widget: no mail."""
    post(talk, ben, "Yes, it can be shortened.", now=at(0))
    react()
    settle(at(60))
    (mail,) = mails()
    assert (mail.to, mail.sender_name) == ("kim@abc.example", "Ben Fuchs via Nordlicht GmbH")
    answer = post(talk, ben, "Anything else?", now=at(100))
    react()
    talk.head.refresh_from_db()
    reading.mark_seen(talk, viewer=talk.visitor, seq=answer.seq, now=at(130))
    react()
    settle(at(160))
    assert len(mails()) == 1


def test_writing_back_is_having_seen_the_answer(cast, talk, ben, kim, react, settle):
    """The visitor answers in the widget within the minute: no mail of what was answered."""
    post(talk, ben, "Which lamp?", now=at(0))
    react()
    post(talk, kim, "The Aurora", now=at(30))
    react()
    settle(at(60))
    assert mails("kim@abc.example") == []
    assert Notice.objects.get(visitor=talk.visitor).state == "seen"


def test_answering_a_mail_settles_what_was_mailed_and_no_more(cast, talk, kim, ben, react, settle):
    """Mailed at 60 s, a newer line at 70 s, answered by mail at 80 s: the newer line is still unseen (N-33)."""
    post(talk, kim, "mailed", now=at(0))
    react()
    settle(at(60))
    post(talk, kim, "newer", now=at(70))
    react()
    assert unread_of([cast.ben.pk]) == {cast.ben.pk: 2}
    post(talk, ben, "My answer", via="email", now=at(80))
    react()
    assert unread_of([cast.ben.pk]) == {cast.ben.pk: 1}
    settle(at(130))
    _, second = mails(cast.ben.email)
    assert "newer" in second.text


def test_a_customer_without_widget_gets_the_mail_too(cast, react, settle):
    """A request by mail or portal: the customer's own address."""
    lea = make_customer(cast.nordlicht, "Lea", "lea@abc.example")
    talk = write_by_mail(lea, "Two lamps are missing")
    assigning.assign(talk, to=cast.anna, by=cast.anna, role="admin", now=NOW)
    post(talk, Author.of_user(cast.anna), "They are on their way.", role="admin", now=at(1))
    react()
    settle(at(61))
    assert [mail.to for mail in mails("lea@abc.example")] == ["lea@abc.example"]


def test_other_followers_only_with_their_switch_on(cast, talk, ben, react, settle):
    """N-60, E-22: Dora follows; without “users to customers” nothing, with it bubble and mail."""
    Participant.objects.create(conversation=talk, user=cast.dora, side="team", following=True)
    post(talk, ben, "first", now=at(0))
    react()
    assert not Notice.objects.filter(user=cast.dora).exists()
    Preference.objects.create(user=cast.dora, cells={"replies": list(WAYS)})
    post(talk, ben, "second", now=at(10))
    react()
    assert unread_of([cast.dora.pk]) == {cast.dora.pk: 1}
    settle(at(70))
    assert len(mails(cast.dora.email)) == 1


def test_an_internal_message_goes_to_its_followers(cast, talk, ben, react, settle):
    """E-17, N-66: the assignee hears of a colleague's internal line; nobody outside ever does (INV-02)."""
    side = side_conversation(talk, member=cast.member(cast.cem), now=at(0))
    post(side, Author.of_user(cast.cem), "CANARY he is in a hurry", now=at(0))
    react()
    settle(at(60))
    assert [mail.to for mail in mails()] == [cast.ben.email]
    assert "Internal" in mails()[0].text
    post(talk, ben, "Thursday it is.", now=at(61))
    react()
    settle(at(121))
    (outside,) = mails("kim@abc.example")
    assert "CANARY" not in outside.text + outside.html + outside.subject
