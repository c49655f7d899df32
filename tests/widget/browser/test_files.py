"""Files in the widget: pasted, chosen, refused with a clear message; E-14."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from conversations.models import Attachment

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def png(colour: str = "teal") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (320, 200), colour).save(out, "PNG")
    return out.getvalue()


PASTE = """([name, type, bytes]) => {
  const data = new DataTransfer();
  data.items.add(new File([new Uint8Array(bytes)], name, { type }));
  const event = new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true });
  document.querySelector("textarea").dispatchEvent(event);
}"""


def test_a_pasted_picture_is_shown_and_sent(shopper, team) -> None:
    """E-14: Ctrl+V, preview, send; the team has it at once."""
    kim = shopper()
    kim.visit()
    frame = kim.open()
    frame.evaluate(PASTE, ["shot.png", "image/png", list(png())])
    frame.locator(".tray img").wait_for()
    frame.locator(".tray li:not(.busy)").wait_for()
    kim.write("This one")
    frame.locator(".pic img[src^=blob]").wait_for()
    team.wait(lambda: Attachment.objects.filter(message__isnull=False, name="shot.png").exists(), kim.page)
    kim.page.reload()
    kim.frame.locator(".pic img[src^=blob]").wait_for()
    kim.frame.locator(".pic").click()
    kim.frame.locator("dialog.look img").wait_for()
    kim.page.keyboard.press("Escape")
    kim.frame.locator("dialog.look").wait_for(state="detached")
    assert kim.frame.locator("textarea").is_visible()


def test_files_too_many_too_large_and_forbidden(shopper, team, tmp_path) -> None:
    """E-14: each a clear message, an .html only ever a download with the same bytes."""
    kim = shopper()
    kim.visit()
    frame = kim.open()
    chooser = frame.locator("input[type=file]")
    many = [tmp_path / f"{n}.txt" for n in range(6)]
    for path in many:
        path.write_text("text")
    chooser.set_input_files(many)
    frame.get_by_text("at most 5 files").wait_for()
    assert frame.locator(".tray li").count() == 5
    while frame.locator(".tray li").count():
        frame.locator(".tray button").first.click()
    large = tmp_path / "film.mov"
    large.write_bytes(b"x" * (11 * 1024 * 1024))
    chooser.set_input_files(large)
    frame.get_by_text("Files may have up to 10 MB").wait_for()
    assert frame.locator(".tray li").count() == 0
    page = tmp_path / "page.html"
    page.write_bytes(b"<script>parent.hacked = 1</script>")
    chooser.set_input_files(page)
    frame.locator(".tray li:not(.busy)").wait_for()
    frame.get_by_label("Send", exact=True).click()
    with kim.page.expect_download() as waiting:
        frame.get_by_label("Download page.html").click()
    assert waiting.value.suggested_filename == "page.html"
    assert waiting.value.path().read_bytes() == page.read_bytes()
