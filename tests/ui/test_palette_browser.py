"""Which commands fit what somebody types into the palette, and which of them Enter may run (matching.js)."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.browser

COMMANDS = [
    ("Do not disturb", "You"),
    ("Ring again", "This conversation"),
    ("Move to another inbox", "This conversation"),
    ("Mark unread", "This conversation"),
    ("Internal messages", "Nordlicht GmbH"),
    ("Assigned to me", "Nordlicht GmbH"),
    ("Posteingänge", "Settings"),
    ("Profile", "Settings"),
    ("Assign to: Dora Lindqvist", "This conversation", "Assign to"),
]
SURE = {
    "asgn to me": "Assigned to me",
    "atm": "Assigned to me",
    "ass me": "Assigned to me",
    "disturb": "Do not disturb",
    "do dis": "Do not disturb",
    "posteingange": "Posteingänge",
    "settings prof": "Profile",
    "gmbh in": "Internal messages",
    "assign dora": "Assign to: Dora Lindqvist",
    "mark": "Mark unread",
}
# Letters that merely come in this order, a part of a word, the name of the group: offered at most.
UNSURE = {
    "udo": [], "vertrag": [], "max": [], "dora": ["Assign to: Dora Lindqvist"], "team": [], "cem": [], "settings": None,
    "asgn": None, "eingang": ["Posteingänge"], "": [], " ": [], "#": [], "?": [],
}  # fmt: skip


@pytest.fixture
def ranked(lab):
    code = """
    const { ranked } = await use("memo/conversations/matching");
    const commands = argument.commands.map(([label, where, heading]) => ({ label, where, heading }));
    const names = (list) => list.map(({ label }) => label);
    return argument.queries.map((query) => Object.values(ranked(commands, query)).map(names));
    """
    return lambda queries: lab.run(code, {"commands": COMMANDS, "queries": list(queries)})


def test_beginnings_of_words_and_first_letters_are_meant(ranked):
    """The best is the one that Enter runs."""
    assert {query: found[0][:1] for query, found in zip(SURE, ranked(SURE), strict=True)} == {
        query: [label] for query, label in SURE.items()
    }


def test_nothing_else_is_run_by_enter(ranked):
    for (query, expected), (sure, unsure) in zip(UNSURE.items(), ranked(UNSURE), strict=True):
        assert sure == [], query
        if expected is not None:
            assert unsure == expected, query
