"""Notices of what rings, of what nobody took, and of what was given by hand: E-09, E-22, M-38, N-53."""

from __future__ import annotations

from datetime import time

import pytest

from channels_app.models import InboxMembership, OpeningHours
from companies.actions.members import set_availability
from conversations.actions import assigning, ringing
from conversations.authors import Author
from conversations.models import Offer
from events import groups
from mail.models import ReplyAddress
from notifications.models import Notice, Preference
from notifications.selectors import unread_of
from tests.cast import NOW, make_channel, make_user, make_visitor, write
from tests.notifications.minutes import at, mails, post, reason_of

pytestmark = pytest.mark.django_db


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


def test_what_comes_right_after_accepting_is_told_however_late_the_worker_is(cast, react, settle):
    """INV-07: accept, one more message, and only then the reactions: the message is unseen, and mailed after its minute."""
    conversation = write(make_visitor(cast.nordlicht, name="Kim Berg"), cast.support)
    react()
    holder = holder_of(conversation)
    ringing.accept(conversation, user=holder, now=at(2))
    post(conversation, Author.of_visitor(conversation.visitor), "One more thing", now=at(3))
    react()
    [notice] = Notice.objects.filter(user=holder, seen_at=None)
    assert (notice.cause, notice.first_seq, notice.last_seq, notice.count) == ("message", 2, 2, 1)
    assert unread_of([holder.pk]) == {holder.pk: 1}
    settle(at(62))
    assert mails(holder.email) == []
    settle(at(63))
    (mail,) = mails(holder.email)
    assert "One more thing" in mail.text


def test_what_came_before_accepting_is_seen_with_it(cast, react, settle):
    """Several messages while it rings, then accepted: nothing is unseen, nothing mailed."""
    conversation = write(make_visitor(cast.nordlicht, name="Kim Berg"), cast.support)
    holder = holder_of(conversation)
    post(conversation, Author.of_visitor(conversation.visitor), "One more thing", now=at(1))
    react()
    ringing.accept(conversation, user=holder, now=at(2))
    react()
    assert unread_of([holder.pk]) == {holder.pk: 0}
    settle(at(63))
    assert mails(holder.email) == []


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
