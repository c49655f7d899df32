"""What our own mail server says about the sender (Authentication-Results); what anybody else says is not read."""

from __future__ import annotations

import re
from dataclasses import dataclass

from mail.decoding import domain_of

_COMMENT = re.compile(r"\([^()]*\)")
_RESULT = re.compile(r"^\s*([a-z0-9-]+)\s*=\s*([a-z]+)(.*)$", re.IGNORECASE | re.DOTALL)
_PROPERTY = re.compile(r"([a-z]+\.[a-z0-9-]+)\s*=\s*\"?([^\s\";]+)\"?", re.IGNORECASE)


@dataclass(frozen=True)
class Authentication:
    """Verdict of our own server: "" where it said nothing; domains are those it checked."""

    known: bool = False
    dmarc: str = ""
    dmarc_domain: str = ""
    dkim_domains: tuple[str, ...] = ()
    spf_domain: str = ""

    def proves(self, from_email: str) -> bool:
        """True when the domain of `from_email` stands behind the mail: DMARC pass, or DKIM and SPF both aligned."""
        domain = domain_of(from_email)
        if not domain or self.dmarc == "fail":
            return False
        if self.dmarc == "pass":
            return not self.dmarc_domain or self.dmarc_domain == domain
        return any(_aligned(one, domain) for one in self.dkim_domains) and _aligned(self.spf_domain, domain)


def read_authentication(headers: list[str], authserv_id: str) -> Authentication:
    """Reads the topmost Authentication-Results header, and only if it names our server (email.md, case 13).

    `headers` are all of them from top to bottom. Whatever stands below ours was in the mail when it arrived.
    """
    if not authserv_id or not headers:
        return Authentication()
    head, *results = _without_comments(headers[0][:8192]).split(";")
    if not head.split() or head.split()[0].lower() != authserv_id.lower():
        return Authentication()
    dmarc, dmarc_domain, dkim, spf = "", "", [], ""
    for result in results[:30]:
        match = _RESULT.match(result)
        if not match:
            continue
        method, verdict = match[1].lower(), match[2].lower()
        properties = {
            name.lower(): domain_of("@" + value.rpartition("@")[2]) for name, value in _PROPERTY.findall(match[3])
        }
        if method == "dmarc":
            dmarc, dmarc_domain = verdict, properties.get("header.from", "")
        elif method == "dkim" and verdict == "pass":
            dkim.append(properties.get("header.d") or properties.get("header.i", ""))
        elif method == "spf" and verdict == "pass":
            spf = properties.get("smtp.mailfrom", "")
    return Authentication(True, dmarc, dmarc_domain, tuple(dkim), spf)


def _without_comments(value: str) -> str:
    for _ in range(10):
        shorter = _COMMENT.sub(" ", value)
        if shorter == value:
            break
        value = shorter
    return value.replace("\r", " ").replace("\n", " ")


def _aligned(checked: str, domain: str) -> bool:
    return bool(checked) and (checked == domain or (domain.endswith(f".{checked}") and "." in checked))
