"""What people may write into a message: a small Markdown, read once into a tree; HTML, plain words and the chat's own
drawing are made of that tree (S-22, S-26, S-27).

Bold, italic, strike, code, code block, lists, quote, links – nothing else: no picture, no HTML, no heading. A text
without any of these stays exactly what was typed. A tree is a list of strings and nodes [tag, children, attribute];
strings are text and never markup, whoever draws them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from urllib.parse import urlsplit

import nh3
from django.template.defaultfilters import linebreaksbr
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.rules_block.list import list_block
from markdown_it.rules_block.state_block import StateBlock
from markdown_it.rules_inline.state_inline import Delimiter, StateInline
from markdown_it.token import Token

from conversations.linking import MAX_LINKS, address_at, linked, next_address

Node = list
Tree = list

_MARKS = re.compile(r"[*_`~\[]|^[ \t]*(?:>|[-+][ \t]|\d{1,9}[.)][ \t])", re.MULTILINE)
# More than this is a log or a bomb, not markup: it stays text (≤ 50 ms for everything).
_MOST_SIGNS, _MOST_BLOCKS, _MOST_LINES = 400, 250, 1_000
_BLOCK = re.compile(r"^[ \t]*(?:>|[-+*][ \t]|\d{1,9}[.)][ \t]|```|~~~)", re.MULTILINE)
_SIGNS = re.compile(r"[*_`~\[\]]")
_LONG = 4_000
_KEPT = 4_096
_DEEPEST = 18
_NUMBERED = re.compile(r"[ \t]*(\d{1,9})[.)][ \t]")
_SAFE = ("http://", "https://", "mailto:")
_BLOCKS = {
    "paragraph": "p", "bullet_list": "ul", "ordered_list": "ol", "list_item": "li", "blockquote": "blockquote",
}  # fmt: skip
_INLINE = {"strong": "strong", "em": "em", "s": "s"}
_OPEN = {
    "p": '<p dir="auto">', "ul": "<ul>", "li": '<li dir="auto">', "blockquote": '<blockquote dir="auto">',
    "pre": '<pre dir="ltr"><code>', "code": '<code dir="ltr">', "strong": "<strong>", "em": "<em>", "s": "<s>",
    "small": "<small>",
}  # fmt: skip
_CLOSE = {"pre": "</code></pre>", "a": "</a>", "ol": "</ol>", "at": "</span>"}
_GUARD = nh3.Cleaner(
    tags={"p", "ul", "ol", "li", "blockquote", "pre", "code", "strong", "em", "s", "small", "a", "span", "br"},
    attributes={
        "a": {"href", "target", "rel"}, "ol": {"start"}, "span": {"class", "data-user"},
        **{tag: {"dir"} for tag in ("p", "li", "blockquote", "pre", "code")},
    },
    url_schemes={"http", "https", "mailto"},
    link_rel=None,
)  # fmt: skip


# --- reading ----------------------------------------------------------------------------------------------------
def tree(text: str, names: Sequence[tuple[str, str]] = ()) -> Tree | None:
    """The text as a tree; None when it holds no markup. `names`: (name, public id) of those mentioned as “@name”."""
    if not names and not _MARKS.search(text):
        return None
    kept = tuple(sorted((tuple(one) for one in names), key=lambda one: -len(one[0])))
    return _kept_tree(text, kept) if len(text) <= _LONG else _read(text, kept)


def _read(text: str, names: tuple[tuple[str, str], ...]) -> Tree:
    found = [["p", [text]]]
    if text.count("\n") <= _MOST_LINES and len(_BLOCK.findall(text)) <= _MOST_BLOCKS:
        tokens = _PARSER.parse(text, {"links": 0})
        # Nested too deep the parser drops what is inside; and what shows nothing was not meant as markup.
        if all(token.level < _DEEPEST for token in tokens) and _shows(read := _blocks(tokens)):
            found = read
    return _with_names(found, names) if names else found


def _shows(nodes: Tree) -> bool:
    return any(node.strip() if isinstance(node, str) else _shows(node[1]) for node in nodes)


_kept_tree = lru_cache(_KEPT)(_read)


def _blocks(tokens: Sequence[Token]) -> Tree:
    found: Tree = []
    stack = [found]
    for token in tokens:
        if token.type == "inline":
            stack[-1].extend(_words(token.children or []))
        elif token.type == "fence":
            stack[-1].append(["pre", [token.content.rstrip("\n")]])
        elif not token.hidden and token.nesting > 0:
            node = [_BLOCKS[token.type.removesuffix("_open")], [], *([token.attrs["start"]] if token.attrs else [])]
            stack[-1].append(node)
            stack.append(node[1])
        elif not token.hidden and token.nesting < 0:
            stack.pop()
    return found


def _words(tokens: Sequence[Token]) -> Tree:
    found: Tree = []
    stack = [found]
    for token in tokens:
        if token.type == "text":
            _add(stack[-1], token.content)
        elif token.type in {"softbreak", "hardbreak"}:
            _add(stack[-1], "\n")
        elif token.type == "code_inline":
            stack[-1].append(["code", [token.content]])
        elif token.nesting > 0:
            tag = _INLINE.get(token.type.removesuffix("_open"), "a")
            node = [tag, [], token.attrs["href"]] if tag == "a" else [tag, []]
            stack[-1].append(node)
            stack.append(node[1])
        else:
            stack.pop()
            _tell_host(stack[-1])
    return found


def _add(children: Tree, text: str) -> None:
    if not text:
        return
    if children and isinstance(children[-1], str):
        children[-1] += text
    else:
        children.append(text)


def _tell_host(children: Tree) -> None:
    """A link whose words are not its address says where it leads."""
    node = children[-1]
    if node[0] == "a" and not _is_address(plain_of(node[1]), node[2]):
        children.append(["small", [f" ({host_of(node[2])})"]])


def _is_address(words: str, target: str) -> bool:
    return target in {words, f"https://{words}", f"mailto:{words}"}


def host_of(address: str) -> str:
    """Where an address leads, in the letters that cannot pretend: “example.com”, “xn--…”, or who gets a mail."""
    if address.startswith("mailto:"):
        return address.removeprefix("mailto:").partition("?")[0]
    try:
        host = urlsplit(address).hostname or ""
        return host if host.isascii() else host.encode("idna").decode()
    except (ValueError, UnicodeError):
        return "?"


def _with_names(children: Tree, names: tuple[tuple[str, str], ...]) -> Tree:
    """“@Ben Fuchs” as a node of its own, outside of code and links."""
    wanted = re.compile("@(" + "|".join(re.escape(name) for name, _ in names) + r")(?!\w)", re.IGNORECASE)
    ids = {name.casefold(): public_id for name, public_id in names}

    def within(nodes: Tree) -> Tree:
        found: Tree = []
        for node in nodes:
            if isinstance(node, str):
                found += split(node)
            elif node[0] in {"code", "pre", "a"}:
                found.append(node)
            else:
                found.append([node[0], within(node[1]), *node[2:]])
        return found

    def split(text: str) -> Tree:
        found, at = [], 0
        for hit in wanted.finditer(text):
            if hit.start() and (text[hit.start() - 1].isalnum() or text[hit.start() - 1] == "@"):
                continue
            _add(found, text[at : hit.start()])
            found.append(["at", [hit[0]], ids.get(hit[1].casefold(), "")])
            at = hit.end()
        _add(found, text[at:])
        return found

    return within(children)


# --- drawing ----------------------------------------------------------------------------------------------------
def rendered(text: str, names: Sequence[tuple[str, str]] = ()) -> SafeString:
    """The message as HTML: escaped, only the tags named above, links that tell the other side nothing."""
    found = tree(text, names)
    return linked(text) if found is None else _drawn(found, "\n")


def for_mail(text: str) -> SafeString:
    """The same for mail programs, which keep no line ends."""
    found = tree(text)
    return linebreaksbr(text, autoescape=True) if found is None else _drawn(found, "<br>")


def _drawn(nodes: Tree, line_end: str) -> SafeString:
    if len(nodes) == 1 and nodes[0][0] == "p":
        nodes = nodes[0][1]
    return mark_safe(_GUARD.clean("".join(_html(nodes, line_end))))  # noqa: S308 -- escaped below, cleaned here


def _html(nodes: Tree, line_end: str) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, str):
            yield escape(node).replace("\n", line_end)
            continue
        tag, children, *more = node
        if tag == "a":
            yield format_html('<a href="{}" target="_blank" rel="noopener noreferrer nofollow">', more[0])
        elif tag == "ol":
            yield format_html('<ol start="{}">', int(more[0])) if more else "<ol>"
        elif tag == "at":
            yield format_html('<span class="at" data-user="{}">', more[0])
        else:
            yield _OPEN[tag]
        yield from _html(children, "\n" if tag == "pre" else line_end)
        yield _CLOSE.get(tag) or f"</{tag}>"


def plain(text: str) -> str:
    """The words alone, as previews, mails and search results show them; lists and quotes keep their signs."""
    found = tree(text)
    return text if found is None else plain_of(found)


def preview_of(body: str) -> str:
    """The one line that lists and offers show: the words without their signs, at most 140 characters."""
    whole = body.encode("utf-8", "replace").decode("utf-8").replace("\x00", "")
    return " ".join(plain(whole).split())[:140]


def plain_of(nodes: Tree) -> str:
    """The words of a tree, blocks divided by an empty line."""
    if any(not isinstance(node, str) and node[0] in {"p", "ul", "ol", "blockquote", "pre"} for node in nodes):
        return "\n\n".join(part for part in map(_plain_block, _gathered(nodes)) if part)
    return "".join(node if isinstance(node, str) else _plain_node(node) for node in nodes)


def _gathered(nodes: Tree) -> Iterator[Node]:
    """Loose words between blocks (the text of a tight list item) as blocks of their own."""
    loose: Tree = []
    for node in nodes:
        if isinstance(node, str) or node[0] not in {"p", "ul", "ol", "blockquote", "pre"}:
            loose.append(node)
            continue
        if loose:
            yield ["p", loose]
            loose = []
        yield node
    if loose:
        yield ["p", loose]


def _plain_block(node: Node) -> str:
    tag, children, *more = node
    if tag in {"ul", "ol"}:
        first = int(more[0]) if more else 1
        signs = (f"{first + place}. " if tag == "ol" else "- " for place in range(len(children)))
        return "\n".join(_hung(sign, plain_of(item[1])) for sign, item in zip(signs, children, strict=True))
    if tag == "blockquote":
        return "\n".join(f"> {line}".rstrip() for line in plain_of(children).split("\n"))
    return plain_of(children)


def _hung(sign: str, text: str) -> str:
    indent = " " * len(sign)
    lines = [line for line in text.split("\n") if line]
    return "\n".join((sign if not place else indent) + line for place, line in enumerate(lines))


def _plain_node(node: Node) -> str:
    tag, children, *more = node
    words = plain_of(children)
    if tag == "a" and not _is_address(words, more[0]):
        return f"{words} ({more[0]})"
    return "" if tag == "small" else words


# --- the parser: markdown-it with nothing but these rules ----------------------------------------------------------
def _text(state: StateInline, silent: bool) -> bool:
    """Words up to the next sign, or a web address whole, whatever signs are in it."""
    address = address_at(state.src, state.pos, state.posMax)
    if address:
        if not silent:
            _push_address(state, address)
        state.pos += len(address)
        return True
    sign = state.md.inline.terminator_re.search(state.src, state.pos, state.posMax)
    end = sign.start() if sign else state.posMax
    if end == state.pos:
        return False
    end = next_address(state.src, state.pos + 1, end)
    if not silent:
        state.append_pending(state.src[state.pos : end])
    state.pos = end
    return True


def _push_address(state: StateInline, address: str) -> None:
    if state.linkLevel or state.env["links"] >= MAX_LINKS:
        state.append_pending(address)
        return
    state.env["links"] += 1
    state.push("link_open", "a", 1).attrs = {"href": address if "://" in address else f"https://{address}"}
    state.push("text", "", 0).content = address
    state.push("link_close", "a", -1)


def _emphasis(state: StateInline, silent: bool) -> bool:
    """As markdown-it's, but no sign inside a word counts: 2*3*4 and snake_case stay what they are."""
    marker = state.src[state.pos]
    if silent or marker not in "_*":
        return False
    scanned = state.scanDelims(state.pos, False)
    for _ in range(scanned.length):
        state.push("text", "", 0).content = marker
        place = len(state.tokens) - 1
        state.delimiters.append(
            Delimiter(ord(marker), scanned.length, place, -1, scanned.can_open, scanned.can_close)
        )  # fmt: skip
    state.pos += scanned.length
    return True


