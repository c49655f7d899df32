"""The MIME parts of a mail: its bodies, its attachments under safe names, and what kind of sealed thing it may be."""

from __future__ import annotations

import mimetypes
import re
import unicodedata
from dataclasses import dataclass, field, replace
from email.message import Message

from mail import tnef
from mail.decoding import clean_body, clean_line, decode, header, header_text
from mail.html_lines import HTML_CAP, referenced_content_ids
from mail.lines import TEXT_CAP, unflowed

DEPTH_CAP = 50
PARTS_CAP = 200
ATTACHMENTS_CAP = 25
NAME_BYTES = 150
_SIGNATURES = {"application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature"}
_SEALED = {"application/pkcs7-mime", "application/x-pkcs7-mime", "multipart/encrypted"}
_REPORTS = {"message/delivery-status", "message/feedback-report", "message/disposition-notification"}
_TNEF = {"application/ms-tnef", "application/vnd.ms-tnef"}


@dataclass(frozen=True)
class Attachment:
    """One file of a mail. `name` is safe to use; `content_type` is what the sender claims, not what it is."""

    name: str
    content_type: str
    content: bytes
    content_id: str = ""
    inline: bool = False


@dataclass
class Contents:
    """What the parts add up to. `notes` says in plain words what was left out."""

    text: str = ""
    html: str = ""
    attachments: list[Attachment] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    encrypted: bool = False
    calendar: bool = False
    report: Message | None = None
    returned: str = ""


@dataclass(frozen=True)
class _Body:
    text: str
    html: bool
    alternative: bool


def read_parts(message: Message) -> Contents:
    """Walks the parts without recursion, at most 50 deep and 200 in all; raises nothing."""
    contents = Contents()
    bodies: list[_Body] = []
    for part, alternative in _leaves(message, contents):
        _read_part(part, alternative, contents, bodies)
    contents.text = "\n".join(body.text for body in bodies if not body.html)[:TEXT_CAP]
    if any(body.html for body in bodies):
        shown = (body for body in bodies if body.html or not body.alternative)
        contents.html = "<br>".join(body.text if body.html else _as_html(body.text) for body in shown)[:HTML_CAP]
    _finish(contents)
    return contents


def safe_name(name: str, content_type: str, number: int) -> str:
    """A file name without path, controls, direction tricks and device characters, at most 150 bytes (case 45)."""
    name = clean_line(unicodedata.normalize("NFC", name[:1000]), 1000).replace("\\", "/").rpartition("/")[2]
    name = re.sub(r'[<>:"|?*]', "_", name).strip(" .")
    if not name:
        return f"attachment-{number}{mimetypes.guess_extension(content_type) or '.bin'}"
    stem, dot, extension = name.rpartition(".")
    if not dot or len(extension.encode()) > 20:
        stem, dot, extension = name, "", ""
    room = NAME_BYTES - len((dot + extension).encode())
    return stem.encode()[:room].decode("utf-8", "ignore") + dot + extension


def _leaves(message: Message, contents: Contents) -> list[tuple[Message, bool]]:
    """(part, is one of several alternatives) in the order of the mail."""
    found: list[tuple[Message, bool]] = []
    stack: list[tuple[Message, int, bool]] = [(message, 0, False)]
    while stack:
        part, depth, alternative = stack.pop()
        kind = _type(part)
        contents.encrypted |= kind in _SEALED
        if kind in _REPORTS:
            contents.report = contents.report or part
        elif kind.startswith("message/") or not part.is_multipart():
            found.append((part, alternative))
        elif depth >= DEPTH_CAP:
            contents.notes.append("Parts nested too deep were left out.")
        else:
            inner = alternative or kind == "multipart/alternative"
            stack.extend((child, depth + 1, inner) for child in reversed(_chosen(kind, part)))
        if len(found) >= PARTS_CAP:
            contents.notes.append(f"Only the first {PARTS_CAP} parts were read.")
            break
    return found


def _chosen(kind: str, part: Message) -> list[Message]:
    """The children that count: of alternatives the last of each kind of text, of anything else all."""
    children = [child for child in part.get_payload() if isinstance(child, Message)]  # type: ignore[union-attr]
    if kind != "multipart/alternative":
        return children
    last = {_type(child): child for child in children}
    return [child for child in children if last[_type(child)] is child]


