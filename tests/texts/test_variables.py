"""Variables are looked up, never evaluated (G-22…G-25, INV-17, S-29)."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from texts.variables import LABELS, Values, fill, has_variables, unknown_in

VALUES = Values(
    {"contact.first_name": "Kim", "account.name": "Nordlicht", "contact.last_name": ""},
    {"contact.last_name": "customer"},
)


def test_values_defaults_and_nothing():
    """The value, else the text's own default, else the company's, else nothing – and that is told."""
    filled = fill(
        "{{account.name}}: Hello {{ contact.first_name|friend }} {{contact.last_name}}{{contact.organisation}}", VALUES
    )
    assert filled.text == "Nordlicht: Hello Kim customer"
    assert filled.missing == ("contact.organisation",)
    assert fill("Hello {{contact.last_name|you}}", VALUES).text == "Hello you"
    assert fill("Hello {{contact.organisation|you}}", VALUES) == fill("Hello you", VALUES)


@pytest.mark.parametrize(
    "text",
    [
        "{{7*7}}",
        "{% if true %}x{% endif %}",
        "${7*7}",
        "{{ settings.SECRET_KEY }}",
        "{{contact.company.users}}",
        "{{constructor.constructor}}",
        "{{contact.first_name.__class__}}",
        "{{}}",
        "{ {contact.first_name} }",
    ],
)
def test_anything_else_is_text(text):
    """S-29: nothing runs, nothing is looked up beside the table."""
    assert fill(text, VALUES).text == text
    assert not has_variables(text)


def test_a_value_is_never_a_variable():
    """A contact who calls himself {{account.name}} gets nothing looked up, whoever fills again."""
    nasty = Values({"contact.first_name": "{{{{account.name}}}}", "account.name": "Nordlicht"})
    once = fill("Hello {{contact.first_name}}", nasty).text
    assert "{{" not in once
    assert fill(once, nasty).text == once
    assert "\n" not in fill("{{contact.first_name}}", Values({"contact.first_name": "a\r\nBcc: b"})).text


@given(st.text(alphabet="{}| \ncontact.firs_naelk%$7*", max_size=200))
def test_no_known_variable_is_left(text):
    """INV-17: whatever is written, nothing that is a known variable comes out."""
    assert not has_variables(fill(text, VALUES).text)


@pytest.mark.parametrize("text", ["{" * 10_000, "{{" * 5_000, "{{a." * 2_500, "{{contact.first_name|" + "x" * 9_000])
def test_ten_thousand_characters_take_no_time(text):
    began = time.perf_counter()
    fill(text, VALUES)
    assert time.perf_counter() - began < 0.2


def test_spelling_mistakes_are_found():
    assert unknown_in("{{contact.firstname}} {{contact.first_name}} {{7*7}}") == ["contact.firstname"]
    assert all("." in key for key in LABELS)
