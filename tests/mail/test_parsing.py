"""Bytes to ParsedMail: hostile structure, bodies, attachments. Cases are those of the mail notes, S-57 that of security."""

from __future__ import annotations

import base64
import io
import time
from contextlib import suppress

import pytest

from mail import classes
from mail.parsing import Unreadable, parse
from tests.mail.conftest import multipart, raw_mail
from tests.mail.tnef_sample import tnef

LIMIT_S = 2.0


def _nested(levels: int) -> bytes:
    out = [b"From: a@b.example\r\nMIME-Version: 1.0\r\n"]
    out += [b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (n, n) for n in range(levels)]
    out.append(b"Content-Type: text/plain\r\n\r\nat the bottom\r\n")
    out += [b"--b%d--\r\n" % n for n in reversed(range(levels))]
    return b"".join(out)


def _flat(parts: int) -> bytes:
    head, _ = multipart()
    return raw_mail(headers=head, body=b"--frontier\r\n\r\nx\r\n" * parts + b"--frontier--\r\n")


def _html(body: str) -> bytes:
    return raw_mail(headers=(("Content-Type", "text/html; charset=utf-8"),), body=body.encode())


BOMBS = {
    "from of 64 KB": raw_mail(sender='"a' * 32_000),
    "20,000 encoded words": raw_mail(subject="=?utf-8?q?a?= " * 20_000),
    "2,000 nested parts": _nested(2000),
    "20,000 parts": _flat(20_000),
    "brackets in To": raw_mail(to="(" * 20_000),
    "10,000 recipients": raw_mail(to=", ".join(f"u{n}@x.example" for n in range(10_000))),
    "100 kB of References": raw_mail(headers=(("References", " ".join(f"<{n}@x.example>" for n in range(8000))),)),
    "50,000 headers": raw_mail(headers=(("X-A", "b"),) * 50_000),
    "2 million lines": raw_mail("a\n" * 1_000_000),
    "200,000 open div": _html("<div>" * 200_000),
    "open formatting": _html("".join(f"<b a={n}>" for n in range(450)) + "<p>x" * 200_000),
    "a style of 800 KB": _html(f"<div style='{'border-top:' * 80_000}'>"),
    "a line of 1 MB": raw_mail("On " * 300_000 + "wrote:"),
    "28,000 near headlines": raw_mail("On Mon 1 Jan 2024 10:11 a b c d e\n" * 28_000),
    "40,000 quoted blocks": raw_mail("> a\nb\n" * 40_000),
    "100,000 labels": raw_mail("From: x\n" * 100_000),
    "bad charset": raw_mail(headers=(("Content-Type", 'text/plain; charset="\\x00zip"'),), body=b"hi"),
    "boundary in pieces": raw_mail(
        headers=(("Content-Type", 'multipart/mixed; boundary*0="fr"; boundary*1="ont"'),),
        body=b"--front\r\n\r\nx\r\n" * 20_000,
    ),
}


@pytest.mark.parametrize("raw", BOMBS.values(), ids=BOMBS)
def test_bombs_cost_little_and_end_as_mail_or_as_unreadable(raw):
    """S-57, cases 1–3: below two seconds of computing, no other exception."""
    started = time.process_time()
    with suppress(Unreadable):
        parse(raw)
    assert time.process_time() - started < LIMIT_S


@pytest.mark.parametrize(
    "raw", [_nested(2000), _flat(20_000), raw_mail("a\n" * 1_000_000)], ids=["deep", "wide", "long"]
)
def test_what_no_mail_program_makes_is_unreadable_with_a_reason(raw):
    """S-57, case 3: the reason is for people."""
    with pytest.raises(Unreadable, match="too many"):
        parse(raw)


@pytest.mark.parametrize("raw", [b"", b"\r\n \r\n", b"x" * (25 * 1024 * 1024 + 1)], ids=["nothing", "white", "26 MB"])
def test_nothing_and_too_much_are_unreadable(raw):
    """Case 46 for ways in that have no size limit of their own."""
    with pytest.raises(Unreadable):
        parse(raw)


def test_a_moderately_nested_mail_is_read():
    """Caps do not hurt what exists: 40 levels are read, deeper parts are left out with a note."""
    assert parse(_nested(40)).text == "at the bottom"
    deep = parse(_nested(100))
    assert (deep.text, deep.notes) == ("", ["Parts nested too deep were left out."])


def test_only_the_first_200_parts_are_read():
    """A wide mail says what it lost."""
    assert parse(_flat(900)).notes == ["Only the first 200 parts were read."]


