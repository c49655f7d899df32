"""What the matrix of tests/test_tenancy.py is made of: routes, cells, and what the policy expects of each cell."""

from __future__ import annotations

import json
import re
import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from django.conf import settings as django_settings
from django.db import connection, transaction
from django.test import Client
from django.urls import URLResolver, get_resolver

from channels_app.models import InboxMembership
from companies import roles
from companies.models import Membership
from conversations.models import Message
from tests import tenancy_policy as policy
from tests.tenancy_policy import Rule
from tests.tenancy_world import Actor, Thing, World

FOR_VISITORS = {policy.VISITOR, policy.VISITORS_CONVERSATION, policy.VISITORS_FILE}
OF_A_THING = {
    policy.CONVERSATION: None,
    policy.WAITING: None,
    policy.STOPPABLE: None,
    policy.SHARED_REPLY: ("own", "other inbox's", "foreign company's"),
    policy.FILE: None,
    policy.VISITORS_CONVERSATION: None,
    policy.VISITORS_FILE: None,
    policy.INBOX: ("own", "other inbox's", "foreign company's"),
    policy.CHANNEL: ("own", "other inbox's", "foreign company's"),
    policy.SAVED_VIEW: ("own", "other inbox's", "foreign company's"),
    policy.WIDGET: ("own", "other inbox's", "foreign company's"),
    policy.COLLEAGUE: ("own", "foreign company's"),
    policy.STRANGER: ("own", "foreign company's"),
    policy.STRANGER_OR_COLLEAGUE: ("own", "foreign company's"),
    policy.OPEN_CHANNEL: ("own", "other inbox's", "foreign company's"),
    policy.SOMEBODYS_REQUEST: None,
    policy.CONTACT_PERSON: ("own", "foreign company's"),
    policy.PERSON: ("own", "foreign company's"),
    policy.INVITATION: ("own", "foreign company's"),
}
WAITING = {policy.WAITING, policy.STOPPABLE}
LOGIN, FORBIDDEN, HIDDEN, NO_METHOD = "login", "forbidden", "hidden", "method"
_WORDS = {401: LOGIN, 403: FORBIDDEN, 404: HIDDEN, 405: NO_METHOD}
GOOD = {200, 201, 202, 204, 302, 303}
COUNTS: Counter[str] = Counter()


@dataclass(frozen=True)
class Route:
    """A route of the resolver: its full name and its address with the names of its parts in braces."""

    name: str
    address: str

    @property
    def rules(self) -> tuple[Rule, ...]:
        found = policy.ROUTES[self.name]
        return found if isinstance(found, tuple) else (found,)


def routes(resolver: URLResolver | None = None, prefix: str = "/", space: str = "") -> Iterator[Route]:
    """Every route that the project answers."""
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
            yield from routes(pattern, prefix + _readable(pattern.pattern), inner)
        else:
            yield Route(f"{space}{pattern.name}", prefix + _readable(pattern.pattern))


def _readable(pattern) -> str:
    if hasattr(pattern, "_route"):
        return re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", str(pattern._route))
    return re.sub(r"\(\?P<(\w+)>[^)]*\)", r"{\1}", pattern.regex.pattern.strip("^$"))


def client_of(actor: Actor, **options) -> Client:
    headers = {"HTTP_ORIGIN": django_settings.BASE_URL, "HTTP_HOST": django_settings.BASE_URL.partition("://")[2]}
    if actor.visitor is not None:
        headers["HTTP_AUTHORIZATION"] = f"Memo {actor.visitor.token}"
    client = Client(**options, **headers)
    if actor.user is not None:
        client.force_login(actor.user, backend="django.contrib.auth.backends.ModelBackend")
    return client


