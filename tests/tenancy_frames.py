"""Every frame of a websocket: what comes up and what it needs, what goes down and to whom.

A new frame needs one line here; without it tests/test_tenancy_frames.py fails.
"""

from __future__ import annotations

# What comes up a websocket: frame kind → what it needs. Everything else is ignored (events/consumers.py).
FRAMES_UP = {
    "conversations.consumers.AgentConsumer": {
        "open": "the thread's group is joined only with customer.read / internal.read",
        "close": "one's own",
        "typing": "only in a thread that is open",
        "viewing": "only in a thread that is open",
    },
    "widget.consumers.VisitorConsumer": {
        "open": "one's own: beats come faster",
        "typing": "customer.read: only in one's own conversation",
        "page": "customer.read: only in one's own conversation, and only where the team may watch",
    },
    "events.consumers.Socket": {"ack": "one's own"},
}

# What goes down: frame kind → the audiences (events/groups.py) that may get it. One audience per group.
FRAMES_DOWN = {
    "message": {"conversation_team", "conversation_requester"},
    "changed": {"conversation_team", "conversation_requester"},
    "wrote": {"member"},
    "state": {"conversation_team", "conversation_requester"},
    "seen": {"conversation_team", "conversation_requester"},
    "typing": {"conversation_team", "conversation_requester"},
    "viewing": {"conversation_team"},
    "row": {"inbox", "inbox_managers", "member"},
    "row_hidden": {"inbox", "member"},
    "offer": {"member"},
    "offer_ended": {"member"},
    "alert": {"member"},
    "draft": {"member"},
    "returned": {"member"},
    "unread": {"member"},
    "availability": {"member"},
    "answering": {"conversation_team"},
    "page": {"conversation_team"},
    "bulk": {"member"},
    "views": {"inbox", "member"},
    "rights": {"member", "visitor", "conversation_team"},
}

# Frames to one socket alone, about itself.
FRAMES_TOLD = {"hello", "opened", "refused", "revoked", "beat"}
