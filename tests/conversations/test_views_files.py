"""Files up and down: limits, whose they are, who may fetch them; S-24, S-25, S-41, E-14."""

from __future__ import annotations

import io
import struct
import zlib
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from conversations.actions import ringing
from conversations.models import Attachment, Message
from tests.cast import NOW, make_visitor, write

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clean_valkey")]


def png(size=(20, 10)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, (200, 30, 30)).save(out, "PNG")
    return out.getvalue()


@pytest.fixture
def taken(cast):
    conversation = write(make_visitor(cast.nordlicht), cast.support, "Hello?")
    ringing.accept(conversation, user=cast.ben, now=NOW)
    return conversation


@pytest.fixture
def upload(client, cast):
    def send(user, content: bytes, name: str):
        client.force_login(user)
        return client.post("/conversations/uploads/", {"file": SimpleUploadedFile(name, content)})

    return send


def send(client, conversation, *ids):
    return client.post(
        f"/conversations/{conversation.public_id}/messages/",
        {"client_id": str(uuid4()), "body": "Here", "attachments": list(ids)},
        content_type="application/json",
        headers={"Accept": "application/json"},
    )


def test_a_file_goes_up_and_comes_down_the_same(upload, client, cast, taken):
    """E-14: identical bytes, as a download, never rendered; a picture has a preview that we drew ourselves."""
    picture = upload(cast.ben, png(), "a.png").json()["file"]
    note = upload(cast.ben, b"%PDF-1.4 x", "Note.pdf").json()["file"]
    assert (picture["image"], picture["w"], picture["h"], note["image"]) == (True, 20, 10, False)
    assert send(client, taken, picture["id"], note["id"]).status_code == 201
    client.force_login(cast.cem)
    down = client.get(f"/files/{note['id']}/")
    assert b"".join(down) == b"%PDF-1.4 x"
    assert down.headers["Content-Disposition"].startswith('attachment; filename="Note.pdf"')
    assert down.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert down.headers["X-Content-Type-Options"] == "nosniff"
    preview = client.get(f"/files/{picture['id']}/?preview=1")
    assert preview.headers["Content-Type"] == "image/webp"
    assert client.get(f"/files/{note['id']}/?preview=1").headers["Content-Type"] == "application/octet-stream"


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "a.svg"),
        (b"<script>alert(1)</script>", "a.html"),
        (b"GIF89a/*<script>*/=1", "a.gif"),
        (b"<svg onload=alert(1)>", "a.png"),
    ],
)
def test_nothing_runs(upload, client, cast, taken, content, name):
    """S-24, S-25: no preview, a forced download with a type that no browser runs."""
    file = upload(cast.ben, content, name).json()["file"]
    assert file["image"] is False
    send(client, taken, file["id"])
    down = client.get(f"/files/{file['id']}/?preview=1")
    assert down.headers["Content-Type"] == "application/octet-stream"
    assert down.headers["Content-Disposition"].startswith("attachment")


def test_a_broken_picture_is_a_file_like_any_other(upload, cast):
    """S-24: whatever a reader makes of its data; it is taken, without a preview."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    pixels = zlib.compress(b"".join(b"\0" + b"\1" * 24 for _ in range(8)))
    head = struct.pack(">IIBBBBB", 8, 8, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", head), (b"eXIf", b"II*\0"), (b"IDAT", pixels), (b"IEND", b"")]
    content = b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*one) for one in chunks)
    answer = upload(cast.ben, content, "a.png")
    assert (answer.status_code, answer.json()["file"]["image"]) == (201, False)


@pytest.mark.parametrize("name", ["setup.exe", "Rechnung.PDF.Scr", "run .bat ", "fdp\u202e.exe"])
def test_programs_are_not_sent(upload, cast, name):
    """N-16: with a word; what merely sounds like one is taken."""
    answer = upload(cast.ben, b"MZ", name)
    assert (answer.status_code, answer.json()["error"]) == (422, "program")
    assert upload(cast.ben, b"MZ", "setup.exe.zip").status_code == 201


def test_limits_in_words(upload, client, cast, taken):
    """model.md §8: empty, too big, none at all; 422 with a sentence."""
    cast.nordlicht.attachment_max_mb = 1
    cast.nordlicht.save()
    assert upload(cast.ben, b"", "a.txt").json() == {"error": "empty", "message": "This file is empty."}
    assert upload(cast.ben, b"x" * (1024 * 1024 + 1), "a.txt").json()["error"] == "too_big"
    assert client.post("/conversations/uploads/", {"file": "no file"}).status_code == 422
    assert client.get("/conversations/uploads/").status_code == 405
    assert Attachment.objects.count() == 0


def test_somebody_elses_upload_cannot_be_sent(upload, client, cast, taken):
    """S-02: only one's own, only once."""
    foreign = upload(cast.cem, b"secret", "a.txt").json()["file"]["id"]
    own = upload(cast.ben, b"mine", "b.txt").json()["file"]["id"]
    assert send(client, taken, foreign).status_code == 422
    assert send(client, taken, own).status_code == 201
    assert send(client, taken, own).status_code == 422
    assert Message.objects.filter(body="Here").count() == 1


def test_who_may_fetch(upload, client, cast, taken):
    """S-41: unsent, other company, no session, after losing the right: 404 or the sign-in, never the bytes."""
    file = upload(cast.ben, b"secret", "a.txt").json()["file"]["id"]
    assert client.get(f"/files/{file}/").status_code == 404
    send(client, taken, file)
    assert client.get(f"/files/{file}/").status_code == 200
    client.force_login(cast.udo)
    assert client.get(f"/files/{file}/").status_code == 404
    client.force_login(cast.dora)
    assert client.get(f"/files/{file}/").status_code == 200
    cast.inbox.inbox_memberships.filter(user=cast.dora).delete()
    assert client.get(f"/files/{file}/").status_code == 404
    Message.objects.filter(body="Here").update(deleted_at=NOW)
    client.force_login(cast.ben)
    assert client.get(f"/files/{file}/").status_code == 404
    client.logout()
    assert client.get(f"/files/{file}/").status_code == 302
    assert client.post(f"/files/{file}/").status_code in {302, 405}
