"""The generated matrix: every route × method × caller × object answers what the permission matrix says (S-01 … S-06, S-10).

The cells come from the URL resolver; what each must answer comes from companies.roles.MATRIX and one line of
tests/tenancy_policy.py. A route, frame or mail handler without its line fails; so does a line without its route.
"""

from __future__ import annotations

import ast
import json
import re
import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.db import connection, transaction
from django.test import Client
from django.urls import URLResolver, get_resolver

from channels_app.models import InboxMembership
from companies import roles
from companies.models import Membership
from conversations import consumers
from conversations.models import Message
from conversations.selectors.streams import standing_groups
from events import groups, limits
from mail.actions import process, receive
from mail.addresses import reply_address
from memo import wiring
from tests import tenancy_policy as policy
from tests.cast import NOW
from tests.tenancy_policy import Rule
from tests.tenancy_world import Actor, Thing, World, canary, make_world
from widget.selectors import groups_of

ROOT = Path(__file__).parent.parent
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
ACTORS = (
    "anonymous",
    "visitor",
    "other visitor",
    "customer with a login",
    "foreign company's admin",
    "member without role",
    "team member",
    "manager",
    "admin",
)
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
_COUNTS: Counter[str] = Counter()


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


# --- completeness --------------------------------------------------------------------------------------------
def test_every_route_has_its_line_and_every_line_its_route():
    """Undeclared = build failure."""
    found = [route.name for route in routes()]
    assert set(found) - set(policy.ROUTES) == set(), "undeclared routes: one line each in tests/tenancy_policy.py"
    assert set(policy.ROUTES) - set(found) == set(), "lines of routes that do not exist"
    assert [name for name, count in Counter(found).items() if count > 1] == [], "two routes of one name"


def test_every_line_names_actions_of_the_matrix():
    """A typing error would be a cell that means nothing."""
    rules = [rule for route in routes() for rule in route.rules]
    named = {action for rule in rules for action in (rule.action, rule.side) if action} | set(policy.MAIL.values())
    assert named <= set(roles.MATRIX)


# --- the matrix ----------------------------------------------------------------------------------------------
@pytest.fixture
def world(db, settings, monkeypatch) -> World:
    monkeypatch.setattr(limits, "take", lambda *a, **k: True)
    settings.ACCOUNT_RATE_LIMITS = {}
    return make_world()


def _client(actor: Actor, **options) -> Client:
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
        self.client = client or _client(actor)
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
            _COUNTS["open" if answer in GOOD and not allowed else "wrong"] += 1
        if writes and (not allowed or (method == "GET" and route.name not in policy.WRITING_READS)):
            self.wrong.append(f"{cell}: wrote into {writes}")
        told = set(re.findall(rb"CANARY\w+?END", text)) - {word.encode() for word in self.readable}
        if told:
            self.wrong.append(f"{cell}: told {told}")
        if answer == HIDDEN and method == "GET" and text != self.missing(route, rule, thing):
            self.wrong.append(f"{cell}: foreign and missing do not look alike")
        _COUNTS["cells"] += 1

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


def _things_of(rule: Rule, world: World) -> list[Thing]:
    if rule.about not in OF_A_THING:
        return world.things[:1]
    names = OF_A_THING[rule.about]
    return [thing for thing in world.things if names is None or thing.name in names]


@pytest.mark.parametrize("name", ACTORS)
def test_every_cell_of_an_actor(world, name):
    """Each route × method × object for one caller."""
    actor = next(actor for actor in world.actors if actor.name == name)
    cells = Cells(world, actor)
    for route in routes():
        if any(rule.about == policy.EXTERNAL for rule in route.rules):
            continue
        for rule in route.rules:
            methods = METHODS if rule.methods == "ANY" else rule.methods.split()
            for method in [m for m in methods if m in {"GET", "POST"}]:
                for thing in _things_of(rule, world):
                    cells.run(route, method, rule, thing)
    assert not cells.wrong, f"{len(cells.wrong)} cells:\n" + "\n".join(cells.wrong)


