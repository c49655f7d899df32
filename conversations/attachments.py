"""Files: size, type and image checks; previews re-encoded by Pillow; downloads that never run anywhere (S-24…S-43)."""

from __future__ import annotations

import hashlib
import io
import unicodedata
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.db.models import F, Func
from django.http import FileResponse
from PIL import Image, ImageOps

from companies.models import Company
from conversations.models import Attachment, Draft, Later
from events.publish import after_commit, unit

MAX_PIXELS = 24_000_000
PREVIEW_BOX = (1024, 1024)
IMAGE_FORMATS = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp", "GIF": "image/gif"}
# What starts by a double click; whoever must send one puts it into an archive (N-16).
PROGRAMS = frozenset(
    "bat cmd com cpl exe hta jar lnk msi msix msp pif ps1 reg scr vbe vbs wsf wsh".split()  # noqa: SIM905
)
_UNSENT_FOR = timedelta(days=1)
_BIDI = {0x202A, 0x202B, 0x202C, 0x202D, 0x202E, 0x2066, 0x2067, 0x2068, 0x2069, 0x200E, 0x200F, 0x061C}


class UploadRefused(Exception):
    """The file is not taken; `code` is too_big, empty, too_many_pixels or program."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def safe_name(name: str) -> str:
    """A file name without path, control and direction characters, at most 150 characters with its ending kept."""
    base = name.replace("\\", "/").rpartition("/")[2]
    kept = "".join(c for c in base if ord(c) not in _BIDI and unicodedata.category(c)[0] != "C").strip(" .")
    ending = Path(kept).suffix[:20]
    return (kept.removesuffix(ending)[: 150 - len(ending)] + ending) or "file"


def accept_upload(
    *, company: Company, uploader: str, file: UploadedFile, name: str, now: datetime, mailed: bool = False
) -> Attachment:
    """Store an uploaded file for a message to come. `uploader` is an Author.key; `mailed`: nobody is there who could be
    told, so programs are taken, too. Raises UploadRefused.
    """
    if not file.size:
        raise UploadRefused("empty")
    if not mailed and Path(safe_name(name)).suffix.lower().lstrip(".") in PROGRAMS:
        raise UploadRefused("program")
    if file.size > company.attachment_max_mb * 1024 * 1024:
        raise UploadRefused("too_big")
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    attachment = Attachment(
        uploader=uploader,
        name=safe_name(name),
        size=file.size,
        content_type="application/octet-stream",
        checksum=digest.hexdigest(),
        created_at=now,
    )
    _add_preview(attachment, file)
    file.seek(0)
    # The stored name is ours: nothing that a sender wrote reaches the file system.
    attachment.file.save(f"{attachment.public_id}.bin", file, save=False)
    attachment.save()
    return attachment


def _add_preview(attachment: Attachment, file: UploadedFile) -> None:
    file.seek(0)
    try:
        with Image.open(file, formats=list(IMAGE_FORMATS)) as image:
            if image.width * image.height > MAX_PIXELS:
                raise UploadRefused("too_many_pixels")
            content_type = IMAGE_FORMATS[image.format or ""]
            image.draft("RGB", PREVIEW_BOX)
            frame = ImageOps.exif_transpose(image).convert("RGBA")
    except UploadRefused:
        raise
    except Exception:  # noqa: BLE001 -- a reader raises whatever a broken picture makes of it; the file is taken anyway
        return
    attachment.width, attachment.height = frame.size
    frame.thumbnail(PREVIEW_BOX)
    out = io.BytesIO()
    frame.save(out, "WEBP", quality=82, method=3)
    attachment.content_type = content_type
    attachment.preview.save(f"{attachment.public_id}.webp", ContentFile(out.getvalue()), save=False)


def serve(attachment: Attachment, *, preview: bool = False) -> FileResponse:
    """The file as a download, or its re-encoded preview as an image. The right was checked by attachment_for()."""
    if preview and attachment.preview:
        response = FileResponse(attachment.preview.open("rb"), content_type="image/webp")
    else:
        response = FileResponse(
            attachment.file.open("rb"),
            as_attachment=True,
            filename=attachment.name,
            content_type="application/octet-stream",
        )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    response.headers["Cache-Control"] = "private, no-store"
    return response


def drop_unsent(*, now: datetime) -> int:
    """Remove uploads that no message took within a day and no draft or waiting message keeps; returns how many.

    One that is being sent at this moment is somebody's: what is locked is left for the next time.
    """
    kept = [
        rows.annotate(file=Func(F("files"), function="unnest")).values("file")
        for rows in (Draft.objects.all(), Later.objects.filter(state=Later.State.WAITING))
    ]
    rows = Attachment.objects.filter(message=None, created_at__lt=now - _UNSENT_FOR)
    rows = rows.exclude(public_id__in=kept[0]).exclude(public_id__in=kept[1])
    with unit():
        old = list(rows.select_for_update(of=("self",), skip_locked=True)[:500])
        drop_files(old)
    return len(old)


def drop_files(attachments: Sequence[Attachment]) -> None:
    """The rows now, their bytes after the commit."""
    stored = [(file.storage, file.name) for row in attachments for file in (row.file, row.preview) if file]
    Attachment.objects.filter(pk__in=[row.pk for row in attachments]).delete()
    for storage, name in stored:
        after_commit(partial(storage.delete, name))
