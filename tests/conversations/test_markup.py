"""The small Markdown: what is drawn, that nothing else ever is, nothing is lost, bounded time; S-22, S-26, S-27."""

from __future__ import annotations

import json
import re
import time
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations import markup

LINK = '<a href="{0}" target="_blank" rel="noopener noreferrer nofollow">{1}</a>'
ALLOWED = {"p", "ul", "ol", "li", "blockquote", "pre", "code", "strong", "em", "s", "small", "a", "span", "br"}
ATTRIBUTES = {"href", "target", "rel", "dir", "start", "class", "data-user"}


class Tags(HTMLParser):
    """Tags with their attributes, and the text between them."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict]] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data) -> None:
        self.text += data


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("**bold** and _italic_", "<strong>bold</strong> and <em>italic</em>"),
        ("~~gone~~ `code`", '<s>gone</s> <code dir="ltr">code</code>'),
        ("- a\n- b", '<ul><li dir="auto">a</li><li dir="auto">b</li></ul>'),
        ("1. a\n2. b\n3. c", '<ol><li dir="auto">a</li><li dir="auto">b</li><li dir="auto">c</li></ol>'),
        ("3. a\n4. b", '<ol start="3"><li dir="auto">a</li><li dir="auto">b</li></ol>'),
        ("> said\n\nno", '<blockquote dir="auto"><p dir="auto">said</p></blockquote><p dir="auto">no</p>'),
        ("```\na < b\n  c\n```", '<pre dir="ltr"><code>a &lt; b\n  c</code></pre>'),
        ("see **https://a.example/_x_/**", f"see <strong>{LINK.format(*['https://a.example/_x_/'] * 2)}</strong>"),
    ],
)
def test_what_is_drawn(text, html):
    """Bold, italic, strike, code, lists, quote, block; addresses inside of them."""
    assert markup.rendered(text) == html


@pytest.mark.parametrize(
    "text",
    [
        "2*3*4 = 24",
        "snake_case_name",
        "# no heading",
        "a | b\n--- | ---",
        "24. December suits me",
        "***\n---",
        "\\\\server\\share",
        "&amp; &lt;b&gt;",
        "[x]: /a.example",
        "a  b\n   c",
        "```",
        "> ",
        "[x](//a.example)",
        "[x](ftp://a.example)",
        "[x](data:text/html,y)",
        "[x](JaVaScRiPt:alert(1))",
        "[x](javascript&colon;alert(1))",
        "[x](vbscript:x)",
    ],
)
def test_everything_else_stays_as_typed(text):
    """Nothing that people write every day turns into something else, and no scheme but web and mail is a link."""
    shown = Tags(markup.rendered(text))
    assert [tag for tag, _ in shown.tags if tag != "p"] == []
    assert re.sub(r"\s", "", shown.text) == re.sub(r"\s", "", text)


def test_a_link_tells_where_it_leads():
    """Words that are not the address are followed by the host in plain letters (S-27)."""
    assert markup.rendered("[pay](https://evil.example/bank)") == (
        LINK.format("https://evil.example/bank", "pay") + "<small> (evil.example)</small>"
    )
    assert "xn--" in markup.rendered("[apple](https://аpple.com/)")
    assert "<small> (kim@abc.example)" in markup.rendered("[write](mailto:kim@abc.example?subject=x)")
    honest = markup.rendered("**x** https://a.example")
    assert "<small>" not in honest
    assert "(bank.example)" not in markup.rendered("[https://bank.example](https://evil.example)")


def test_a_name_is_a_chip_outside_of_code():
    """Mentions: only the named, not inside code, links and words."""
    names = [("Ben", "u-1"), ("Ben Fuchs", "u-2")]
    assert markup.rendered("@Ben Fuchs, @ben!", names) == (
        '<span class="at" data-user="u-2">@Ben Fuchs</span>, <span class="at" data-user="u-1">@ben</span>!'
    )
    assert "at" not in [attrs.get("class") for _, attrs in Tags(markup.rendered("`@Ben` x@Ben @Bent", names)).tags]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("**a** _b_ `c`", "a b c"),
        ("- a\n- b\n\n1. x\n2. y", "- a\n- b\n\n1. x\n2. y"),
        ("> a\n> b\n\nc", "> a\n> b\n\nc"),
        ("[bill](https://a.example/1)", "bill (https://a.example/1)"),
        ("https://a.example **x**", "https://a.example x"),
        ("```\nx = 1\n```", "x = 1"),
        ("no signs\n  at all", "no signs\n  at all"),
    ],
)
def test_the_plain_words(text, words):
    """What previews, search and mails' plain text show."""
    assert markup.plain(text) == words


