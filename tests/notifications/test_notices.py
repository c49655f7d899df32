"""The unseen minute with the clock passed in: N-33, N-47, N-53 … N-60, INV-07, INV-08, E-09, E-17, E-18, E-22."""

from __future__ import annotations

from functools import partial

import pytest

from channels_app.models import InboxMembership
from companies.actions.members import deactivate_member
from conversations.actions import assigning, closing, reading
from conversations.authors import Author
from events import due, tasks
from events.models import Due
from notifications.models import Notice, Preference
from notifications.selectors import unread_of
from tests.cast import NOW, make_cast, make_visitor, write
from tests.notifications.minutes import at, mails, post, reason_of, seen
from tests.threads import in_threads

pytestmark = pytest.mark.django_db


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
    found = in_threads(*[partial(due.settle, at(61))] * 3)
    assert all(isinstance(n, int) for n in found), found
    assert len(mails("kim@abc.example")) == 1
    assert not Due.objects.filter(attempts__gt=0).exists()


# --- why there is none --------------------------------------------------------------------------------------
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
