"""Filters of a list: each alone and combined, in every folder, in pages; hostile words; what is not there fits nothing."""

from __future__ import annotations

import base64
import re
from datetime import timedelta
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from conversations.actions import assigning, closing, labels
from conversations.actions.posting import post_message
from conversations.attachments import accept_upload
from conversations.authors import Author
from conversations.models import Conversation, ConversationHead
from conversations.selectors.filters import Filters
from conversations.selectors.folders import _VIEWS, PAGE, TOGETHER, Folder, list_page
from conversations.selectors.scope import scope_for
from tests.cast import NOW, accepted_by, make_channel, make_customer, make_inbox, make_visitor, write
from tests.conversations.pages import rows

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clean_valkey")]
INBOX = "/conversations/"


@pytest.fixture
def taken(cast):
    """taken(user, body, now=…): a request that this user has accepted."""

    def take(user, body="Hello?", **fields):
        return accepted_by(user, cast.support, body, **fields)

    return take


def answer(conversation, user, body="Gladly.", *, now=NOW):
    post_message(
        conversation,
        author=Author.of_user(user),
        body=body,
        client_id=uuid4(),
        via="app",
        role="team_member",
        may_post=True,
        now=now,
    )


def ids(*conversations: Conversation) -> list[str]:
    return [str(one.public_id) for one in conversations]


@pytest.fixture
def ask(signed_in, cast):
    """ask(user, view="open", …): the rows of the list with these words."""

    def get(user, **words) -> list[str]:
        return rows(signed_in(user).get(f"{INBOX}?{urlencode(words)}"))

    return get


def test_who_has_it(ask, taken, cast):
    """assignee: me, nobody, a colleague; combined with the folder."""
    bens, cems = taken(cast.ben, now=NOW), taken(cast.cem, now=NOW + timedelta(minutes=1))
    free = taken(cast.dora, now=NOW + timedelta(minutes=2))
    assigning.release(free, by=cast.dora, role="team_member", now=NOW)
    assert ask(cast.ben, view="open", assignee="me") == ids(bens)
    assert ask(cast.ben, view="open", assignee=cast.cem.public_id) == ids(cems)
    assert ask(cast.ben, view="open", assignee="none") == ids(free)
    assert ask(cast.ben, view="mine", assignee=cast.cem.public_id) == []


def test_channel_tag_file_and_customer(ask, taken, cast):
    """Each narrows alone, and all of them together."""
    sales = make_channel(cast.inbox, "Sales", cast.ben, ring_enabled=False)
    support, other = taken(cast.ben), write(make_visitor(cast.nordlicht), sales)
    visitor = support.visitor
    again = taken(cast.ben, visitor=visitor, now=NOW + timedelta(minutes=1))
    labels.add_tag(again, member=cast.member(cast.ben), name="VIP")
    file = accept_upload(
        company=cast.nordlicht,
        uploader=f"user:{cast.ben.pk}",
        file=SimpleUploadedFile("a", b"x"),
        name="a.txt",
        now=NOW,
    )
    post_message(
        again,
        author=Author.of_user(cast.ben),
        body="Here",
        client_id=uuid4(),
        via="app",
        role="team_member",
        attachments=(file.public_id,),
        now=NOW + timedelta(minutes=2),
    )
    assert ask(cast.ben, view="open", channel=sales.public_id) == ids(other)
    assert ask(cast.ben, view="open", tag="vip") == ids(again)
    assert ask(cast.ben, view="open", file=1) == ids(again)
    assert ask(cast.ben, view="open", customer=visitor.public_id) == ids(again, support)
    both = {"channel": cast.support.public_id, "tag": "VIP", "file": 1, "customer": visitor.public_id, "assignee": "me"}
    assert ask(cast.ben, view="open", **both) == ids(again)
    assert ask(cast.ben, view="open", **both | {"assignee": cast.cem.public_id}) == []


def test_a_customer_of_whom_one_reads_something(ask, cast):
    """By the customer: what they wrote as themselves and in chats; of strangers and other companies nothing (S-04)."""
    kim = make_customer(cast.nordlicht, "Kim", "kim@abc.example")
    mine = write(make_visitor(cast.nordlicht, customer=kim), cast.support)
    assert ask(cast.anna, view="open", customer=kim.public_id) == ids(mine)
    foreign = make_customer(cast.sued, "Lea", "lea@abc.example")
    assert ask(cast.anna, view="open", customer=foreign.public_id) == []
    elsewhere = make_channel(make_inbox(cast.nordlicht, "Board", cast.cem), "Board", cast.cem)
    secret = make_customer(cast.nordlicht, "Secret Name", "s@abc.example")
    write(make_visitor(cast.nordlicht, customer=secret), elsewhere)
    cast.inbox.refresh_from_db()
    assert ask(cast.ben, view="open", customer=secret.public_id) == []


