"""While somebody rests: numbers stay right, nothing makes a noise, mails as they chose; what rings still rings (A-02)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from companies.actions.members import set_quiet
from conversations.models import Offer
from notifications.models import Notice, Preference
from notifications.selectors import unread_of
from tests.cast import NOW, make_visitor, write
from tests.notifications.minutes import at, mails, post

pytestmark = pytest.mark.django_db


def alerts(frames) -> list[tuple[str, bool, bool, int]]:
    return [(f["d"]["cause"], f["d"]["sound"], f["d"]["flash"], f["d"]["unread"]) for f in frames if f["k"] == "alert"]


def rest(cast, user, minutes: int = 30) -> None:
    set_quiet(cast.member(user), until=NOW + timedelta(minutes=minutes), now=NOW)


def test_no_sound_and_no_flash_but_the_number(
    cast,
    talk,
    kim,
    react,
    settle,
    frames,
    django_capture_on_commit_callbacks,
    time_machine,
):
    """The mail comes as ever unless it is to wait."""
    time_machine.move_to(NOW, tick=False)
    rest(cast, cast.ben)
    with django_capture_on_commit_callbacks(execute=True):
        post(talk, kim, now=at(0))
        react()
    assert alerts(frames) == [("message", False, False, 1)]
    assert unread_of([cast.ben.pk]) == {cast.ben.pk: 1}
    settle(at(60))
    assert len(mails(cast.ben.email)) == 1


def test_the_mail_waits_for_the_end_if_chosen(cast, talk, kim, react, settle):
    """One mail with everything, at the end; none if it was seen by then (INV-07)."""
    Preference.objects.create(user=cast.ben, quiet_mail="wait")
    rest(cast, cast.ben)
    post(talk, kim, "first", now=at(0))
    react()
    settle(at(60))
    settle(at(1000))
    assert mails() == []
    post(talk, kim, "second", now=at(1100))
    react()
    settle(at(1790))
    assert mails() == []
    settle(at(1800))
    (mail,) = mails()
    assert "first" in mail.text
    assert "second" in mail.text
    assert Notice.objects.get(user=cast.ben).state == "emailed"


def test_what_rings_is_never_weakened(cast, react, settle, frames, django_capture_on_commit_callbacks, time_machine):
    """Whoever is available is asked, with sound, and mailed after the minute."""
    time_machine.move_to(NOW, tick=False)
    cast.support.escalate_after_s = 600
    cast.support.save()
    for user in (cast.ben, cast.cem, cast.dora):
        rest(cast, user)
        Preference.objects.create(user=user, quiet_mail="wait")
    with django_capture_on_commit_callbacks(execute=True):
        write(make_visitor(cast.nordlicht), cast.support)
        react()
    assert [entry[:3] for entry in alerts(frames)] == [("offer", True, True)]
    settle(at(60))
    assert [mail.to for mail in mails()] == [Offer.objects.get(state="pending").user.email]
