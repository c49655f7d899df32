"""Initials, colours and shapes of people and companies (design.md §3 ui; mockups, principle 6)."""

from __future__ import annotations

import uuid

import pytest

from accounts.models import User
from companies.models import Company, Membership
from ui.people import colour_of, face_of, initials_of


@pytest.mark.parametrize(
    ("name", "initials"),
    [
        ("Udo Maier · Süd AG", "UM"),
        ("Kim Berg", "KB"),
        ("Anna Maria von der Ost", "AO"),
        ("kim@abc.com", "K"),
        ("kim.berg@abc.com", "KB"),
        ("Åsa", "Å"),
        ("李 雷", "李雷"),
        ("  ", "?"),
        ("<b>", "?"),
    ],
)
def test_initials(name, initials):
    assert initials_of(name) == initials


def test_colour_depends_on_the_id_alone_and_uses_all_eight():
    ids = [uuid.UUID(int=number) for number in range(200)]
    assert [colour_of(i) for i in ids] == [colour_of(str(i)) for i in ids]
    assert {colour_of(i) for i in ids} == set(range(1, 9))


def test_a_user_a_member_and_the_frame_about_them_look_the_same():
    user = User(first_name="Ben", last_name="Fuchs", email="ben@nordlicht.example")
    member = Membership(user=user)
    frame = {"kind": "user", "id": str(user.public_id), "name": "Ben Fuchs", "avatar": ""}
    assert face_of(user) == face_of(member) == face_of(frame)


def test_companies_are_square_and_people_are_not():
    assert face_of(Company(name="Nordlicht GmbH", slug="nordlicht")).square
    assert not face_of(User(first_name="Ben", last_name="Fuchs")).square


def test_a_visitor_without_a_name_has_no_colour():
    face = face_of({"kind": "visitor", "id": "x", "name": "Visitor #4817"})
    assert (face.initials, face.colour) == ("V", 0)
