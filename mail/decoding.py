"""Bytes of a mail to clean text: charset ladder, encoded words, address lists; never raises, whatever was sent."""

from __future__ import annotations

import binascii
import codecs
import quopri
import re
from email.message import Message
from email.utils import getaddresses

ADDRESS_HEADER_CAP = 8 * 1024
HEADER_CAP = 64 * 1024
ADDRESSES_CAP = 100

_ALIASES = {
    "x-gbk": "gbk",
    "ansi_x3.110-1983": "cp1252",
    "ansi_x3.110": "cp1252",
    "iso-8859-8-i": "iso-8859-8",
    "iso-8859-8-e": "iso-8859-8",
    "iso-8859-6-i": "iso-8859-6",
    "unicode-1-1-utf-7": "utf-7",
    "utf8mb4": "utf-8",
    "unknown-8bit": "utf-8",
    "x-unknown": "utf-8",
    "default": "utf-8",
    "x-sjis": "cp932",
    "x-mac-roman": "mac-roman",
    "macintosh": "mac-roman",
    "ks_c_5601-1987": "cp949",
    "gb2312": "gb18030",
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "latin-1": "cp1252",
}
# Only codecs that turn bytes into letters: “punycode”, “idna” or “unicode_escape” from a stranger are not among them.
_TEXT_CODEC = re.compile(
    r"(ascii|utf-(7|8|16|32)(-[lb]e)?|iso8859-\d+|cp\d+|koi8-\w|mac-\w+|big5\w*|gb\w+|euc_\w+|shift_jis\w*"
    r"|iso2022_\w+|johab|hz|tis-620|kz1048|ptcp154|hp-roman8)"
)
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufeff\ufff9-\ufffb]")
_BIDI = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_WORD = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?([^?]{0,2000})\?=")
_BARE_ADDRESS = re.compile(r"[^\s<>()\",;:@\\]{1,64}@[^\s<>()\",;:@\\]{1,255}")


def codec_for(charset: str) -> str | None:
    """Python's name of a text codec for what a mail calls its charset; None for unknown and for dangerous ones."""
    name = charset.strip().strip("\"'").lower().removeprefix("charset=").strip("\"' ")
    try:
        found = codecs.lookup(_ALIASES.get(name, name)).name
    except (LookupError, ValueError, UnicodeError):
        return None
    return found if _TEXT_CODEC.fullmatch(found) else None


def decode(data: bytes, charset: str = "") -> str:
    """The text of `data`: the declared charset, else UTF-8, else Windows-1252; what fits nowhere becomes U+FFFD."""
    for codec in (codec_for(charset) if charset else None, "utf-8", "cp1252"):
        if codec:
            try:
                return data.decode(codec)
            except (UnicodeError, ValueError):
                continue
    return data.decode("cp1252", "replace")


def clean_body(text: str) -> str:
    """Text with unix line ends and without NUL, control characters, lone surrogates and byte order marks."""
    return _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n").replace("\x0c", "\n"))


def clean_line(text: str, limit: int = 500) -> str:
    """One line for names and subjects: no controls or direction overrides, single spaces, at most `limit` long."""
    return " ".join(_BIDI.sub("", _CONTROLS.sub(" ", text)).split())[:limit]


def raw_values(message: Message, name: str) -> list[str]:
    """The raw values of a header from top to bottom, 8-bit bytes as surrogates (Message.get() would hide them)."""
    wanted = name.lower()
    return [str(value) for header, value in message.raw_items() if header.lower() == wanted]


def header(message: Message, name: str, *, limit: int = 500) -> str:
    """The topmost header of this name as one clean line; "" when there is none."""
    values = raw_values(message, name)
    return header_text(values[0], limit=limit) if values else ""


def header_text(value: str, *, cap: int = HEADER_CAP, limit: int = 500) -> str:
    """A raw header value as one clean line: encoded words decoded, 8-bit bytes by the ladder, cut at `cap` before."""
    return clean_line(_decode_words(_unfolded(value, cap)), limit)


