"""The word under an answer: the thread says up to which line a mail has left."""

from __future__ import annotations

from datetime import timedelta

import pytest

from conversations.authors import Author
from tests.conversations.laters import say
from tests.conversations.pages import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clean_valkey")]


def test_sent_by_mail_is_told(cast, accepted, react, settle):
    """Unseen for a minute: the mail leaves, and the thread's facts say up to which line."""
    from customers.models import Visitor

    Visitor.objects.filter(pk=accepted.visitor_id).update(email="kim@abc.example", name="Kim")
    page = f"/conversations/{accepted.public_id}/"
    answer = say(accepted, Author.of_user(cast.ben), "Yes, it can.")
    react()
    assert 'data-mailed="0"' in signed_in(cast.ben).get(page).content.decode()
    settle(answer.created_at + timedelta(seconds=61))
    assert f'data-mailed="{answer.seq}"' in signed_in(cast.ben).get(page).content.decode()
