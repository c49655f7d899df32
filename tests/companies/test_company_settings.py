"""Settings → Company and its contact persons: M-10…M-15, M-21, M-22, S-11, S-22, S-24, S-39."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from companies.models import Company, ContactPerson
from events.models import Event
from tests.cast import make_company, make_user

pytestmark = pytest.mark.django_db
FIELDS = {
    "name": "Nordlicht GmbH", "description": "Lamps", "street": "Untertrave 12", "postcode": "23552", "town": "Lübeck",
    "country": "Germany", "phone": "+49 451 1", "email": "hallo@nordlicht.example",
    "website": "https://nordlicht.example", "time_zone": "Europe/Berlin", "language": "en", "listed": "on",
}  # fmt: skip


def client_of(user) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def anna(cast, clean_valkey):
    return client_of(cast.anna)


@pytest.fixture
def save(anna):
    def post(**fields):
        return anna.post(reverse("company_settings"), FIELDS | fields)

    return post


def picture(kind: str = "PNG", size: tuple[int, int] = (300, 100), mode: str = "RGB") -> SimpleUploadedFile:
    out = io.BytesIO()
    Image.new(mode, size, "red").save(out, kind)
    return SimpleUploadedFile("logo.png", out.getvalue(), content_type="image/png")


def test_an_admin_saves_and_others_see_it_at_once(cast, save):
    """M-11…M-14: every field is stored and shown on the page to a user of another company; one event."""
    assert save(description="We build <b>lamps</b>.\r\n\r\nFor you.").status_code == 303
    cast.nordlicht.refresh_from_db()
    assert cast.nordlicht.description == "We build <b>lamps</b>.\n\nFor you."
    assert (cast.nordlicht.town, cast.nordlicht.country, cast.nordlicht.listed) == ("Lübeck", "Germany", True)
    shown = client_of(cast.udo).get(reverse("company", args=["nordlicht-gmbh"])).content.decode()
    for words in ("&lt;b&gt;lamps&lt;/b&gt;", "Untertrave 12", "+49 451 1", "https://nordlicht.example"):
        assert words in shown
    assert [event.data["what"] for event in Event.objects.filter(kind="settings.changed")] == ["company.profile"]
    save(description="We build <b>lamps</b>.\r\n\r\nFor you.")
    assert Event.objects.filter(kind="settings.changed").count() == 1
    assert save(listed="").status_code == 303
    assert client_of(cast.udo).get(reverse("company", args=["nordlicht-gmbh"])).status_code == 404


def test_nobody_but_admins_gets_the_form_or_may_post(cast):
    """M-10, E-02: 403 for members on every address of the part, and no entry in the menu."""
    ben = client_of(cast.ben)
    names = ("company_settings", "company_logo", "company_logo_remove", "contact_persons", "contact_person_new",
             "package", "first_steps", "first_steps_look", "first_steps_hide")  # fmt: skip
    for name in names:
        assert ben.post(reverse(name), FIELDS).status_code in {403, 405}, name
        assert ben.get(reverse(name)).status_code in {403, 405}, name
    settings = ben.get(reverse("settings")).content.decode()
    assert reverse("company_settings") not in settings
    assert reverse("package") not in settings
    assert reverse("company_settings") in client_of(cast.anna).get(reverse("settings")).content.decode()
    assert Company.objects.get(pk=cast.nordlicht.pk).town == ""


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("website", "javascript:alert(1)"),
        ("website", "ftp://nordlicht.example"),
        ("website", "data:text/html,x"),
        ("website", "https://login:secret@nordlicht.example"),
        ("website", "nonsense"),
        ("website", "https://" + "a" * 300 + ".example"),
        ("email", "nobody"),
        ("email", "a@b.example\r\nBcc: c@d.example"),
        ("name", "   "),
        ("name", "N" * 121),
        ("name", "Nord\x00licht"),
        ("description", "x" * 501),
        ("description", "x" * 10_000),
        ("street", "x" * 10_000),
        ("time_zone", "Mars/Olympus"),
        ("language", "fr"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_everything_typed_stays(cast, save, field, value):
    """M-14, E-03, S-22: 422, the error at the field, nothing stored."""
    response = save(**({"street": "Typed 1"} | {field: value}))
    assert response.status_code == 422
    assert list(response.context["form"].errors) == [field]
    assert field == "street" or "Typed 1" in response.content.decode()
    cast.nordlicht.refresh_from_db()
    assert (cast.nordlicht.street, cast.nordlicht.website) == ("", "")


def test_500_characters_with_line_ends_fit(cast, save):
    """M-12: a line end is one character, as the counting reader expects."""
    assert save(description="x" * 249 + "\r\n" + "y" * 250).status_code == 303
    assert len(Company.objects.get(pk=cast.nordlicht.pk).description) == 500


def test_a_website_without_a_scheme_becomes_https(cast, save):
    """M-14: what people type."""
    assert save(website="nordlicht.example").status_code == 303
    assert Company.objects.get(pk=cast.nordlicht.pk).website == "https://nordlicht.example"


def test_fields_that_are_not_in_the_form_are_not_taken(cast, save):
    """S-11: no mass assignment of package, slug, suspension, foreign company."""
    assert save(package="5", slug="taken", suspended_at="", company=str(cast.sued.pk)).status_code == 303
    cast.nordlicht.refresh_from_db()
    assert (cast.nordlicht.slug, cast.nordlicht.package.code) == ("nordlicht-gmbh", "M5")
    assert Company.objects.get(pk=cast.sued.pk).town == ""


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_logo_is_drawn_anew_whole_on_white_and_served_safely(cast, anna, kind):
    """M-15: a wide picture is not cut; replaced and removed, the old file is gone."""
    answer = anna.post(reverse("company_logo"), {"logo": picture(kind)})
    assert answer.status_code == 303
    cast.nordlicht.refresh_from_db()
    response = Client().get(cast.nordlicht.avatar_url)
    drawn = Image.open(io.BytesIO(b"".join(response.streaming_content)))
    assert (drawn.format, drawn.size) == ("WEBP", (512, 512))
    assert min(drawn.convert("RGB").getpixel((256, 5))) > 240
    red, green, _blue = drawn.convert("RGB").getpixel((5, 256))
    assert (red > 200, green < 60) == (True, True)
    assert response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert cast.nordlicht.avatar_url in client_of(cast.udo).get(reverse("directory")).content.decode()


def test_a_logo_is_replaced_and_removed(cast, anna, django_capture_on_commit_callbacks):
    """M-15, E-03: a new address for a new logo; the old files are deleted; a placeholder afterwards."""
    anna.post(reverse("company_logo"), {"logo": picture()})
    cast.nordlicht.refresh_from_db()
    storage, first, address = cast.nordlicht.logo.storage, cast.nordlicht.logo.name, cast.nordlicht.avatar_url
    with django_capture_on_commit_callbacks(execute=True):
        anna.post(reverse("company_logo"), {"logo": picture("JPEG")})
    cast.nordlicht.refresh_from_db()
    second = cast.nordlicht.logo.name
    assert cast.nordlicht.avatar_url != address
    assert not storage.exists(first)
    with django_capture_on_commit_callbacks(execute=True):
        anna.post(reverse("company_logo_remove"))
    cast.nordlicht.refresh_from_db()
    assert not storage.exists(second)
    assert cast.nordlicht.avatar_url == ""
    assert anna.get(address).status_code == 404
    assert "/logos/" not in client_of(cast.udo).get(reverse("directory")).content.decode()


def bomb() -> bytes:
    """A small PNG that says it has 60,000 × 60,000 pixels."""
    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + header
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk)) + b"IDAT" * 9


@pytest.mark.parametrize(
    "content",
    [
        b"just text",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"GIF89a/*\x00\x00*/=alert(1)//",
        b"\x89PNG\r\n\x1a\n" + b"\x00" * 200,
        bomb(),
        b"x" * (5 * 1024 * 1024 + 1),
    ],
    ids=["text", "svg", "polyglot", "broken", "bomb", "large"],
)
def test_what_is_no_picture_is_refused_with_a_message(cast, anna, content):
    """M-15, S-24, S-39: 422 and a sentence at the field; nothing stored, the profile's form still there."""
    answer = anna.post(reverse("company_logo"), {"logo": SimpleUploadedFile("logo.png", content, "image/png")})
    assert answer.status_code == 422
    assert answer.context["logo_form"].errors["logo"]
    assert answer.context["form"].initial["name"] == "Nordlicht GmbH"
    assert Company.objects.get(pk=cast.nordlicht.pk).logo.name == ""