def addresses(values: list[str]) -> list[tuple[str, str]]:
    """(name, address) pairs of raw address headers; the address is lower-cased, at most 100 pairs, never raises."""
    pairs: list[tuple[str, str]] = []
    for value in values[:ADDRESSES_CAP]:
        pairs.extend(_pairs(_unfolded(value, ADDRESS_HEADER_CAP)))
        if len(pairs) >= ADDRESSES_CAP:
            break
    return pairs[:ADDRESSES_CAP]


def message_ids(values: list[str]) -> list[str]:
    """The <ids> of In-Reply-To or References headers, in order; of more than 20 the first and the last 19."""
    text = " ".join(_unfolded(value, HEADER_CAP * 2) for value in values[:3])
    found = list(dict.fromkeys(re.findall(r"<[^<>\s]{1,250}@[^<>\s]{1,250}>", text)))
    kept = found if len(found) <= 20 else [found[0], *found[-19:]]
    return [_CONTROLS.sub("", one) for one in kept if len(one) <= 255]


def same_address(one: str, other: str) -> bool:
    """True when both are the same mailbox: letters' case aside, international domains in either spelling."""
    return bool(one) and _normal(one) == _normal(other)


def domain_of(address: str) -> str:
    """The domain of an address in lower case ASCII; "" when there is none."""
    return _ascii_domain(address.rpartition("@")[2]) if "@" in address else ""


def _normal(address: str) -> str:
    local, _, domain = address.strip().lower().rpartition("@")
    return f"{local}@{_ascii_domain(domain)}"


def _ascii_domain(domain: str) -> str:
    domain = domain.strip().strip(".").lower()
    if domain.isascii() or len(domain) > 253:
        return domain
    try:
        return domain.encode("idna").decode("ascii")
    except UnicodeError:
        return domain


def _unfolded(value: str, cap: int) -> str:
    return value[:cap].replace("\r", "").replace("\n", " ")


def _pairs(value: str) -> list[tuple[str, str]]:
    try:
        found = getaddresses([value])
    except (RecursionError, IndexError, ValueError, TypeError, AttributeError):
        found = []
    # A newer library answers a malformed list with one empty pair; an older one may give nonsense without an @.
    good = [(name, address) for name, address in found if "@" in address]
    if not good:
        good = [("", address) for address in _BARE_ADDRESS.findall(_decode_words(value))]
    return [
        (clean_line(_decode_words(name), 200), clean_line(_eight_bit(address), 254).lower()) for name, address in good
    ]


def _decode_words(value: str) -> str:
    """Replaces encoded words; neighbours of one charset are joined as bytes first: clients cut inside a letter."""
    out: list[str] = []
    pending: tuple[str, bytes] | None = None
    position = 0
    for match in _WORD.finditer(value):
        between = value[position : match.start()]
        charset, data = match[1].partition("*")[0], _word_bytes(match[2], match[3])
        if pending and not between.strip():
            if codec_for(pending[0]) == codec_for(charset):
                pending = (charset, pending[1] + data)
            else:
                out.append(decode(pending[1], pending[0]))
                pending = (charset, data)
        else:
            if pending:
                out.append(decode(pending[1], pending[0]))
            out.append(_eight_bit(between))
            pending = (charset, data)
        position = match.end()
    if pending:
        out.append(decode(pending[1], pending[0]))
    out.append(_eight_bit(value[position:]))
    return "".join(out)


def _word_bytes(encoding: str, text: str) -> bytes:
    data = text.encode("utf-8", "surrogateescape")
    if encoding in "qQ":
        return quopri.decodestring(data, header=True)
    try:
        return binascii.a2b_base64(data + b"=" * (-len(data) % 4))
    except binascii.Error:
        return data


def _eight_bit(text: str) -> str:
    """A raw header holds 8-bit bytes as surrogates: back to bytes and up the ladder."""
    if text.isascii():
        return text
    return decode(text.encode("utf-8", "surrogateescape"))
