"""Settings → Users and /join/: who may, what is refused and how it is said (M-16…M-20, M-24, M-25, G-33…G-35, S-11)."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from companies.actions.invitations import Invitee, accept, invite, send_again, token_hash
from companies.actions.members import deactivate_member
from companies.models import Invitation
from companies.people import people_of
from events import limits
from mail.actions.outgoing import fail_for_good
from mail.models import OutgoingMail
from tests.cast import PASSWORD, make_user
from tests.companies.inviting import FOUR, NEW, an_invitation, in_package, token

pytestmark = pytest.mark.usefixtures("no_limits")


# --- adding -----------------------------------------------------------------------------------------------
def test_adding_a_user_invites_them(cast, anna):
    response = anna.post("/settings/people/new/", NEW)
    assert (response.status_code, response.headers["Location"]) == (303, "/settings/people/")
    invitation = Invitation.objects.get()
    assert (invitation.email, invitation.language, invitation.invited_by) == ("eva@nordlicht.example", "de", cast.anna)
    page = anna.get("/settings/people/").content.decode()
    assert "Eva Kern" in page
    assert "invited" in page
    assert "5 of 5 users" in page


@pytest.mark.parametrize("field", FOUR)
@pytest.mark.parametrize("value", ["", "  ", "\r\n"])
def test_each_of_the_four_is_needed(cast, anna, field, value):
    """M-20: an error at that field, what was typed is kept, nothing is created, no mail leaves."""
    response = anna.post("/settings/people/new/", NEW | {field: value})
    assert response.status_code == 422
    assert list(response.context["form"].errors) == [field]
    others = [name for name in FOUR if name != field]
    assert all(f'value="{FOUR[name]}"'.encode() in response.content for name in others)
    assert not Invitation.objects.exists()
    assert not OutgoingMail.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [{"email": "eva"}, {"email": "a@b.example\r\nBcc: c@d.example"}, {"role": "owner"}, {"language": "xx"}]
    + [{name: "x" * 81} for name in ("first_name", "last_name", "position")],
)
def test_what_is_malformed_is_refused(cast, anna, wrong):
    response = anna.post("/settings/people/new/", NEW | wrong)
    assert (response.status_code, list(response.context["form"].errors)) == (422, list(wrong))
    assert not OutgoingMail.objects.exists()


def test_line_ends_and_foreign_fields_are_dropped(cast, anna):
    """S-44, S-11."""
    evil = {"first_name": "Eva\r\nBcc: x@evil.example", "company": cast.sued.pk, "state": "accepted", "token_hash": "x"}
    assert anna.post("/settings/people/new/", NEW | evil).status_code == 303
    invitation = Invitation.objects.get()
    assert invitation.first_name == "Eva Bcc: x@evil.example"
    assert (invitation.company, invitation.state, len(invitation.token_hash)) == (cast.nordlicht, "sent", 64)


def test_an_address_that_exists_is_said_at_the_field(cast, anna):
    """M-19."""
    response = anna.post("/settings/people/new/", NEW | {"email": "BEN@nordlicht.example"})
    assert response.status_code == 422
    assert "already exists" in response.context["form"].errors["email"][0]


def test_somebody_who_works_elsewhere_is_invited_without_a_word(cast, anna):
    """S-51."""
    known = anna.post("/settings/people/new/", NEW | {"email": cast.udo.email})
    in_package(cast, "M20")
    unknown = anna.post("/settings/people/new/", NEW)
    assert (known.status_code, known.headers["Location"]) == (unknown.status_code, unknown.headers["Location"])


def test_a_full_package_says_its_number(cast, anna):
    an_invitation(cast)
    response = anna.post("/settings/people/new/", NEW | {"email": "six@nordlicht.example"})
    assert response.status_code == 422
    assert "5 of 5 users" in response.content.decode()
    assert Invitation.objects.count() == 1


@pytest.mark.parametrize("path", ["new/", "import/"])
def test_the_smallest_package_refuses_the_post_too(cast, anna, path):
    """M-16: locked with “from M5”."""
    deactivate_everybody_but_anna(cast)
    in_package(cast, "M1")
    for page in ("/settings/people/", f"/settings/people/{path}"):
        assert "from M5" in anna.get(page).content.decode()
    wanted = NEW | {"text": "a@x.example,A,B,C", "invite": "1"}
    assert anna.post(f"/settings/people/{path}", wanted).status_code == 403
    assert not OutgoingMail.objects.exists()


def deactivate_everybody_but_anna(cast):
    for user in (cast.ben, cast.cem, cast.dora):
        deactivate_member(cast.member(user), by="operator", now=cast.now)


def test_too_many_mails_at_once_are_refused(cast, anna, monkeypatch):
    invitation = an_invitation(cast)
    monkeypatch.setattr(limits, "take", lambda key, **k: not key.startswith("invite"))
    in_package(cast, "M20")
    assert anna.post("/settings/people/new/", NEW | {"email": "f@x.example"}).status_code == 422
    anna.post(f"/settings/people/invitations/{invitation.public_id}/again/")
    assert OutgoingMail.objects.count() == 1


# --- the list ---------------------------------------------------------------------------------------------
def names(cast, now=None, **wanted) -> list[tuple[str, str]]:
    wanted = {"query": "", "state": "", "after": ""} | wanted
    lines = people_of(cast.member(cast.anna), now=now or timezone.now(), **wanted).rows
    return [(line.name.split()[0], line.state) for line in lines]


def test_everybody_by_name_with_their_state(cast):
    deactivate_member(cast.member(cast.cem), by="operator", now=cast.now)
    an_invitation(cast, "Axel")
    an_invitation(cast, "Zoe", now=timezone.now() - timedelta(days=8))
    everybody = [("Anna", "active"), ("Axel", "invited"), ("Ben", "active"), ("Cem", "deactivated")]
    everybody += [("Dora", "active"), ("Zoe", "expired")]
    assert names(cast) == everybody
    assert names(cast, state="invited") == [("Axel", "invited"), ("Zoe", "expired")]
    assert names(cast, state="deactivated") == [("Cem", "deactivated")]
    assert names(cast, query="KERN serv") == [("Axel", "invited"), ("Zoe", "expired")]
    assert names(cast, query="ben@nord") == [("Ben", "active")]
    assert names(cast, query="maier") == []


def test_pages_come_one_after_the_other_and_miss_nobody(cast):
    in_package(cast, "M100")
    for number in range(6):
        make_user(cast.nordlicht, f"Olaf{number}", "Ölund")
        an_invitation(cast, f"Ola{number}")
    viewer, found, after = cast.member(cast.anna), [], ""
    while True:
        page = people_of(viewer, query="", state="", after=after, now=timezone.now(), limit=3)
        found += [line.name for line in page.rows]
        after = page.after
        if not after:
            break
    assert len(found) == len(set(found)) == 16
    assert found == sorted(found, key=str.casefold)


def test_the_list_costs_the_same_for_many(cast, anna):
    in_package(cast, "M100")

    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as seen:
            assert anna.get("/settings/people/").status_code == 200
        return len(seen)

    anna.get("/settings/people/")
    few = queries()
    for number in range(30):
        make_user(cast.nordlicht, f"Nina{number}", "N")
        an_invitation(cast, f"Gast{number}")
    assert queries() == few


@pytest.mark.parametrize("query", ["?after=xxx", "?state=nonsense", "?q=%00", "?after=WyJhIiwgImIiXQ"])
def test_odd_addresses_show_the_list(cast, anna, query):
    assert anna.get(f"/settings/people/{query}").status_code == 200


# --- many at once -----------------------------------------------------------------------------------------
LIST = """email;first name;last name;position
eva@x.example;Eva;Kern;Service
ben@nordlicht.example;Ben;Fuchs;Service
nonsense;No;Body;Service
fay@x.example;Fay;;Service
EVA@x.example;Eva;Again;Service
gil@x.example;=cmd|' /C calc'!A0;Gil;Service
ida@x.example;Ida;West;Sales
"""


def test_a_list_is_shown_with_what_is_wrong_and_sent_then(cast, anna):
    in_package(cast, "M20")
    page = anna.post("/settings/people/import/", {"text": LIST})
    assert page.status_code == 200
    problems = {line.row.number: line.problem for line in page.context["lines"]}
    assert [number for number, problem in problems.items() if not problem] == [2, 8]
    assert "already exists" in problems[3]
    assert "line 2" in problems[6]
    assert "begins with a sign" in problems[7]
    assert not OutgoingMail.objects.exists()
    assert anna.post("/settings/people/import/", {"text": page.context["text"], "invite": "1"}).status_code == 303
    assert list(Invitation.objects.order_by("id").values_list("first_name", "role")) == [
        ("Eva", "member"),
        ("Ida", "member"),
    ]
    assert OutgoingMail.objects.count() == 2


def test_a_file_in_any_usual_encoding(cast, anna):
    from django.core.files.uploadedfile import SimpleUploadedFile

    upload = SimpleUploadedFile("p.csv", "eva@x.example;Éva;Öst;Käse".encode("utf-16"))
    page = anna.post("/settings/people/import/", {"file": upload})
    assert page.context["good"] == 1
    assert "Éva" in page.content.decode()


def test_only_as_many_as_fit(cast, anna):
    text = "".join(f"a{number}@x.example,A,B,C\n" for number in range(3))
    page = anna.post("/settings/people/import/", {"text": text})
    assert [line.problem for line in page.context["lines"]] == [""] + ["does not fit into your package"] * 2
    anna.post("/settings/people/import/", {"text": text, "invite": "1"})
    assert Invitation.objects.count() == 1


@pytest.mark.parametrize(
    "typed", [{}, {"text": ""}, {"text": "a@x.example\n" * 501}, {"text": "nonsense", "invite": "1"}]
)
def test_a_list_of_nobody_or_too_many_is_refused(cast, anna, typed):
    assert anna.post("/settings/people/import/", typed).status_code == 422
    assert not OutgoingMail.objects.exists()


def test_invited_people_take_part_in_what_a_colleague_is(cast):
    """What joins is a member like any other: no rights but those of the invitation."""
    an_invitation(cast, role="admin")
    member = accept(token_hash(token()), password=PASSWORD, now=timezone.now())
    assert (member.is_admin, member.user.is_staff, member.user.is_superuser) == (True, False, False)


def test_an_invitation_that_did_not_arrive_says_why_until_it_is_sent_again(cast, anna):
    """M-19: the admin reads it in the list; what comes back of an old link changes nothing; sending again clears it."""
    invitation = invite(cast.nordlicht, invitee=Invitee(email="eva@nordlicht.example", first_name="Eva", last_name="Kern",
                        position="Service", role="member", language="en"), inviter=cast.anna, now=timezone.now())  # fmt: skip
    mail = OutgoingMail.objects.get()
    fail_for_good(mail, state="bounced", error="550 No such user\r\nhere", now=timezone.now())
    page = anna.get("/settings/people/").content.decode()
    assert "did not arrive" in page
    assert "550 No such user here" in page
    send_again(invitation, inviter=cast.anna, now=timezone.now())
    assert "did not arrive" not in anna.get("/settings/people/").content.decode()
    fail_for_good(mail, state="bounced", error="550 No such user here", now=timezone.now())
    assert Invitation.objects.get().undelivered == ""
