"""Whose turn it is: one at a time, fair, at most so many rounds (M-34, M-38, M-44, A-04, E-09, E-10)."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from channels_app.rotation import Place, Turn, candidates, next_in_line

T0 = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
BEN, CEM, DORA = 1, 2, 3


def line(*user_ids: int, available: bool = True, online: bool = True) -> list[Place]:
    """Members in this order, none offered anything yet."""
    return [Place(user, position, None, available, online) for position, user in enumerate(user_ids)]


def ring_out(places: list[Place], *, max_rounds: int, fixed: bool = False, preferred: int | None = None) -> list[Turn]:
    """Every turn of a ring to which nobody reacts."""
    turns: list[Turn] = []
    while True:
        turn = next_in_line(
            places,
            tried=[(t.user_id, t.round) for t in turns],
            max_rounds=max_rounds,
            fixed=fixed,
            preferred=preferred,
        )
        if turn is None:
            return turns
        turns.append(turn)
        moment = T0 + timedelta(seconds=len(turns))
        places = [replace(p, last_offered_at=moment) if p.user_id == turn.user_id else p for p in places]


def test_nobody_there_nobody_rings():
    """An empty line, or everybody away: unclaimed at once."""
    assert ring_out([], max_rounds=3) == []
    assert ring_out(line(BEN, CEM, available=False), max_rounds=3) == []


def test_a_single_member_is_asked_once():
    """No colleague to go to (model.md §4.2)."""
    assert ring_out(line(BEN), max_rounds=10) == [Turn(BEN, 1)]


def test_two_members_two_rounds_are_four_offers():
    """E-09: in turn, then nobody."""
    assert ring_out(line(BEN, CEM), max_rounds=2) == [Turn(BEN, 1), Turn(CEM, 1), Turn(BEN, 2), Turn(CEM, 2)]


def test_online_before_offline_in_both_orders():
    """Whoever has a page open is asked first."""
    places = [replace(line(BEN)[0], online=False), *line(CEM, DORA)]
    for fixed in (True, False):
        assert [p.user_id for p in candidates(places, tried=frozenset(), fixed=fixed)] == [CEM, DORA, BEN]


def test_rotation_asks_the_least_recently_offered_and_fixed_the_first():
    """`rotation` spreads, `fixed` always begins at the top of the list."""
    places = [
        replace(p, last_offered_at=T0 + timedelta(seconds=s)) for p, s in zip(line(1, 2, 3), (9, 1, 5), strict=True)
    ]
    assert ring_out(places, max_rounds=1) == [Turn(2, 1), Turn(3, 1), Turn(1, 1)]
    assert ring_out(places, max_rounds=1, fixed=True) == [Turn(1, 1), Turn(2, 1), Turn(3, 1)]


def test_a_new_member_comes_first_in_a_rotation():
    """Never offered = least recently offered."""
    places = [replace(p, last_offered_at=T0) for p in line(BEN, CEM)] + [Place(DORA, 2, None, True, True)]
    assert ring_out(places, max_rounds=1)[0] == Turn(DORA, 1)


def test_the_former_assignee_is_asked_first_if_available():
    """Reopened by the customer (model.md §4.1); away: the ring begins as usual."""
    assert ring_out(line(BEN, CEM, DORA), max_rounds=1, preferred=DORA)[0] == Turn(DORA, 1)
    away = [replace(p, available=p.user_id != DORA) for p in line(BEN, CEM, DORA)]
    assert ring_out(away, max_rounds=1, preferred=DORA) == [Turn(BEN, 1), Turn(CEM, 1)]


def test_whoever_turns_available_in_the_middle_gets_their_turn():
    """The line is read anew at every turn."""
    places = [*line(BEN, CEM), Place(DORA, 2, None, False, True)]
    tried = [(BEN, 1), (CEM, 1)]
    assert next_in_line(places, tried=tried, max_rounds=1, fixed=False) is None
    places[2] = replace(places[2], available=True)
    assert next_in_line(places, tried=tried, max_rounds=1, fixed=False) == Turn(DORA, 1)


def test_three_requests_in_a_row_go_to_three_members():
    """M-44, E-10: each accepted at once; with Ben away the next go to Cem and Dora only."""
    places = line(BEN, CEM, DORA)
    first: list[int] = []
    for n in range(6):
        if n == 3:
            places = [replace(p, available=p.user_id != BEN) for p in places]
        turn = next_in_line(places, tried=[], max_rounds=3, fixed=False)
        first.append(turn.user_id)
        moment = T0 + timedelta(minutes=n)
        places = [replace(p, last_offered_at=moment) if p.user_id == turn.user_id else p for p in places]
    assert sorted(first[:3]) == [BEN, CEM, DORA]
    assert first[3:] == [CEM, DORA, CEM]


places_of = st.lists(st.tuples(st.booleans(), st.booleans(), st.none() | st.integers(0, 5)), max_size=6).map(
    lambda rows: [
        Place(user, position, None if last is None else T0 - timedelta(minutes=last), available, online)
        for position, (user, (available, online, last)) in enumerate(enumerate(rows))
    ]
)


@given(places_of, st.integers(1, 10), st.booleans(), st.none() | st.integers(0, 5))
def test_a_ring_that_nobody_answers(places, max_rounds, fixed, preferred):
    """Ends; never the same member twice running; each round asks every available member at most once; bounded."""
    turns = ring_out(places, max_rounds=max_rounds, fixed=fixed, preferred=preferred)
    available = {p.user_id for p in places if p.available}
    assert {t.user_id for t in turns} == available
    assert all(a.user_id != b.user_id for a, b in pairwise(turns))
    assert all(count == 1 for count in Counter((t.user_id, t.round) for t in turns).values())
    assert [t.round for t in turns] == sorted(t.round for t in turns)
    assert len(turns) == (len(available) if len(available) < 2 else len(available) * max_rounds)
    assert all(1 <= t.round <= max_rounds for t in turns)


@given(places_of, st.booleans())
def test_online_members_come_before_offline_ones_within_a_round(places, fixed):
    """In the first round nobody who is offline is asked before somebody who is online."""
    online = {p.user_id: p.online for p in places}
    asked = [online[t.user_id] for t in ring_out(places, max_rounds=1, fixed=fixed)]
    assert asked == sorted(asked, reverse=True)


@given(st.integers(2, 6), st.integers(1, 40))
def test_rotation_is_fair(members, requests):
    """Requests taken at once by equally present members: nobody gets two more first offers than another."""
    places = line(*range(members))
    got: Counter[int] = Counter(dict.fromkeys(range(members), 0))
    for n in range(requests):
        turn = next_in_line(places, tried=[], max_rounds=3, fixed=False)
        got[turn.user_id] += 1
        moment = T0 + timedelta(minutes=n)
        places = [replace(p, last_offered_at=moment) if p.user_id == turn.user_id else p for p in places]
    assert max(got.values()) - min(got.values()) <= 1


@given(
    places_of,
    st.lists(st.tuples(st.integers(0, 5), st.integers(1, 4)), max_size=8),
    st.integers(1, 4),
    st.booleans(),
)
def test_a_turn_after_any_history(places, tried, max_rounds, fixed):
    """However the line changed meanwhile: only somebody available, not the last one, not twice in a round."""
    tried = sorted(tried, key=lambda t: t[1])
    turn = next_in_line(places, tried=tried, max_rounds=max_rounds, fixed=fixed)
    if turn is None:
        return
    assert turn.user_id in {p.user_id for p in places if p.available}
    assert turn.round <= max_rounds
    assert (turn.user_id, turn.round) not in tried
    if tried:
        assert turn.user_id != tried[-1][0]
        assert turn.round in {tried[-1][1], tried[-1][1] + 1}
