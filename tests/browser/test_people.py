"""Users in real browsers: invited and in (E-04), roles and licences while pages are open (E-39, S-16); sound pages."""

from __future__ import annotations

import io
import re
from datetime import timedelta

import pytest
from allauth.usersessions.models import UserSession
from django.core import mail as sink
from django.utils import timezone
from PIL import Image
from playwright.sync_api import expect

from accounts.models import User
from channels_app.models import InboxMembership
from companies.actions.invitations import Invitee, invite
from companies.models import Company, Invitation, Membership
from conversations.actions.starting import direct_conversation
from mail.actions import send_due
from mail.models import OutgoingMail
from tests.browser.conftest import say
from tests.cast import PASSWORD, make_inbox, make_package
from tests.ui.conftest import axe

pytestmark = [pytest.mark.browser]
NARROW = {"viewport": {"width": 320, "height": 720}}


@pytest.fixture
def roomy(scene):
    Company.objects.filter(pk=scene.nordlicht.pk).update(package=make_package("M20"))
    return scene


def link() -> str:
    """The path of the newest invitation's link; once its mail is sent, only the mail itself has it."""
    found = re.search(
        r"join/[\w-]+/", OutgoingMail.objects.latest("id").text + "".join(m.body for m in sink.outbox[-1:])
    )
    return f"/{found[0]}"


def an_invitation(scene, first: str) -> Invitation:
    email = f"{first.lower()}@nordlicht.example"
    invitee = Invitee(email, first, "Kern", "Service", "member", "en")
    return invite(scene.nordlicht, invitee=invitee, inviter=scene.anna, now=timezone.now())


def add(page, *, position: str = "Service", email: str = "eva@nordlicht.example") -> None:
    """Anna fills the form; the browser's own check is left out, so that the server's answer is seen."""
    page.goto("/settings/people/new/")
    page.fill("[name=first_name]", "Eva")
    page.fill("[name=last_name]", "Kern")
    page.fill("[name=position]", position)
    page.fill("[name=email]", email)
    page.locator("#invite-form").evaluate("form => { form.noValidate = true; }")
    page.get_by_role("button", name="Send the invitation").click()


def row(page, name: str):
    return page.locator("tr", has_text=name)


def test_e04_invite_a_user(roomy, person, mailoutbox):
    """M-17, M-19, M-20, M-23…M-26."""
    anna = person(roomy.anna)
    anna.expected = ("422",)
    add(anna.page, position="")
    expect(anna.page.locator("#id_position_error")).to_be_visible()
    assert anna.page.input_value("[name=first_name]") == "Eva"
    assert not OutgoingMail.objects.exists()

    add(anna.page)
    expect(row(anna.page, "Eva Kern")).to_contain_text("invited")
    send_due(now=timezone.now())
    assert [(one.to, "Nordlicht GmbH" in one.subject) for one in sink.outbox] == [(["eva@nordlicht.example"], True)]

    eva = person(None)
    eva.expected = ("410",)
    address = link()
    eva.page.goto(address)
    assert eva.page.url.endswith("/join/")
    expect(eva.page.locator("main")).to_contain_text("Anna Berg invites you to work with Nordlicht GmbH")
    eva.page.fill("[name=password]", PASSWORD)
    eva.page.fill("[name=again]", PASSWORD)
    eva.page.get_by_role("button", name="Save the password and begin").click()
    eva.page.wait_for_url("**/conversations/**")
    anna.page.goto("/settings/people/")
    expect(row(anna.page, "Eva Kern")).to_contain_text("active")
    eva.page.goto(address)
    expect(eva.page.locator("h1")).to_have_text("This invitation is already used")

    _completes_her_own_data(roomy, eva, person)
    add(anna.page)
    expect(anna.page.locator("#id_email_error")).to_contain_text("already exists")


