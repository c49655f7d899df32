"""What the mail after the unseen minute looks like: N-55, S-22, S-27, S-44; answerable (N-34), small, safe in every program."""

from __future__ import annotations

import re
import uuid
from datetime import datetime, timedelta
from html.parser import HTMLParser

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from conversations.actions import assigning
from conversations.actions.posting import post_message
from conversations.actions.starting import side_conversation
from conversations.attachments import accept_upload
from conversations.authors import Author
from mail import quoting
from mail.models import OutgoingMail
from notifications.models import Notice
from tests.cast import NOW, make_visitor, write

pytestmark = pytest.mark.django_db

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ company.email }}{% include 'base.html' %}",
    "</title><svg onload=alert(1)>",
    "Kim\r\nBcc: victim@abc.example",
    "=1+1;javascript:alert(1)",
]


def at(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


class Tags(HTMLParser):
    """Every tag with its attributes, in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict]] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs) -> None:
        self.found.append((tag, dict(attrs)))


@pytest.fixture
def mail_to_ben(cast, react, settle):
    """mail_to_ben(*bodies, name=…, subject=…): the mail about a visitor's messages in Ben's conversation."""

    def send(*bodies: str, name: str = "Kim Berg", subject: str = "", files: tuple = ()) -> OutgoingMail:
        talk = write(make_visitor(cast.nordlicht, name=name), cast.support, "Earlier one", subject=subject)
        assigning.assign(talk, to=cast.ben, by=cast.ben, role="admin", now=NOW)
        kim = Author.of_visitor(talk.visitor)
        react()
        Notice.objects.all().delete()
        for number, body in enumerate(bodies):
            post_message(
                talk,
                author=kim,
                body=body,
                client_id=uuid.uuid4(),
                via="widget",
                now=at(number),
                attachments=tuple(
                    accept_upload(
                        company=cast.nordlicht,
                        uploader=kim.key,
                        file=SimpleUploadedFile("f", b"bytes"),
                        name=file,
                        now=NOW,
                    ).public_id
                    for file in files
                ),
            )
            react()
        settle(at(60))
        return OutgoingMail.objects.get()

    return send


def test_it_says_who_wrote_what(mail_to_ben):
    """Marker first, then the new messages, then the earlier ones as quote; a button for the team (email.md)."""
    mail = mail_to_ben("First question", "Second & last", subject="The Aurora")
    assert mail.subject == "The Aurora"
    assert mail.sender_name == "Kim Berg via Nordlicht GmbH"
    lines = mail.text.split("\n")
    assert lines[0] == quoting.marker_line("en")
    places = [
        mail.text.index(part) for part in ("Kim Berg wrote to you", "First question", "Second & last", "> Earlier one")
    ]
    assert places == sorted(places)
    assert "2 messages you have not seen yet" in mail.text
    assert "\n\n\n" not in mail.text
    html = mail.html[mail.html.index("##- ") :]  # behind the hidden preview
    places = [
        html.index(part)
        for part in ("##- ", "First question", "Second &amp; last", "Open the conversation", "<blockquote")
    ]
    assert places == sorted(places)
    (button,) = [
        attributes for tag, attributes in Tags(html).found if tag == "a" and "conversations" in attributes["href"]
    ]
    assert button["href"] in mail.text


def test_files_are_named(mail_to_ben):
    """N-55: as lines; the bytes stay behind the sign-in."""
    mail = mail_to_ben("Look", files=("plan <b>.pdf",))
    assert "[plan <b>.pdf, 5" in mail.text
    assert "plan &lt;b&gt;.pdf" in mail.html
    assert "/files/" not in mail.html


@pytest.mark.parametrize("payload", HOSTILE)
def test_hostile_names_subjects_and_texts_are_text(mail_to_ben, payload):
    """S-22, S-44: escaped in HTML, plain in text, one line in headers."""
    mail = mail_to_ben(payload, name=payload, subject=payload, files=(payload,))
    tags = Tags(mail.html).found
    assert not [tag for tag, _ in tags if tag in {"script", "img", "svg", "iframe", "object", "form", "link"}]
    assert not [name for _, attributes in tags for name in attributes if name.startswith("on")]
    assert "\n" not in mail.subject + mail.sender_name
    assert "\r" not in mail.subject + mail.sender_name
    assert mail.to == "ben@nordlicht.example"
    assert payload.split("\r\n")[0] in mail.text
    assert "&lt;" not in mail.text
    assert "kontakt" not in mail.html


def test_nothing_is_fetched_and_nothing_runs(mail_to_ben):
    """No picture, no tracking pixel, no remote style or font; links go to us only (S-27)."""
    mail = mail_to_ben("See https://evil.example/pixel.png")
    tags = Tags(mail.html).found
    links = [attributes["href"] for tag, attributes in tags if tag == "a"]
    assert links
    assert all(link.startswith("http://") and "evil" not in link for link in links)
    assert not [a for _, a in tags if {"src", "srcset", "background", "poster"} & set(a)]
    assert "url(" not in mail.html
    assert "@import" not in mail.html


def test_styles_are_inlined_and_dark_programs_are_served(mail_to_ben):
    """Tables with inline styles; what only a dark program or a phone needs stays in one <style>."""
    html = mail_to_ben("Hello").html
    tables = [attributes for tag, attributes in Tags(html).found if tag == "table"]
    assert tables
    assert all(attributes["role"] == "presentation" for attributes in tables)
    assert 'style="' in html
    (style,) = re.findall(r"<style>(.*?)</style>", html, re.DOTALL)
    assert "prefers-color-scheme: dark" in style
    assert not re.search(r"^\s*\.sheet\s*\{[^}]*max-width: 576px", style)
    assert '<meta name="color-scheme" content="light dark">' in html


@pytest.mark.parametrize("body", ["x" * 10_000, "\n".join("<" for _ in range(4_999)), "😀" * 10_000, "&" * 10_000])
def test_it_stays_below_a_hundred_kilobytes(mail_to_ben, body):
    """Programs cut longer ones; the newest message is shown in any case, the rest is named."""
    mail = mail_to_ben(*[f"{n} {body}"[:10_000] for n in range(40)], "the newest")
    assert len(mail.html.encode()) < 100_000
    assert "the newest" in mail.html
    assert "41 messages you have not seen yet" in mail.html
    assert re.search(r"\d+ messages before these are in the conversation only", mail.html)
    assert re.search(r"\d+ messages before these are in the conversation only", mail.text)


def test_one_long_message_is_cut_not_left_out(mail_to_ben):
    """4,999 escaped lines: the beginning is there."""
    mail = mail_to_ben("\n".join("'''" for _ in range(2_499)))
    assert len(mail.html.encode()) < 100_000
    assert "…" in mail.text
    assert mail.text.count("'''") > 500


def test_german_and_swedish_recipients(cast, mail_to_ben, settings):
    """The marker and every sentence come in the recipient's language (the catalogues hold the words)."""
    cast.ben.language = "de"
    cast.ben.save()
    mail = mail_to_ben("Hallo")
    assert mail.text.startswith(quoting.marker_line("de"))
    assert '<html lang="de">' in mail.html


def test_the_visitor_s_mail_has_no_way_into_the_application(cast, react, settle):
    """No button, no settings; the company's name and the answer."""
    talk = write(make_visitor(cast.nordlicht, email="kim@abc.example"), cast.support)
    assigning.assign(talk, to=cast.ben, by=cast.ben, role="admin", now=NOW)
    post_message(
        talk,
        author=Author.of_user(cast.ben),
        body="Gladly.",
        client_id=uuid.uuid4(),
        via="app",
        role="team_member",
        now=at(1),
    )
    react()
    settle(at(61))
    mail = OutgoingMail.objects.get(to="kim@abc.example")
    assert "Open the conversation" not in mail.text
    assert not [tag for tag, _ in Tags(mail.html).found if tag == "a"]
    assert "Nordlicht GmbH" in mail.text


def test_an_internal_mail_says_so(cast, react, settle):
    """Whoever answers it must know who will read the answer."""
    talk = write(make_visitor(cast.nordlicht), cast.support)
    assigning.assign(talk, to=cast.ben, by=cast.ben, role="admin", now=NOW)
    side = side_conversation(talk, member=cast.member(cast.cem), now=NOW)
    post_message(
        side,
        author=Author.of_user(cast.cem),
        body="Look",
        client_id=uuid.uuid4(),
        via="app",
        role="team_member",
        now=NOW,
    )
    react()
    settle(at(60))
    mail = OutgoingMail.objects.filter(text__contains="Look").get(to=cast.ben.email)
    for part in (mail.text, mail.html):
        assert "Internal: customers see neither this message nor your answer." in part


@pytest.mark.parametrize(
    "headline", ["On Mon, 23 Nov 2026 at 11:01, Kim Berg wrote:", "Am 23.11.2026 um 11:01 schrieb Kim Berg:", ""]
)
def test_its_quote_is_recognised_when_it_comes_back(mail_to_ben, headline):
    """N-34: an answer on top of our own mail, as text and as HTML: only the answer is left."""
    mail = mail_to_ben("Is Thursday possible?")
    quoted = "\n".join(f"> {line}" for line in mail.text.split("\n"))
    assert quoting.split(text=f"Yes, at ten.\n\n{headline}\n{quoted}", sent_text=mail.text).text == "Yes, at ten."
    html = f"<div>Yes, at ten.</div><div>{headline}</div><blockquote type=cite>{mail.html}</blockquote>"
    assert quoting.split(html=html, sent_text=mail.text).text == "Yes, at ten."
