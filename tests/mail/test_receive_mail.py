"""manage.py receive_mail, as a mail server's pipe calls it."""

from __future__ import annotations

import io
import sys

import pytest
from django.core.management import call_command
from django.db import OperationalError

from mail import actions
from mail.models import IncomingMail
from tests.mail.conftest import BEN, raw_mail

pytestmark = pytest.mark.django_db


@pytest.fixture
def pipe(monkeypatch):
    """pipe(raw, *arguments, **environment): runs the command; its exit code."""

    def run(raw: bytes, *arguments: str, **environment: str) -> int:
        for name in ("ORIGINAL_RECIPIENT", "RECIPIENT", "SENDER"):
            monkeypatch.delenv(name, raising=False)
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(raw)))
        with pytest.raises(SystemExit) as ended:
            call_command("receive_mail", *arguments, stdout=io.StringIO(), stderr=io.StringIO())
        return ended.value.code

    return run


def test_recipients_from_options_environment_or_headers(pipe, ben_address):
    """What Postfix, Exim and a bare pipe give."""
    assert pipe(raw_mail("one"), "--recipient", ben_address, "--sender", BEN) == 0
    assert pipe(raw_mail("two"), ORIGINAL_RECIPIENT=ben_address, SENDER="") == 0
    assert pipe(raw_mail("three", headers=(("Delivered-To", ben_address),))) == 0
    assert list(IncomingMail.objects.order_by("id").values_list("recipient", "envelope_from", "via")) == [
        (ben_address, BEN, "pipe"),
        (ben_address, "", "pipe"),
        ("", None, "pipe"),
    ]


def test_the_same_mail_twice_is_fine(pipe, ben_address):
    """A mail server that repeats itself hears that all is well."""
    assert [pipe(raw_mail(), "--recipient", ben_address) for _ in range(2)] == [0, 0]
    assert IncomingMail.objects.count() == 1


def test_nobody_here_of_that_name(pipe):
    """67: the mail server tells the sender."""
    assert pipe(raw_mail(), "--recipient", "nobody@memo.example") == 67
    assert pipe(raw_mail()) == 67
    assert not IncomingMail.objects.exists()


def test_an_answer_without_sub_addressing_is_taken_in(pipe, ben_address, queued):
    """All mail of one mailbox is piped in: the mail that is answered names the conversation."""
    sent = queued(reply_to=ben_address)
    answer = raw_mail(headers=(("In-Reply-To", sent.message_id),))
    assert pipe(answer, "--recipient", "notify@memo.example") == 0


def test_too_large_or_empty_is_not_taken_in(pipe, ben_address):
    """65: bad data, no retry."""
    assert pipe(b"x" * (26 * 1024 * 1024), "--recipient", ben_address) == 65
    assert pipe(b"", "--recipient", ben_address) == 65


def test_a_database_that_is_away_means_try_again(pipe, ben_address, monkeypatch):
    """75: the mail server keeps the mail."""

    def fail(*args, **given):
        raise OperationalError("gone")

    monkeypatch.setattr(actions, "receive", fail)
    assert pipe(raw_mail(), "--recipient", ben_address) == 75
