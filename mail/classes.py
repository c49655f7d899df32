"""What kind of mail it is: from a person, or from a machine and which; machines get no answer (S-60, email.md §3)."""

from __future__ import annotations

import re
from email.message import Message

from django.conf import settings

from mail import addresses
from mail.decoding import header, header_text, raw_values

PERSON = "person"
LOOP = "loop"
BOUNCE = "bounce"
COMPLAINT = "complaint"
RECEIPT = "receipt"
AUTO_REPLY = "auto_reply"
LIST = "list"

_DAEMON = re.compile(
    r"^(?:mailer-daemon|postmaster|mail-daemon|maildaemon|mail\.delivery|bounces?|smtp-?daemon|mdaemon|dsn)\b",
    re.IGNORECASE,
)
_DAEMON_NAME = re.compile(
    r"mail(?:er)?[ -]?(?:delivery|daemon)|delivery (?:sub)?system|mail administrator|postmaster|zustellsystem",
    re.IGNORECASE,
)
_BOUNCE_SUBJECT = re.compile(
    r"undeliver|delivery (?:status|failure|notification|has failed|report|delayed|incomplete)|mail delivery"
    r"|returned (?:mail|to sender|message)"
    r"|failure notice|not delivered|could not be delivered|message you sent|warning: could not send|nondeliverable"
    r"|non-?delivery"
    r"|unzustellbar|nicht zugestellt|nicht zustellbar|zustellung|zustellungs|rückläufer|mailbox (?:full|voll)"
    r"|verzögert"
    r"|kan inte levereras|kunde inte levereras|olevererbar|ej levererat|leveransfel|fördröj|oleverer"
    r"|non remis|non distribu|échec de (?:la )?remise|mancat[ao] (?:recapito|consegna)|no se puede entregar|devuelto"
    r"|niet bezorgd|onbestelbaar"
    r"|kunne ikke leveres|ikke leveret|niedostarcz|nie można dostarczyć",
    re.IGNORECASE,
)
# Only as the beginning with its colon: "Re: Automatische Antwort einrichten?" is a person's question (case 21).
_AUTO_SUBJECT = re.compile(
    r"^\s*(?:automatische (?:antwort|e-?mail-?antwort|rückantwort|abwesenheitsnotiz)|abwesenheits(?:notiz|nachricht"
    r"|meldung|assistent|benachrichtigung)"
    r"|abwesend(?: \(automatische antwort\))?|abwesenheit"
    r"|out[ -]of[ -](?:the )?office(?: (?:auto(?:matic)?[ -]?)?reply)?|auto(?:matic|mated)?[ -]?(?:reply|response"
    r"|responder)"
    r"|away from (?:the )?office|vacation (?:reply|response)|on vacation|autosvar|automatiskt svar"
    r"|frånvaro(?:meddelande)?|automatisk(?:t)? svar|fraværs?(?:melding|besked)?"
    r"|réponse automatique|absence du bureau|message d['’]absence|risposta automatica|fuori sede"
    r"|respuesta automática|fuera de (?:la )?oficina"
    r"|resposta automática|automatisch antwoord|afwezig(?:heid)?|odpowiedź automatyczna|autoodpowiedź"
    r"|automatická odpověď|automaattinen vastaus)\s*:",
    re.IGNORECASE,
)
_OFFICE_SUBJECT = re.compile(
    r"^\s*(?:auto\s*:|ich bin (?:zur ?zeit |derzeit )?nicht im büro|out of (?:the )?office|abwesen|borta|frånvar"
    r"|autosvar)",
    re.IGNORECASE,
)
_NO_REPLY = re.compile(
    r"^(?:no-?reply|do-?not-?reply|noreply|donotreply|bounces?|mailer-daemon|postmaster|nicht-?antworten"
    r"|svara-?inte)\b",
    re.IGNORECASE,
)
_AUTO_HEADERS = (
    "X-Autoreply",
    "X-Autorespond",
    "X-Autoresponse",
    "X-Auto-Reply",
    "X-Auto-Reply-From",
    "X-Mail-Autoreply",
    "X-Cron-Env",
)


