"""Pictures and the chosen appearance (M-26, S-24, S-38)."""

import io
import uuid

import pytest
from PIL import Image

from accounts.actions import set_picture
from accounts.models import User


@pytest.fixture
def portrait(cast):
    out = io.BytesIO()
    Image.new("RGB", (30, 30), "red").save(out, "PNG")
    set_picture(cast.ben, file=io.BytesIO(out.getvalue()), size=len(out.getvalue()))
    return cast.ben


def test_a_picture_is_served_as_an_image_that_can_do_nothing(client, portrait):
    answer = client.get(portrait.avatar_url)
    assert answer.status_code == 200
    assert answer["Content-Type"] == "image/webp"
    assert "sandbox" in answer["Content-Security-Policy"]
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert Image.open(io.BytesIO(b"".join(answer.streaming_content))).format == "WEBP"


def test_there_is_no_picture_of_strangers_without_one_or_gone(client, cast, portrait):
    assert client.get(f"/pictures/{uuid.uuid4()}/").status_code == 404
    assert client.get(f"/pictures/{cast.cem.public_id}/").status_code == 404
    assert client.post(f"/pictures/{portrait.public_id}/").status_code == 405
    User.objects.filter(pk=portrait.pk).update(is_active=False)
    assert client.get(f"/pictures/{portrait.public_id}/").status_code == 404


def test_a_lost_file_is_not_found_rather_than_an_error(client, portrait):
    portrait.avatar.storage.delete(portrait.avatar.name)
    assert client.get(f"/pictures/{portrait.public_id}/").status_code == 404


def test_the_theme_is_one_of_three_and_leads_back_to_an_own_page(client, cast):
    assert client.post("/me/theme/", {"theme": "dark"}).status_code == 302  # sign in first
    client.force_login(cast.ben)
    answer = client.post("/me/theme/", {"theme": "dark", "next": "/settings/"})
    assert (answer.status_code, answer["Location"]) == (303, "/settings/")
    assert User.objects.get(pk=cast.ben.pk).theme == "dark"
    assert client.post("/me/theme/", {"theme": "neon"}).status_code == 422
    assert client.get("/me/theme/").status_code == 405
    for evil in ("//evil.example", "https://evil.example/", "javascript:alert(1)", "\\\\evil.example"):
        assert client.post("/me/theme/", {"theme": "light", "next": evil})["Location"] == "/"
