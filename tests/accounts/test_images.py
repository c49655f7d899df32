"""Uploaded pictures: size, type and pixel limits, redrawn without metadata (M-26, S-24, S-39)."""

import io

import pytest
from PIL import Image

from accounts.images import MAX_BYTES, SIDE, PictureRefused, square_picture


def picture(form="PNG", size=(40, 20), mode="RGB", **options) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size, options.pop("color", 0)).save(out, form, **options)
    return out.getvalue()


def drawn(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(square_picture(io.BytesIO(content), size=len(content))))


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_it_takes_the_three_formats_and_draws_a_square_webp(form, mode):
    image = drawn(picture(form, mode=mode))
    assert (image.format, image.size) == ("WEBP", (SIDE, SIDE))


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "1", "I;16"])
def test_it_takes_every_mode_of_png(mode):
    assert drawn(picture("PNG", mode=mode)).size == (SIDE, SIDE)


def test_it_turns_the_picture_upright_and_drops_its_metadata():
    source = Image.new("RGB", (40, 40), "red")
    source.paste("blue", (0, 0, 40, 20))  # blue above red
    exif = source.getexif()
    exif[0x0112] = 3  # turned by 180°
    exif[0x010E] = "where I live"
    out = io.BytesIO()
    source.save(out, "JPEG", exif=exif, quality=95)
    image = drawn(out.getvalue())
    red, _, blue = image.convert("RGB").getpixel((SIDE // 2, 20))
    assert (red > 200, blue < 60) == (True, True)
    assert not image.getexif()


@pytest.mark.parametrize("form", ["GIF", "BMP", "TIFF", "PPM", "ICO", "PDF"])
def test_other_formats_are_refused_whatever_they_are_called(form):
    with pytest.raises(PictureRefused) as refused:
        drawn(picture(form, size=(32, 32)))
    assert refused.value.code == "not_a_picture"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"just text",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"\x89PNG\r\n\x1a\n" + b"\0" * 50,
        picture("PNG", size=(200, 200))[:60],
        picture("JPEG", size=(200, 200))[:150],
        b"GIF89a<script>alert(1)</script>",
    ],
)
def test_what_is_no_picture_is_refused(content):
    with pytest.raises(PictureRefused) as refused:
        drawn(content)
    assert refused.value.code == "not_a_picture"


def test_more_than_five_megabytes_are_refused_unread():
    with pytest.raises(PictureRefused) as refused:
        square_picture(io.BytesIO(b""), size=MAX_BYTES + 1)
    assert refused.value.code == "too_big"


def test_a_bomb_is_refused_by_its_header():
    bomb = picture("PNG", size=(13_000, 13_000), mode="1", optimize=True)
    assert len(bomb) < 500_000
    with pytest.raises(PictureRefused) as refused:
        drawn(bomb)
    assert refused.value.code == "too_many_pixels"
