"""Settings → Users → one of them: data, rights, deactivating and coming back (M-17…M-20, G-33…G-35)."""

from uuid import uuid4

import pytest

from companies.actions.members import deactivate_member
from companies.models import Invitation, Membership
from tests.companies.inviting import NEW, an_invitation, browser

pytestmark = pytest.mark.usefixtures("no_limits")


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
