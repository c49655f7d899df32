"""What is new in an answer: every program's quote goes, nothing that was written is lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mail.quoting import marker_line, split
from tests.mail.samples import ATTRIBUTIONS, BLOCKS, HTML, TRAPS

NEW = "Ja, zwei Lampen fehlen.\n\nBitte heute noch schicken, Grüße aus der Halle!"
OLD = (
    "Guten Tag Herr Fuchs,\n\nfehlt etwas in der Lieferung? Bitte sehen Sie nach.\n\nMit freundlichen Grüßen\nIhr Lager"
)
QUOTED = "\n".join(f"> {line}".rstrip() for line in OLD.split("\n"))
SENT = "##- Bitte oberhalb dieser Zeile antworten -##\n\n" + OLD


def _name(sample) -> str:
    return sample[0] if isinstance(sample, tuple) else ""


@pytest.mark.parametrize("gap", ["\n\n", "\n"], ids=["blank", "noblank"])
@pytest.mark.parametrize("sample", ATTRIBUTIONS, ids=_name)
def test_attributions_above_quoted_lines(sample, gap):
    """Case 29: thirty programs, twenty languages, with and without an empty line before."""
    assert split(text=f"{NEW}{gap}{sample[1]}\n{QUOTED}\n").text == NEW
    assert split(text=f"{NEW}{gap}{sample[1]}\n\n{QUOTED}\n").text == NEW


UNSIGNED = [sample for sample in ATTRIBUTIONS if not sample[0].startswith(("horde", "gmail old"))]


@pytest.mark.parametrize("sample", UNSIGNED, ids=_name)
def test_attributions_above_text_without_any_sign(sample):
    """Case 29: programs that quote without `>`."""
    assert split(text=f"{NEW}\n\n{sample[1]}\n\n{OLD}\n").text == NEW


@pytest.mark.parametrize("gap", ["\n\n", "\n"], ids=["blank", "noblank"])
@pytest.mark.parametrize("sample", BLOCKS, ids=_name)
def test_header_blocks(sample, gap):
    """Case 29: Outlook and its relatives."""
    assert split(text=f"{NEW}{gap}{sample[1]}\n\n{OLD}\n").text == NEW


@pytest.mark.parametrize("sample", HTML, ids=_name)
def test_structures_of_html(sample):
    """Case 29: what programs say by classes, ids and borders."""
    new, old = NEW.replace("\n", "<br>"), "".join(f"<p>{line}</p>" for line in OLD.split("\n"))
    assert split(html=sample[1].format(new=new, old=old)).text == NEW


@pytest.mark.parametrize("text", TRAPS)
def test_what_only_looks_like_a_quote_stays(text):
    """Cases 21 and 33: stories, form data, dashes, greetings, lists."""
    assert split(text=text).text == text


@pytest.mark.parametrize("language", ["de", "en", "sv"])
@pytest.mark.parametrize("mark", ["", "> "], ids=["bare", "quoted"])
def test_our_marker_cuts_below_a_headline_nobody_knows(language, mark):
    """Case 30."""
    text = f"{NEW}\n\n==== Lager Nord ====\n\n{mark}{marker_line(language)}\n{mark}\n{mark}Guten Tag,\n{mark}fehlt etwas?\n"
    assert split(text=text).text == NEW


def test_our_own_text_is_quote_without_any_sign():
    """Case 30: the mail that is answered is known, wrapped differently by the program."""
    wrapped = OLD.replace("Lieferung? Bitte", "Lieferung?\nBitte")
    assert split(text=f"{NEW}\n\nLager, neulich <x@y.example>\n\n{wrapped}\n", sent_text=SENT).text == NEW
    assert (
        split(html=f"<div>{NEW}</div><div>{OLD.replace(chr(10), '<br>')}</div>", sent_text=SENT).text.split()
        == NEW.split()
    )


def test_repeating_a_word_of_ours_is_no_quote():
    """Short lines that are in our mail too stay when new text follows."""
    text = "Guten Tag Herr Fuchs,\n\ndas stimmt so.\n\nKommen Sie morgen?"
    assert split(text=text, sent_text=SENT).text == text


def test_answers_between_quotes_keep_what_they_answer():
    """Case 31: inline answers make sense only with their questions."""
    text = "Am 05.05.26 um 08:15 schrieb Lager:\n> Fehlt etwas?\n\nJa, zwei.\n\n> Wann sollen sie kommen?\n\nHeute.\n"
    assert split(text=text).text == "> Fehlt etwas?\n\nJa, zwei.\n\n> Wann sollen sie kommen?\n\nHeute."


def test_inline_answers_in_html():
    """Case 31 as Gmail and Thunderbird write it."""
    html = (
        '<div class="gmail_quote"><div class="gmail_attr">On Tue, May 5, 2026 Depot wrote:</div>'
        '<blockquote class="gmail_quote">Anything missing?</blockquote><div>Yes, two.</div>'
        '<blockquote class="gmail_quote">When?</blockquote><div>Today.</div></div>'
    )
    assert split(html=html).text == "> Anything missing?\n\nYes, two.\n\n> When?\n\nToday."


def test_an_answer_below_the_quote():
    """Case 32: bottom posting."""
    assert split(text=f"Am 05.05.26 um 08:15 schrieb Lager:\n{QUOTED}\n\n{NEW}\n").text == NEW
    assert split(text=f"{QUOTED}\n\n{NEW}\n").text == NEW


@pytest.mark.parametrize(
    ("text", "new", "signature"),
    [
        ("Ja.\n\n-- \nBen Fuchs\nNordlicht GmbH", "Ja.", "-- \nBen Fuchs\nNordlicht GmbH"),
        (
            "Ja.\n\nMit freundlichen Grüßen\n\nBen Fuchs\nTel.: +49 451 1234",
            "Ja.",
            "Mit freundlichen Grüßen\n\nBen Fuchs\nTel.: +49 451 1234",
        ),
        ("Yes.\n\nKind regards,\nBen", "Yes.", "Kind regards,\nBen"),
        (
            "Ja.\n\nMed vänlig hälsning\nBen Fuchs\nKund AB | Storgatan 1",
            "Ja.",
            "Med vänlig hälsning\nBen Fuchs\nKund AB | Storgatan 1",
        ),
        ("Ja.\n\nVG Ben", "Ja.", "VG Ben"),
        ("Ja.\n\nMvh\nBen", "Ja.", "Mvh\nBen"),
        ("Ja.\n\nVon meinem iPhone gesendet", "Ja.", "Von meinem iPhone gesendet"),
        ("Yes.\n\nSent from my phone", "Yes.", "Sent from my phone"),
        ("Ja.\n\nSkickat från min iPhone", "Ja.", "Skickat från min iPhone"),
        ("Yes.\n\nGet Outlook for Android<https://aka.ms/x>", "Yes.", "Get Outlook for Android<https://aka.ms/x>"),
        ("Yes.\n\n/Ben", "Yes.", "/Ben"),
        (
            "[EXTERNAL] This mail originated outside of the company.\n\nYes.",
            "Yes.",
            "[EXTERNAL] This mail originated outside of the company.",
        ),
        (
            "Yes.\n\nThis message is intended solely for the addressee.",
            "Yes.",
            "This message is intended solely for the addressee.",
        ),
    ],
)
def test_signatures_step_aside(text, new, signature):
    """E-19: the text without signature; it is kept, not thrown away."""
    found = split(text=text)
    assert (found.text, found.signature) == (new, signature.replace("-- ", "--"))


def test_a_postscript_below_the_signature_stays():
    """Case 34."""
    text = "Bitte Rückruf.\n\nMit freundlichen Grüßen\nBen Fuchs\n\nPS: am besten nach 16 Uhr.\n"
    assert split(text=text).text == "Bitte Rückruf.\n\nPS: am besten nach 16 Uhr."


@pytest.mark.parametrize("text", ["Danke!", "Viele Grüße\nBen", "-- \nBen", "Von meinem iPhone gesendet", "OK"])
def test_a_mail_that_is_all_signature_is_its_text(text):
    """Nobody's answer becomes nothing."""
    assert split(text=text).text == text.replace("-- ", "--")


