"""The generated matrix: every route × method × caller × object answers what the permission matrix says (S-01 … S-06, S-10).

The cells come from the URL resolver; what each must answer comes from companies.roles.MATRIX and one line of
tests/tenancy_policy.py. A route or mail handler without its line fails; so does a line without its route.
Frames: tests/test_tenancy_frames.py.
"""

from __future__ import annotations

from collections import Counter

import pytest
from django.db import transaction

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
from tests.tenancy_cells import (
    COUNTS,
    FOR_VISITORS,
    FORBIDDEN,
    GOOD,
    HIDDEN,
    LOGIN,
    NO_METHOD,
    Cells,
    client_of,
    routes,
    things_of,
)
from tests.tenancy_world import Actor, Thing, World, canary, make_world
from widget.selectors import groups_of

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
                for thing in things_of(rule, world):
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
            COUNTS["cells"] += 1
    assert not cells.wrong, "\n".join(cells.wrong)


def test_no_form_works_without_its_token(world):
    """CSRF: every address that takes a session's POST refuses one without token, from whatever page it came."""
    admin = next(actor for actor in world.actors if actor.name == "admin")
    client = client_of(admin, enforce_csrf_checks=True)
    client.defaults["HTTP_ORIGIN"] = "https://evil.example"
    cells = Cells(world, admin, client)
    for route in routes():
        rules = [rule for rule in route.rules if "POST" in rule.methods]
        if not rules or rules[0].about in FOR_VISITORS | {policy.FRAME, policy.EXTERNAL}:
            continue
        answer, _text, writes = cells.ask(route, "POST", rules[0], world.things[0])
        if answer != FORBIDDEN or writes:
            cells.wrong.append(f"{route.name}: {answer}, wrote {writes}")
        COUNTS["cells"] += 1
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
                COUNTS["cells"] += 1
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
            COUNTS["cells"] += 1
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
            COUNTS["cells"] += 1
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
        COUNTS["cells"] += 1


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
            COUNTS["cells"] += 1
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
        print(f"\ntenancy: {COUNTS['cells']} cells, {COUNTS['open']} open, {COUNTS['wrong']} wrong, 0 undeclared")
    assert COUNTS["open"] == COUNTS["wrong"] == 0
    assert canary("own") != canary("own, internal")
