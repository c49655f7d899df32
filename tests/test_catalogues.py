"""German and Swedish are complete: every text of the sources has its translation, with the same parts, and nothing else
is kept. `python3 dev.py messages --update` collects new texts; then the empty ones are written by hand."""

from __future__ import annotations

import gettext
import re
from collections import Counter
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po
from django.conf import settings

from devtools import texts
from memo import catalogues

ROOT = Path(__file__).resolve().parent.parent
LANGUAGES = [code for code, _ in settings.LANGUAGES if code != "en"]
_PARTS = re.compile(r"%\(\w+\)[a-z]|%%|\{\w*\}|</?[a-z]+[^>]*>|https?://(?:[\w.]*\w)?")


@pytest.fixture(scope="session")
def wanted() -> Catalog:
    return texts.collect(ROOT)


@pytest.fixture(scope="session", params=LANGUAGES)
def known(request) -> Catalog:
    with _path(request.param).open("rb") as file:
        return read_po(file, locale=request.param, abort_invalid=True)


def _path(language: str) -> Path:
    return ROOT / "locale" / language / "LC_MESSAGES" / "django.po"


def _key(message: Message) -> tuple[str, str]:
    """What gettext looks up: the text (the singular one) and its context."""
    return (message.id[0] if message.pluralizable else message.id), message.context or ""


def _pairs(message: Message) -> list[tuple[str, str]]:
    """(English, translated) for each form: the first form of a plural stands for the singular, the others for the plural."""
    if not message.pluralizable:
        return [(message.id, message.string)]
    singular, plural = message.id
    return [(singular if at == 0 else plural, form) for at, form in enumerate(message.string)]


def test_the_catalogues_are_those_of_the_languages_that_can_be_chosen():
    assert tuple(LANGUAGES) == texts.LANGUAGES
    assert sorted(path.parent.parent.name for path in ROOT.glob("locale/*/LC_MESSAGES/*.po")) == sorted(LANGUAGES)


def test_every_text_of_the_sources_is_translated(wanted, known):
    """Run `python3 dev.py messages --update`, write what is empty in locale/<language>/LC_MESSAGES/django.po."""
    there = {_key(message): message for message in known if message.id}
    missing = [
        f"{_key(message)[0]!r} of {message.locations[0][0]}"
        for message in wanted
        if message.id and not (_key(message) in there and all(form for _, form in _pairs(there[_key(message)])))
    ]
    assert not missing, f"{known.locale}: {len(missing)} without a translation: " + "; ".join(missing)


def test_nothing_is_unsure_or_left_over(wanted, known):
    used = {_key(message) for message in wanted if message.id}
    unused = [_key(message)[0] for message in known if message.id and _key(message) not in used]
    assert not unused, f"{known.locale}: no longer in the sources: {unused}"
    assert not known.obsolete
    assert [message.id for message in known if message.id and message.fuzzy] == []


def test_placeholders_and_markup_are_those_of_the_english_text(known):
    """A lost %(name)s is a lost name, a new one is an error 500, and markup is what the page may show."""
    wrong = [
        (english, form)
        for message in known
        if message.id
        for english, form in _pairs(message)
        if Counter(_PARTS.findall(english)) != Counter(_PARTS.findall(form))
    ]
    assert wrong == []


def test_plurals_have_every_form_of_the_language(known):
    assert [message.id for message in known if message.pluralizable and len(message.string) != known.num_plurals] == []


def test_space_and_line_ends_around_a_text_stay(known):
    pairs = [pair for message in known if message.id for pair in _pairs(message)]
    assert [
        (a, b) for a, b in pairs if (a[:1].isspace(), a[-1:].isspace()) != (b[:1].isspace(), b[-1:].isspace())
    ] == []
    assert [(a, b) for a, b in pairs if a.endswith("…") != b.endswith("…") or a.endswith(":") != b.endswith(":")] == []


def test_quotation_marks_are_those_of_the_language(known):
    foreign = {"de": "”", "sv": "„“"}[str(known.locale)]
    forms = [form for message in known if message.id for _, form in _pairs(message)]
    assert [form for form in forms if any(mark in form for mark in foreign)] == []
    assert [form for form in forms if sum(map(form.count, "„“”")) % 2] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_catalogue_compiles_and_is_read(language, tmp_path):
    copy = tmp_path / "locale" / language / "LC_MESSAGES" / "django.po"
    copy.parent.mkdir(parents=True)
    copy.write_bytes(_path(language).read_bytes())
    (compiled,) = catalogues.compile_stale(tmp_path)
    with compiled.open("rb") as file:
        read = gettext.GNUTranslations(file)
    assert read.gettext("Conversations") == {"de": "Gespräche", "sv": "Konversationer"}[language]
    assert read.pgettext("appearance", "Look") == {"de": "Aussehen", "sv": "Utseende"}[language]
    few = [read.ngettext("%(n)s person", "%(n)s people", n) for n in (0, 1, 2)]
    assert few == {"de": ["%(n)s Personen", "%(n)s Person", "%(n)s Personen"],
                   "sv": ["%(n)s personer", "%(n)s person", "%(n)s personer"]}[language]  # fmt: skip


def test_the_loader_speaks_every_language_by_itself():
    """static/widget/loader.src.js runs in a foreign page without Django; each language has as many words as English."""
    source = (ROOT / "static" / "widget" / "loader.src.js").read_text()
    table = dict(re.findall(r"^    (\w\w): \[(.*)\],$", source, re.MULTILINE))
    assert sorted(table) == sorted(["en", *LANGUAGES])
    assert {len(re.findall(r"'([^']+)'", words)) for words in table.values()} == {3}
