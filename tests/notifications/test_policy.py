"""Who is told of a message: the table of model.md §4.3 (A-02, N-47, N-53, N-56, N-60, N-65, N-66, INV-08). Pure."""

from __future__ import annotations

import pytest

from notifications.policy import Case, Told, Wish, team_to_tell

BEN, CEM, DORA, ANNA, EVA = 1, 2, 3, 4, 5
TEAM = frozenset({BEN, CEM, DORA, ANNA})


def case(**facts) -> Case:
    """A visitor's message to an inbox of Ben, Cem, Dora and the admin Anna."""
    return Case(
        **{
            "kind": "customer",
            "routing": "unclaimed",
            "author_id": None,
            "by_requester": True,
            "automatic": False,
            "inbox_people": TEAM,
            "managers": frozenset({ANNA}),
            **facts,
        }
    )


def told(facts: Case, wishes: dict[int, Wish] | None = None) -> set[int]:
    return {person.user_id for person in team_to_tell(facts, wishes or {})}


NONE, MINE = Wish(customer_messages="none"), Wish(customer_messages="mine")
EVERY = dict.fromkeys(TEAM, NONE)


@pytest.mark.parametrize(
    ("what", "facts", "wishes", "expected"),
    [
        # --- a customer's message
        ("ringing: the holder alone", case(routing="ringing", holder=CEM), {}, {CEM}),
        ("ringing: whatever the others want", case(routing="ringing", holder=CEM, followers=TEAM), {}, {CEM}),
        ("ringing: whatever the holder wants of customers", case(routing="ringing", holder=CEM), EVERY, {CEM}),
        ("waiting for the opening: nobody", case(routing="waiting", followers=TEAM), {}, set()),
        ("assigned: the assignee", case(routing="assigned", assignee=BEN), {}, {BEN}),
        ("assigned: and who follows", case(routing="assigned", assignee=BEN, followers={BEN, DORA}), {}, {BEN, DORA}),
        ("assigned: by preference", case(routing="assigned", assignee=BEN, followers={DORA}), {DORA: NONE}, {BEN}),
        ("assigned: “mine” is mine", case(routing="assigned", assignee=BEN), {BEN: MINE}, {BEN}),
        ("assigned: even the assignee may want none", case(routing="assigned", assignee=BEN), {BEN: NONE}, set()),
        ("unclaimed after ringing: managers", case(after_ring=True), {}, {ANNA}),
        ("unclaimed after ringing: whatever they want of customers", case(after_ring=True), EVERY, {ANNA}),
        ("fresh claim mode: everybody", case(), {}, TEAM),
        ("fresh claim mode: by preference", case(), {BEN: NONE, CEM: MINE}, {DORA, ANNA}),
        ("fresh claim mode: “mine” with following", case(followers={CEM}), {CEM: MINE}, TEAM),
        ("open mode: everybody", case(routing="open"), {}, TEAM),
        ("open mode: by preference", case(routing="open"), {BEN: NONE, CEM: MINE, ANNA: NONE}, {DORA}),
        # --- a colleague's reply to the customer
        ("reply: nobody but those who asked", case(by_requester=False, author_id=BEN, followers=TEAM), {}, set()),
        (
            "reply: who follows with the switch on “all”",
            case(by_requester=False, author_id=BEN, followers={BEN, DORA}),
            {DORA: Wish(user_to_customer="all")},
            {DORA},
        ),
        (
            "reply: the switch without following is nothing",
            case(by_requester=False, author_id=BEN, followers={BEN}),
            {DORA: Wish(user_to_customer="all")},
            set(),
        ),
        (
            "reply: “mine” = assigned to me",
            case(by_requester=False, author_id=ANNA, assignee=BEN, followers={BEN, DORA}),
            {},
            {BEN},
        ),
        (
            "reply: “none”",
            case(by_requester=False, author_id=ANNA, assignee=BEN, followers={BEN}),
            {BEN: Wish(user_to_customer="none")},
            set(),
        ),
        # --- internal and direct
        (
            "internal: who follows",
            case(kind="internal", by_requester=False, author_id=BEN, followers={BEN, CEM}),
            {},
            {CEM},
        ),
        (
            "internal: switched off",
            case(kind="internal", by_requester=False, author_id=BEN, followers={BEN, CEM, DORA}),
            {CEM: Wish(internal=False)},
            {DORA},
        ),
        (
            "direct: the other",
            case(kind="direct", by_requester=False, author_id=EVA, followers={EVA, ANNA}),
            {},
            {ANNA},
        ),
        (
            "direct: switched off",
            case(kind="direct", by_requester=False, author_id=EVA, followers={EVA, ANNA}),
            {ANNA: Wish(direct=False)},
            set(),
        ),
        # --- nobody, ever
        ("automatic lines never", case(automatic=True, followers=TEAM), {}, set()),
        ("automatic lines never, inside either", case(kind="internal", automatic=True, followers=TEAM), {}, set()),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_who_is_told(what, facts, wishes, expected):
    """One row per sentence of the rule."""
    assert told(facts, wishes) == set(expected)


@pytest.mark.parametrize("kind", ["customer", "internal", "direct"])
@pytest.mark.parametrize("routing", ["ringing", "assigned", "unclaimed", "open"])
def test_never_of_one_s_own_message(kind, routing):
    """INV-08, whatever else holds."""
    facts = case(
        kind=kind,
        routing=routing,
        author_id=BEN,
        assignee=BEN,
        holder=BEN,
        followers=TEAM,
        managers={BEN},
        by_requester=False,
    )
    everything = dict.fromkeys(TEAM, Wish(user_to_customer="all"))
    assert BEN not in told(facts, everything)


@pytest.mark.parametrize(
    ("in_app", "email", "expected"),
    [(True, True, (True, True)), (True, False, (True, False)), (False, True, (False, True)), (False, False, None)],
)
def test_how_one_is_told(in_app, email, expected):
    """N-54 and N-56 are two switches; with both off one is not told at all."""
    found = team_to_tell(case(routing="assigned", assignee=BEN), {BEN: Wish(in_app=in_app, email=email)})
    assert found == ([Told(BEN, *expected)] if expected else [])