class Cells:
    """Runs cells of one actor, each in a transaction that is undone, and notes what is wrong."""

    def __init__(self, world: World, actor: Actor, client: Client | None = None) -> None:
        self.world, self.actor = world, actor
        self.client = client or client_of(actor)
        self.readable = world.readable(actor)
        self.wrong: list[str] = []
        self._missing: dict[tuple[str, str], bytes] = {}
        self._messages: dict[str, str] = {}
        self._written = _writes()

    def run(self, route: Route, method: str, rule: Rule, thing: Thing) -> None:
        """One cell: the answer is one of those expected, nothing is written or told that must not be."""
        expected = self.expected(rule, thing)
        answer, text, writes = self.ask(route, method, rule, thing)
        cell = f"{method} {route.name} [{rule.action or rule.about}] × {self.actor.name} × {thing.name}"
        allowed = bool(expected & GOOD)
        if answer not in expected:
            self.wrong.append(f"{cell}: {answer}, expected {sorted(map(str, expected))}")
            COUNTS["open" if answer in GOOD and not allowed else "wrong"] += 1
        if writes and (not allowed or (method == "GET" and route.name not in policy.WRITING_READS)):
            self.wrong.append(f"{cell}: wrote into {writes}")
        told = set(re.findall(rb"CANARY\w+?END", text)) - {word.encode() for word in self.readable}
        if told:
            self.wrong.append(f"{cell}: told {told}")
        if answer == HIDDEN and method == "GET" and text != self.missing(route, rule, thing):
            self.wrong.append(f"{cell}: foreign and missing do not look alike")
        COUNTS["cells"] += 1

    def ask(self, route: Route, method: str, rule: Rule, thing: Thing, **ids: str):
        """The answer in a word or its status, its text without what differs every time, the tables written to."""
        address = self.address(route, rule, thing, **ids)
        fields = self.world.body(rule.body, thing, self.actor) if method == "POST" else {}
        with transaction.atomic():
            response = self.client.generic(method, address, *_encoded(fields, json_wanted=rule.json))
            body = b"".join(response.streaming_content) if response.streaming else response.content
            transaction.set_rollback(True)
        self.client.cookies.pop("messages", None)  # “Saved.” of the cell before is no difference
        before, self._written = self._written, _writes()
        writes = sorted(table for table, count in self._written.items() if count != before.get(table, 0))
        return _word(response), _steady(body), writes

    def missing(self, route: Route, rule: Rule, thing: Thing) -> bytes:
        """What the same address says for an id that nobody has."""
        key = (route.name, rule.about)
        if key not in self._missing:
            nobody = "wk-nobody" if "{public_key}" in route.address else str(uuid.UUID(int=1))
            name = "public_key" if "{public_key}" in route.address else "public_id"
            self._missing[key] = self.ask(route, "GET", rule, thing, **{name: nobody})[1]
        return self._missing[key]

    def address(self, route: Route, rule: Rule, thing: Thing, **ids: str) -> str:
        """The route's address for this thing. A visitor keeps to the widget they came through."""
        member = self.world.colleague(self.actor, thing)
        own_widget = self.world.things[0].widget if self.actor.visitor else thing.widget
        public_id = {
            policy.CONVERSATION: thing.conversation.public_id,
            policy.WAITING: thing.conversation.public_id,
            policy.STOPPABLE: thing.conversation.public_id,
            policy.SHARED_REPLY: thing.reply.public_id,
            policy.VISITORS_CONVERSATION: thing.conversation.public_id,
            policy.FILE: thing.file.public_id,
            policy.VISITORS_FILE: thing.file.public_id,
            policy.INBOX: thing.inbox.public_id,
            policy.CHANNEL: thing.channel.public_id,
            policy.SAVED_VIEW: self.world.saved_views[thing.inbox.pk].public_id,
            policy.COLLEAGUE: member.public_id,
            policy.STRANGER: member.public_id,
            policy.OPEN_CHANNEL: thing.channel.public_id,
            policy.SOMEBODYS_REQUEST: thing.conversation.public_id,
            policy.CONTACT_PERSON: self.world.contact_persons[thing.company.pk].public_id,
            policy.PERSON: member.public_id,
            policy.INVITATION: self.world.invitations[thing.company.pk].public_id,
        }.get(rule.about, member.user.public_id)
        parts = {
            "public_id": public_id,
            "client_id": thing.waiting.client_id,
            "public_key": thing.widget.public_key,
            "key": own_widget.public_key,
            "slug": thing.company.slug,
            "uidb36": "1",
            "token": "nobody",
            "pk": "1",
            "message": self._message_of(thing),
            "provider_id": "sso",
        }
        return route.address.format(**(parts | ids)) + rule.query

    def _message_of(self, thing: Thing) -> str:
        """The client id of the first message of the thing's conversation."""
        if thing.name not in self._messages:
            first = Message.objects.filter(conversation=thing.conversation).order_by("seq").first()
            self._messages[thing.name] = str(first.client_id)
        return self._messages[thing.name]

    # --- what must be answered ----------------------------------------------------------------------------
    def expected(self, rule: Rule, thing: Thing) -> set:
        """From the policy's line and the permission matrix alone."""
        actor, good = self.actor, GOOD | {_WORDS.get(status, status) for status in rule.also}
        if rule.about in {policy.PUBLIC, policy.FRAME}:
            return good
        if rule.about in FOR_VISITORS:
            return self._of_visitor(rule, thing, good)
        if actor.user is None:
            return {LOGIN}
        if rule.about == policy.SIGNED_IN:
            return good
        if not actor.is_member:
            return {FORBIDDEN}
        if rule.about not in OF_A_THING:
            return good if self._company_role_allows(rule) else {FORBIDDEN}
        if rule.about in policy.OF_ANYBODY:
            return good if self._is_open(rule, thing) else {HIDDEN}
        if rule.about in policy.OF_ADMINS and self._company_role_allows(rule):
            return good if thing.company == actor.company else {HIDDEN}
        if rule.about in policy.OF_ADMINS:
            return {FORBIDDEN}
        role = self.world.role(actor, thing)
        if rule.about in {policy.INBOX, policy.CHANNEL, policy.WIDGET, policy.SAVED_VIEW, policy.SHARED_REPLY}:
            if role in {roles.FOREIGN, roles.USER}:
                return {HIDDEN}
            return good if roles.allowed(role, rule.action) else {FORBIDDEN}
        found = self._of_conversation(rule, thing, role, good)
        return self._of_waiting(rule, thing, role, good) if rule.about in WAITING and found != {HIDDEN} else found

    def _of_waiting(self, rule: Rule, thing: Thing, role: str, good: set) -> set:
        """Its author does everything; who manages the inbox may stop it; nobody else knows its id."""
        if thing.waiting.user == self.actor.user:
            return good
        if role not in {roles.MANAGER, roles.ADMIN}:
            return {HIDDEN}
        return good if rule.about == policy.STOPPABLE else {FORBIDDEN}

    def _is_open(self, rule: Rule, thing: Thing) -> bool:
        """People and doors of companies: colleagues, listed channels; never strangers and their requests."""
        ours = thing.company == self.actor.company
        if rule.about == policy.OPEN_CHANNEL:
            return roles.allowed(roles.USER if ours else roles.FOREIGN, rule.action)
        return ours and rule.about in {policy.COLLEAGUE, policy.STRANGER_OR_COLLEAGUE}

    def _of_conversation(self, rule: Rule, thing: Thing, role: str, good: set) -> set:
        facts = self.world.facts(self.actor, thing)
        if not roles.allowed(role, "internal.read" if thing.internal else "customer.read", **facts):
            return {HIDDEN}
        action = rule.side if thing.internal else rule.action
        if not action:
            return {FORBIDDEN, 409}
        if roles.allowed(role, action, **facts):
            return good
        # “Only as assignee”, “only fresh”: a matter of state, which may be told as such.
        return {FORBIDDEN} if roles.rule(role, action) == "no" else {FORBIDDEN, 409}

    def _of_visitor(self, rule: Rule, thing: Thing, good: set) -> set:
        if self.actor.visitor is None:
            return {LOGIN}
        if rule.about == policy.VISITOR:
            return good
        own = thing.visitor == self.actor.visitor and not thing.internal
        return good if own and roles.allowed(roles.VISITOR, rule.action, own=True) else {HIDDEN}

    def _company_role_allows(self, rule: Rule) -> bool:
        member = Membership.objects.get(user=self.actor.user)
        role = roles.ADMIN if member.is_admin else roles.USER
        if rule.about == policy.MANAGING:
            held = set(InboxMembership.objects.filter(user=self.actor.user).values_list("role", flat=True)) | {role}
            return any(roles.allowed(one, rule.action) for one in held)
        return roles.allowed(role, rule.action, own=True)


