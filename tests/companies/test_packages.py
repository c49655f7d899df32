"""Package limits and their activation, also under concurrent requests (M-01, M-16, M-18, M-27, M-32, INV-11)."""

import pytest

from accounts.models import User
from channels_app.actions.channels import ChannelSettings, create_channel
from channels_app.models import Channel
from companies.actions.members import add_member
from companies.actions.packages import TooMuch, activate_package
from companies.models import Company, Membership, PackageActivation, PlanPackage
from companies.packages import NoPackage, NoRoom, NotInPackage, locked_text, require_room, too_much_for, usage
from tests.cast import NOW, make_channel, make_company, make_inbox, make_packages, make_user
from tests.threads import in_threads


def package(code: str) -> PlanPackage:
    return PlanPackage.objects.get(code=code)


def test_the_packages_of_the_first_offer_are_rows(db):
    make_packages()
    rows = PlanPackage.objects.values_list("code", "max_users", "max_channels", "max_broadcasts")
    assert list(rows) == [
        ("M1", 1, 0, 0),
        ("M5", 5, 2, 1),
        ("M20", 20, 8, 5),
        ("M50", 50, 20, 15),
        ("M100", 100, None, None),
    ]


def test_room_is_counted_and_the_text_says_how_much(cast):
    make_channel(cast.inbox, "Sales")
    with pytest.raises(NoRoom) as full:
        require_room(cast.nordlicht, "channels")
    assert str(full.value) == "2 of 2 channels"
    for number in range(4):
        make_user(cast.sued, f"N{number}", "N")
    with pytest.raises(NoRoom) as full:
        require_room(cast.sued, "users")
    assert str(full.value) == "5 of 5 users"


def test_deactivated_members_take_no_seat(cast):
    make_user(cast.nordlicht, "Eva", "E")
    Membership.objects.filter(user=cast.ben).update(state=Membership.State.DEACTIVATED)
    assert require_room(cast.nordlicht, "users").pk == cast.nordlicht.pk
    assert usage(cast.nordlicht, "users").text == "4 of 5"


def test_other_companies_do_not_count(cast):
    make_channel(cast.inbox, "Sales")
    assert require_room(cast.sued, "channels") == cast.sued


def test_what_the_package_has_not_says_from_which_it_has(cast):
    company = make_company("Klein", package=None)
    company.package = package("M1")
    company.save()
    make_user(company, "Ina", "I", role="admin")
    for what in ("users", "channels"):
        with pytest.raises(NotInPackage) as locked:
            require_room(company, what)
        assert str(locked.value) == "from M5"
    assert locked_text(package("M100"), "channels") == "not in this package"


def test_without_package_there_is_no_room(cast):
    with pytest.raises(NoPackage):
        require_room(make_company("Ohne", package=None), "users")


def test_unlimited_means_no_limit(cast):
    activate_package(cast.nordlicht, package=package("M100"), by="operator", now=NOW)
    for number in range(25):
        make_channel(cast.inbox, f"C{number}")
    assert require_room(cast.nordlicht, "channels").package.code == "M100"
    assert usage(Company.objects.get(pk=cast.nordlicht.pk), "channels").text == "26"


def test_activation_is_a_row_and_works_at_once(cast):
    activate_package(cast.nordlicht, package=package("M20"), by="operator", now=NOW)
    company = Company.objects.get(pk=cast.nordlicht.pk)
    assert (company.package.code, company.package_since) == ("M20", NOW)
    assert list(PackageActivation.objects.values_list("company_id", "package__code", "by")) == [
        (company.pk, "M20", "operator")
    ]
    activate_package(company, package=package("M20"), by="operator", now=NOW)
    assert PackageActivation.objects.count() == 1


def test_downgrade_is_refused_with_everything_that_is_too_much(cast):
    with pytest.raises(TooMuch) as refused:
        activate_package(cast.nordlicht, package=package("M1"), by="operator", now=NOW)
    assert refused.value.found == ["4 users, M1 has 1", "1 channel, M1 has 0"]
    assert Company.objects.get(pk=cast.nordlicht.pk).package.code == "M5"
    assert Channel.objects.filter(company=cast.nordlicht).count() == 1
    assert too_much_for(cast.nordlicht, package("M5")) == []


@pytest.mark.django_db(transaction=True)
def test_of_two_who_take_the_last_place_one_wins():
    make_packages()
    PlanPackage.objects.filter(code="M5").update(max_users=2, max_channels=1)
    company = make_company("Eng GmbH")
    make_user(company, "Ada", "A", role="admin")
    inbox = make_inbox(company, "Support")
    guests: list[User] = [make_user(None, name, "X") for name in ("Bo", "Cy", "Di")]

    def seat(user):
        return lambda: add_member(company, user=user, position="x", role="member", by="test", now=NOW)

    def channel(name):
        settings = ChannelSettings(name=name)
        return lambda: create_channel(company, settings=settings, inbox=inbox, by="test", now=NOW)

    outcomes = in_threads(*[seat(user) for user in guests], *[channel(name) for name in ("One", "Two", "Three")])
    assert {type(one) for one in outcomes} == {Membership, Channel, NoRoom}, outcomes
    assert [str(one) for one in outcomes[:3] if isinstance(one, NoRoom)] == ["2 of 2 users"] * 2
    assert [str(one) for one in outcomes[3:] if isinstance(one, NoRoom)] == ["1 of 1 channel"] * 2
    assert Membership.objects.filter(company=company).count() == 2
    assert Channel.objects.filter(company=company).count() == 1