def test_nul_and_control_characters_do_not_reach_the_text():
    """Case 5: PostgreSQL refuses NUL."""
    mail = parse(raw_mail("a\0b\x07c\td", subject="x\0y"))
    assert (mail.text, mail.subject) == ("abc\td", "x y")


def test_a_mail_of_nothing_but_a_file():
    """Case 9: no Message-ID, Date, Subject or text."""
    head, body = multipart(("Content-Type: application/pdf; name=a.pdf\r\nContent-Disposition: attachment", b"%PDF"))
    mail = parse(raw_mail(None, subject=None, message_id=None, headers=head, body=body))
    assert (mail.text, mail.subject, mail.message_id, mail.date) == ("", "", "", None)
    assert [(one.name, one.content) for one in mail.attachments] == [("a.pdf", b"%PDF")]


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("rechnung\u202efdp.exe", "rechnungfdp.exe"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\a\\b.txt", "b.txt"),
        ("", "attachment-1.pdf"),
        (" . ", "attachment-1.pdf"),
        ("a\r\nb: c.pdf", "a b_ c.pdf"),
        ("ü" * 300 + ".pdf", "ü" * 73 + ".pdf"),
        ("x" * 300, "x" * 150),
        ("a." + "b" * 300, ("a." + "b" * 300)[:150]),
        ("nul<>|?.txt", "nul____.txt"),
    ],
)
def test_names_of_attachments_are_safe(given, name):
    """Case 45: path, direction override, empty, long, line ends."""
    from mail.parts import safe_name

    assert safe_name(given, "application/pdf", 1) == name


def test_same_names_are_numbered_and_many_files_are_cut():
    """Case 45: two files of one name stay two; after 25 the mail says so."""
    part = ("Content-Type: application/pdf\r\nContent-Disposition: attachment; filename=a.pdf", b"x")
    head, body = multipart(*[part] * 30)
    mail = parse(raw_mail(headers=head, body=body))
    assert [one.name for one in mail.attachments[:3]] == ["a.pdf", "a (2).pdf", "a (3).pdf"]
    assert (len(mail.attachments), mail.notes) == (25, ["Only the first 25 attachments were kept."])


def test_pictures_in_the_text_are_inline_and_others_are_files():
    """Case 43: referenced twice is one inline picture, never referenced is a file."""
    head, body = multipart(
        ("Content-Type: text/html", b'<p>Look <img src="cid:one"> and <img src="CID:one"></p>'),
        ("Content-Type: image/png\r\nContent-ID: <one>", b"1"),
        ("Content-Type: image/png; name=b.png\r\nContent-ID: <two>", b"2"),
        kind="related",
    )
    mail = parse(raw_mail(headers=head, body=body))
    assert [(one.content_id, one.inline) for one in mail.attachments] == [("one", True), ("two", False)]


def test_winmail_dat_is_opened_and_a_broken_one_is_kept():
    """Case 44: two files and an umlaut; garbage stays a file."""
    head, body = multipart(
        ("Content-Type: text/plain", b"see files"),
        ("Content-Type: application/ms-tnef; name=winmail.dat", tnef(("Übersicht.pdf", b"PDF"), ("b.txt", b"text"))),
    )
    mail = parse(raw_mail(headers=head, body=body))
    assert [(one.name, one.content) for one in mail.attachments] == [("Übersicht.pdf", b"PDF"), ("b.txt", b"text")]
    head, body = multipart(("Content-Type: application/ms-tnef; name=winmail.dat", tnef(("a", b"b"))[:-4]))
    assert [one.name for one in parse(raw_mail(headers=head, body=body)).attachments] == ["winmail.dat"]


def test_text_and_html_that_differ_are_both_kept():
    """Case 47: the HTML is shown, with a hint."""
    head, body = multipart(
        ("Content-Type: text/plain", b"Please pay one hundred euros to this account today."),
        ("Content-Type: text/html", b"<p>Thank you very much for the quick delivery yesterday!</p>"),
        kind="alternative",
    )
    mail = parse(raw_mail(headers=head, body=body))
    assert (mail.text, mail.differs) == ("Thank you very much for the quick delivery yesterday!", True)
    assert mail.plain.startswith("Please pay")


def test_text_and_html_that_agree_make_no_hint():
    """The usual mail: one text, two forms."""
    head, body = multipart(
        ("Content-Type: text/plain; charset=utf-8", "Grüße aus Köln, die Lampen sind da.".encode()),
        ("Content-Type: text/html; charset=utf-8", "<b>Grüße</b> aus Köln, die Lampen sind da.".encode()),
        kind="alternative",
    )
    mail = parse(raw_mail(headers=head, body=body))
    assert (mail.text, mail.differs) == ("Grüße aus Köln, die Lampen sind da.", False)


