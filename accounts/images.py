"""Checks a picture that somebody uploaded and draws it anew: what is stored was written by us alone."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import IO

from django.utils.translation import gettext as _
from PIL import Image, ImageOps

MAX_BYTES = 5 * 1024 * 1024
MAX_PIXELS = 24_000_000
FORMATS = ("PNG", "JPEG", "WEBP")
SIDE = 512


class PictureRefused(Exception):
    """The upload is no picture that we take; `code` is too_big, not_a_picture or too_many_pixels, the text says it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def square_picture(file: IO[bytes], *, size: int) -> bytes:
    """A WebP of at most 512 × 512 pixels, cut to its middle, without metadata (M-26, S-24, S-39).

    `size` is the upload's length in bytes. Raises PictureRefused before any pixel is decoded where that is possible.
    """
    return _drawn_anew(file, size, lambda image: ImageOps.fit(image, (SIDE, SIDE), Image.Resampling.LANCZOS))


def logo_picture(file: IO[bytes], *, size: int) -> bytes:
    """The same of a logo: nothing is cut off, what is missing to a square and what is transparent is white (M-15)."""
    return _drawn_anew(file, size, _on_white)


def _on_white(image: Image.Image) -> Image.Image:
    whole = ImageOps.contain(image, (SIDE, SIDE), Image.Resampling.LANCZOS)
    paper = Image.new("RGB", (SIDE, SIDE), "white")
    place = ((SIDE - whole.width) // 2, (SIDE - whole.height) // 2)
    paper.paste(whole, place, whole if whole.mode == "RGBA" else None)
    return paper


def _drawn_anew(file: IO[bytes], size: int, draw: Callable[[Image.Image], Image.Image]) -> bytes:
    image = _opened(file, size)
    try:
        image.draft("RGB", (SIDE * 2, SIDE * 2))
        image.load()
        image.thumbnail((SIDE * 2, SIDE * 2), Image.Resampling.BOX)
        square = draw(_plain(ImageOps.exif_transpose(image)))
    except Exception:  # noqa: BLE001 -- a reader raises whatever a broken picture makes of it
        raise _not_a_picture() from None
    out = io.BytesIO()
    square.save(out, "WEBP", quality=86, method=4)
    return out.getvalue()


def _opened(file: IO[bytes], size: int) -> Image.Image:
    if size > MAX_BYTES:
        raise PictureRefused("too_big", _("The picture is larger than 5 MB. Choose a smaller one."))
    try:
        image = Image.open(file, formats=FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _too_many_pixels() from None
    except Exception:  # noqa: BLE001 -- see below
        raise _not_a_picture() from None
    if image.width * image.height > MAX_PIXELS:
        raise _too_many_pixels()
    return image


def _plain(image: Image.Image) -> Image.Image:
    if image.mode in {"RGB", "RGBA"}:
        return image
    has_transparency = image.mode in {"LA", "PA"} or "transparency" in image.info
    return image.convert("RGBA" if has_transparency else "RGB")


def _not_a_picture() -> PictureRefused:
    return PictureRefused("not_a_picture", _("This is no PNG, JPEG or WebP picture that can be read."))


def _too_many_pixels() -> PictureRefused:
    return PictureRefused("too_many_pixels", _("The picture has more than 24 million pixels. Choose a smaller one."))
