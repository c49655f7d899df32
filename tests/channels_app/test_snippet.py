"""The line for a website: what it says, and that a hostile value cannot leave its attribute (M-43, S-22)."""

from html.parser import HTMLParser

from channels_app.models import Widget
from channels_app.snippet import painted, snippet_of


class Reader(HTMLParser):
    """Collects tags with their attributes, and the text between."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data


def test_one_script_with_address_and_key():
    line = snippet_of("https://memo.example", Widget(public_key="pk_1"))
    assert Reader(line).tags == [
        ("script", {"async": None, "src": "https://memo.example/w/memo.js", "data-key": "pk_1"})
    ]


def test_the_colour_is_one_of_ours_or_left_out():
    assert 'data-colour="oklch(' in snippet_of("https://memo.example", Widget(public_key="pk_1", colour="ocean"))
    assert "data-colour" not in snippet_of("https://memo.example", Widget(public_key="pk_1", colour="red;x:url(//e)"))


def test_nothing_leaves_its_attribute():
    line = snippet_of('https://m.example"><img onerror=x>', Widget(public_key='"><svg onload=x>'))
    assert [tag for tag, _ in Reader(line).tags] == ["script"]


def test_painted_is_text_that_reads_like_the_line():
    line = snippet_of("https://memo.example", Widget(public_key="pk_1"))
    shown = Reader(painted(line))
    assert {tag for tag, _ in shown.tags} == {"span"}
    assert shown.text.replace("\n ", "") == str(line)