def test_nothing_but_a_quote_is_an_empty_answer():
    """Case 35: empty, with the quote at hand."""
    found = split(text=f"Am 05.05.26 um 08:15 schrieb Lager:\n{QUOTED}\n")
    assert (found.text, "fehlt etwas" in found.quoted) == ("", True)


def test_a_forward_keeps_what_was_forwarded():
    """WG:/Fwd:/VB:: note and original apart."""
    text = "Bitte prüfen.\n\n---------- Weitergeleitete Nachricht ----------\nVon: Kim <kim@abc.example>\nBetreff: Lampen\n\nZwei fehlen.\n"
    found = split(text=text)
    assert (found.text, "Zwei fehlen." in found.forwarded) == ("Bitte prüfen.", True)


def test_nothing_is_thrown_away():
    """The full text stays whole."""
    text = f"{NEW}\n\nMfG\nBen\n\n{ATTRIBUTIONS[0][1]}\n{QUOTED}"
    assert split(text=text).full == text


def test_links_keep_their_target():
    """What a link says is not where it leads."""
    found = split(
        html='<p>See <a href="https://x.example/manual">the manual</a>, page 2.</p><p><a href="https://y.example">y.example</a></p>'
    )
    assert found.text == "See the manual, page 2. <https://x.example/manual>\n\ny.example"


def test_html_becomes_readable_lines():
    """Lists, tables, breaks, hidden preview text, empty paragraphs of Outlook."""
    html = (
        '<div style="display:none">preview</div><p>One<br>two</p><ul><li>a</li><li>b</li></ul>'
        "<table><tr><td>x</td><td>y</td></tr></table><style>p{}</style><script>1</script><pre>k\n  l</pre>"
    )
    assert split(html=html).text == "One\ntwo\n\n- a\n- b\n\nx y\n\nk\n  l"


@given(st.text(alphabet=st.sampled_from("ab> :\n-_*@.<\t1Onwrote"), max_size=400))
def test_no_text_breaks_it(text):
    """S-57: any text is split, and what is new was in the mail."""
    found = split(text=text)
    kept = "".join(found.text.replace("> …", "").split()).replace(">", "")
    letters = "".join(text.split()).replace(">", "")
    assert len(kept) <= len(letters)


@given(st.text(alphabet=st.sampled_from("<>/divblockquote =\"'class"), max_size=300))
def test_no_html_breaks_it(text):
    """S-57: any markup is read."""
    assert isinstance(split(html=text).text, str)
