"""Settings → Users and /join/: who may, what is refused and how it is said (M-16…M-20, M-24, M-25, G-33…G-35, S-11)."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from companies.actions.invitations import Invitee, accept, invite, send_again, token_hash
from companies.actions.members import deactivate_member
from companies.models import Company, Invitation, Membership
from companies.people import people_of
from events import limits
from mail.actions.outgoing import fail_for_good
from mail.models import OutgoingMail
from tests.cast import PASSWORD, make_package, make_user

FOUR = {"first_name": "Eva", "last_name": "Kern", "position": "Service", "email": "Eva@nordlicht.example"}
NEW = FOUR | {"role": "member", "language": "de"}


@pytest.fixture(autouse=True)
def no_limits(monkeypatch):
    monkeypatch.setattr(limits, "take", lambda *a, **k: True)


def browser(user, **headers) -> Client:
    client = Client(**headers)
    if user is not None:
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def anna(cast):
    return browser(cast.anna)


def in_package(cast, code: str) -> None:
    Company.objects.filter(pk=cast.nordlicht.pk).update(package=make_package(code))


def an_invitation(cast, first: str = "Eva", *, now=None, **fields) -> Invitation:
    invitee = {"email": f"{first.lower()}@nordlicht.example", "first_name": first, "last_name": "Kern"}
    invitee |= {"position": "Service", "role": "member", "language": "en"} | fields
    return invite(cast.nordlicht, invitee=Invitee(**invitee), inviter=cast.anna, now=now or timezone.now())


def token() -> str:
    return re.search(r"/join/([\w-]+)/", OutgoingMail.objects.latest("id").text)[1]


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


# --- an invitation ----------------------------------------------------------------------------------------
def test_send_again_and_withdraw(cast, anna):
    invitation = an_invitation(cast)
    address = f"/settings/people/invitations/{invitation.public_id}/"
    first = token()
    assert anna.post(f"{address}again/").status_code == 303
    assert token() != first
    assert browser(None).get(f"/join/{first}/", follow=True).status_code == 410
    assert anna.post(f"{address}withdraw/").status_code == 303
    assert b"withdrawn" in browser(None).get(f"/join/{token()}/", follow=True).content
    assert "open no longer" in anna.post(f"{address}again/", follow=True).content.decode()
    assert OutgoingMail.objects.count() == 2


# --- joining ----------------------------------------------------------------------------------------------
JOINING = {"password": PASSWORD, "again": PASSWORD}


def test_the_link_leads_straight_in(cast):
    an_invitation(cast)
    eva = browser(None)
    response = eva.get(f"/join/{token()}/")
    assert (response.status_code, response.headers["Location"]) == (302, "/join/")
    assert response.headers["Referrer-Policy"] == "no-referrer"
    page = eva.get("/join/").content.decode()
    assert "Nordlicht GmbH" in page
    assert "Anna Berg" in page
    assert token() not in page
    response = eva.post("/join/", JOINING)
    assert response.headers["Location"] == "/"
    assert eva.get("/conversations/").status_code == 200
    assert "active" in browser(cast.anna).get("/settings/people/?q=eva").content.decode()
    dead = browser(None).get(f"/join/{token()}/", follow=True)
    assert (dead.status_code, "already used" in dead.content.decode()) == (410, True)


def test_looking_at_the_link_uses_nothing_up(cast):
    """Scanners of mail open every link."""
    an_invitation(cast)
    for _ in range(3):
        assert browser(None).get(f"/join/{token()}/", follow=True).status_code == 200
    assert Invitation.objects.get().state == "sent"


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"password": "short", "again": "short"}, "password"),
        ({"password": "password", "again": "password"}, "password"),
        ({"password": "eva@nordlicht.example", "again": "eva@nordlicht.example"}, "password"),
        ({"password": PASSWORD, "again": "another one"}, "again"),
        ({"password": PASSWORD}, "again"),
        ({}, "password"),
    ],
)
def test_a_bad_password_is_said_and_nothing_made(cast, typed, field):
    an_invitation(cast)
    eva = browser(None)
    eva.get(f"/join/{token()}/")
    response = eva.post("/join/", typed)
    assert response.status_code == 422
    assert field in response.context["form"].errors
    assert not User.objects.filter(first_name="Eva").exists()


def test_a_second_post_of_the_same_page_is_no_error(cast):
    an_invitation(cast)
    eva = browser(None)
    link = f"/join/{token()}/"
    eva.get(link)
    eva.post("/join/", JOINING)
    eva.get(link)
    response = eva.post("/join/", JOINING)
    assert (response.status_code, response.headers["Location"]) == (303, "/")


@pytest.mark.parametrize("code", ["withdrawn", "expired", "closed", "unknown"])
def test_each_dead_link_is_explained(cast, code):
    invitation = an_invitation(cast, now=timezone.now() - timedelta(days=8 if code == "expired" else 0))
    if code == "withdrawn":
        Invitation.objects.filter(pk=invitation.pk).update(state="withdrawn")
    if code == "closed":
        Company.objects.filter(pk=cast.nordlicht.pk).update(suspended_at=cast.now)
    word = {"withdrawn": "withdrawn", "expired": "expired", "closed": "closed", "unknown": "not valid"}[code]
    wanted = "nonsense" if code == "unknown" else token()
    eva = browser(None)
    for response in (eva.get(f"/join/{wanted}/", follow=True), eva.post("/join/", JOINING)):
        assert (response.status_code, word in response.content.decode()) == (410, True)
    assert not User.objects.filter(first_name="Eva").exists()


def test_the_page_without_a_link_says_so(db):
    assert browser(None).get("/join/").status_code == 410


def test_a_forged_host_changes_no_link(cast, settings):
    """S-45."""
    settings.ALLOWED_HOSTS = ["*"]
    evil = browser(cast.anna, HTTP_HOST="evil.example", HTTP_X_FORWARDED_HOST="evil.example")
    assert evil.post("/settings/people/new/", NEW).status_code == 303
    mail = OutgoingMail.objects.get()
    assert "evil.example" not in mail.text + mail.html
    assert f"{settings.BASE_URL}/join/" in mail.text


def test_the_token_is_kept_nowhere_but_in_the_mail(cast, caplog):
    """Not in the session, the page, the log or an address after the first."""
    an_invitation(cast)
    eva = browser(None)
    with caplog.at_level("DEBUG"):
        eva.get(f"/join/{token()}/")
        eva.post("/join/", {})
        eva.get("/join/nonsense-that-nobody-sent/", follow=True)
    assert token() not in str(dict(eva.session))
    assert token() not in caplog.text
    assert "nonsense-that-nobody-sent" not in caplog.text


def test_guessing_is_slowed_down(cast, monkeypatch):
    """S-52."""
    monkeypatch.setattr(limits, "take", lambda key, **k: not key.startswith("join:"))
    assert browser(None).get("/join/x/").status_code == 429
    assert browser(None).post("/join/", JOINING).status_code == 429


def test_who_has_a_login_signs_in_with_it(cast):
    former = make_user(None, "Eva", "Kern", domain="nordlicht")
    an_invitation(cast)
    eva = browser(None)
    page = eva.get(f"/join/{token()}/", follow=True).content.decode()
    assert 'name="password"' not in page
    assert "/accounts/login/?next=/join/" in page
    assert eva.post("/join/", JOINING).status_code == 200
    assert not Membership.objects.filter(user=former).exists()
    eva.post("/accounts/login/", {"login": former.email, "password": PASSWORD, "next": "/join/"})
    assert "Join Nordlicht GmbH" in eva.get("/join/").content.decode()
    assert eva.post("/join/").headers["Location"] == "/"
    assert Membership.objects.get(user=former).company == cast.nordlicht


def test_who_is_signed_in_as_somebody_else_is_asked_to_sign_out(cast):
    an_invitation(cast)
    ben = browser(cast.ben)
    assert "Sign out" in ben.get(f"/join/{token()}/", follow=True).content.decode()
    ben.post("/join/", JOINING)
    assert Invitation.objects.get().state == "sent"


@pytest.mark.parametrize("signed_in", [True, False])
def test_who_works_elsewhere_is_told_at_the_link(cast, signed_in):
    an_invitation(cast, email=cast.udo.email)
    udo = browser(cast.udo if signed_in else None)
    page = udo.get(f"/join/{token()}/", follow=True).content.decode()
    assert "another company already" in page
    assert "Süd" not in page
    udo.post("/join/", JOINING)
    assert Membership.objects.get(user=cast.udo).company == cast.sued


def test_a_locked_login_is_told(cast):
    former = make_user(None, "Eva", "Kern", domain="nordlicht")
    User.objects.filter(pk=former.pk).update(is_active=False)
    an_invitation(cast)
    assert "is locked" in browser(None).get(f"/join/{token()}/", follow=True).content.decode()


# --- one person -------------------------------------------------------------------------------------------
RIGHTS = {"engagement_licence": "on", "may_post_customer_replies": "on"}


def fields(member: Membership, **changed) -> dict:
    user = member.user
    own = {"first_name": user.first_name, "last_name": user.last_name, "phone": user.phone}
    return own | {"position": member.position, "role": member.role} | RIGHTS | changed


def address(member: Membership) -> str:
    return f"/settings/people/{member.public_id}/"


def test_an_admin_changes_everything_of_a_colleague(cast, anna):
    ben = cast.member(cast.ben)
    assert anna.get(address(ben)).status_code == 200
    wanted = fields(ben, first_name="Benno", phone="+49 1", position="Chief", role="admin", may_manage_customers="on")
    del wanted["may_post_customer_replies"]
    assert anna.post(address(ben), wanted).status_code == 303
    ben = cast.member(cast.ben)
    assert (ben.user.first_name, ben.user.phone, ben.position, ben.role) == ("Benno", "+49 1", "Chief", "admin")
    assert (ben.engagement_licence, ben.may_post_customer_replies, ben.may_manage_customers) == (True, False, True)
    assert ben.rights_epoch == 2  # rights and role


def test_saving_unchanged_changes_nothing(cast, anna):
    ben = cast.member(cast.ben)
    anna.post(address(ben), fields(ben))
    assert cast.member(cast.ben).rights_epoch == 0


def test_the_last_admin_stays_admin_and_active(cast, anna):
    me = cast.member(cast.anna)
    response = anna.post(address(me), fields(me, role="member", position="Boss"))
    assert response.status_code == 422
    assert "only admin" in response.content.decode()
    assert 'value="Boss"' in response.content.decode()
    response = anna.post(f"{address(me)}deactivate/", follow=True)
    assert "only admin" in response.content.decode()
    me = cast.member(cast.anna)
    assert (me.role, me.state, me.position) == ("admin", "active", "Works here")


def test_deactivate_and_reactivate(cast, anna):
    ben = cast.member(cast.ben)
    his = browser(cast.ben)
    anna.post(f"{address(ben)}deactivate/")
    assert his.get("/conversations/").status_code in {302, 403}
    assert cast.member(cast.ben).state == "deactivated"
    an_invitation(cast)
    an_invitation(cast, "Fay")
    assert "5 of 5 users" in anna.post(f"{address(ben)}reactivate/", follow=True).content.decode()
    assert cast.member(cast.ben).state == "deactivated"
    Invitation.objects.filter(first_name="Fay").update(state="withdrawn")
    anna.post(f"{address(ben)}reactivate/")
    assert (cast.member(cast.ben).state, cast.member(cast.ben).available) == ("active", True)


def test_nobody_comes_back_who_works_elsewhere_now(cast, anna):
    ben = cast.member(cast.ben)
    deactivate_member(ben, by="operator", now=cast.now)
    Membership.objects.create(company=cast.sued, user=cast.ben, position="New")
    assert "another company" in anna.post(f"{address(ben)}reactivate/", follow=True).content.decode()
    assert Membership.objects.get(user=cast.ben, state="active").company == cast.sued


def test_an_admin_who_steps_down_is_sent_away(cast, anna):
    me = cast.member(cast.anna)
    Membership.objects.filter(user=cast.ben).update(role="admin")
    response = anna.post(address(me), fields(me, role="member"))
    assert (response.status_code, response.headers["Location"]) == (303, "/settings/")
    assert anna.get("/settings/people/").status_code == 403


@pytest.mark.parametrize("verb", ["", "deactivate/", "reactivate/"])
def test_foreign_and_missing_people_look_alike(cast, anna, verb):
    for public_id in (cast.member(cast.udo).public_id, uuid4()):
        path = f"/settings/people/{public_id}/{verb}"
        assert anna.post(path, {"role": "member"}).status_code == 404
    assert cast.member(cast.udo).state == "active"


def test_members_may_not(cast):
    ben = browser(cast.ben)
    own = address(cast.member(cast.ben))
    for path in ("/settings/people/", "/settings/people/new/", "/settings/people/import/", own):
        assert ben.get(path).status_code == 403
        assert ben.post(path, NEW | {"role": "admin"}).status_code in {403, 405}
    assert not cast.member(cast.ben).is_admin


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
