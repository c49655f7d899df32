"""The unseen minute with the clock passed in: N-33, N-47, N-53 … N-60, INV-07, INV-08, E-09, E-17, E-18, E-22."""

from __future__ import annotations

import threading
import uuid
from datetime import datetime, time, timedelta

import pytest
from django.db import connection

from channels_app.models import InboxMembership, OpeningHours
from companies.actions.members import deactivate_member, set_availability
from conversations.actions import assigning, closing, reading, ringing
from conversations.actions.posting import post_message
from conversations.actions.starting import side_conversation, start_conversation
from conversations.authors import SYSTEM, Author
from conversations.models import Offer, Participant
from events import due, groups, tasks
from events.models import Due
from mail.models import OutgoingMail, ReplyAddress
from notifications.models import Notice, Preference
from notifications.policy import WAYS
from notifications.selectors import unread_of
from tests.cast import NOW, make_cast, make_channel, make_customer, make_inbox, make_user, make_visitor, write

pytestmark = pytest.mark.django_db


def at(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def mails(to=None) -> list[OutgoingMail]:
    found = OutgoingMail.objects.order_by("id")
    return list(found.filter(to=to) if to else found)


def post(conversation, author: Author, body: str = "Hello", *, now: datetime, **fields):
    return post_message(
        conversation,
        author=author,
        body=body,
        client_id=uuid.uuid4(),
        via=fields.pop("via", "app" if author.is_team else "widget"),
        role=fields.pop("role", "team_member"),
        now=now,
        **fields,
    ).message


@pytest.fixture
def claim(cast):
    """A claim-mode inbox with Ben and Cem (and the admin): requests come without a channel's ring."""
    inbox = make_inbox(cast.nordlicht, "Claims", cast.ben, cast.cem)
    return make_channel(inbox, "Claims", ring_enabled=False)


@pytest.fixture
def talk(cast, react):
    """Assigned to Ben, everything so far seen and settled."""
    conversation = write(make_visitor(cast.nordlicht, name="Kim Berg", email="kim@abc.example"), cast.support)
    assigning.assign(conversation, to=cast.ben, by=cast.ben, role="admin", now=NOW)
    reading.mark_seen(conversation, viewer=cast.member(cast.ben), seq=1, now=NOW)
    react()
    Notice.objects.all().delete()
    Due.objects.all().delete()
    return conversation


@pytest.fixture
def kim(talk):
    return Author.of_visitor(talk.visitor)


@pytest.fixture
def ben(cast):
    return Author.of_user(cast.ben)


def seen(conversation, member, seq: int, seconds: float, react) -> None:
    conversation.head.refresh_from_db()
    reading.mark_seen(conversation, viewer=member, seq=seq, now=at(seconds))
    react()


# --- the minute --------------------------------------------------------------------------------------------
def test_one_mail_after_sixty_seconds(cast, talk, kim, react, settle):
    """59.9 s none, 60 s exactly one, and never another (N-33, INV-07)."""
    post(talk, kim, "Is Thursday possible?", now=at(0))
    react()
    settle(at(59.9))
    assert mails() == []
    settle(at(60))
    (mail,) = mails()
    assert mail.to == cast.ben.email
    assert "Is Thursday possible?" in mail.text
    for seconds in (61, 120, 3600):
        settle(at(seconds))
        react()
    assert len(mails()) == 1
    notice = Notice.objects.get(user=cast.ben)
    assert (notice.state, notice.settled_at) == ("emailed", at(60))


def test_seen_at_fifty_five_seconds_is_no_mail(cast, talk, kim, react, settle):
    """N-33; in every tab the bubble is gone."""
    message = post(talk, kim, now=at(0))
    react()
    assert unread_of([cast.ben.pk]) == {cast.ben.pk: 1}
    seen(talk, cast.member(cast.ben), message.seq, 55, react)
    assert unread_of([cast.ben.pk]) == {cast.ben.pk: 0}
    settle(at(60))
    assert mails() == []
    assert Notice.objects.get(user=cast.ben).state == "seen"


def test_a_read_mark_counts_even_before_its_reaction_ran(cast, talk, kim, react, settle):
    """The worker was behind: what was read by then is not mailed."""
    message = post(talk, kim, now=at(0))
    react()
    talk.head.refresh_from_db()
    reading.mark_seen(talk, viewer=cast.member(cast.ben), seq=message.seq, now=at(55))
    settle(at(60))
    assert mails() == []


def test_what_was_read_before_the_reaction_ran_alerts_nobody(
    cast, talk, kim, react, frames, django_capture_on_commit_callbacks
):
    """The thread is open: posted and read in one breath; no bubble that nothing would take away."""
    message = post(talk, kim, now=at(0))
    talk.head.refresh_from_db()
    reading.mark_seen(talk, viewer=cast.member(cast.ben), seq=message.seq, now=at(1))
    with django_capture_on_commit_callbacks(execute=True):
        react()
    assert not [f for f in frames if f["k"] == "alert"]
    assert unread_of([cast.ben.pk]) == {cast.ben.pk: 0}


def test_one_mail_carries_all_that_is_unseen(cast, talk, kim, react, settle):
    """Three messages in the minute, one mail (N-47); a fourth has its own minute and its own mail."""
    for second, body in ((0, "one"), (20, "two"), (40, "three")):
        post(talk, kim, body, now=at(second))
        react()
    settle(at(60))
    (first,) = mails()
    assert [word in first.text for word in ("one", "two", "three")] == [True, True, True]
    post(talk, kim, "four", now=at(90))
    react()
    settle(at(149))
    assert len(mails()) == 1
    settle(at(150))
    _, second = mails()
    assert "four" in second.text
    assert second.in_reply_to == first.in_reply_to, "one thread in the mail program"


def test_only_what_is_still_unseen_is_mailed(cast, talk, kim, react, settle):
    """Read up to the first, not the second."""
    first = post(talk, kim, "read", now=at(0))
    react()
    post(talk, kim, "unread", now=at(10))
    react()
    seen(talk, cast.member(cast.ben), first.seq, 5, react)
    settle(at(60))
    (mail,) = mails()
    new, _, earlier = mail.text.partition("Before that")
    assert "unread" in new.replace("\nread", "")
    assert "> read" in earlier


def test_a_restart_long_after_mails_once(cast, talk, kim, react, settle):
    """Every process was dead for an hour: one mail then (R-07)."""
    post(talk, kim, now=at(0))
    for _ in range(2):
        react()
        settle(at(3600))
    assert len(mails()) == 1


def test_a_worker_that_dies_in_the_middle_tries_again(cast, talk, kim, react, settle, monkeypatch):
    """Neither lost nor doubled: mail, state and deadline are one transaction."""
    post(talk, kim, now=at(0))
    react()
    monkeypatch.setattr("notifications.actions._settle", lambda *a, **k: 1 / 0)
    settle(at(60))
    assert mails() == []
    monkeypatch.undo()
    settle(at(65))
    assert len(mails()) == 1


@pytest.mark.django_db(transaction=True)
def test_two_workers_mail_once():
    """R-07, INV-07: the same due row, the same moment."""
    cast = make_cast()
    talk = write(make_visitor(cast.nordlicht, email="kim@abc.example"), cast.support)
    assigning.assign(talk, to=cast.ben, by=cast.anna, role="admin", now=NOW)
    tasks.react_once()
    post(talk, Author.of_user(cast.ben), "An answer", now=at(1))
    tasks.react_once()
    gate, found = threading.Barrier(3), []

    def work() -> None:
        try:
            gate.wait(timeout=10)
            found.append(due.settle(at(61)))
        except Exception as error:
            found.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert all(isinstance(n, int) for n in found), found
    assert len(mails("kim@abc.example")) == 1
    assert not Due.objects.filter(attempts__gt=0).exists()


# --- why there is none --------------------------------------------------------------------------------------
def reason_of(user) -> tuple[str, str]:
    notice = Notice.objects.get(user=user)
    return notice.state, notice.reason


def test_mail_switched_off(cast, talk, kim, react, settle):
    """N-56: the bubble stays until it is looked at; no mail."""
    Preference.objects.create(user=cast.ben, email=False)
    post(talk, kim, now=at(0))
    react()
    settle(at(60))
    assert mails() == []
    assert unread_of([cast.ben.pk]) == {cast.ben.pk: 1}


def test_mail_switched_off_within_the_minute(cast, talk, kim, react, settle):
    """The wish counts at the moment of sending."""
    post(talk, kim, now=at(0))
    react()
    Preference.objects.create(user=cast.ben, email=False)
    settle(at(60))
    assert mails() == []
    assert reason_of(cast.ben) == ("suppressed", "preference")


def test_mail_switched_on_for_what_comes(cast, talk, kim, react, settle):
    """An unseen notice without mail gets its minute with the next message."""
    wish = Preference.objects.create(user=cast.ben, email=False)
    post(talk, kim, "quiet", now=at(0))
    react()
    wish.email = True
    wish.save()
    post(talk, kim, "loud", now=at(100))
    react()
    settle(at(160))
    assert len(mails(cast.ben.email)) == 1


def test_in_app_switched_off(cast, talk, kim, react, settle, frames, django_capture_on_commit_callbacks):
    """N-54: no bubble, no alert; the mail comes all the same."""
    Preference.objects.create(user=cast.ben, in_app=False)
    post(talk, kim, now=at(0))
    with django_capture_on_commit_callbacks(execute=True):
        react()
    assert not [f for f in frames if f["k"] == "alert"]
    assert unread_of([cast.ben.pk]) == {cast.ben.pk: 0}
    settle(at(60))
    assert len(mails(cast.ben.email)) == 1


def test_access_lost_within_the_minute(cast, talk, kim, react, settle):
    """S-17: whoever may not open it any more gets nothing of it."""
    post(talk, kim, "secret", now=at(0))
    react()
    deactivate_member(cast.member(cast.ben), by="user:1", now=at(10))
    settle(at(60))
    assert mails() == []
    assert reason_of(cast.ben) == ("suppressed", "access_lost")


def test_whoever_left_the_inbox_gets_no_mail_of_it(cast, claim, react, settle):
    """The role decides at the moment of sending, too."""
    write(make_visitor(cast.nordlicht), claim)
    react()
    InboxMembership.objects.filter(inbox=claim.inbox, user=cast.cem).delete()
    settle(at(60))
    assert {mail.to for mail in mails()} == {cast.ben.email, cast.anna.email}


def test_closed_by_the_recipient(cast, talk, kim, ben, react, settle):
    """Whoever closed it needs no mail about it (model.md §4.3)."""
    post(talk, kim, now=at(0))
    react()
    closing.close(talk, author=ben, role="team_member", now=at(20))
    react()
    settle(at(60))
    assert mails() == []
    assert reason_of(cast.ben) == ("suppressed", "closed")


def test_an_anonymous_visitor_gets_no_mail_and_nothing_fails(cast, react, settle):
    """N-58: no address, no error."""
    talk = write(make_visitor(cast.nordlicht), cast.support)
    assigning.assign(talk, to=cast.ben, by=cast.anna, role="admin", now=NOW)
    post(talk, Author.of_user(cast.ben), "An answer", now=at(1))
    react()
    settle(at(61))
    notice = Notice.objects.get(visitor=talk.visitor)
    assert (notice.state, notice.reason) == ("suppressed", "no_address")
    assert not mails(""), "no mail to nobody"
    assert not Due.objects.filter(attempts__gt=0).exists()


def test_an_address_that_is_none_is_no_address(cast, talk, ben, react, settle):
    """However it got there: not tried for ever."""
    talk.visitor.email = "kim@@abc"
    talk.visitor.save()
    post(talk, ben, "An answer", now=at(0))
    react()
    settle(at(60))
    notice = Notice.objects.get(visitor=talk.visitor)
    assert (notice.state, notice.reason) == ("suppressed", "no_address")


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
    talk, _ = start_conversation(
        company=cast.nordlicht,
        channel=None,
        author=Author.of_customer(lea),
        body="Two lamps are missing",
        client_id=uuid.uuid4(),
        start_id=uuid.uuid4(),
        origin="email",
        customer=lea,
        now=NOW,
    )
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


# --- offers ------------------------------------------------------------------------------------------------
@pytest.fixture
def slow_ring(cast):
    """Escalation after two minutes, as shipped: the holder's mail comes at one."""
    cast.support.escalate_after_s = 120
    cast.support.save()
    return write(make_visitor(cast.nordlicht, name="Kim Berg"), cast.support)


def holder_of(conversation):
    return conversation.offers.get(state="pending").user


def test_the_holder_of_an_offer_gets_the_mail_and_nobody_else(cast, slow_ring, react, settle):
    """M-39: one bubble, one mail; it says until when, and that answering accepts."""
    react()
    holder = holder_of(slow_ring)
    assert list(Notice.objects.values_list("user_id", "cause")) == [(holder.pk, "offer")]
    settle(at(60))
    (mail,) = mails()
    assert mail.to == holder.email
    assert f"The request is with {holder.full_name} until 11:02. Answering this mail accepts it" in mail.text


def test_an_offer_that_ended_mails_nothing(cast, react, settle):
    """Escalated at 10 s: the first holder has neither mail nor bubble (M-38)."""
    conversation = write(make_visitor(cast.nordlicht), cast.support)
    react()
    first = holder_of(conversation)
    settle(at(10))
    react()
    assert reason_of(first) == ("suppressed", "offer_ended")
    assert unread_of([first.pk]) == {first.pk: 0}
    settle(at(60))
    assert mails(first.email) == []


def test_an_offer_that_ended_unheard_mails_nothing_either(cast, slow_ring, react, settle):
    """The reaction did not run in time: the state at the moment of sending decides."""
    react()
    first = holder_of(slow_ring)
    ringing.decline(slow_ring, user=first, now=at(59))
    settle(at(60))
    assert mails(first.email) == []
    assert reason_of(first) == ("suppressed", "offer_ended")


def test_going_away_takes_the_offer_and_its_mail(cast, slow_ring, react, settle):
    """“Away” within the minute: the next one is asked, the first gets no mail."""
    react()
    first = holder_of(slow_ring)
    set_availability(cast.member(first), available=False, now=at(30))
    react()
    settle(at(30))
    react()
    settle(at(60))
    assert mails(first.email) == []
    second = holder_of(slow_ring)
    assert second != first
    settle(at(90))
    assert [mail.to for mail in mails()] == [second.email]


def test_accepted_in_time_is_no_mail(cast, slow_ring, react, settle):
    """Taken at 20 s: done for the holder."""
    react()
    holder = holder_of(slow_ring)
    ringing.accept(slow_ring, user=holder, now=at(20))
    react()
    settle(at(60))
    assert mails() == []
    assert unread_of([holder.pk]) == {holder.pk: 0}


def test_one_alert_for_a_new_request(cast, react, frames, django_capture_on_commit_callbacks):
    """The holder's bubble, sound and flashing tab once, not once for the message and once for the offer (N-31)."""
    with django_capture_on_commit_callbacks(execute=True):
        conversation = write(make_visitor(cast.nordlicht), cast.support)
        react()
    alerts = [(f["g"], f["d"]["cause"]) for f in frames if f["k"] == "alert"]
    assert alerts == [(groups.member(holder_of(conversation).public_id), "offer")]


def test_a_further_message_while_it_rings_alerts_the_holder(cast, react, frames, django_capture_on_commit_callbacks):
    """And nobody else (A-02)."""
    conversation = write(make_visitor(cast.nordlicht), cast.support)
    react()
    post(conversation, Author.of_visitor(conversation.visitor), "Hello?", now=at(5))
    with django_capture_on_commit_callbacks(execute=True):
        react()
    alerts = [(f["g"], f["d"]["cause"], f["d"]["unread"]) for f in frames if f["k"] == "alert"]
    assert alerts == [(groups.member(holder_of(conversation).public_id), "message", 2)]


def test_the_holder_s_own_switches_count_too(
    cast, slow_ring, react, settle, frames, django_capture_on_commit_callbacks
):
    """N-54, N-56: without in-app and mail the offer shows in an open page, silently, and no mail follows."""
    for user in (cast.ben, cast.cem, cast.dora):
        Preference.objects.create(user=user, in_app=False, email=False)
    post(slow_ring, Author.of_visitor(slow_ring.visitor), "Hello?", now=at(5))
    with django_capture_on_commit_callbacks(execute=True):
        react()
    assert {(f["d"]["cause"], f["d"]["sound"], f["d"]["flash"]) for f in frames if f["k"] == "alert"} <= {
        ("offer", False, False),
        ("message", False, False),
    }
    settle(at(70))
    assert mails() == []


def test_whoever_is_given_a_request_may_have_switched_it_off(
    cast, talk, react, settle, frames, django_capture_on_commit_callbacks
):
    """The same two switches."""
    Preference.objects.create(user=cast.cem, in_app=False, email=False)
    with django_capture_on_commit_callbacks(execute=True):
        assigning.assign(talk, to=cast.cem, by=cast.anna, role="admin", now=at(0))
        react()
    assert not [f for f in frames if f["k"] == "alert"]
    settle(at(60))
    assert mails() == []


def test_nobody_took_it_the_managers_hear_at_once_and_by_mail(
    cast, react, settle, frames, django_capture_on_commit_callbacks
):
    """E-09: after the ring a bubble for managers, a mail 60 s later; the others nothing."""
    eva = make_user(cast.nordlicht, "Eva", "Kern", domain="nordlicht")
    InboxMembership.objects.create(inbox=cast.inbox, user=eva, role="manager")
    channel = make_channel(cast.inbox, "Alone", cast.ben, escalate_after_s=5)
    write(make_visitor(cast.nordlicht), channel)
    react()
    with django_capture_on_commit_callbacks(execute=True):
        settle(at(5))
        react()
    managers = {groups.member(user.public_id) for user in (cast.anna, eva)}
    assert {f["g"] for f in frames if f["k"] == "alert"} == managers
    settle(at(64))
    assert mails() == []
    settle(at(65))
    assert sorted(mail.to for mail in mails()) == sorted([cast.anna.email, eva.email])
    assert "Nobody has taken the request" in mails()[0].text


def test_nobody_there_the_managers_hear_once(cast, react, frames, django_capture_on_commit_callbacks):
    """All away: one alert each, not one for the message and one for the failed ring."""
    for user in (cast.ben, cast.cem, cast.dora):
        set_availability(cast.member(user), available=False, now=NOW)
    write(make_visitor(cast.nordlicht), cast.support)
    with django_capture_on_commit_callbacks(execute=True):
        react()
    assert [f["g"] for f in frames if f["k"] == "alert"] == [groups.member(cast.anna.public_id)]
    assert Notice.objects.get().cause == "unclaimed"


def test_claimed_by_one_it_is_done_for_the_others(cast, claim, react, settle):
    """E-18: fresh claim-mode request, everybody has a bubble; Ben takes it, the others' goes and no mail follows."""
    conversation = write(make_visitor(cast.nordlicht), claim)
    react()
    assert set(unread_of([cast.ben.pk, cast.cem.pk, cast.anna.pk]).values()) == {1}
    assigning.assign(conversation, to=cast.ben, by=cast.ben, role="team_member", now=at(20))
    react()
    assert unread_of([cast.cem.pk, cast.anna.pk]) == {cast.cem.pk: 0, cast.anna.pk: 0}
    settle(at(60))
    assert [mail.to for mail in mails()] in ([], [cast.ben.email])


def test_given_by_a_manager(cast, talk, react, settle, frames, django_capture_on_commit_callbacks):
    """The new assignee is told at once, and by mail unless they look."""
    with django_capture_on_commit_callbacks(execute=True):
        assigning.assign(talk, to=cast.cem, by=cast.anna, role="admin", now=at(0))
        react()
    alerts = [(f["g"], f["d"]["cause"]) for f in frames if f["k"] == "alert"]
    assert alerts == [(groups.member(cast.cem.public_id), "assigned")]
    settle(at(60))
    assert [mail.to for mail in mails()] == [cast.cem.email]


def test_a_request_that_waited_for_the_opening_tells_nobody_before(cast, react, settle):
    """Closed hours: nobody is alerted, by whatever means (model.md §4.2)."""
    OpeningHours.objects.create(channel=cast.support, weekday=1, opens=time(9), closes=time(17))
    write(make_visitor(cast.nordlicht), cast.support)
    react()
    settle(at(3600))
    assert not Notice.objects.exists()
    assert not Offer.objects.exists()


# --- what the mail needs to be answered ----------------------------------------------------------------------
def test_the_mail_can_be_answered(cast, talk, kim, react, settle):
    """N-34: a reply address that names conversation and person; threaded by Message-ID and References."""
    post(talk, kim, now=at(0))
    react()
    settle(at(60))
    (mail,) = mails()
    address = ReplyAddress.objects.get()
    assert (address.kind, address.subject_id, address.recipient) == ("conversation", talk.pk, f"user:{cast.ben.pk}")
    assert address.recipient_email == cast.ben.email
    assert mail.reply_to.startswith("reply+")
    assert mail.references == [mail.in_reply_to]
    assert mail.message_id != mail.in_reply_to
    assert mail.auto is False, "a person wrote it"
