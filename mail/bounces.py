"""What a bounce says: which mail, failed or only late, for good or for now (RFC 3464, or free text of old servers)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.message import Message

from mail.decoding import clean_line, header_text
from mail.parts import Contents

_STATUS = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
_CODE = re.compile(r"\b([45])\d\d[ \-]")
_DELAYED = re.compile(
    r"delay|verzöger|wir versuchen es weiter|will (?:keep trying|be retried)|fördröj|försöker igen|retardé|vertraagd",
    re.IGNORECASE,
)
_MESSAGE_ID = re.compile(r"^\s*>?\s*Message-ID:\s*(<[^<>\s]{1,300}>)", re.IGNORECASE | re.MULTILINE)
_ADDRESS = re.compile(r"[^\s<>()\",;:]{1,64}@[^\s<>()\",;:]{1,255}")


@dataclass(frozen=True)
class Bounce:
    """`action`: failed, delayed or delivered; `permanent` only for failed; `message_ids` of the mail that came back."""

    action: str
    permanent: bool
    status: str
    recipient: str
    diagnostic: str
    message_ids: tuple[str, ...]


def read_bounce(contents: Contents) -> Bounce:
    """Reads the report part, or the text where there is none. Without any sign a bounce counts as failed for now."""
    fields = _report_fields(contents.report)
    text = contents.text[:50_000]
    ids = tuple(dict.fromkeys(_MESSAGE_ID.findall(contents.returned or text)))[:5]
    status = fields.get("status", "")
    diagnostic = clean_line(fields.get("diagnostic-code", ""), 300) or _first_reason(text)
    if not _STATUS.search(status):
        found = _STATUS.search(diagnostic) or _STATUS.search(text)
        status = found[0] if found else ""
    action = fields.get("action", "").split(" ")[0].lower() or _action(status, text)
    if action in {"relayed", "expanded"}:
        action = "delivered"
    permanent = action == "failed" and _is_permanent(status, diagnostic or text)
    return Bounce(action, permanent, status[:20], _recipient(fields), diagnostic, ids)


def _report_fields(report: Message | None) -> dict[str, str]:
    """The fields of all blocks of a delivery-status part; the worst action wins when several people are reported."""
    found: dict[str, str] = {}
    blocks = report.get_payload() if report is not None else []
    for block in blocks[:50] if isinstance(blocks, list) else []:
        if not isinstance(block, Message):
            continue
        fields = {name.lower(): header_text(value) for name, value in block.raw_items()}
        worse = fields.get("action", "").lower() == "failed" and found.get("action") != "failed"
        found = {**found, **fields} if worse or not found.get("action") else {**fields, **found}
    return found


def _action(status: str, text: str) -> str:
    if status.startswith("2"):
        return "delivered"
    if _DELAYED.search(text[:5000]) and not status.startswith("5"):
        return "delayed"
    return "failed"


def _is_permanent(status: str, text: str) -> bool:
    if status:
        return status.startswith("5")
    code = _CODE.search(text)
    return bool(code and code[1] == "5")


def _first_reason(text: str) -> str:
    for line in text.split("\n"):
        if _STATUS.search(line) or _CODE.search(line):
            return clean_line(line, 300)
    return ""


def _recipient(fields: dict[str, str]) -> str:
    for name in ("original-recipient", "final-recipient"):
        match = _ADDRESS.search(fields.get(name, ""))
        if match:
            return match[0].lower()
    return ""
