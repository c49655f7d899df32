"""What must happen, said a second time and simply: routing, offers and deadlines of a channel's requests, in memory.

Written from the rules (model.md §4.1, §4.2), not from the code: the machine of test_ring_machine.py compares the two.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

BERLIN = ZoneInfo("Europe/Berlin")
OPENS, CLOSES = 9, 17
MAX_ROUNDS = 2


@dataclass
class Person:
    """A member of the channel's line, in the order of `place`."""

    place: int
    available: bool = True
    works_here: bool = True
    last_offered: datetime | None = None


@dataclass
class Request:
    """A conversation; `tried` are (person, round) of the ring under way."""

    status: str = "open"
    routing: str = "unclaimed"
    holder: str | None = None
    expires: datetime | None = None
    opens: datetime | None = None
    assignee: str | None = None
    last_assignee: str | None = None
    tried: list[tuple[str, int]] = field(default_factory=list)
    offers: int = 0
    rang: bool = False


class Ring:
    """One channel with its people and requests; every method is told the time."""

    def __init__(self, names: list[str], seconds: int) -> None:
        self.people = {name: Person(place) for place, name in enumerate(names)}
        self.requests: list[Request] = []
        self.seconds, self.paused, self.assignment = seconds, False, True

    # --- helpers ----------------------------------------------------------------------------------------
    def works_here(self, name: str) -> bool:
        """Managers outside the line always do in these stories."""
        return name not in self.people or self.people[name].works_here

    def next_opening(self, now: datetime) -> datetime:
        """Every day from nine to five by the clocks of Berlin."""
        local = now.astimezone(BERLIN)
        if OPENS <= local.hour < CLOSES:
            return now
        day = local.date() if local.hour < OPENS else local.date() + timedelta(days=1)
        return datetime(day.year, day.month, day.day, OPENS, tzinfo=BERLIN).astimezone(now.tzinfo)

    def pick(self, request: Request, preferred: str | None) -> tuple[str, int] | None:
        """The next turn, or None."""
        there = {n: p for n, p in self.people.items() if p.available and p.works_here}
        if not request.tried and preferred in there:
            return preferred, 1
        last, number = request.tried[-1] if request.tried else (None, 1)
        for round_ in range(number, min(number + 1, MAX_ROUNDS) + 1):
            free = [n for n in there if n != last and (n, round_) not in request.tried]
            if free:
                # Never offered yet comes first, then who was offered longest ago, then the place in the line.
                free.sort(key=lambda n: (there[n].last_offered is not None, there[n].last_offered, there[n].place))
                return free[0], round_
        return None

    # --- routing ----------------------------------------------------------------------------------------
    def route(self, request: Request, now: datetime, preferred: str | None = None) -> None:
        """A new, reopened or rung-again request."""
        request.assignee = request.holder = request.opens = None
        request.tried = []
        if not self.assignment:
            request.routing = "open"
        elif self.paused:
            request.routing = "unclaimed"
        else:
            self.go_on(request, now, preferred)

    def go_on(self, request: Request, now: datetime, preferred: str | None = None) -> None:
        """The next offer, the next opening, or nobody."""
        request.holder = request.expires = request.opens = None
        if self.paused:
            request.routing = "unclaimed"
            return
        opens = self.next_opening(now)
        if opens > now:
            request.routing, request.opens = "waiting", opens
            return
        turn = self.pick(request, preferred)
        if turn is None:
            request.routing = "unclaimed"
            return
        request.tried.append(turn)
        request.offers += 1
        request.routing, request.holder = "ringing", turn[0]
        request.expires = now + timedelta(seconds=self.seconds)
        self.people[turn[0]].last_offered = now

    def take(self, request: Request, name: str) -> None:
        """Assigned: by accepting, by answering, by assigning."""
        if request.assignee and request.assignee != name:
            request.last_assignee = request.assignee
        request.routing, request.assignee = "assigned", name
        request.holder = request.expires = request.opens = None

    def free(self, request: Request) -> None:
        """Back to unassigned."""
        request.last_assignee = request.assignee or request.last_assignee
        request.routing, request.assignee = "unclaimed", None

    def shut(self, request: Request) -> None:
        """Closed; what rang or waited is unclaimed."""
        request.status, request.rang = "closed", request.routing in {"ringing", "waiting"}
        if request.rang:
            request.routing = "unclaimed"
        request.holder = request.expires = request.opens = None

    def fit(self, request: Request) -> None:
        """Coming back from “closed” under the present mode and staff."""
        request.status = "open"
        if not self.assignment:
            request.last_assignee = request.assignee or request.last_assignee
            request.routing, request.assignee = "open", None
        elif request.routing == "open" or (request.assignee and not self.works_here(request.assignee)):
            self.free(request)
