"""Pure: which role may do what. The permission matrix of the product as data; views and tests read it from here.

Columns: visitor, customer, foreign user, company user without a role in the inbox, inbox team member, inbox manager,
company admin. "own" = only where the person takes part; "assigned" = only as assignee or holder of the offer;
"fresh" = only what nobody has claimed; "switch" = with the named right of the membership.
"""

from __future__ import annotations

VISITOR, CUSTOMER, FOREIGN, USER, TEAM, MANAGER, ADMIN = (
    "visitor",
    "customer",
    "foreign",
    "user",
    "team_member",
    "manager",
    "admin",
)
ROLES = (VISITOR, CUSTOMER, FOREIGN, USER, TEAM, MANAGER, ADMIN)

#                                     visitor  customer foreign  user     team        manager     admin
MATRIX: dict[str, tuple[str, ...]] = {
    "app.open":                      ("no",    "no",    "no",    "yes",   "yes",      "yes",      "yes"),
    "request.start":                 ("yes",   "yes",   "yes",   "yes",   "yes",      "yes",      "yes"),
    "customer.read":                 ("own",   "own",   "own",   "own",   "yes",      "yes",      "yes"),
    "internal.read":                 ("no",    "no",    "no",    "own",   "yes",      "yes",      "yes"),
    "internal.write":                ("no",    "no",    "no",    "own",   "yes",      "yes",      "yes"),
    "direct.read":                   ("no",    "no",    "own",   "own",   "own",      "own",      "own"),
    "customer.answer.open":          ("own",   "own",   "own",   "no",    "switch",   "yes",      "yes"),
    "customer.answer.assigned":      ("own",   "own",   "own",   "no",    "assigned", "assigned", "assigned"),
    "conversation.assign_self":      ("no",    "no",    "no",    "no",    "fresh",    "yes",      "yes"),
    "conversation.release_own":      ("no",    "no",    "no",    "no",    "assigned", "yes",      "yes"),
    "conversation.assign_other":     ("no",    "no",    "no",    "no",    "no",       "yes",      "yes"),
    "conversation.ring_again":       ("no",    "no",    "no",    "no",    "no",       "yes",      "yes"),
    "conversation.close.assigned":   ("no",    "no",    "own",   "no",    "assigned", "yes",      "yes"),
    "conversation.close.open":       ("no",    "no",    "own",   "no",    "yes",      "yes",      "yes"),
    "conversation.people":           ("no",    "no",    "no",    "no",    "yes",      "yes",      "yes"),
    "conversation.discuss":          ("no",    "no",    "no",    "own",   "yes",      "yes",      "yes"),
    "conversation.merge":            ("no",    "no",    "no",    "no",    "yes",      "yes",      "yes"),
    "conversation.move.assigned":    ("no",    "no",    "no",    "no",    "assigned", "yes",      "yes"),
    "conversation.move.open":        ("no",    "no",    "no",    "no",    "yes",      "yes",      "yes"),
    "inbox.settings":                ("no",    "no",    "no",    "no",    "no",       "yes",      "yes"),
    "inbox.create":                  ("no",    "no",    "no",    "no",    "no",       "no",       "yes"),
    "inbox.roles":                   ("no",    "no",    "no",    "no",    "no",       "yes",      "yes"),
    "texts.use":                     ("no",    "no",    "no",    "yes",   "yes",      "yes",      "yes"),
    "texts.manage":                  ("no",    "no",    "no",    "no",    "no",       "yes",      "yes"),
    "channel.manage":                ("no",    "no",    "no",    "no",    "no",       "yes",      "yes"),
    "channel.create":                ("no",    "no",    "no",    "no",    "no",       "yes",      "yes"),
    "widget.manage":                 ("no",    "no",    "no",    "no",    "no",       "yes",      "yes"),
    "company.manage":                ("no",    "no",    "no",    "no",    "no",       "no",       "yes"),
    "profile.own":                   ("no",    "yes",   "yes",   "yes",   "yes",      "yes",      "yes"),
    "preferences.own":               ("no",    "yes",   "yes",   "yes",   "yes",      "yes",      "yes"),
}  # fmt: skip


def rule(role: str, action: str) -> str:
    """The cell of the matrix; an undeclared role or action raises KeyError or ValueError: deny by default."""
    return MATRIX[action][ROLES.index(role)]


def allowed(role: str, action: str, *, own=False, assigned=False, fresh=False, switch=False) -> bool:
    """Whether `role` may do `action`, given the facts that its cell asks for."""
    cell = rule(role, action)
    return cell == "yes" or {"own": own, "assigned": assigned, "fresh": fresh, "switch": switch}.get(cell, False)