def classify(
    message: Message, *, from_email: str, subject: str, envelope_from: str | None, recipients: list[str], text: str
) -> tuple[str, str]:
    """(class, why) of a mail. A person taken for a machine is the worst error, so every rule needs a plain sign."""
    names = {name.lower() for name, _ in message.raw_items()}
    if reason := _own(message, from_email):
        return LOOP, reason
    report = str(message.get_param("report-type", "", "content-type")).lower()
    if message.get_content_type() == "multipart/report" or report:
        if report == "feedback-report":
            return COMPLAINT, "a complaint report of a mail provider"
        if report == "disposition-notification":
            return RECEIPT, "a reading receipt"
        return BOUNCE, "a delivery report"
    automatic = _automatic(message, names, subject)
    null_sender = envelope_from == "" or _return_path(message) == "<>"
    if _is_bounce(message, from_email, subject, null_sender, recipients, automatic, text):
        return BOUNCE, "a mail server says that a mail did not arrive"
    if automatic:
        return AUTO_REPLY, automatic
    if null_sender:
        return AUTO_REPLY, "it has no sender to answer to"
    if reason := _list(message, names):
        return LIST, reason
    return PERSON, ""


def answer_refused(
    message: Message, kind: str, *, from_email: str, envelope_from: str | None, own_recipient: bool
) -> str:
    """Why no automatic answer may go to this mail (RFC 3834), "" when one may; the one gate for all such mails."""
    if kind != PERSON:
        return f"it is no mail of a person ({kind})"
    if envelope_from == "" or _NO_REPLY.match(from_email) or _NO_REPLY.match(envelope_from or ""):
        return "its sender takes no answers"
    suppress = header(message, "X-Auto-Response-Suppress").lower()
    if any(word in re.split(r"[,;\s]+", suppress) for word in ("all", "autoreply", "oof")):
        return "it asks for no automatic answers"
    if header(message, "Precedence").lower() in {"bulk", "list", "junk", "auto_reply"}:
        return "it was sent in bulk"
    return "" if own_recipient else "it was not addressed to us"


def _own(message: Message, from_email: str) -> str:
    """Our own mail came back by a forward rule: our mark, our Message-ID or our sender (case 23)."""
    own = settings.MAIL_DOMAIN.lower()
    marks = [header_text(value).lower() for value in raw_values(message, addresses.LOOP_HEADER)]
    if any(mark == own or own.endswith(f".{mark}") for mark in marks if mark):
        return "it carries our own mark"
    if any(addresses.is_own_message_id(header_text(value)) for value in raw_values(message, "Message-ID")):
        return "it has a Message-ID of ours"
    return "it comes from our own address" if addresses.is_own_sender(from_email) else ""


def _automatic(message: Message, names: set[str], subject: str) -> str:
    submitted = header(message, "Auto-Submitted").lower()
    if submitted and submitted.split(";")[0].strip() != "no":
        return "it says Auto-Submitted"
    for name in _AUTO_HEADERS:
        if name.lower() in names and header(message, name).lower() not in {"no", "false"}:
            return f"it says {name}"
    if header(message, "Precedence").lower() in {"auto_reply", "auto-reply", "junk"}:
        return "it says Precedence"
    if "autoresponder" in header(message, "X-POST-MessageClass").lower():
        return "it says X-POST-MessageClass"
    if _AUTO_SUBJECT.match(subject):
        return "its subject is that of an automatic answer"
    suppress = header(message, "X-Auto-Response-Suppress").lower()
    if suppress.strip() == "all" and _OFFICE_SUBJECT.match(subject):
        return "its subject is that of an automatic answer"
    return ""


def _is_bounce(
    message: Message, from_email: str, subject: str, null_sender: bool, recipients: list[str], automatic: str, text: str
) -> bool:
    local = from_email.partition("@")[0]
    name = header(message, "From", limit=200)
    daemon = bool(_DAEMON.match(local) or _DAEMON_NAME.search(name))
    says_so = bool(_BOUNCE_SUBJECT.search(subject))
    if any(addresses.bounce_token(one) for one in recipients) and (daemon or null_sender):
        return daemon or says_so or not automatic
    if daemon and (null_sender or says_so):
        return True
    return null_sender and says_so and bool(re.search(r"\b[45]\d\d\b|\b[45]\.\d\.\d", text[:20_000]))


def _list(message: Message, names: set[str]) -> str:
    for name in ("List-Id", "List-Post", "List-Unsubscribe", "Mailing-List", "X-Mailing-List"):
        if name.lower() in names:
            return f"it says {name}"
    precedence = header(message, "Precedence").lower()
    return f"it says Precedence: {precedence}" if precedence in {"bulk", "list"} else ""


def _return_path(message: Message) -> str:
    return header(message, "Return-Path").replace(" ", "")