def test_text_after_a_picture_is_not_lost():
    """Apple Mail cuts one text into parts around pictures."""
    head, body = multipart(
        ("Content-Type: text/html", b"<p>Before</p>"),
        ("Content-Type: image/png\r\nContent-Disposition: inline; filename=a.png", b"1"),
        ("Content-Type: text/plain", b"After <all>"),
    )
    mail = parse(raw_mail(headers=head, body=body))
    assert mail.text.split() == ["Before", "After", "<all>"]


@pytest.mark.parametrize(
    ("kind", "part"),
    [
        ("encrypted", ("Content-Type: application/pgp-encrypted", b"Version: 1")),
        ("mixed", ("Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m", b"\x30")),
    ],
)
def test_encrypted_mail_is_a_message_with_the_original(kind, part):
    """Case 54: no empty bubble, the whole mail attached."""
    head, body = multipart(part, kind=kind)
    raw = raw_mail(headers=head, body=body)
    mail = parse(raw)
    assert mail.encrypted
    assert mail.text.startswith("This e-mail is encrypted")
    assert [(one.name, one.content) for one in mail.attachments] == [("encrypted.eml", raw)]


def test_a_signed_mail_is_just_its_text():
    """The signature of PGP or S/MIME is no attachment people want to see."""
    head, body = multipart(
        ("Content-Type: text/plain", b"Signed words"),
        ("Content-Type: application/pgp-signature; name=signature.asc", b"--"),
        kind="signed",
    )
    mail = parse(raw_mail(headers=head, body=body))
    assert (mail.text, mail.attachments, mail.encrypted) == ("Signed words", [], False)


def test_a_calendar_invitation_keeps_its_text():
    """Case 53 as far as this floor goes: flagged, text kept, file attached."""
    head, body = multipart(
        ("Content-Type: text/plain", b"Join us"),
        ("Content-Type: text/calendar; method=REQUEST", b"BEGIN:VCALENDAR"),
        kind="alternative",
    )
    mail = parse(raw_mail(headers=head, body=body))
    assert (mail.text, mail.calendar, [one.name for one in mail.attachments]) == ("Join us", True, ["attachment-1.ics"])


def test_a_forwarded_mail_is_attached_as_it_is():
    """message/rfc822 stays an .eml, its parts are not mixed with the text."""
    inner = raw_mail("inner text")
    head, body = multipart(("Content-Type: text/plain", b"see below"), ("Content-Type: message/rfc822", inner))
    mail = parse(raw_mail(headers=head, body=body))
    assert mail.text == "see below"
    assert [one.name for one in mail.attachments] == ["message.eml"]
    assert b"inner text" in mail.attachments[0].content


def test_broken_transfer_encodings_give_what_there_is():
    """A base64 body that is none, an encoding nobody knows."""
    for encoding in ("base64", "quoted-printable", "x-uuencode", "rot13", "=?"):
        head = (("Content-Type", "text/plain"), ("Content-Transfer-Encoding", encoding))
        assert isinstance(parse(raw_mail(headers=head, body=b"=G9 no base64 \xff")).text, str)


def test_flowed_text_is_put_together():
    """RFC 3676: soft line ends are no line ends, quote depth counts."""
    head = (("Content-Type", "text/plain; charset=utf-8; format=flowed"),)
    mail = parse(raw_mail(headers=head, body=b"This is one \r\nlong line.\r\n\r\nSecond.\r\n-- \r\nBen\r\n"))
    assert mail.text == "This is one long line.\n\nSecond."


def test_a_smuggled_second_mail_stays_text():
    """Case 50: a lone line feed, a dot and SMTP commands in the text are text."""
    mail = parse(raw_mail(None, body=b"one\n.\nMAIL FROM:<x@y.example>\nRCPT TO:<z@y.example>\n"))
    assert "MAIL FROM" in mail.text


def test_a_display_name_that_looks_like_an_address_is_only_a_name():
    """Case 48."""
    mail = parse(raw_mail(sender='"support@firma.example" <x@evil.example>'))
    assert (mail.from_name, mail.from_email) == ("support@firma.example", "x@evil.example")


def test_memory_stays_bounded_with_a_large_attachment():
    """Goal 11: a mail of 24 MB is read and its file comes out whole."""
    content = b"\x00\xff" * 8_500_000
    encoded = io.BytesIO(base64.encodebytes(content))
    head, body = multipart(
        ("Content-Type: text/plain", b"here"),
        ("Content-Type: application/zip; name=a.zip\r\nContent-Transfer-Encoding: base64", encoded.getvalue()),
    )
    mail = parse(raw_mail(headers=head, body=body))
    assert (mail.kind, mail.text, mail.attachments[0].content) == (classes.PERSON, "here", content)
