"""What every page's frame needs to know: menu, member, theme, languages, unread number. In templates: `shell`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import get_language, get_language_bidi, pgettext
from django.utils.translation import gettext_lazy as _

from companies.second_factor import lacks_second_factor

# URL name, label, icon: five entries, this order, bottom left.
MENU: tuple[tuple[str, Promise | str, str], ...] = (
    ("inbox", _("Conversations"), "chat"),
    ("archive", _("Archive"), "archive"),
    ("contacts", _("Contacts"), "person"),
    ("directory", _("Companies"), "building"),
    ("settings", _("Settings"), "settings"),
)


@dataclass(frozen=True)
class Entry:
    """One line of the menu."""

    name: str
    label: Promise | str
    icon: str
    url: str
    current: bool
    count: int


@dataclass(frozen=True)
class Language:
    """One language a reader may choose, named in itself."""

    code: str
    name: str
    current: bool


class Links:
    """`shell.links.<URL name>`: the address, or "" when no such route is mounted."""

    def __getitem__(self, name: str) -> str:
        return address(name)


def address(name: str) -> str:
    """The address of a URL name that takes no arguments; "" when it is not mounted."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


class Shell:
    """Everything is worked out on first use, so a page without the shell pays nothing."""

    links = Links()

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    @cached_property
    def member(self):
        """The signed-in user's membership, or None."""
        return getattr(self._request, "member", None) or None

    @cached_property
    def user(self):
        """The signed-in user, or None."""
        user = getattr(self._request, "user", None)
        return user if user is not None and user.is_authenticated else None

    @cached_property
    def theme(self) -> str:
        """system, light or dark; people who are not signed in get what their system says."""
        return getattr(self.user, "theme", "system") if self.user else "system"

    @cached_property
    def unread(self) -> int:
        """What `request.unread` says (a number, may be lazy); 0 without."""
        return int(str(getattr(self._request, "unread", 0)))

    @cached_property
    def quiet_until(self) -> datetime | None:
        """When it is over, while the member is not to be disturbed."""
        return self.member.quiet_ends(timezone.now()) if self.member else None

    @cached_property
    def bell(self) -> int:
        """Conversations in which something is unseen: the number of the bell."""
        attention = getattr(self._request, "attention", None)
        return attention.bell if attention else 0

    @property
    def sso_name(self) -> str:
        """What the button of the installation's own sign-in provider says; "" without one."""
        return settings.OIDC_NAME if settings.OIDC_ISSUER else ""

    @cached_property
    def second_factor_missing(self) -> bool:
        """Whether the member must set a second factor up before anything else."""
        return lacks_second_factor(self.member)

    @property
    def title_prefix(self) -> str:
        """ "(7) " before the page's title while something is unread."""
        return f"({self.unread}) " if self.unread else ""

    @cached_property
    def menu(self) -> list[Entry]:
        """The entries whose route is mounted; the longest address that the page's begins with is the current one."""
        found = [(name, label, icon, url) for name, label, icon in MENU if (url := address(name))]
        matching = [url for *_rest, url in found if self._request.path.startswith(url) and url != "/"]
        current = max(matching, key=len, default="")
        return [
            Entry(name, label, icon, url, url == current, self.unread if name == "inbox" else 0)
            for name, label, icon, url in found
        ]

    @cached_property
    def modifier(self) -> str:
        """What stands on the key that goes with others: ⌘ on Apple's machines, else Ctrl in the reader's language."""
        agent = self._request.headers.get("User-Agent", "")
        return "⌘" if any(name in agent for name in ("Macintosh", "iPhone", "iPad")) else pgettext("key", "Ctrl")

    @property
    def direction(self) -> str:
        """ "rtl" or "ltr"."""
        return "rtl" if get_language_bidi() else "ltr"

    @property
    def languages(self) -> list[Language]:
        """Every language of the product, the active one marked."""
        active = (get_language() or settings.LANGUAGE_CODE).partition("-")[0]
        return [Language(code, name, code == active) for code, name in settings.LANGUAGES]


def shell(request: HttpRequest) -> dict[str, Shell]:
    """The context processor."""
    return {"shell": Shell(request)}
