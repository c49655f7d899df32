"""Files by the widget: limits, previews, forced download, whose they are (N-15, N-16, E-14, S-24, S-25, S-41)."""

from __future__ import annotations

import io
import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from conversations.models import Attachment, Conversation
from tests.widget.conftest import Door

pytestmark = pytest.mark.django_db


def picture(size: tuple[int, int] = (40, 30)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "teal").save(out, "PNG")
    return out.getvalue()


def named(name: str, content: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def sent(door: Door, name: str = "plan.pdf", content: bytes = b"%PDF-1.7 plan") -> dict:
    """Upload a file and send it; the file's data."""
    file = door.upload(named(name, content)).json()
    conversation = door.start("See this", files=[file["id"]])
    assert conversation["message"]["files"] == [file]
    return file


def test_a_picture_comes_with_a_preview(visitor: Door) -> None:
    file = sent(visitor, "shot.png", picture())
    assert (file["image"], file["w"], file["h"], file["type"]) == (True, 40, 30, "image/png")
    preview = visitor.get(f"files/{file['id']}/?preview=1")
    assert preview["Content-Type"] == "image/webp"
    assert Image.open(io.BytesIO(preview.getvalue())).size == (40, 30)


def test_a_file_comes_back_byte_for_byte_as_a_download(visitor: Door) -> None:
    file = sent(visitor)
    answer = visitor.get(f"files/{file['id']}/")
    assert answer.getvalue() == b"%PDF-1.7 plan"
    assert answer["Content-Disposition"] == 'attachment; filename="plan.pdf"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize("name", ["page.html", "x.svg", "run.js", "shot.png"])
def test_what_could_run_is_only_ever_downloaded(visitor: Door, name: str) -> None:
    file = sent(visitor, name, b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>")
    assert file["image"] is False
    for query in ("", "?preview=1"):
        answer = visitor.get(f"files/{file['id']}/{query}")
        assert answer["Content-Type"] == "application/octet-stream"
        assert answer["Content-Disposition"].startswith("attachment")


def test_a_file_that_is_too_large_is_refused_with_words(visitor: Door) -> None:
    answer = visitor.upload(named("film.mov", b"x" * (10 * 1024 * 1024 + 1)))
    assert (answer.status_code, answer.json()["error"]) == (413, "too_big")
    assert "10 MB" in answer.json()["message"]
    assert not Attachment.objects.exists()


def test_a_lying_length_changes_nothing(visitor: Door) -> None:
    answer = visitor.upload(named("film.mov", b"x" * 100), CONTENT_LENGTH=str(2**40))
    assert answer.status_code == 413


def test_an_empty_file_is_refused(visitor: Door) -> None:
    answer = visitor.upload(named("nothing.txt", b""))
    assert (answer.status_code, answer.json()["error"]) == (422, "empty")


def test_six_files_are_one_too_many(visitor: Door) -> None:
    files = [visitor.upload(named(f"{n}.txt", b"text")).json()["id"] for n in range(6)]
    answer = visitor.start("All of these", files=files)
    assert answer["error"] == "too_many_files"
    assert "5 files" in answer["message"]
    assert not Conversation.objects.exists()


def test_five_files_go_in_their_order(visitor: Door) -> None:
    files = [visitor.upload(named(f"{n}.txt", b"text")).json()["id"] for n in range(5)]
    answer = visitor.start("", files=files)
    assert [file["name"] for file in answer["message"]["files"]] == [f"{n}.txt" for n in range(5)]


def test_uploads_need_a_visitor_and_a_file(visitor: Door) -> None:
    assert Door(visitor.key).upload(named("a.txt", b"a")).status_code == 401
    assert visitor.post("uploads/", {"file": "text"}).status_code == 400
    assert visitor.upload("just text").status_code == 400


def test_a_file_of_another_visitor_cannot_be_sent_or_fetched(visitor: Door, stranger: Door) -> None:
    """S-41: foreign, unsent and missing look alike."""
    mine, unsent = sent(visitor), visitor.upload(named("b.txt", b"b")).json()
    stranger.start()
    answers = [stranger.get(f"files/{one}/") for one in (mine["id"], unsent["id"], uuid.uuid4())]
    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert len({answer.content for answer in answers}) == 1
    assert stranger.start("Look", files=[unsent["id"]])["error"] == "bad_file"
    assert stranger.start("Look", files=[mine["id"]])["error"] == "bad_file"
    assert visitor.get(f"files/{unsent['id']}/").status_code == 404


def test_a_file_needs_the_token_with_every_fetch(visitor: Door) -> None:
    file = sent(visitor)
    assert Door(visitor.key).get(f"files/{file['id']}/").status_code == 401
    visitor.post("session/end/")
    assert visitor.get(f"files/{file['id']}/").status_code == 401


def test_a_name_cannot_write_a_header_or_a_path(visitor: Door) -> None:
    file = sent(visitor, '../../"x\r\nSet-Cookie: a=b\u202egpj.exe', b"text")
    assert "/" not in file["name"]
    assert "\n" not in visitor.get(f"files/{file['id']}/")["Content-Disposition"]
