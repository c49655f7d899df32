"""Who is told of a message: the table of model.md §4.3 (A-02, N-47, N-53, N-56, N-60, N-65, N-66, INV-08). Pure."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications import policy
from notifications.policy import DEFAULTS, EVERY, ROWS, WAYS, Case, Told, Wish, team_to_tell

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


NONE, MINE = Wish(from_customers=False), Wish(cells={"new": frozenset()})
REPLIES = Wish(cells={"replies": EVERY})
NO_CUSTOMERS = dict.fromkeys(TEAM, NONE)


@pytest.mark.parametrize(
    ("what", "facts", "wishes", "expected"),
    [
        # --- a customer's message
        ("ringing: the holder alone", case(routing="ringing", holder=CEM), {}, {CEM}),
        ("ringing: whatever the others want", case(routing="ringing", holder=CEM, followers=TEAM), {}, {CEM}),
        ("ringing: whatever the holder wants of customers", case(routing="ringing", holder=CEM), NO_CUSTOMERS, {CEM}),
        ("waiting for the opening: nobody", case(routing="waiting", followers=TEAM), {}, set()),
        ("assigned: the assignee", case(routing="assigned", assignee=BEN), {}, {BEN}),
        ("assigned: and who follows", case(routing="assigned", assignee=BEN, followers={BEN, DORA}), {}, {BEN, DORA}),
        ("assigned: by preference", case(routing="assigned", assignee=BEN, followers={DORA}), {DORA: NONE}, {BEN}),
        ("assigned: “mine” is mine", case(routing="assigned", assignee=BEN), {BEN: MINE}, {BEN}),
        ("assigned: even the assignee may want none", case(routing="assigned", assignee=BEN), {BEN: NONE}, set()),
        ("unclaimed after ringing: managers", case(after_ring=True), {}, {ANNA}),
        ("unclaimed after ringing: whatever they want of customers", case(after_ring=True), NO_CUSTOMERS, {ANNA}),
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
            {DORA: REPLIES},
            {DORA},
        ),
        (
            "reply: the switch without following is nothing",
            case(by_requester=False, author_id=BEN, followers={BEN}),
            {DORA: REPLIES},
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
            {BEN: Wish(cells={"my_replies": frozenset()})},
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
            {CEM: Wish(cells={"internal": frozenset()})},
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
            {ANNA: Wish(cells={"direct": frozenset()})},
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
    assert BEN not in told(facts, dict.fromkeys(TEAM, REPLIES))


@pytest.mark.parametrize(
    ("off", "expected"),
    [
        (set(), EVERY),
        ({"email"}, EVERY - {"email"}),
        ({"in_app"}, {"push", "email"}),  # none of the three (N-54)
        ({"sound"}, EVERY - {"sound"}),
        ({"in_app", "email", "push"}, None),
    ],
)
def test_how_one_is_told(off, expected):
    """N-54 and N-56 are two switches; with everything off one is not told at all."""
    found = team_to_tell(case(routing="assigned", assignee=BEN), {BEN: Wish(ways=EVERY - off)})
    assert found == ([Told(BEN, "mine", frozenset(expected))] if expected else [])


@pytest.mark.parametrize(
    ("wish", "customers", "colleagues"),
    [
        (Wish(), True, True),
        (Wish(from_customers=False), False, True),
        (Wish(from_users=False), True, False),
        (Wish(from_customers=False, from_users=False), False, False),
    ],
    ids=["both", "colleagues", "customers", "none"],
)
def test_the_two_switches_of_the_user_panel(wish, customers, colleagues):
    """N-27, N-65: either, both, none."""
    asked = case(routing="assigned", assignee=BEN)
    answered = case(by_requester=False, author_id=CEM, assignee=BEN, followers={BEN, CEM})
    inside = case(kind="internal", by_requester=False, author_id=CEM, followers={BEN, CEM})
    private = case(kind="direct", by_requester=False, author_id=CEM, followers={BEN, CEM})
    assert (BEN in told(asked, {BEN: wish})) is customers
    for facts in (answered, inside, private):
        assert (BEN in told(facts, {BEN: wish})) is colleagues


def test_a_name_calls_in_who_wants_internal_messages_only_by_name():
    """A mention is a row of its own; whoever wants nothing internal is not called in by it either (N-66)."""
    facts = case(kind="internal", by_requester=False, author_id=BEN, followers={BEN, CEM, DORA}, mentioned={CEM, DORA})
    by_name = Wish(cells={"internal": frozenset({"in_app"}), "mention": EVERY})
    nothing = Wish(cells={"internal": frozenset()})
    found = {one.user_id: one for one in team_to_tell(facts, {CEM: by_name, DORA: nothing})}
    assert set(found) == {CEM}
    assert found[CEM] == Told(CEM, "mention", EVERY)


def test_a_name_in_what_customers_read_is_a_word_like_any_other():
    facts = case(by_requester=False, author_id=BEN, followers={BEN}, mentioned={CEM})
    assert told(facts) == set()


# --- the same for all cases: the rule of model.md §4.3, written once more -----------------------------------------
PEOPLE = st.frozensets(st.sampled_from([BEN, CEM, DORA, ANNA, EVA]))
ONE = st.none() | st.sampled_from([BEN, CEM, DORA, ANNA])
WAY_SETS = st.frozensets(st.sampled_from(WAYS))
WISHES = st.builds(
    Wish,
    cells=st.dictionaries(st.sampled_from(ROWS), WAY_SETS),
    ways=WAY_SETS,
    from_customers=st.booleans(),
    from_users=st.booleans(),
)
CASES = st.builds(
    Case,
    kind=st.sampled_from(["customer", "internal", "direct"]),
    routing=st.sampled_from(["none", "waiting", "ringing", "unclaimed", "assigned", "open"]),
    author_id=ONE,
    by_requester=st.booleans(),
    automatic=st.booleans(),
    assignee=ONE,
    holder=ONE,
    after_ring=st.booleans(),
    followers=PEOPLE,
    inbox_people=PEOPLE,
    managers=PEOPLE,
    mentioned=PEOPLE,
)


def concerned(facts: Case) -> frozenset[int]:
    """Recipients, from the table: kind × who wrote × where it stands."""
    table = {
        ("direct", None): facts.followers,
        ("internal", None): facts.followers,
        ("team", None): facts.followers,
        ("customer", "none"): facts.inbox_people,
        ("customer", "waiting"): frozenset(),
        ("customer", "ringing"): frozenset({facts.holder}),
        ("customer", "unclaimed"): facts.managers if facts.after_ring else facts.inbox_people,
        ("customer", "assigned"): facts.followers | {facts.assignee},
        ("customer", "open"): facts.inbox_people,
    }
    by_team = facts.kind == "customer" and not facts.by_requester
    key = "team" if by_team else facts.kind
    return table[key, facts.routing if key == "customer" else None] - {None}


@given(facts=CASES, wishes=st.dictionaries(st.sampled_from([BEN, CEM, DORA, ANNA, EVA]), WISHES))
def test_the_rule_holds_in_every_case(facts, wishes):
    """Never the author, never of automatic lines, never beyond the table; whoever wants everything is told."""
    found = {one.user_id: one for one in team_to_tell(facts, wishes)}
    assert facts.author_id not in found
    if facts.automatic:
        assert not found
        return
    assert set(found) <= concerned(facts)
    everything = Wish(cells=dict.fromkeys(ROWS, EVERY))
    rows = {one.user_id: one.row for one in team_to_tell(facts, dict.fromkeys([BEN, CEM, DORA, ANNA, EVA], everything))}
    for user_id in concerned(facts) - {facts.author_id}:
        wish = wishes.get(user_id, policy.DEFAULT)
        if user_id not in found:
            assert not wish.of(rows[user_id])
            continue
        ways, row = found[user_id].ways, found[user_id].row
        allowed = wish.cells.get(row, DEFAULTS[row]) & wish.ways
        assert ways <= allowed | ({"in_app"} if row == "offer" else set())
        assert "in_app" in ways or not ways & {"sound", "flash"}
        assert not (row in policy.FROM_CUSTOMERS and not wish.from_customers)
        assert not (row in policy.FROM_USERS and not wish.from_users)


@given(facts=CASES)
def test_whoever_has_chosen_nothing_is_told_by_every_way(facts):
    """model.md §8: the defaults; only colleagues' answers in conversations of others stay silent (N-60)."""
    if facts.automatic:
        return
    silent = set()
    if facts.kind == "customer" and not facts.by_requester:
        silent = facts.followers - {facts.assignee}
    found = {one.user_id for one in team_to_tell(facts, {})}
    assert found == concerned(facts) - {facts.author_id} - silent


@given(wish=WISHES)
def test_what_rings_is_always_shown(wish):
    """A-02: silence and preferences never hide a request that rings at somebody."""
    assert "in_app" in wish.of("offer")
