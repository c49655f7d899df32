"""The development catcher: keeps what is sent, shows it safely, answers like a mail program."""

from __future__ import annotations

import asyncio
import http.client
import json
import smtplib
import threading
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from mail.catcher import answers
from mail.catcher.sink import catch
from mail.catcher.store import Store
from mail.catcher.viewer import viewer
from mail.parsing import parse
from tests.mail.conftest import BEN, multipart, raw_mail

NOW = datetime(2026, 11, 23, 11, 0, tzinfo=ZoneInfo("Europe/Berlin"))
REPLY = "reply+aaaaaaaaaaaaaaaaaaaaaaaaaaa@memo.example"


def _notice(**fields) -> bytes:
    head, body = multipart(
        ("Content-Type: text/plain; charset=utf-8", b"##- Please write above -##\r\nKim: are the lamps there?"),
        ("Content-Type: text/html; charset=utf-8", b"<p>Kim: are the lamps there?</p><script>alert(1)</script>"),
        kind="alternative",
    )
    given = {"to": BEN, "sender": "Kim Berg via Nordlicht <notify@memo.example>", "subject": "Two lamps", **fields}
    return raw_mail(headers=(("Reply-To", REPLY), *head), body=body, **given)


@dataclass
class Catcher:
    """A running viewer on a free port."""

    store: Store
    port: int

    def ask(self, method: str, path: str, body: str = "", **headers: str):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request(method, path, body=body.encode() or None, headers=headers)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        return answer, content.decode()

    def data(self, path: str = "/api/mails"):
        return json.loads(self.ask("GET", path)[1])


@pytest.fixture
def catcher(tmp_path: Path):
    """A catcher whose answers go to a port nobody listens on."""
    store = Store(tmp_path / "mails")
    server = viewer(store, host="127.0.0.1", port=0, reply_port=1)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield Catcher(store, server.server_port)
    server.shutdown()
    server.server_close()
    thread.join(10)


def _caught(catcher: Catcher, **fields):
    return catcher.store.add(_notice(**fields), envelope_from="b@memo.example", envelope_to=[fields.get("to", BEN)])


def test_a_sent_mail_is_kept_as_it_came(tmp_path):
    """Real MIME in real files, with the time in milliseconds."""
    store = Store(tmp_path)

    async def run() -> None:
        server = await catch(store, host="127.0.0.1", port=0)
        port = server.sockets[0].getsockname()[1]
        await asyncio.to_thread(_send, port)
        server.close()
        await server.wait_closed()

    def _send(port: int) -> None:
        with smtplib.SMTP("127.0.0.1", port, timeout=10) as client:
            client.sendmail("bounce@memo.example", [BEN, "kim@abc.example"], _notice())

    asyncio.run(run())
    (mail,) = store.all()
    assert (tmp_path / f"{mail.id}.eml").read_bytes() == _notice()
    assert (mail.envelope_from, mail.envelope_to) == ("bounce@memo.example", [BEN, "kim@abc.example"])
    assert abs(int(mail.id.partition("-")[0]) - mail.received_at * 1000) < 2  # both of one time, rounded differently


def test_the_list_for_tests(catcher):
    """GET, filter by recipient, DELETE: what the stories use."""
    _caught(catcher)
    _caught(catcher, to="kim@abc.example", subject="For Kim")
    first, second = catcher.data()
    assert [first["subject"], second["subject"]] == ["For Kim", "Two lamps"]
    assert second["reply_to"] == REPLY
    assert second["text"].endswith("are the lamps there?")
    assert isinstance(second["received_at"], float)
    assert second["headers"]["Message-ID"] == second["message_id"] == "<one@nordlicht.example>"
    assert [one["subject"] for one in catcher.data("/api/mails?to=BEN@")] == ["Two lamps"]
    assert catcher.data(f"/api/mails/{first['id']}")["to"] == "kim@abc.example"
    assert json.loads(catcher.ask("DELETE", "/api/mails")[1]) == {"deleted": 2}
    assert catcher.data() == []
    assert list(catcher.store.folder.iterdir()) == []


def test_pages_are_strict_and_the_mail_is_in_a_sandbox(catcher):
    """No script of a mail runs, nothing is loaded from anywhere."""
    mail = _caught(catcher, subject="<script>alert(2)</script>")
    for path in ("/", f"/mail/{mail.id}"):
        answer, page = catcher.ask("GET", path)
        assert (answer.status, "<script" in page) == (200, False)
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert "unsafe" not in answer.headers["Content-Security-Policy"]
    answer, page = catcher.ask("GET", f"/mail/{mail.id}/html")
    policy = answer.headers["Content-Security-Policy"]
    assert "sandbox allow-popups" in policy
    assert "allow-scripts" not in policy
    assert "script-src" not in policy
    raw, _ = catcher.ask("GET", f"/mail/{mail.id}/raw")
    assert raw.headers["Content-Type"].startswith("text/plain")
    assert raw.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "path", ["/mail/../../etc/passwd", "/mail/1", "/api/mails/x", "/mail/0000000000000-0001", "/nothing"]
)
def test_what_is_not_there_is_404(catcher, path):
    """An id is an id of a mail and nothing else."""
    assert catcher.ask("GET", path)[0].status == 404


def test_a_foreign_page_cannot_clear_or_send(catcher):
    """Only this page and clients without an origin."""
    mail = _caught(catcher)
    for method, path in (("POST", "/clear"), ("POST", f"/mail/{mail.id}/reply")):
        assert catcher.ask(method, path, "text=x", Origin="https://evil.example")[0].status == 403
    assert catcher.ask("DELETE", "/api/mails", Origin="https://evil.example")[0].status == 404
    assert len(catcher.data()) == 1


def test_a_mail_entrance_that_is_away_is_said(catcher):
    """Nobody listens on port 1."""
    mail = _caught(catcher)
    answer, body = catcher.ask("POST", f"/api/mails/{mail.id}/reply", json.dumps({"text": "Yes"}))
    assert (answer.status, "does not answer" in body) == (502, True)
    answer, _ = catcher.ask("POST", f"/mail/{mail.id}/reply", "text=Yes")
    assert (answer.status, "failed=1" in answer.headers["Location"]) == (303, True)
    assert catcher.ask("POST", f"/api/mails/{mail.id}/reply", "[]")[0].status == 400


def test_answers_look_like_those_of_a_mail_program(catcher):
    """E-19: to the reply address, threaded, with the quote below; our own reader takes the quote off."""
    caught = _caught(catcher)
    reply = answers.answer(caught, text="Yes, both.", now=NOW)
    assert (reply["To"], reply["From"], reply["Subject"]) == (REPLY, BEN, "Re: Two lamps")
    assert (reply["In-Reply-To"], reply["References"]) == (caught.header("Message-ID"), caught.header("Message-ID"))
    mail = parse(reply.as_bytes(), recipient=REPLY, envelope_from=BEN)
    assert (mail.kind, mail.text) == ("person", "Yes, both.")
    assert "are the lamps there?" in mail.full_text


def test_an_out_of_office_answer_says_so(catcher):
    """E-19: for trying it out."""
    reply = answers.answer(_caught(catcher), text="Away", automatic=True, now=NOW)
    assert parse(reply.as_bytes(), recipient=REPLY, envelope_from=BEN).kind == "auto_reply"
