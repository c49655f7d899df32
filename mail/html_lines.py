"""An HTML mail as lines of text that know whether the mail program marked them as quote or signature."""

from __future__ import annotations

import html as html_entities
import re
from collections.abc import Iterator

from selectolax.lexbor import LexborHTMLParser, LexborNode

from mail.decoding import clean_body
from mail.lines import Line, plain_lines
from mail.phrases import ALL_LABELS, FORWARD

HTML_CAP = 1024 * 1024
DEPTH_CAP = 200
# Nested deeper than this, or with formatting to be opened again in every paragraph, a tree costs minutes or gigabytes.
_SCAN_DEPTH = 500
_SCAN_COST = 500_000

_TAG = re.compile(r"<(/?)([a-zA-Z][^\s/>]*)")


def _tags(names: str) -> frozenset[str]:
    return frozenset(names.split())


_VOID = _tags(
    "area base br col embed hr img input link meta param source track wbr"
    " p li td th tr dd dt option thead tbody tfoot o:p"
)
_FORMATTING = _tags("a b big code em font i nobr s small strike strong tt u")
_SKIPPED = _tags("head style script title template noscript object svg math iframe select button")
_BLOCK = _tags(
    "address article aside blockquote body center dd details div dl dt fieldset figure footer form h1 h2 h3 h4 h5 h6"
    " header hr li main nav ol p pre section table tbody td th tfoot thead tr ul"
)
_SPACED = _tags("p h1 h2 h3 h4 h5 h6 ul ol pre")
_INLINE_CELL = _tags("td th")
_HIDDEN = re.compile(r"display\s*:\s*none|mso-hide\s*:\s*all|visibility\s*:\s*hidden")
_PRE = re.compile(r"white-space\s*:\s*(?:pre|break-spaces)")
_TIGHT = re.compile(r"margin(?:-top|-bottom)?\s*:\s*0")
_RULED = re.compile(r"border-top\s*:\s*(?!none|0|medium)[^;]*solid|border-top-style\s*:\s*solid")
_LABEL = re.compile(r"^\W*([^\W\d_][\w ]{0,16}?)\s*[:：]")

_QUOTES = (
    "yahoo_quoted",
    "protonmail_quote",
    "moz-cite-prefix",
    "gmail_attr",
    "zmail_extra",
    "tutanota_quote",
)
_QUOTE_IDS = ("reply-intro", "mail-editor-reference-message-container", "olk_src_body_section", "appleoriginalcontents")
_QUOTE_NAMES = ("quote", "messagereplysection")
_QUOTE_MARKERS = ("__QUOTED_TEXT__", "__HEADERS__")
_FOLLOWS = ("divrplyfwdmsg", "appendonsend", "stopspelling", "zwchr", "orighead")
_SIGNATURES = (
    "gmail_signature",
    "moz-signature",
    "ms-outlook-mobile-signature",
    "applemailsignature",
    "gmail_signature_prefix",
)


def html_lines(html: str) -> list[Line]:
    """The visible lines of an HTML body, at most 1 MB of it; linear time whatever the nesting (email.md §3, cap 5)."""
    html = html[:HTML_CAP]
    if _is_bomb(html):
        return plain_lines(_without_tags(html))
    tree = LexborHTMLParser(html)
    root = tree.body or tree.root
    return _Walk().run(root) if root is not None else []


def referenced_content_ids(html: str) -> set[str]:
    """The cid: references of an HTML body, without the scheme."""
    return set(re.findall(r"cid:([^\"'\s>)]{1,250})", html[:HTML_CAP], re.IGNORECASE))