@pytest.mark.parametrize("name", ["anonymous", "visitor", "team member", "admin"])
def test_methods_that_a_route_does_not_have(world, name):
    """405 for whoever may call it at all, GET on what changes something first of all; never a success."""
    actor = next(actor for actor in world.actors if actor.name == name)
    cells = Cells(world, actor)
    for route in routes():
        declared = set(" ".join(rule.methods for rule in route.rules).split())
        if "ANY" in declared:
            continue
        rule, thing = route.rules[0], world.things[0]
        may = bool(cells.expected(rule, thing) & GOOD)
        for method in set(METHODS) - declared:
            answer, _text, writes = cells.ask(route, method, rule, thing)
            refused = {NO_METHOD} if may else {NO_METHOD, LOGIN, FORBIDDEN, HIDDEN}
            if answer not in refused or writes:
                cells.wrong.append(f"{method} {route.name} × {name}: {answer}, wrote {writes}")
            _COUNTS["cells"] += 1
    assert not cells.wrong, "\n".join(cells.wrong)


def test_no_form_works_without_its_token(world):
    """CSRF: every address that takes a session's POST refuses one without token, from whatever page it came."""
    admin = next(actor for actor in world.actors if actor.name == "admin")
    client = _client(admin, enforce_csrf_checks=True)
    client.defaults["HTTP_ORIGIN"] = "https://evil.example"
    cells = Cells(world, admin, client)
    for route in routes():
        rules = [rule for rule in route.rules if "POST" in rule.methods]
        if not rules or rules[0].about in FOR_VISITORS | {policy.FRAME, policy.EXTERNAL}:
            continue
        answer, _text, writes = cells.ask(route, "POST", rules[0], world.things[0])
        if answer != FORBIDDEN or writes:
            cells.wrong.append(f"{route.name}: {answer}, wrote {writes}")
        _COUNTS["cells"] += 1
    assert not cells.wrong, "\n".join(cells.wrong)


@pytest.mark.parametrize("name", ["visitor", "other visitor"])
def test_a_token_opens_only_the_widget_it_was_given_by(world, name):
    """The same addresses under another company's key: 401, whatever the object (S-05, S-20)."""
    actor = next(actor for actor in world.actors if actor.name == name)
    cells, foreign = Cells(world, actor), world.things[-1].widget.public_key
    for route in routes():
        for rule in route.rules:
            if rule.about not in FOR_VISITORS:
                continue
            for method in rule.methods.split():
                answer, _text, writes = cells.ask(route, method, rule, world.things[0], key=foreign)
                if answer != LOGIN or writes:
                    cells.wrong.append(f"{method} {route.name}: {answer}, wrote {writes}")
                _COUNTS["cells"] += 1
    assert not cells.wrong, "\n".join(cells.wrong)


def test_the_pages_of_one_s_own_account(world):
    """django-allauth: nobody gets an error of ours, nobody anonymous gets further than signing in; no canary."""
    external = [route for route in routes() if any(rule.about == policy.EXTERNAL for rule in route.rules)]
    wrong = []
    for actor in world.actors:
        cells = Cells(world, actor)
        for route in external:
            answer, text, writes = cells.ask(route, "GET", route.rules[0], world.things[0])
            if isinstance(answer, int) and answer >= 500:
                wrong.append(f"{route.name} × {actor.name}: {answer}")
            if writes and route.name not in policy.WRITING_READS:
                wrong.append(f"{route.name} × {actor.name}: wrote {writes}")
            if b"CANARY" in text:
                wrong.append(f"{route.name} × {actor.name}: told")
            _COUNTS["cells"] += 1
    assert not wrong, "\n".join(wrong)