def test_a_suspended_company_shows_no_logo(cast, anna):
    """S-62: nothing of it leaves."""
    anna.post(reverse("company_logo"), {"logo": picture()})
    cast.nordlicht.refresh_from_db()
    Company.objects.filter(pk=cast.nordlicht.pk).update(suspended_at=cast.now)
    assert Client().get(cast.nordlicht.avatar_url).status_code == 404


# --- contact persons -------------------------------------------------------------------------------------------
def named() -> list[str]:
    return [str(person) for person in ContactPerson.objects.order_by("position", "id")]


def test_persons_with_and_without_login_are_named_edited_ordered_and_removed(cast, anna):
    """M-21, M-22: the whole way by the page's own forms."""
    new = reverse("contact_person_new")
    voss = {"person": "", "name": "Helga Voss", "function": "Head of sales", "email": "voss@nordlicht.example"}
    assert anna.post(new, voss).status_code == 303
    me = str(cast.member(cast.anna).public_id)
    assert anna.post(new, {"person": me, "name": "Ignored", "function": "Managing director"}).status_code == 303
    assert named() == ["Helga Voss", "Anna Berg"]
    first = ContactPerson.objects.get(name="Helga Voss")
    assert anna.post(reverse("contact_person_move", args=[first.public_id]), {"to": "down"}).status_code == 303
    assert anna.post(reverse("contact_person_move", args=[first.public_id]), {"to": "down"}).status_code == 303
    assert named() == ["Anna Berg", "Helga Voss"]
    one = reverse("contact_person", args=[first.public_id])
    assert "voss@nordlicht.example" in anna.get(one).content.decode()
    anna.post(one, voss | {"function": "Sales", "name": "Helga Voß"})
    assert named() == ["Anna Berg", "Helga Voß"]
    page = anna.get(reverse("contact_persons")).content.decode()
    assert page.index("Anna Berg</b>", page.index("<ol")) < page.index("Helga Voß</b>")
    anna.post(reverse("contact_person_remove", args=[first.public_id]))
    assert named() == ["Anna Berg"]