def _word(response) -> str | int:
    if response.status_code in {302, 303} and response.headers["Location"].startswith("/accounts/login"):
        return LOGIN
    return _WORDS.get(response.status_code, response.status_code)


def _steady(body: bytes) -> bytes:
    """Without what differs from one answer to the next: ids, nonces, tokens, the address asked for."""
    body = re.sub(
        rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|pk_[0-9a-f]{30}|wk-nobody", b"ID", body
    )
    return re.sub(rb'(nonce|value|content|href)="[^"]{16,}"', b"", body)


def _encoded(fields: dict, *, json_wanted: bool) -> tuple[str, str]:
    if json_wanted:
        return json.dumps(fields), "application/json"
    pairs = "&".join(f"{key}={value}" for key, value in fields.items())
    return pairs, "application/x-www-form-urlencoded"


def _writes() -> dict[str, int]:
    """Rows written in this transaction so far, by table; what is undone still counts. Sessions are nobody's data."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_xact_user_tables "
            "WHERE n_tup_ins + n_tup_upd + n_tup_del > 0 AND relname !~ 'session'"
        )
        return dict(cursor.fetchall())


def things_of(rule: Rule, world: World) -> list[Thing]:
    if rule.about not in OF_A_THING:
        return world.things[:1]
    names = OF_A_THING[rule.about]
    return [thing for thing in world.things if names is None or thing.name in names]
