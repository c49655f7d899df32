"""Words in templates: looked up once per language, and otherwise exactly as Django's own tag does."""

from __future__ import annotations

import pytest
from django.template import Context, Template
from django.utils import translation

from ui.templatetags.constant_texts import ConstantTranslateNode

PLAIN = "{% load i18n %}"  # Django's own tag again


@pytest.mark.parametrize(
    "source",
    [
        '{% translate "Search" %}',
        "{% translate 'Search' %}",
        '{% translate "From" context "date" %}',
        '{% translate "100%% sure & <b>" %}',
        "{% translate word %}",
        '{% translate "Search"|upper %}',
        '{% translate "Search" as found %}[{{ found }}]',
        '{% translate "Search" noop %}',
        '{% translate "From" context word %}',
    ],
)
def test_the_same_words_as_django_s_tag(source):
    """In each language, again and in between; values of the context stay what they are and are escaped."""
    ours, theirs = Template(source), Template(PLAIN + source)
    for word in ("Search", "date", "<i>"):
        for language in ("en", "de", "sv", "de", "en"):
            with translation.override(language):
                assert ours.render(Context({"word": word})) == theirs.render(Context({"word": word}))


def test_only_literals_are_remembered():
    kinds = [
        [isinstance(node, ConstantTranslateNode) for node in Template(source).nodelist]
        for source in ('{% translate "Search" %}', "{% translate word %}", '{% translate "Search" as x %}')
    ]
    assert kinds == [[True], [False], [False]]
    german = Template('{% translate "Search" %}')
    with translation.override("de"):
        assert german.render(Context()) == "Suchen"
