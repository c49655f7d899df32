"""What one follows knows whether it is open, whoever changes that and in whichever order (model.md §5, My folders)."""

from __future__ import annotations

import pytest
from django.utils import timezone

from companies.selectors import membership_of
from conversations.actions import closing
from conversations.authors import Author
from conversations.models import ConversationHead, Participant
from conversations.selectors.folders import Folder, list_page
from conversations.selectors.scope import scope_for
from tests.cast import NOW, make_visitor, write

pytestmark = pytest.mark.django_db


def seat(conversation, user) -> Participant:
    return Participant.objects.get(conversation=conversation, user=user)


@pytest.fixture
def request_of_kim(cast):
    conversation = write(make_visitor(cast.nordlicht), cast.support, "Two lamps", now=NOW)
    Participant.objects.create(conversation=conversation, user=cast.ben, side="team", following=True)
    return conversation


def close(cast, conversation) -> None:
    closing.close(conversation, author=Author.of_user(cast.anna), role="admin", now=NOW)


def test_closing_and_reopening_reach_everybody_who_follows(cast, request_of_kim):
    """N-46: closed leaves the open folders and stands in All closed; reopened it is back."""
    close(cast, request_of_kim)
    assert seat(request_of_kim, cast.ben).closed_at == NOW
    closing.reopen(request_of_kim, author=Author.of_user(cast.anna), role="admin", now=NOW)
    assert seat(request_of_kim, cast.ben).closed_at is None
    scope = scope_for(membership_of(cast.ben))
    assert [head.pk for head in list_page(scope, Folder("customer")).heads] == [request_of_kim.pk]
    close(cast, request_of_kim)
    assert list_page(scope, Folder("customer")).heads == []
    assert [head.pk for head in list_page(scope, Folder("closed-mine")).heads] == [request_of_kim.pk]


def test_who_comes_to_a_closed_one_finds_it_among_the_closed(cast, request_of_kim):
    """Following begins after closing as well as before it; a line that is written again changes nothing."""
    close(cast, request_of_kim)
    late = Participant.objects.create(conversation=request_of_kim, user=cast.cem, side="team", following=True)
    late.refresh_from_db()
    assert late.closed_at == NOW
    rows = [Participant(conversation=request_of_kim, user=cast.cem, side="team", last_read_seq=1)]
    Participant.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["conversation", "user"], update_fields=["last_read_seq"]
    )
    late.refresh_from_db()
    assert (late.closed_at, late.last_read_seq) == (NOW, 1)


def test_locked_counts_as_closed_and_a_head_that_comes_later_too(cast, request_of_kim):
    """The final archive; and imports that write people before states."""
    ConversationHead.objects.filter(pk=request_of_kim.pk).update(status="locked", last_activity=NOW)
    assert seat(request_of_kim, cast.ben).closed_at == NOW
    head = ConversationHead.objects.get(pk=request_of_kim.pk)
    ConversationHead.objects.filter(pk=request_of_kim.pk).update(status="open")
    head.delete()
    head.pk = request_of_kim.pk
    head.status, head.closed_at = "closed", timezone.now()
    head.save(force_insert=True)
    assert seat(request_of_kim, cast.ben).closed_at == head.closed_at