def test_the_name_of_a_hidden_customer_is_not_told(signed_in, cast):
    """S-04: a filter in a shared address never says more than its reader may know."""
    elsewhere = make_channel(make_inbox(cast.nordlicht, "Board", cast.cem), "Board", cast.cem)
    secret = make_customer(cast.nordlicht, "Topsecret", "s@abc.example")
    write(make_visitor(cast.nordlicht, customer=secret), elsewhere)
    page = signed_in(cast.ben).get(f"{INBOX}?view=open&customer={secret.public_id}&channel={elsewhere.public_id}")
    assert b"Topsecret" not in page.content
    assert b"Board" not in page.content
    assert page.content.decode().count("Not there (any more)") == 2


def test_waiting_is_since_the_customers_first_unanswered_words(ask, taken, cast):
    """An answer ends the waiting, automatic words do not; longest first; closed ones do not wait."""
    start = timezone.now() - timedelta(days=2)
    first, second = taken(cast.ben, now=start), taken(cast.ben, now=start + timedelta(hours=30))
    answered, closed = taken(cast.ben, now=start), taken(cast.ben, now=start)
    answer(answered, cast.ben, now=start + timedelta(hours=1))
    post_message(
        first, author=Author.of_visitor(first.visitor), body="?", client_id=uuid4(), via="widget", now=timezone.now()
    )
    closing.close(closed, author=Author.of_user(cast.ben), role="team_member", now=timezone.now())
    assert ConversationHead.objects.get(pk=first.pk).waiting_since == start
    assert ask(cast.ben, view="open", sort="waiting") == ids(first, second)
    assert ask(cast.ben, view="open", waiting="any") == ids(first, second)
    assert ask(cast.ben, view="open", waiting="1d") == ids(first)
    assert ask(cast.ben, view="open", waiting="7d") == []
    post_message(
        closed, author=Author.of_visitor(closed.visitor), body="!", client_id=uuid4(), via="widget", now=timezone.now()
    )
    head = ConversationHead.objects.get(pk=closed.pk)
    assert (head.status, head.waiting_since > start + timedelta(days=1)) == ("open", True)


def test_days_and_order(ask, taken, cast):
    """From and to are whole days of the reader's zone; oldest first turns the list round."""
    days = [taken(cast.ben, now=NOW + timedelta(days=n)) for n in range(4)]
    day = [(NOW + timedelta(days=n)).date().isoformat() for n in range(4)]
    assert ask(cast.ben, view="open", **{"from": day[1], "to": day[2]}) == ids(days[2], days[1])
    assert ask(cast.ben, view="open", sort="oldest") == ids(*days)
    for one in days:
        closing.close(one, author=Author.of_user(cast.ben), role="team_member", now=NOW + timedelta(days=9))
    assert ask(cast.ben, view="closed", **{"from": (NOW + timedelta(days=9)).date().isoformat()}) == ids(*days[::-1])
    inbox = {"view": "closed", "inbox": cast.inbox.public_id}
    assert ask(cast.ben, **inbox, to=day[0]) == ids(days[0])


def test_kinds_of_what_is_put_together(ask, taken, cast):
    """Only “Conversations” and the archive mix kinds; elsewhere the word means nothing."""
    request = taken(cast.ben)
    assert ask(cast.ben, view="all", kind="customer") == ids(request)
    assert ask(cast.ben, view="all", kind="direct") == []
    assert ask(cast.ben, view="all", kind="asked") == []
    assert ask(cast.ben, view="open", kind="direct") == ids(request)


@pytest.mark.parametrize(
    "words",
    [
        {"assignee": "nonsense"},
        {"assignee": "1 OR 1=1"},
        {"assignee": "00000000-0000-4000-8000-000000000000"},
        {"channel": "nonsense"},
        {"channel": "00000000-0000-4000-8000-000000000000"},
        {"customer": "'; DROP TABLE x; --"},
        {"waiting": "100y"},
        {"from": "yesterday"},
        {"from": "0001-01-01"},
        {"to": "9999-12-31"},
        {"tag": "user__password__startswith"},
        {"tag": "%"},
    ],
)
def test_what_is_not_there_fits_nothing(signed_in, taken, cast, words):
    """S-02, S-37: never an error, never everything: whoever acts on “all that match” must not act on more."""
    taken(cast.ben)
    answer = signed_in(cast.ben).get(f"{INBOX}?{urlencode({'view': 'open'} | words)}")
    assert answer.status_code == 200
    assert rows(answer) == []
    assert "Nothing fits" in answer.content.decode()


@pytest.mark.parametrize("word", ["sort", "kind", "unread", "file", "conversation__company", "__class__"])
def test_words_that_mean_nothing_are_left_out(ask, taken, cast, word):
    """S-37: no word of the address reaches the database as it is."""
    request = taken(cast.ben)
    assert ask(cast.ben, view="open", **{word: "user__password"}) == ids(request)


def test_foreign_ids_in_filters(ask, taken, cast):
    """S-02: another company's people, channels and customers fit nothing, like ids that nobody has."""
    taken(cast.ben)
    foreign = make_channel(make_inbox(cast.sued, "Hilfe", cast.udo), "Hilfe", cast.udo)
    theirs = write(make_visitor(cast.sued), foreign)
    for words in (
        {"assignee": cast.udo.public_id},
        {"channel": foreign.public_id},
        {"customer": theirs.visitor.public_id},
    ):
        assert ask(cast.ben, view="open", **words) == []