def _list(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """As markdown-it's, but “24. December” alone is a date: a list that is numbered begins with 1 or goes on."""
    number = None if silent else _number_in(state, start)
    if number is not None and number > 1 and (start + 1 >= end or _number_in(state, start + 1) != number + 1):
        return False
    return list_block(state, start, end, silent)


def _number_in(state: StateBlock, line: int) -> int | None:
    found = _NUMBERED.match(state.src, state.bMarks[line], state.eMarks[line])
    return int(found[1]) if found else None


def _inline(state) -> None:
    """Signs in bulk are no markup."""
    for token in state.tokens:
        if token.type != "inline":
            continue
        token.children = []
        if sum(1 for _ in _SIGNS.finditer(token.content)) > _MOST_SIGNS:
            token.children = [Token("text", "", 0, content=token.content)]
        else:
            state.md.inline.parse(token.content, state.md, state.env, token.children)


def _parser() -> MarkdownIt:
    parser = MarkdownIt("zero").enable(
        ["fence", "blockquote", "list", "newline", "backticks", "strikethrough", "emphasis", "link"]
    )
    parser.inline.ruler.at("text", _text)
    parser.inline.ruler.at("emphasis", _emphasis)
    parser.block.ruler.at("list", _list, {"alt": ["paragraph", "blockquote"]})
    parser.core.ruler.at("inline", _inline)
    parser.validateLink = lambda url: url.lower().startswith(_SAFE)
    return parser


_PARSER = _parser()