def _completes_her_own_data(scene, eva, person) -> None:
    eva.page.goto("/settings/profile/")
    eva.page.fill("[name=phone]", "+49 30 123")
    eva.page.get_by_role("button", name="Save changes").click()
    expect(eva.page.locator(".toast")).to_contain_text("Saved.")
    picture = io.BytesIO()
    Image.new("RGB", (64, 64), "teal").save(picture, "PNG")
    eva.page.set_input_files(
        "[name=picture]", {"name": "eva.png", "mimeType": "image/png", "buffer": picture.getvalue()}
    )
    eva.page.get_by_role("button", name="Use this picture").click()
    expect(eva.page.locator(".block img")).to_be_visible()
    user = User.objects.get(email="eva@nordlicht.example")
    assert user.phone == "+49 30 123"
    talk = direct_conversation(user, scene.cem, now=timezone.now())
    say(talk, user, "Hello Cem")
    cem = person(scene.cem)
    cem.page.goto(f"/conversations/{talk.public_id}/")
    expect(cem.page.locator(f'#messages img[src*="{user.public_id}"]').first).to_be_visible()


def test_e04_send_again_and_the_seven_days(roomy, person):
    """M-24: the old link is dead, the new one works; a week later it is expired."""
    an_invitation(roomy, "Fay")
    old = link()
    anna = person(roomy.anna)
    anna.page.goto("/settings/people/?state=invited")
    anna.page.get_by_role("button", name="Invitation of Fay Kern").click()
    anna.page.get_by_role("button", name="Send again").click()
    expect(anna.page.locator(".toast")).to_contain_text("A new link is on its way")
    fay = person(None)
    fay.expected = ("410",)
    fay.page.goto(old)
    expect(fay.page.locator("h1")).to_have_text("This link is not valid")
    fay.page.goto(link())
    expect(fay.page.locator("h1")).to_have_text("Welcome, Fay")
    Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    fay.page.goto(link())
    expect(fay.page.locator("h1")).to_have_text("This invitation has expired")
    anna.page.goto("/settings/people/")
    expect(row(anna.page, "Fay Kern")).to_contain_text("expired")
    anna.page.get_by_role("button", name="Invitation of Fay Kern").click()
    anna.page.get_by_role("button", name="Withdraw").click()
    anna.page.locator("dialog [data-yes]").click()
    expect(row(anna.page, "Fay Kern")).to_have_count(0)


def test_e39_a_role_changes_at_the_next_click(scene, person):
    """G-26, G-27, G-32, G-34, G-35: the table, and the manager's page in one inbox only."""
    sales = make_inbox(scene.nordlicht, "Sales", managers=(scene.ben,))
    ben, anna = person(scene.ben), person(scene.anna)
    ben.expected = ("403",)
    ben.page.goto(f"/settings/inboxes/{scene.inbox.public_id}/")
    expect(ben.page.locator("main")).to_contain_text("403")
    ben.page.goto(f"/settings/inboxes/{sales.public_id}/")
    expect(ben.page.locator("h1")).to_have_text("Sales")
    anna.page.goto("/settings/people/")
    anna.page.get_by_role("link", name="Roles", exact=True).click()
    anna.page.get_by_role("link", name="Change the role of Ben Fuchs in Support").click()
    anna.page.get_by_label("Role of Ben Fuchs in Support", exact=True).select_option("manager")
    anna.page.get_by_role("button", name="Save", exact=True).click()
    expect(row(anna.page, "Ben Fuchs").locator(".badge.ok")).to_have_count(2)
    assert InboxMembership.objects.get(inbox=scene.inbox, user=scene.ben).role == "manager"
    ben.page.goto("/settings/inboxes/")
    ben.page.get_by_role("link", name="Support").first.click()
    expect(ben.page.locator("h1")).to_have_text("Support")


