"""What was searched for is marked in what was found."""

import pytest

from ui.templatetags.marking import marked


@pytest.mark.parametrize(
    ("text", "query", "shown"),
    [
        ("Nordö Möbler AB", "mobler NORD", "<mark>Nord</mark>ö <mark>Möbler</mark> AB"),
        ("Süd AG", "", "Süd AG"),
        ("Süd AG", "xyz", "Süd AG"),
        ("<b>Süd</b> & Co", "<b> &", "<mark>&lt;b&gt;</mark>Süd&lt;/b&gt; <mark>&amp;</mark> Co"),
        ("C++ (GmbH)", "++ (", "C<mark>++</mark> <mark>(</mark>GmbH)"),
        ("Straße", "straße", "<mark>Straße</mark>"),
    ],
)
def test_words_are_marked_and_everything_is_escaped(text, query, shown):
    assert marked(text, query) == shown