# --- sockets -------------------------------------------------------------------------------------------------
def test_which_threads_a_socket_may_open(world):
    """S-05: the groups of a thread are joined only by those who may open its page."""
    wrong = []
    for actor in world.actors:
        for thing in world.things:
            found = actor.user and consumers._thread_of(actor.user.pk, str(thing.conversation.public_id))
            expected = actor.is_member and world._may_read(actor, thing)
            if bool(found) is not bool(expected):
                wrong.append(f"open × {actor.name} × {thing.name}: {found}")
            _COUNTS["cells"] += 1
    assert not wrong, "\n".join(wrong)


def test_which_groups_a_socket_hears_from_the_start(world):
    """A member: their own and their inboxes'; managers also what rings there. A visitor: their own conversations'."""
    support, _unclaimed, _side, sales, foreign = world.things
    mine = {"own": support.inbox, "sales": sales.inbox, "foreign": foreign.inbox}
    general = {c.pk: c.inboxes.get(is_default=True) for c in (support.company, foreign.company)}
    expected = {
        "foreign company's admin": (["foreign"], ["foreign"]),
        "member without role": ([], []),
        "team member": (["own"], []),
        "manager": (["own"], ["own"]),
        "admin": (["own", "sales"], ["own", "sales"]),
    }
    for actor in world.actors:
        if actor.is_member:
            member = Membership.objects.select_related("company", "user").get(user=actor.user)
            heard, managed = expected[actor.name]
            wanted = {groups.member(actor.user.public_id)}
            wanted |= {groups.inbox(mine[name].public_id) for name in heard}
            wanted |= {groups.inbox_managers(mine[name].public_id) for name in managed}
            if member.is_admin:
                default = general[actor.company.pk].public_id
                wanted |= {groups.inbox(default), groups.inbox_managers(default)}
            assert standing_groups(member) == wanted, actor.name
        if actor.visitor is not None:
            own = [t for t in world.things if t.visitor == actor.visitor and not t.internal]
            wanted = {groups.visitor(actor.visitor.public_id)}
            wanted |= {groups.conversation_requester(t.conversation.public_id) for t in own}
            assert groups_of(actor.visitor) == wanted, actor.name
        _COUNTS["cells"] += 1


def _product() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(ROOT.glob("*/**/*.py")):
        parts = path.relative_to(ROOT).parts
        if parts[0] in {"tests", "bench", "devtools", ".venv", ".dev"} or "migrations" in parts:
            continue
        yield ".".join(path.relative_to(ROOT).with_suffix("").parts), ast.parse(path.read_text())


def test_every_frame_that_comes_up_is_declared():
    """The kinds that the consumers compare with, read from their source."""
    found: dict[str, set[str]] = {}
    for module, tree in _product():
        for owner in [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]:
            kinds = {
                constant.value
                for method in owner.body
                if isinstance(method, ast.AsyncFunctionDef) and method.name in {"frame", "_handle"}
                for node in ast.walk(method)
                if isinstance(node, ast.Compare) and isinstance(node.left, ast.Name) and node.left.id == "kind"
                for constant in node.comparators
                if isinstance(constant, ast.Constant)
            }
            if kinds:
                found[f"{module}.{owner.name}"] = kinds
    assert found == {name: set(kinds) for name, kinds in policy.FRAMES_UP.items()}


def test_every_frame_that_goes_down_is_declared_with_its_audience():
    """publish() and whisper() with their group and kind, read from the source; a computed one must be one of these."""
    undeclared = []
    for module, tree in _product():
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call):
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in {"publish", "whisper"} and len(node.args) == 3:
                _check_frame(module, node.args, undeclared)
            said = next((a.value for a in node.args[:1] if name == "tell" and isinstance(a, ast.Constant)), None)
            if said is not None and said not in policy.FRAMES_TOLD:
                undeclared.append(f"{module}: tell {said}")
    assert undeclared == []