class _Walk:
    """One pass over the tree in document order, without recursion."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self.buffer: list[str] = []
        self.links: list[str] = []
        self.blank_due = False
        self.depth = 0
        self.pre = 0
        self.marks: list[str] = []
        self.rest = ""
        self.looks = 0

    def run(self, root: LexborNode) -> list[Line]:
        stack: list[tuple[LexborNode, bool, str]] = [(root, False, "")]
        levels = 0
        while stack:
            node, leaving, undo = stack.pop()
            if leaving:
                self._leave(node, undo)
                levels -= 1
                continue
            tag = node.tag or ""
            if tag == "-text":
                self._text(node.text_content or "")
            elif not tag.startswith("-") and not self._is_skipped(node, tag):
                if levels >= DEPTH_CAP:
                    self._text(node.text(deep=True))
                    continue
                levels += 1
                stack.append((node, True, self._enter(node, tag)))
                stack.extend((child, False, "") for child in reversed(list(_children(node))))
        self._break()
        return self.lines

    def _is_skipped(self, node: LexborNode, tag: str) -> bool:
        return tag in _SKIPPED or bool(_HIDDEN.search(_style(node)))

    def _enter(self, node: LexborNode, tag: str) -> str:
        """Opens an element; the answer tells _leave what to take back."""
        undo = ""
        if tag == "br":
            self._break(always=True)
        elif tag in _INLINE_CELL:
            self.buffer.append(" ")
        elif tag in _BLOCK:
            self._break()
            self.blank_due |= tag in _SPACED and not _is_tight(node)
        mark = self._mark_of(node, tag)
        if mark:
            self._break()
            self.marks.append(mark)
            undo += "m"
        if tag == "blockquote":
            self.depth += 1
            undo += "d"
        if tag == "pre" or _PRE.search(_style(node)):
            self.pre += 1
            undo += "p"
        self._special(node, tag)
        return undo

    def _special(self, node: LexborNode, tag: str) -> None:
        if tag == "li":
            self.buffer.append("- ")
        elif tag == "img":
            alt = (node.attributes.get("alt") or "").strip()
            if alt and len(alt) <= 4 and not alt.isascii():
                self.buffer.append(alt)
        elif tag == "a":
            self._link(node)

    def _leave(self, node: LexborNode, undo: str) -> None:
        tag = node.tag or ""
        if tag in _BLOCK and tag not in _INLINE_CELL:
            self._break()
            self.blank_due |= tag in _SPACED and not _is_tight(node)
        if "m" in undo:
            self._break()
            self.marks.pop()
        if "d" in undo:
            self.depth -= 1
        if "p" in undo:
            self.pre -= 1

    def _text(self, text: str) -> None:
        if self.pre and "\n" in text:
            head, *more = clean_body(text).split("\n")
            self.buffer.append(head)
            for line in more:
                self._break(always=True)
                self.buffer.append(line)
            return
        self.buffer.append(clean_body(text).replace("\n", " "))

    def _link(self, node: LexborNode) -> None:
        """Keeps where a link leads, at the end of its line, unless its text says so already."""
        target = (node.attributes.get("href") or "").strip()
        if (
            target.lower().startswith(("http://", "https://"))
            and len(target) <= 500
            and not self.marks
            and not self.rest
        ):
            text = node.text(deep=True).strip()
            if text and text.lower().rstrip("/") not in target.lower() and target.lower() not in text.lower():
                self.links.append(target)

    def _break(self, always: bool = False) -> None:
        raw = "".join(self.buffer).replace("\xa0", " ")
        text = raw.rstrip() if self.pre else " ".join(raw.split())
        if text or always:
            if self.blank_due and text and self.lines and self.lines[-1].text:
                self.lines.append(Line("", self.depth, self._mark()))
            if text:
                self.blank_due = False
            tail = "".join(f" <{link}>" for link in self.links)
            self.lines.append(Line(text + tail, self.depth, self._mark()))
        elif raw and self.lines and self.lines[-1].text:
            self.lines.append(Line("", self.depth, self._mark()))
        self.buffer, self.links = [], []

    def _mark(self) -> str:
        return self.rest or (self.marks[-1] if self.marks else "")

    def _mark_of(self, node: LexborNode, tag: str) -> str:
        """What the mail program itself says this element is: "quote", "forward", "signature" or nothing."""
        names = f"{node.attributes.get('class') or ''} {node.attributes.get('id') or ''}"[:500].lower()
        if self.marks and self.marks[-1] != "signature":
            return ""
        if names.strip():
            if any(one in names for one in _FOLLOWS):
                self._break()
                self.rest = self.rest or "quote"
            if any(one in names for one in _SIGNATURES):
                return "signature"
            if any(one in names for one in _QUOTES) or any(one in names for one in _QUOTE_IDS):
                return "quote"
            if "gmail_quote" in names:
                return self._gmail(node, tag)
        return self._mark_by_attribute(node, tag)

    def _mark_by_attribute(self, node: LexborNode, tag: str) -> str:
        attributes = node.attributes
        if tag == "blockquote" and ((attributes.get("type") or "").lower() == "cite" or "cite" in attributes):
            return "quote"
        if tag == "div" and (attributes.get("name") or "").lower() in _QUOTE_NAMES:
            return "quote"
        if (attributes.get("data-marker") or "").upper() in _QUOTE_MARKERS:
            return "quote"
        if tag == "div" and _RULED.search(_style(node)) and self._starts_with_label(node):
            self._break()
            self.rest = self.rest or "quote"
        return ""

    def _gmail(self, node: LexborNode, tag: str) -> str:
        """A blockquote is the quote; the box around it may hold answers between quotes, so it is none itself."""
        if tag == "blockquote":
            return "quote"
        text = self._text_of(node)
        if FORWARD.match(text.split("\n", 1)[0][:200]) or re.match(r"-{5,}\s*\w", text):
            return "forward"
        return "" if node.css_first("blockquote") is not None else "quote"

    def _text_of(self, node: LexborNode) -> str:
        """The text of a whole element, for the first fifty asked for: reading inner ones again and again adds up."""
        self.looks += 1
        return node.text(deep=True).strip() if self.looks <= 50 else ""

    def _starts_with_label(self, node: LexborNode) -> bool:
        match = _LABEL.match(self._text_of(node)[:60])
        return bool(match and match[1].strip().casefold() in ALL_LABELS)


def _children(node: LexborNode) -> Iterator[LexborNode]:
    child = node.first_child
    while child is not None:
        yield child
        child = child.next


def _style(node: LexborNode) -> str:
    return (node.attributes.get("style") or "")[:500].lower()


def _is_tight(node: LexborNode) -> bool:
    """Outlook's paragraphs stand without space; their empty lines are paragraphs of their own."""
    name = node.attributes.get("class") or ""
    return "MsoNormal" in name or "MsoListParagraph" in name or bool(_TIGHT.search(_style(node)))


def _is_bomb(html: str) -> bool:
    """Counts open tags without building anything: too deep, or too much formatting left open for too many blocks."""
    depth = formatting = deepest_formatting = tags = 0
    for match in _TAG.finditer(html):
        tags += 1
        name = match[2].lower()
        if name in _VOID:
            continue
        step = -1 if match[1] else 1
        if name in _FORMATTING:
            formatting = max(0, formatting + step)
            deepest_formatting = max(deepest_formatting, formatting)
        depth = max(0, depth + step)
        if depth > _SCAN_DEPTH:
            return True
    return deepest_formatting * tags > _SCAN_COST


def _without_tags(html: str) -> str:
    text = re.sub(r"<(?:br|/p|/div|/li|/tr|p|div|li|tr)\b[^<>]*>", "\n", html, flags=re.IGNORECASE)
    return clean_body(html_entities.unescape(re.sub(r"<[^<>]*>", "", text)))