def test_mail_programs_get_line_ends():
    """They know no white-space: pre-wrap."""
    assert markup.for_mail("a\n**b**\nc") == "a<br><strong>b</strong><br>c"
    assert markup.for_mail("a\n<b>") == "a<br>&lt;b&gt;"
    assert "<br>" not in markup.for_mail("```\na\nb\n```")


SIGNS = st.text(st.sampled_from("ab<>&\"'*_~`[]()!#-+.1> \n\t:/@\\|=hwtps"), max_size=120)
PIECES = st.lists(
    st.sampled_from(
        ["**", "_", "~~", "`", "```\n", "\n", "> ", "- ", "1. ", "[", "](", ")", "https://a.example/", "javascript:",
         "<img src=x onerror=y>", "</p><script>", "&#106;", "x", " ", "data:", "\u202e", '"', "mailto:a@b.c"]
    ),
    max_size=40,
).map("".join)  # fmt: skip


@given(SIGNS | PIECES | st.text(max_size=60))
def test_only_the_allowed_tags_ever(text):
    """No tag, attribute or address that is not ours, whatever is written; the drawing of chats and mails alike."""
    for html in (markup.rendered(text), markup.for_mail(text), markup.rendered(text, [("ab", "u")])):
        for tag, attrs in Tags(html).tags:
            assert tag in ALLOWED
            assert set(attrs) <= ATTRIBUTES
            if "href" in attrs:
                assert re.match(r"(?i)https?://|mailto:", attrs["href"])
                assert attrs["rel"] == "noopener noreferrer nofollow"


@given(SIGNS | PIECES)
def test_nothing_is_lost(text):
    """Every letter that was written can be read (language names of code blocks and addresses of links aside)."""
    found = markup.tree(text)
    json.dumps(found)
    if "```" in text or "~~~" in text or "](" in text:
        return
    letters = re.sub(r"[^a-z]", "", text)
    assert re.sub(r"[^a-z]", "", Tags(markup.rendered(text)).text) == letters
    assert re.sub(r"[^a-z]", "", markup.plain(text)) == letters


@pytest.mark.parametrize(
    "bomb",
    ["[", ">", "*", "_a", "`", "- ", "* ", "1. ", "(", "![", "[a](", "[](", "~", "> ", "a**", "**a ", "- a\n", "\n*",
     "> a\n", "1. a\n", "```\n", "*:", "www.", "http", "https://a.example ", "[x](http://a.b)", "@*", " \n*", "<a", "\u0301",
     "-\n", "  - a\n", ">\n\n", "[[", "]]", "`a", "_*", "~~a~~"],
)  # fmt: skip
def test_bombs_are_bounded(bomb):
    """S-26: 10,000 characters of anything in 50 ms (twice that on a busy machine), and all of it is still there."""
    text = (bomb * 10_000)[:10_000]
    best = 9.0
    for _ in range(3):
        began = time.perf_counter()
        markup._read(text, ())
        markup.rendered(text)
        best = min(best, time.perf_counter() - began)
    assert best < 0.1


def test_deep_nesting_keeps_the_words():
    """What the parser would drop inside of twenty quotes stays text."""
    assert "hello" in markup.rendered(">" * 60 + " hello")
    assert "hello" in markup.plain("- " * 60 + "hello")
