"""Overview, profile, picture, availability and the page without package (M-01, M-10, M-25, M-26, S-11, S-24, S-38)."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from accounts.models import User
from companies.models import Company, Membership
from memo.settings_menu import sections
from tests.cast import make_user

PROFILE = {
    "first_name": "Benno", "last_name": "Fuchs", "position": "Head of service", "phone": "+49 451 1",
    "language": "de", "time_zone": "Europe/Stockholm", "theme": "dark",
}  # fmt: skip


def labels(client) -> list[str]:
    request = client.get("/settings/").wsgi_request
    return [str(part.label) for section in sections(request) for part in section.parts]


def test_the_overview_shows_what_one_may_open(client, cast):
    client.force_login(cast.ben)
    assert labels(client)[:2] == ["Profile", "Notifications"]
    assert "Channels" not in labels(client)
    client.force_login(cast.anna)
    assert labels(client)[-3:] == ["Inboxes", "Channels", "Chat widgets"]
    page = client.get("/settings/").content.decode()
    assert "1 of 2" in page
    assert "Package M5" in page


def test_without_package_there_is_one_page(client, cast):
    Company.objects.filter(pk=cast.nordlicht.pk).update(package=None)
    client.force_login(cast.anna)
    for url in ("/settings/", "/settings/profile/", "/settings/channels/", "/settings/notifications/"):
        answer = client.get(url)
        assert answer.status_code == 403
        assert "No package activated" in answer.content.decode()
    Company.objects.filter(pk=cast.nordlicht.pk).update(package=cast.sued.package)
    assert client.get("/settings/").status_code == 200


def test_who_works_nowhere_gets_nothing(client, cast):
    client.force_login(make_user(None, "Kim", "Berg"))
    assert client.get("/settings/").status_code == 403
    client.force_login(cast.ben)
    Membership.objects.filter(user=cast.ben).update(state="deactivated")
    assert client.get("/settings/").status_code == 403
    Membership.objects.filter(user=cast.cem).update(state="active")
    Company.objects.filter(pk=cast.nordlicht.pk).update(suspended_at="2026-11-01T00:00:00Z")
    client.force_login(cast.cem)
    assert client.get("/settings/").status_code == 403


def test_one_edits_the_own_profile(client, cast):
    client.force_login(cast.ben)
    answer = client.post("/settings/profile/", PROFILE)
    assert (answer.status_code, answer["Location"]) == (303, "/settings/profile/")
    user = User.objects.get(pk=cast.ben.pk)
    assert {name: getattr(user, name) for name in PROFILE if name != "position"} == {
        name: value for name, value in PROFILE.items() if name != "position"
    }
    assert Membership.objects.get(user=user).position == "Head of service"
    page = client.get("/settings/profile/")
    assert page["Content-Language"] == "de"
    assert 'value="Benno"' in page.content.decode()


def test_more_than_the_own_data_is_ignored(client, cast):
    client.force_login(cast.ben)
    before = Membership.objects.filter(user=cast.ben).values().get()
    extra = {
        "is_staff": "1", "is_superuser": "1", "role": "admin", "company": cast.sued.pk, "inboxes": cast.inbox.pk,
        "engagement_licence": "", "is_active": "", "package": "M100", "email": "evil@example.com", "user": cast.anna.pk,
        "public_id": "00000000-0000-0000-0000-000000000000", "state": "deactivated", "may_post_customer_replies": "",
    }  # fmt: skip
    assert client.post("/settings/profile/", PROFILE | extra).status_code == 303
    user = User.objects.get(pk=cast.ben.pk)
    assert (user.email, user.is_staff, user.is_superuser, user.is_active) == (cast.ben.email, False, False, True)
    assert user.public_id == cast.ben.public_id
    assert Membership.objects.filter(user=cast.ben).values().get() == before | {"position": "Head of service"}
    assert User.objects.get(pk=cast.anna.pk).first_name == "Anna"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("first_name", ""), ("last_name", " "), ("position", ""), ("position", "x" * 81), ("language", "fr"),
        ("time_zone", "Mars/Olympus"), ("time_zone", "../etc/passwd"), ("theme", "neon"),
    ],
)  # fmt: skip
def test_a_wrong_field_is_named_and_nothing_is_saved(client, cast, field, value):
    client.force_login(cast.ben)
    answer = client.post("/settings/profile/", PROFILE | {field: value})
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, [field])
    assert 'aria-invalid="true"' in answer.content.decode()
    assert User.objects.get(pk=cast.ben.pk).first_name == "Ben"


def test_script_in_a_name_is_text(client, cast):
    client.force_login(cast.ben)
    client.post("/settings/profile/", PROFILE | {"first_name": "<script>alert(1)</script>"})
    assert "<script>alert(1)" not in client.get("/settings/profile/").content.decode()


def upload(client, content: bytes, name="me.png", kind="image/png"):
    return client.post("/settings/profile/picture/", {"picture": SimpleUploadedFile(name, content, kind)})


def test_a_picture_is_uploaded_shown_and_removed(client, cast):
    out = io.BytesIO()
    Image.new("RGB", (60, 30), "red").save(out, "PNG")
    client.force_login(cast.ben)
    assert upload(client, out.getvalue()).status_code == 303
    user = User.objects.get(pk=cast.ben.pk)
    assert user.avatar_url in client.get("/settings/profile/").content.decode()
    assert client.get(user.avatar_url).status_code == 200
    assert client.post("/settings/profile/picture/remove/").status_code == 303
    assert client.get(user.avatar_url).status_code == 404


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"just text", "image/png"),
        (b"", "image/png"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "image/svg+xml"),
        (b"\x89PNG" + b"\0" * (5 * 1024 * 1024), "image/png"),
    ],
)
def test_what_is_no_picture_is_refused_at_its_field(client, cast, content, kind):
    client.force_login(cast.ben)
    answer = upload(client, content, kind=kind)
    assert answer.status_code == 422
    assert answer.context["picture_form"].errors["picture"]
    assert User.objects.get(pk=cast.ben.pk).avatar == ""


def test_availability(client, cast):
    assert client.post("/me/availability/", {"available": "0"}).status_code == 302
    client.force_login(cast.ben)
    answer = client.post("/me/availability/", {"available": "0", "next": "/settings/profile/"})
    assert (answer.status_code, answer["Location"]) == (303, "/settings/profile/")
    assert not Membership.objects.get(user=cast.ben).available
    assert client.post("/me/availability/", {"available": "1", "next": "https://evil.example/"})["Location"] == "/"
    assert Membership.objects.get(user=cast.ben).available
    for wrong in ({}, {"available": "maybe"}):
        assert client.post("/me/availability/", wrong).status_code == 422
    assert client.get("/me/availability/").status_code == 405