def test_what_a_contact_person_needs_and_who_cannot_be_one(cast, anna):
    """M-22: a function; a name or a user of this company, once; foreign and unknown users are no choice (S-02)."""
    new, udo = reverse("contact_person_new"), str(cast.member(cast.udo).public_id)
    me = str(cast.member(cast.anna).public_id)
    for fields, wrong in (
        ({"person": me, "function": " "}, ["function"]),
        ({"person": "", "name": "", "function": "Sales"}, ["name"]),
        ({"person": udo, "function": "Sales"}, ["person"]),
        ({"person": "1 OR 1=1", "function": "Sales"}, ["person"]),
        ({"name": "V\x00", "function": "Sales"}, ["name"]),
        ({"name": "V" * 10_000, "function": "S" * 10_000}, ["name", "function"]),
        ({"name": "Voss", "function": "Sales", "email": "x"}, ["email"]),
    ):
        answer = anna.post(new, fields)
        assert answer.status_code == 422
        assert list(answer.context["form"].errors) == wrong
    anna.post(new, {"person": me, "function": "Director"})
    assert anna.post(new, {"person": me, "function": "Director"}).status_code == 422
    assert named() == ["Anna Berg"]


def test_foreign_contact_persons_are_not_there(cast, anna):
    """S-02: another company's and missing ones alike, for every verb; 422 for a direction that does not exist."""
    foreign = ContactPerson.objects.create(company=make_company("West"), name="Ida", function="x")
    own = ContactPerson.objects.create(company=cast.nordlicht, name="Helga", function="x")
    for name in ("contact_person", "contact_person_move", "contact_person_remove"):
        answer = anna.post(reverse(name, args=[foreign.public_id]), {"to": "up", "name": "Taken", "function": "y"})
        assert answer.status_code == 404
    assert ContactPerson.objects.get(pk=foreign.pk).name == "Ida"
    assert anna.post(reverse("contact_person_move", args=[own.public_id]), {"to": "away"}).status_code == 422


def test_fifty_is_enough_and_the_page_costs_the_same(cast, anna, django_assert_max_num_queries):
    """Query count at 1 and at 50; the 51st is refused with a sentence."""
    ContactPerson.objects.create(company=cast.nordlicht, user=cast.ben, function="Service")
    anna.get(reverse("contact_persons"))
    with django_assert_max_num_queries(12):
        anna.get(reverse("contact_persons"))
    for number in range(49):
        ContactPerson.objects.create(company=cast.nordlicht, name=f"P {number}", function="Helps", position=number)
    with django_assert_max_num_queries(12):
        assert "P 48" in anna.get(reverse("contact_persons")).content.decode()
    answer = anna.post(reverse("contact_person_new"), {"name": "One more", "function": "Helps"})
    assert answer.status_code == 422
    assert "at most 50" in answer.content.decode()


def test_a_user_who_left_is_marked_for_the_admin(cast, anna):
    """M-21: not shown to others, and the list says why."""
    make_user(cast.nordlicht, "Eva", "Kern")
    ContactPerson.objects.create(company=cast.nordlicht, user=cast.ben, function="Service")
    cast.nordlicht.memberships.filter(user=cast.ben).update(state="deactivated")
    assert "Not shown: deactivated" in anna.get(reverse("contact_persons")).content.decode()
