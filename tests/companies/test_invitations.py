"""Inviting, sending again, withdrawing, accepting once (M-17…M-19, M-23, M-24, S-13, S-44, S-45, INV-11)."""

import re
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress

from accounts.actions import BadLogin
from accounts.models import User
from companies.actions.invitations import (
    InvitationRefused,
    Invitee,
    LinkDead,
    OwnLoginNeeded,
    accept,
    accept_as,
    invite,
    invite_first,
    invite_many,
    send_again,
    token_hash,
    withdraw,
)
from companies.actions.members import WorksElsewhere, add_member, deactivate_member
from companies.models import Company, Invitation, Membership
from companies.packages import NoPackage, NoRoom, NotInPackage, room_left, usage
from companies.selectors import membership_of
from events.models import Event
from mail.models import OutgoingMail
from tests.cast import NOW, PASSWORD, make_company, make_package, make_user
from tests.threads import in_threads

LATER = NOW + timedelta(days=8)


def person(first: str = "Eva", **fields) -> Invitee:
    wanted = {"last_name": "Kern", "position": "Service", "role": "member", "language": "en"} | fields
    return Invitee(email=wanted.pop("email", f"{first.lower()}@nordlicht.example"), first_name=first, **wanted)


def links() -> list[str]:
    """The tokens of the queued invitations, oldest first."""
    texts = OutgoingMail.objects.order_by("id").values_list("text", flat=True)
    return [re.search(r"/join/([\w-]+)/", text)[1] for text in texts]


def invited(cast, first: str = "Eva", **fields) -> Invitation:
    return invite(cast.nordlicht, invitee=person(first, **fields), inviter=cast.anna, now=NOW)


def roomy(cast) -> None:
    Company.objects.filter(pk=cast.nordlicht.pk).update(package=make_package("M100"))


def test_one_mail_names_the_company_and_holds_one_link(cast, settings):
    invitation = invited(cast)
    mail = OutgoingMail.objects.get()
    assert (mail.to, mail.sender_name) == ("eva@nordlicht.example", "Anna Berg via Nordlicht GmbH")
    assert "Nordlicht GmbH" in mail.subject
    assert "Anna Berg invites you to work with Nordlicht GmbH" in mail.text
    assert re.findall(r"https?://\S+", mail.text) == [f"{settings.BASE_URL}/join/{links()[0]}/"]
    assert re.findall(r'href="([^"]+)"', mail.html) == [f"{settings.BASE_URL}/join/{links()[0]}/"]
    assert invitation.token_hash == token_hash(links()[0])
    assert (invitation.state, invitation.expires_at) == ("sent", NOW + timedelta(days=7))
    assert list(Event.objects.filter(kind="member.invited").values_list("by", "data")) == [
        (f"user:{cast.anna.pk}", {"again": False})
    ]


def test_the_mail_escapes_in_html_only(cast):
    Company.objects.filter(pk=cast.nordlicht.pk).update(name="<b>Nord</b>")
    invite(
        Company.objects.get(pk=cast.nordlicht.pk),
        invitee=person("Eva<i>", email="eva@x.example"),
        inviter=cast.anna,
        now=NOW,
    )
    mail = OutgoingMail.objects.get()
    assert "<b>Nord</b>" in mail.text
    assert "&lt;b&gt;Nord&lt;/b&gt;" in mail.html
    assert "<i>" not in mail.html


def test_names_with_line_ends_reach_no_header(cast):
    """S-44: whatever got past a form is cleaned where headers are written."""
    invited(cast, "Eva\r\nBcc: x@evil.example", email="eva@nordlicht.example")
    User.objects.filter(pk=cast.anna.pk).update(first_name="Anna\r\nBcc: y@evil.example")
    cast.anna.refresh_from_db()
    invitation = Invitation.objects.get()
    send_again(invitation, inviter=cast.anna, now=NOW)
    for mail in OutgoingMail.objects.all():
        assert not set("\r\n") & set(mail.subject + mail.sender_name + mail.to + mail.reply_to)


@pytest.mark.parametrize(
    ("email", "code"),
    [
        ("Ben@Nordlicht.example", "member"),
        ("cem@nordlicht.example", "deactivated"),
        ("EVA@nordlicht.example", "invited"),
        ("old@nordlicht.example", "expired"),
    ],
)
def test_an_address_is_invited_once(cast, email, code):
    roomy(cast)
    deactivate_member(cast.member(cast.cem), by="operator", now=NOW)
    invite(cast.nordlicht, invitee=person("Old"), inviter=None, now=NOW - timedelta(days=8))
    invited(cast)
    with pytest.raises(InvitationRefused) as refused:
        invite(cast.nordlicht, invitee=person(email=email), inviter=cast.anna, now=NOW)
    assert refused.value.code == code
    assert OutgoingMail.objects.count() == 2