def test_e39_the_licence_is_taken_while_the_thread_is_open(scene, person, request_of):
    """G-33, S-16: no line more reaches the open page, the inbox is gone at the next click, direct messages work."""
    conversation, visitor = request_of(scene.cem)
    talk = direct_conversation(scene.ben, scene.cem, now=timezone.now())
    say(talk, scene.ben, "Lunch?")
    cem, ben, anna = person(scene.cem), person(scene.ben), person(scene.anna)
    cem.expected = ben.expected = ("404",)
    for one in (cem, ben):
        one.page.goto(f"/conversations/{conversation.public_id}/")
        expect(one.page.locator("#messages")).to_contain_text("Can the lamp be shortened?")
    say(conversation, visitor, "First line")
    for one in (cem, ben):
        expect(one.page.locator("#messages")).to_contain_text("First line")
    anna.page.goto(f"/settings/people/{scene.member(scene.cem).public_id}/")
    anna.page.get_by_label("Engagement licence").uncheck()
    anna.page.get_by_role("button", name="Save changes").click()
    expect(anna.page.locator(".toast")).to_contain_text("Saved.")
    cem.page.wait_for_timeout(1000)  # the second that the product has (S-16)
    say(conversation, visitor, "Not for Cem")
    expect(ben.page.locator("#messages")).to_contain_text("Not for Cem")
    assert "Not for Cem" not in cem.page.content()
    cem.page.goto("/conversations/")
    expect(cem.page.locator("body")).not_to_contain_text("Can the lamp be shortened?")
    assert cem.page.goto(f"/conversations/{conversation.public_id}/").status == 404
    cem.page.goto(f"/conversations/{talk.public_id}/")
    expect(cem.page.locator("#messages")).to_contain_text("Lunch?")


def test_who_is_deactivated_is_out_with_the_page_open(scene, person):
    """INV-20, M-18: signed out at once; the place is free."""
    dora, anna = person(scene.dora), person(scene.anna)
    dora.expected = ("401", "403")
    UserSession.objects.create(  # as signing in by the form does
        user=scene.dora, session_key=dora.context.cookies()[0]["value"], ip="127.0.0.1", user_agent="Chromium"
    )
    dora.page.goto("/conversations/")
    anna.page.goto(f"/settings/people/{scene.member(scene.dora).public_id}/")
    anna.page.get_by_role("button", name="Deactivate").click()
    anna.page.locator("dialog [data-yes]").click()
    expect(anna.page.locator(".toast")).to_contain_text("Dora Lindqvist is deactivated")
    dora.page.wait_for_url(re.compile("/accounts/login/"))
    anna.page.goto("/settings/people/")
    expect(anna.page.locator("main")).to_contain_text("3 of 5 users")
    assert Membership.objects.get(user=scene.dora).state == "deactivated"


def test_many_at_once(roomy, person):
    anna = person(roomy.anna)
    anna.page.goto("/settings/people/")
    anna.page.get_by_role("link", name="Add many").click()
    anna.page.fill("[name=text]", "eva@x.example;Eva;Kern;Service\nnonsense;No;Body;Service\n")
    anna.page.get_by_role("button", name="Look at the list").click()
    expect(anna.page.locator("tbody tr")).to_have_count(2)
    expect(row(anna.page, "nonsense").locator(".err")).to_be_visible()
    anna.page.get_by_role("button", name="Send the invitations").click()
    expect(anna.page.locator(".toast")).to_contain_text("1 invitation is on its way. 1 line was left out.")
    assert list(Invitation.objects.values_list("email", flat=True)) == ["eva@x.example"]


@pytest.mark.walk
@pytest.mark.parametrize(
    "options", [{"color_scheme": "light"}, {"color_scheme": "dark"} | NARROW], ids=["light", "dark, narrow"]
)
def test_every_page_is_sound(roomy, person, options):
    an_invitation(roomy, "Eva")
    path = link()
    anna, eva = person(roomy.anna, **options), person(None, **options)
    anna.expected, eva.expected = ("422",), ("410",)
    ben = roomy.member(roomy.ben).public_id
    for address in ("", "new/", "import/", "roles/", f"roles/?edit={ben}.{roomy.inbox.public_id}", f"{ben}/"):
        anna.page.goto(f"/settings/people/{address}")
        sound(anna.page, address)
    anna.page.goto("/settings/people/import/")
    anna.page.fill("[name=text]", "eva@nordlicht.example;Eva;Kern;Service\nfay@x.example;Fay;Kern;Service\n")
    anna.page.get_by_role("button", name="Look at the list").click()
    expect(anna.page.locator("tbody tr")).to_have_count(2)
    sound(anna.page, "the list")
    eva.page.goto(path)
    sound(eva.page, "join")
    Invitation.objects.update(state="withdrawn")
    eva.page.goto(path)
    sound(eva.page, "dead link")


def sound(page, what: str) -> None:
    """axe finds nothing, nothing is wider than the window."""
    assert axe(page) == [], what
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide == 0, what