def _check_frame(module: str, arguments: list[ast.expr], undeclared: list[str]) -> None:
    group, kind, _data = arguments
    if not isinstance(kind, ast.Constant):
        undeclared.append(f"{module}: a kind that is computed")
    elif kind.value not in policy.FRAMES_DOWN:
        undeclared.append(f"{module}: {kind.value}")
    audience = group.func.attr if isinstance(group, ast.Call) and isinstance(group.func, ast.Attribute) else None
    if audience is not None and audience not in policy.FRAMES_DOWN.get(getattr(kind, "value", None), ()):
        undeclared.append(f"{module}: {getattr(kind, 'value', '?')} to {audience}")


# --- mail ----------------------------------------------------------------------------------------------------
def test_every_mail_entrance_is_declared():
    """A handler without its line fails."""
    assert set(wiring.MAIL_HANDLERS) == set(policy.MAIL)
    assert set(wiring.HELD_HANDLERS) <= set(policy.MAIL)


def test_who_may_answer_what_by_mail(world, settings):
    """S-12, S-17, S-55: the sender's rights at this moment decide, as on the page; nothing foreign is ever posted."""
    settings.MAIL_DOMAIN, settings.MAIL_AUTHSERV_ID = "memo.example", "mx.memo.example"
    wrong = []
    for actor in world.actors:
        for thing in world.things:
            person = f"user:{actor.user.pk}" if actor.user else f"visitor:{actor.visitor.pk}" if actor.visitor else ""
            if not person:
                continue
            found, expected = _posted_by_mail(actor, thing, person), _mail_expected(world, actor, thing)
            if found != expected:
                wrong.append(f"mail × {actor.name} × {thing.name}: {found}, expected {expected}")
            _COUNTS["cells"] += 1
    assert not wrong, "\n".join(wrong)


def _posted_by_mail(actor: Actor, thing: Thing, person: str) -> str:
    """Where the text of a mail to this person's reply address ends: in the conversation, beside it, or nowhere."""
    email = actor.user.email if actor.user else "visitor@abc.example"
    with transaction.atomic():
        address = reply_address(
            kind="conversation", subject_id=thing.conversation.pk, recipient=person, recipient_email=email, now=NOW
        )
        raw = _MAIL.format(sender=email, to=address, domain=email.partition("@")[2]).encode()
        incoming = receive(raw, envelope_from=email, envelope_to=[address], via="test", now=NOW)
        process(incoming, now=NOW)
        ended = set(Message.objects.filter(body="By mail").values_list("conversation__kind", "conversation_id"))
        transaction.set_rollback(True)
    if not ended:
        return "nowhere"
    ((kind, conversation),) = ended
    return "posted" if conversation == thing.conversation.pk else f"beside, {kind}"


def _mail_expected(world: World, actor: Actor, thing: Thing) -> str:
    if actor.visitor is not None:
        return "posted" if thing.visitor == actor.visitor and not thing.internal else "nowhere"
    if not actor.is_member or not world._may_read(actor, thing):
        return "nowhere"
    role, facts = world.role(actor, thing), world.facts(actor, thing)
    if thing.internal:
        return "posted" if roles.allowed(role, "internal.write", **facts) else "nowhere"
    # Unclaimed: the first answer by mail takes it.
    takes = facts["fresh"] and roles.allowed(role, "conversation.assign_self", **facts)
    answers = roles.allowed(role, policy.MAIL["conversation"], **(facts | {"assigned": facts["assigned"] or takes}))
    return "posted" if answers else "beside, internal"


_MAIL = """Authentication-Results: mx.memo.example; dmarc=pass header.from={domain}
From: <{sender}>
To: <{to}>
Subject: Re: hello
Message-ID: <1@{domain}>
Content-Type: text/plain; charset=utf-8

By mail
"""


def test_the_matrix_was_walked(capsys):
    """The closing line of this file."""
    with capsys.disabled():
        print(f"\ntenancy: {_COUNTS['cells']} cells, {_COUNTS['open']} open, {_COUNTS['wrong']} wrong, 0 undeclared")
    assert _COUNTS["open"] == _COUNTS["wrong"] == 0
    assert canary("own") != canary("own, internal")
