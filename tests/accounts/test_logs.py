"""What the logs never hold: forged lines, passwords, codes, links, tokens, texts of messages (S-58)."""

from __future__ import annotations

import io
import logging
import logging.config
import uuid

import pytest
import structlog
from django.test import Client

from conversations.actions.posting import post_message
from conversations.authors import Author
from mail.models import OutgoingMail
from memo import logs
from tests.accounts.sign_in import code_in, last_mail, link_in, prove, sign_in, with_address, with_app
from tests.cast import PASSWORD, make_visitor, write

pytestmark = pytest.mark.usefixtures("clean_valkey")


@pytest.fixture(params=[True, False], ids=["json", "lines"])
def written(request):
    """Everything that the product's own logging writes, at the finest level, as one text."""
    out = io.StringIO()
    configuration = logs.configuration(json_lines=request.param, level="DEBUG")
    configuration["handlers"]["console"]["stream"] = out
    before, level = list(logging.getLogger().handlers), logging.getLogger().level
    logging.config.dictConfig(configuration)
    yield out
    logging.getLogger().handlers[:] = before
    logging.getLogger().setLevel(level)


def test_no_name_path_or_header_writes_a_line_of_its_own(written, db):
    evil = "/nothing%0A%7B%22event%22%3A%22forged%22%7D%0D%1B%5B31mred%1B%5B0m%E2%80%A8"
    Client().get(evil, HTTP_USER_AGENT="x\r\nforged: yes\x1b[31m")
    structlog.get_logger("names").warning("member", name="Ben\nERROR forged\x1b[2J\x00")
    text = written.getvalue()
    assert "\x1b[31m" not in text
    assert "\x1b[2J" not in text
    assert [
        line for line in text.splitlines() if line.lstrip().startswith(("forged", "ERROR forged", '{"event":"forged'))
    ] == []
    assert "\\n" in text


def test_no_secret_is_ever_written(written, cast):
    """Canaries through password, code, reset, second factor, message and mail; errors on the way, too."""
    ben = with_address(cast.ben)
    client = Client()
    sign_in(client, ben, password="CANARY-WRONG-PASSWORD")
    sign_in(client, ben)
    prove(client)
    secret = with_app(ben)
    client.post("/accounts/password/reset/", {"email": ben.email})
    link = link_in(last_mail(ben.email))
    Client().get(link, follow=True)
    other = Client()
    other.post("/accounts/login/code/", {"email": ben.email})
    code = code_in(last_mail(ben.email))
    other.post("/accounts/login/code/confirm/", {"code": code})
    conversation = write(make_visitor(cast.nordlicht), cast.support, "CANARY-MESSAGE")
    post_message(
        conversation,
        author=Author.of_user(cast.ben),
        body="CANARY-ANSWER",
        client_id=uuid.uuid4(),
        via="app",
        role="team_member",
        attachments=(),
        now=cast.now,
    )
    client.post(f"/conversations/{conversation.public_id}/messages/", {"body": "CANARY-REFUSED", "client_id": "x"})
    text = written.getvalue()
    never = [
        PASSWORD, "CANARY", secret, code, link.rstrip("/").rpartition("-")[2], client.session.session_key,
        *(mail.text for mail in OutgoingMail.objects.all()),
    ]  # fmt: skip
    assert [word for word in never if word in text] == []