CURSORS = [
    "x",
    "bm9uc2Vuc2U=",
    base64.urlsafe_b64encode(b"2026-01-01|1").decode(),
    base64.urlsafe_b64encode(b"2026-01-01T00:00:00+00:00|99999999999999999999999").decode(),
    base64.urlsafe_b64encode(b"0001-01-01T00:00:00+14:00|1").decode(),
    base64.urlsafe_b64encode(b"2026-01-01T00:00:00+00:00|-5").decode(),
    base64.urlsafe_b64encode(b"2026-01-01T00:00:00+00:00|1' OR 1=1").decode(),
]


@pytest.mark.parametrize("cursor", CURSORS)
@pytest.mark.parametrize("sort", ["activity", "waiting", "oldest"])
def test_a_cursor_that_somebody_made_up(ask, taken, cast, cursor, sort):
    """The first page, whatever it says."""
    request = taken(cast.ben)
    assert ask(cast.ben, view="open", sort=sort, after=cursor) == ids(request)


@pytest.mark.parametrize("sort", ["activity", "waiting", "oldest"])
def test_pages_hold_each_conversation_once(cast, taken, sort):
    """Keyset in every order, also where many have the same moment."""
    made = [taken(cast.ben, f"n{n}", now=NOW + timedelta(minutes=n // 3)) for n in range(11)]
    scope, cursor, found = scope_for(cast.member(cast.ben)), "", []
    while True:
        page = list_page(scope, Folder("open"), cursor=cursor, limit=4, filters=Filters(sort=sort, tag=""))
        found += [head.pk for head in page.heads]
        cursor = page.next_cursor
        if not cursor:
            break
    expected = [one.pk for one in made]
    assert found == (expected if sort != "activity" else expected[::-1])


@pytest.mark.parametrize("view", sorted([*_VIEWS, *TOGETHER]))
def test_the_same_queries_with_and_without_filters(signed_in, taken, cast, view):
    """Every folder, one row and many, with all filters that need no look-up: never a query more."""
    browser = signed_in(cast.ben)
    words = {"view": view, "tag": "x", "file": 1, "waiting": "any", "from": "2026-01-01", "to": "2027-01-01"}
    taken(cast.ben)
    browser.get(f"{INBOX}?view={view}")
    addresses = (f"{INBOX}?view={view}", f"{INBOX}?{urlencode(words)}")

    def queries() -> list[int]:
        found = []
        for address in addresses:
            with CaptureQueriesContext(connection) as asked:
                browser.get(address)
            found.append(len(asked))
        return found

    one = queries()
    for _ in range(4):
        taken(cast.ben)
    assert queries() == one
    assert one[1] <= one[0] <= 18


def test_filters_stay_in_every_address(signed_in, taken, cast):
    """Shareable: rows, the next page, the thread and the way back name the same list; chips take one filter off."""
    for n in range(PAGE + 1):
        taken(cast.ben, now=NOW + timedelta(minutes=n))
    browser = signed_in(cast.ben)
    page = browser.get(f"{INBOX}?view=open&assignee=me&sort=oldest").content.decode()
    assert 'data-query="?view=open&amp;assignee=me&amp;sort=oldest"' in page
    assert page.count("/?view=open&amp;assignee=me&amp;sort=oldest") >= PAGE
    more = re.search(r'<turbo-frame id="(rows-2)" src="([^"]+)"', page)
    assert "assignee=me&amp;sort=oldest&amp;after=" in more[2]
    rest = browser.get(more[2].replace("&amp;", "&"), headers={"Turbo-Frame": "rows-2"})
    assert len(rows(rest)) == 1
    assert 'href="/conversations/?view=open&amp;sort=oldest"' in page
    assert 'href="/conversations/?view=open&amp;assignee=me"' in page
    thread = browser.get(f"{INBOX}{rows(rest)[0]}/?view=open&assignee=me&sort=oldest").content.decode()
    assert f'{INBOX}?view=open&amp;assignee=me&amp;sort=oldest" data-turbo-frame="conversation"' in thread


def test_the_panel(signed_in, cast):
    """A form by GET: what is set is chosen; people, channels and tags of one's own company only."""
    foreign = make_channel(make_inbox(cast.sued, "Hilfe", cast.udo), "Hilfe desk", cast.udo)
    page = signed_in(cast.ben).get(
        f"{INBOX}filters/?view=all&assignee=me&waiting=1d", headers={"Turbo-Frame": "list-panel"}
    )
    text = page.content.decode()
    assert b"<html" not in page.content
    assert '<option value="me" selected>' in text
    assert '<option value="1d" selected>' in text
    assert "Cem Aydın" in text
    assert "Support" in text
    assert foreign.name not in text
    assert "Udo" not in text
    assert b"<html" in signed_in(cast.ben).get(f"{INBOX}filters/").content
