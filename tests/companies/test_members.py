"""Joining, role, availability and leaving a company (M-19, E-10, INV-20, A-05)."""

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from companies.actions.members import (
    LastAdmin,
    MemberRefused,
    WorksElsewhere,
    add_member,
    change_role,
    deactivate_member,
    found_with,
    set_availability,
)
from companies.models import Membership
from companies.selectors import colleague, membership_of
from events import groups, presence
from events.models import Event
from tests.cast import NOW, PASSWORD, make_company, make_user


def events(kind: str) -> list[tuple]:
    return list(Event.objects.filter(kind=kind).values_list("subject_id", "by", "data"))


def add(company, user, **fields):
    wanted = {"position": "Service", "role": "member"} | fields
    return add_member(company, user=user, by="operator", now=NOW, **wanted)


def test_a_new_member_is_recorded(cast):
    member = add(cast.nordlicht, make_user(None, "Eva", "E"), position=" Head  of sales ")
    assert (member.position, member.role, member.state) == ("Head of sales", "member", "active")
    assert events("member.joined") == [(member.pk, "operator", {})]


def test_nobody_works_in_two_companies_at_once(cast):
    with pytest.raises(WorksElsewhere):
        add(cast.nordlicht, cast.udo)
    assert membership_of(cast.udo).company == cast.sued


@pytest.mark.parametrize("wrong", [{"position": " "}, {"position": "x" * 81}, {"role": "owner"}, {"role": ""}])
def test_a_member_needs_a_position_and_a_known_role(cast, wrong):
    with pytest.raises(MemberRefused):
        add(cast.nordlicht, make_user(None, "Eva", "E"), **wrong)


def test_only_an_empty_company_is_founded(cast):
    with pytest.raises(MemberRefused):
        found_with(cast.nordlicht, user=make_user(None, "Eva", "E"), position="x", by="operator", now=NOW)


def test_availability_is_told_once_and_only_to_the_members_own_tabs(cast, frames, django_capture_on_commit_callbacks):
    member = cast.member(cast.ben)
    with django_capture_on_commit_callbacks(execute=True):
        set_availability(member, available=False, now=NOW)
        set_availability(member, available=False, now=NOW)
    assert not Membership.objects.get(pk=member.pk).available
    assert events("member.availability") == [(member.pk, f"user:{cast.ben.pk}", {"available": False})]
    assert [(f["g"], f["k"], f["d"]) for f in frames] == [
        (groups.member(cast.ben.public_id), "availability", {"available": False})
    ]


def test_who_is_deactivated_is_out_at_once(cast, frames, clean_valkey, django_capture_on_commit_callbacks):
    browser = Client()
    browser.post("/accounts/login/", {"login": cast.ben.email, "password": PASSWORD})
    presence.touch(cast.ben.pk)
    member = cast.member(cast.ben)
    with django_capture_on_commit_callbacks(execute=True):
        deactivate_member(member, by="operator", now=NOW)
    stored = Membership.objects.get(pk=member.pk)
    assert (stored.state, stored.available, stored.rights_epoch) == ("deactivated", False, 1)
    assert membership_of(cast.ben) is None
    assert Session.objects.count() == 0
    assert browser.get("/settings/profile/").status_code == 302
    assert presence.online([cast.ben.pk]) == set()
    assert [(f["g"], f["k"]) for f in frames] == [(groups.member(cast.ben.public_id), "rights")]
    assert events("member.deactivated") == [(member.pk, "operator", {})]


def test_deactivating_twice_is_no_error_and_no_second_event(cast):
    member = cast.member(cast.ben)
    deactivate_member(member, by="operator", now=NOW)
    deactivate_member(member, by="operator", now=NOW)
    assert len(events("member.deactivated")) == 1


def test_the_last_admin_stays(cast):
    anna = cast.member(cast.anna)
    with pytest.raises(LastAdmin):
        deactivate_member(anna, by="operator", now=NOW)
    with pytest.raises(LastAdmin):
        change_role(anna, role="member", by="operator", now=NOW)
    change_role(cast.member(cast.ben), role="admin", by="operator", now=NOW)
    change_role(anna, role="member", by="operator", now=NOW)
    with pytest.raises(LastAdmin):
        deactivate_member(cast.member(cast.ben), by="operator", now=NOW)


def test_an_admin_of_another_company_does_not_count(cast):
    assert membership_of(cast.udo).is_admin
    with pytest.raises(LastAdmin):
        deactivate_member(cast.member(cast.anna), by="operator", now=NOW)


def test_a_changed_role_makes_sockets_look_again(cast, frames, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        change_role(cast.member(cast.ben), role="admin", by="operator", now=NOW)
        change_role(cast.member(cast.ben), role="admin", by="operator", now=NOW)
    assert [(f["g"], f["k"], f["d"]) for f in frames] == [(groups.member(cast.ben.public_id), "rights", {"epoch": 1})]
    with pytest.raises(MemberRefused):
        change_role(cast.member(cast.ben), role="owner", by="operator", now=NOW)


def test_a_colleague_is_of_the_own_company_and_active(cast):
    viewer = cast.member(cast.anna)
    assert colleague(viewer, cast.member(cast.ben).public_id).user == cast.ben
    for other in (cast.udo, make_user(make_company("Dritte"), "Tom", "T")):
        with pytest.raises(Membership.DoesNotExist):
            colleague(viewer, Membership.objects.get(user=other).public_id)