def _read_part(part: Message, alternative: bool, contents: Contents, bodies: list[_Body]) -> None:
    kind = _type(part)
    name = _file_name(part)
    is_body = not name and not header(part, "Content-Disposition").lower().startswith("attachment")
    if kind in _SIGNATURES:
        return
    if kind == "text/rfc822-headers" or (kind == "message/rfc822" and contents.report is not None):
        contents.returned = contents.returned or clean_body(decode(_payload(part)[:16384]))
    if kind == "text/html" and is_body:
        bodies.append(_Body(_text(part)[:HTML_CAP], True, alternative))
    elif kind == "text/plain" and is_body:
        bodies.append(_Body(_plain(part)[:TEXT_CAP], False, alternative))
    else:
        contents.calendar |= kind == "text/calendar"
        _attach(part, kind, name, contents)


def _attach(part: Message, kind: str, name: str, contents: Contents) -> None:
    content = _payload(part)
    content_id = header(part, "Content-ID").strip("<> ")
    if kind in _TNEF or name.lower() == "winmail.dat":
        opened = tnef.files(content)
        if opened:
            for inner_name, inner in opened:
                guessed = mimetypes.guess_type(inner_name)[0] or "application/octet-stream"
                _add(contents, Attachment(inner_name, guessed, inner))
            return
    if kind == "message/rfc822" and not name:
        name = "message.eml"
    _add(contents, Attachment(name, kind, content, content_id))


def _add(contents: Contents, attachment: Attachment) -> None:
    number = len(contents.attachments) + 1
    if number > ATTACHMENTS_CAP:
        note = f"Only the first {ATTACHMENTS_CAP} attachments were kept."
        if note not in contents.notes:
            contents.notes.append(note)
        return
    name = safe_name(attachment.name, attachment.content_type, number)
    taken = {one.name.casefold() for one in contents.attachments}
    contents.attachments.append(replace(attachment, name=_numbered(name, taken)))


def _numbered(name: str, taken: set[str]) -> str:
    stem, dot, extension = name.rpartition(".")
    if not dot:
        stem, extension = name, ""
    number, candidate = 1, name
    while candidate.casefold() in taken:
        number += 1
        candidate = f"{stem} ({number}){dot}{extension}"
    return candidate


def _finish(contents: Contents) -> None:
    """Pictures shown inside the HTML are inline; the others are files like any other (case 43)."""
    shown = {one.casefold() for one in referenced_content_ids(contents.html)}
    contents.attachments = [
        replace(one, inline=bool(one.content_id) and one.content_id.casefold() in shown) for one in contents.attachments
    ]


def _type(part: Message) -> str:
    return part.get_content_type().lower()[:100]


def _as_html(text: str) -> str:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return f"<pre>{escaped}</pre>"


def _plain(part: Message) -> str:
    text = _text(part)
    if str(part.get_param("format", "", "content-type")).lower() == "flowed":
        return unflowed(text, delsp=str(part.get_param("delsp", "", "content-type")).lower() == "yes")
    return text


def _text(part: Message) -> str:
    charset = part.get_param("charset", "", "content-type")
    return clean_body(decode(_payload(part), charset[2] if isinstance(charset, tuple) else str(charset or "")))


def _payload(part: Message) -> bytes:
    """The bytes of a part, whatever its transfer encoding claims; of an attached mail the whole mail."""
    try:
        if part.is_multipart():
            inner = part.get_payload()
            return b"\n".join(one.as_bytes() for one in inner if isinstance(one, Message))  # type: ignore[union-attr]
        data = part.get_payload(decode=True)
    except (ValueError, LookupError, RecursionError, AssertionError, KeyError, TypeError):
        data = str(part.get_payload()).encode("utf-8", "surrogateescape")
    return data if isinstance(data, bytes) else b""


def _file_name(part: Message) -> str:
    try:
        name = part.get_filename("") or ""
    except (ValueError, LookupError, TypeError):
        name = ""
    return header_text(name, limit=1000)
