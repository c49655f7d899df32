"""Reply tokens, bounce addresses and Message-IDs."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mail import addresses
from mail.models import ReplyAddress

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def _address(**fields) -> str:
    given = {"kind": "conversation", "subject_id": 7, "recipient": "user:5", "recipient_email": "ben@nordlicht.example"}
    return addresses.reply_address(**{**given, **fields}, now=NOW)


def test_the_same_person_and_thing_give_the_same_address():
    """N-34: a hundred mails about one conversation have one address; the row is made once."""
    assert _address() == _address(recipient_email="Ben@Nordlicht.example")
    assert ReplyAddress.objects.count() == 1


@pytest.mark.parametrize(
    "other",
    [{"kind": "ticket"}, {"subject_id": 8}, {"recipient": "user:6"}, {"recipient_email": "ben@new.example"}],
    ids=lambda one: next(iter(one)),
)
def test_any_difference_gives_another_address(other):
    """A token names one thing, one person and one mailbox."""
    assert _address() != _address(**other)


def test_the_token_is_128_bits_in_letters_that_survive_gateways():
    """Local part at most 64 octets, lower case, and the row holds only a hash."""
    local, _, domain = _address().partition("@")
    token = local.removeprefix("reply+")
    assert (len(local) <= 64, domain, len(token), token) == (True, "memo.example", 27, token.lower())
    assert token not in str(ReplyAddress.objects.values().get())


@pytest.mark.parametrize(
    "fold",
    [
        str.upper,
        lambda one: one.replace("reply+", "Reply+"),
        lambda one: f"<{one}>",
        lambda one: f'"{one.partition("@")[0]}"@{one.partition("@")[2]}',
        lambda one: one.replace("+", "-", 1),
        lambda one: one.partition("+")[2].replace("@", "@reply."),
        lambda one: f" {one}. ".replace(". ", "."),
    ],
)
def test_what_gateways_make_of_it_is_still_accepted(fold):
    """Case 16: upper case, quotes, another separator, the sub-domain form, a final dot."""
    address = _address()
    found = addresses.find_reply_address(fold(address))
    assert found is not None
    assert found.subject_id == 7


def test_one_changed_letter_or_another_domain_is_nobody():
    """Cases 14 and 15: an unknown token and a token at a foreign domain look alike."""
    address = _address()
    local, _, _ = address.partition("@")
    changed = local[:-1] + ("b" if local[-1] == "a" else "a")
    for wrong in (
        f"{changed}@memo.example",
        f"{local}@other.example",
        f"{local}@sub.memo.example",
        "reply+@memo.example",
    ):
        assert not addresses.is_known(wrong)
    assert addresses.is_known(address)


def test_nonsense_is_no_address_and_no_query(django_assert_num_queries):
    """A token is looked up only when its form is right."""
    with django_assert_num_queries(0):
        for nonsense in (
            "",
            "@",
            "reply+",
            "reply+" + "a" * 5000 + "@memo.example",
            "x@memo.example",
            "reply+ä@memo.example",
        ):
            assert addresses.find_reply_address(nonsense) is None


def test_a_token_survives_a_new_secret_key(settings):
    """Mails in mailboxes stay answerable when the key of the installation changes; new addresses differ."""
    old = _address()
    settings.SECRET_KEY = "another-key-" * 5
    assert addresses.find_reply_address(old) is not None
    assert _address() != old


def test_revoking_reaches_every_address_of_a_person():
    """S-17: removed people keep no address; others are not touched."""
    mine, other = _address(), _address(recipient="user:6", recipient_email="cem@nordlicht.example")
    assert addresses.revoke(recipient="user:5", now=NOW) == 1
    assert addresses.find_reply_address(mine).revoked_at == NOW
    assert addresses.find_reply_address(other).revoked_at is None


def test_message_ids_are_stable_and_cannot_be_guessed():
    """S-55: the same parts give the same id; an id that only looks like ours is not."""
    mine = addresses.message_id("c", "4711", "n", 3)
    assert mine == addresses.message_id("c", "4711", "n", 3)
    assert addresses.is_own_message_id(mine)
    assert addresses.is_own_message_id(mine.upper().replace("C.4711.N.3", "c.4711.n.3"))
    guessed = mine.replace("4711", "4712")
    for wrong in (
        guessed,
        "<c.4711@memo.example>",
        "<a.b.c@memo.example>",
        mine.replace("memo.example", "x.example"),
        "",
    ):
        assert not addresses.is_own_message_id(wrong)


def test_message_ids_carry_no_surprises():
    """S-44: whatever the parts hold, the id is one token."""
    value = addresses.message_id("c", 'a b>\r\nBcc: x@y "', "ä" * 300)
    assert len(value) < 255
    assert not set(value[1:-1]) & set(' <>\r\n"')


def test_bounce_addresses_name_one_mail(queued):
    """A bounce address finds its mail; a changed one finds none."""
    mail = queued("notice:1")
    address = addresses.bounce_address("notice:1")
    assert addresses.find_bounced(address.upper()) == mail
    assert addresses.find_bounced(addresses.bounce_address("notice:2")) is None
    assert addresses.find_reply_address(address) is None