def test_somebody_of_another_company_is_invited_like_anybody(cast):
    """S-51: the answer tells nothing of other companies."""
    invited(cast, email=cast.udo.email)
    assert Invitation.objects.get().email == cast.udo.email


def test_open_invitations_count_and_expired_ones_do_not(cast):
    invited(cast)  # four people and one invitation
    assert usage(cast.nordlicht, "users", now=NOW).text == "5 of 5"
    with pytest.raises(NoRoom, match="5 of 5 users"):
        invited(cast, "Fay")
    assert usage(cast.nordlicht, "users", now=LATER).text == "4 of 5"
    fay = invite(cast.nordlicht, invitee=person("Fay"), inviter=cast.anna, now=LATER)
    with pytest.raises(NoRoom):
        send_again(Invitation.objects.get(first_name="Eva"), inviter=cast.anna, now=LATER)
    withdraw(fay, by="operator", now=LATER)
    send_again(Invitation.objects.get(first_name="Eva"), inviter=cast.anna, now=LATER)
    assert room_left(cast.nordlicht, "users", now=LATER) == 0


def test_the_smallest_package_has_no_further_users(cast):
    small = make_company("West", "M1")
    make_user(small, "Ida", "West", role="admin", domain="west")
    with pytest.raises(NotInPackage, match="from M5"):
        invite(small, invitee=person(), inviter=None, now=NOW)
    with pytest.raises(NoPackage):
        invite(make_company("Ost", None), invitee=person(), inviter=None, now=NOW)
    assert not OutgoingMail.objects.exists()


def test_sending_again_kills_the_link_before(cast):
    invitation = invited(cast)
    send_again(invitation, inviter=cast.anna, now=LATER)
    old, new = links()
    with pytest.raises(LinkDead) as dead:
        accept(token_hash(old), password=PASSWORD, now=LATER)
    assert dead.value.code == "unknown"
    assert accept(token_hash(new), password=PASSWORD, now=LATER).user.first_name == "Eva"


def test_accepting_makes_login_address_and_membership(cast):
    invited(cast, role="admin", language="de")
    member = accept(token_hash(links()[0]), password=PASSWORD, now=NOW)
    user = member.user
    assert (user.email, user.full_name, user.language) == ("eva@nordlicht.example", "Eva Kern", "de")
    assert user.check_password(PASSWORD)
    assert EmailAddress.objects.filter(user=user, email=user.email, verified=True, primary=True).count() == 1
    assert (member.company, member.position, member.role) == (cast.nordlicht, "Service", "admin")
    invitation = Invitation.objects.get()
    assert (invitation.state, invitation.user, invitation.accepted_at) == ("accepted", user, NOW)
    assert usage(cast.nordlicht, "users", now=NOW).text == "5 of 5"


@pytest.mark.parametrize("code", ["unknown", "used", "withdrawn", "expired", "closed"])
def test_a_dead_link_says_why(cast, code):
    invitation = invited(cast)
    hashed, now = token_hash(links()[0]), NOW
    if code == "used":
        accept(hashed, password=PASSWORD, now=NOW)
    elif code == "withdrawn":
        withdraw(invitation, by="operator", now=NOW)
    elif code == "expired":
        now = NOW + timedelta(days=7)
    elif code == "closed":
        Company.objects.filter(pk=cast.nordlicht.pk).update(suspended_at=NOW)
    else:
        hashed = token_hash("nonsense")
    people = Membership.objects.count()
    with pytest.raises(LinkDead) as dead:
        accept(hashed, password=PASSWORD, now=now)
    assert dead.value.code == code
    assert Membership.objects.count() == people


def test_what_has_ended_is_neither_withdrawn_nor_sent_again(cast):
    invitation = invited(cast)
    accept(token_hash(links()[0]), password=PASSWORD, now=NOW)
    for verb in (
        lambda: withdraw(invitation, by="operator", now=NOW),
        lambda: send_again(invitation, inviter=None, now=NOW),
    ):
        with pytest.raises(InvitationRefused, match="ended"):
            verb()


def test_a_bad_password_leaves_the_invitation_open(cast):
    invited(cast)
    with pytest.raises(BadLogin):
        accept(token_hash(links()[0]), password="123", now=NOW)
    assert not User.objects.filter(email="eva@nordlicht.example").exists()
    assert Invitation.objects.get().state == "sent"


def test_a_login_is_never_overwritten_by_a_link(cast):
    former = make_user(None, "Eva", "Kern", domain="nordlicht")
    invited(cast)
    hashed = token_hash(links()[0])
    with pytest.raises(OwnLoginNeeded):
        accept(hashed, password="another good one", now=NOW)
    with pytest.raises(OwnLoginNeeded):
        accept_as(hashed, user=make_user(None, "Zoe", "Z"), now=NOW)
    assert User.objects.get(pk=former.pk).check_password(PASSWORD)
    assert accept_as(hashed, user=former, now=NOW).company == cast.nordlicht


def test_who_works_elsewhere_does_not_join(cast):
    invited(cast, email=cast.udo.email)
    with pytest.raises(WorksElsewhere):
        accept_as(token_hash(links()[0]), user=cast.udo, now=NOW)
    assert Invitation.objects.get().state == "sent"
    assert membership_of(cast.udo).company == cast.sued


def test_an_open_invitation_ends_when_its_person_comes_or_goes_by_another_way(cast):
    roomy(cast)
    invited(cast)
    eva = make_user(None, "Eva", "Kern", domain="nordlicht")
    member = add_member(cast.nordlicht, user=eva, position="Service", role="member", by="operator", now=NOW)
    assert Invitation.objects.get().state == "withdrawn"
    Invitation.objects.update(state="sent")
    deactivate_member(member, by="operator", now=NOW)
    assert Invitation.objects.get().state == "withdrawn"


def test_the_first_person_needs_no_package(db):
    company = make_company("West", None)
    invite_first(company, invitee=person(role="admin"), now=NOW)
    assert "West invites you" in OutgoingMail.objects.get().text
    with pytest.raises(InvitationRefused, match="begun"):
        invite_first(company, invitee=person("Fay"), now=NOW)
    assert accept(token_hash(links()[0]), password=PASSWORD, now=NOW).is_admin


def test_of_many_as_many_as_fit(cast):
    deactivate_member(cast.member(cast.cem), by="operator", now=NOW)
    wanted = [person("Ben"), *(person(name) for name in ("Eva", "Fay", "Gil")), person("Eva", position="Twice")]
    made = invite_many(cast.nordlicht, invitees=wanted, inviter=cast.anna, now=NOW)
    assert [one.first_name for one in made] == ["Eva", "Fay"]
    assert OutgoingMail.objects.count() == 2
    with pytest.raises(NoRoom):
        invite_many(cast.nordlicht, invitees=[person("Gil")], inviter=cast.anna, now=NOW)


# --- at the same moment -----------------------------------------------------------------------------------
@pytest.fixture
def real_cast(transactional_db):
    from tests.cast import make_cast

    return make_cast()


@pytest.mark.django_db(transaction=True)
def test_twenty_for_the_last_seat(real_cast, settings):
    """S-13: one of twenty gets it, and one mail leaves."""
    results = in_threads(*[lambda n=n: invited(real_cast, f"Guest{n}") for n in range(20)])
    assert sum(isinstance(one, Invitation) for one in results) == 1
    assert {type(one) for one in results} == {Invitation, NoRoom}
    assert OutgoingMail.objects.count() == 1
    assert usage(real_cast.nordlicht, "users", now=NOW).text == "5 of 5"


@pytest.mark.django_db(transaction=True)
def test_accepted_twice_at_once_makes_one_member(real_cast):
    invited(real_cast)
    hashed = token_hash(links()[0])
    results = in_threads(*[lambda: accept(hashed, password=PASSWORD, now=NOW)] * 8)
    assert sum(isinstance(one, Membership) for one in results) == 1
    assert {getattr(one, "code", type(one)) for one in results} == {Membership, "used"}
    assert Membership.objects.filter(user__email="eva@nordlicht.example").count() == 1


@pytest.mark.django_db(transaction=True)
def test_withdrawn_while_accepted_is_one_or_the_other(real_cast):
    invitation = invited(real_cast)
    hashed = token_hash(links()[0])
    results = in_threads(
        lambda: accept(hashed, password=PASSWORD, now=NOW),
        lambda: withdraw(invitation, by="operator", now=NOW),
    )
    state = Invitation.objects.get().state
    assert Membership.objects.filter(user__email="eva@nordlicht.example").exists() == (state == "accepted")
    [refused] = [one for one in results if isinstance(one, Exception)]
    assert isinstance(refused, LinkDead | InvitationRefused)
