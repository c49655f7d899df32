"""The policy table: every route and mail entrance, and the action of companies.roles.MATRIX that it needs.

A new route needs one line here; without it tests/test_tenancy.py fails. What a cell of the generated matrix must answer
follows from this line and the permission matrix, never from the code of the view. Frames: tests/tenancy_frames.py.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field

# What a route is about: whose relation to which object decides.
PUBLIC = "public"  # nobody needs to be anybody
EXTERNAL = "external"  # pages of django-allauth about one's own account: no object, no tenant
SIGNED_IN = "signed in"  # a login, whoever's
MEMBER = "member"  # an active member of any company with a package
MANAGING = "managing"  # … who manages at least one inbox
COMPANY = "company"  # … whose company role allows the action
INBOX = "inbox"
CHANNEL = "channel"
WIDGET = "widget"
CONVERSATION = "conversation"
WAITING = "waiting message"  # its author's alone
STOPPABLE = "waiting message, stoppable"  # its author's, and those who manage the inbox
SHARED_REPLY = "saved reply of an inbox"
SAVED_VIEW = "saved view"  # shared in an inbox
FILE = "file"
COLLEAGUE = "colleague"
STRANGER_OR_COLLEAGUE = "colleague by the user's id"
SOMEBODYS_REQUEST = "somebody's request"
OPEN_CHANNEL = "open channel"  # listed, of a listed company: everybody with an inbox may ask
STRANGER = "stranger"  # a person or request of somebody else: hidden from every member
CONTACT_PERSON = "contact person"  # of the viewer's company, by its admins
PERSON = "person"  # a member, as the company's admins see them
INVITATION = "invitation"
OF_ADMINS = {CONTACT_PERSON, PERSON, INVITATION}
FRAME = "frame"  # the widget's public pages: the key is enough
VISITOR = "visitor"  # a visitor's token of this widget
VISITORS_CONVERSATION = "visitor's conversation"
VISITORS_FILE = "visitor's file"
OF_ANYBODY = {COLLEAGUE, STRANGER, STRANGER_OR_COLLEAGUE, SOMEBODYS_REQUEST, OPEN_CHANNEL}


@dataclass(frozen=True)
class Rule:
    """One way to call a route. `action`: the row of the permission matrix; `side`: the row when the object is an
    internal conversation ("" = refused there); `body`: the fields that are sent; `also`: further statuses that an
    allowed caller may get, because of the state of things (409) or what is sent (422).
    """

    about: str
    methods: str
    action: str = ""
    side: str = ""
    body: dict = field(default_factory=dict)
    also: tuple[int, ...] = ()
    json: bool = False
    query: str = ""


def fresh() -> str:
    """A client id, the same in every run of the file: the matrix rolls every cell back."""
    return str(uuid.UUID(int=7))


MANAGE = "company.manage"
READ, ANSWER, NOTE = "customer.read", "customer.answer.assigned", "internal.write"
MINE, CLOSE = "profile.own", "conversation.close.assigned"
PEOPLE = "conversation.people"
LINE = {"body": "Gladly.", "client_id": fresh(), "kind": "reply"}
INSIDE = {"body": "He is in a hurry.", "client_id": fresh(), "kind": "internal"}
REPLY = {"title": "Thanks", "text": "Thank you, {{contact.first_name|friend}}.", "circle": "mine"}
FROM_VISITOR = {"body": "Hello?", "client_id": fresh()}


def reads(action: str = READ) -> Rule:
    return Rule(CONVERSATION, "GET HEAD", action, side="internal.read")


def verb(action: str, **fields) -> Rule:
    return Rule(CONVERSATION, "POST", action, also=(409,), **fields)


def channel(methods: str = "POST", **fields) -> Rule:
    return Rule(CHANNEL, methods, "channel.manage", **fields)


def own(methods: str, **fields) -> Rule:
    return Rule(MEMBER, methods, MINE, **fields)


ROUTES: dict[str, Rule | tuple[Rule, ...]] = {
    # --- the ground
    "up": Rule(PUBLIC, "ANY"),
    "ready": Rule(PUBLIC, "ANY", also=(503,)),
    "offline": Rule(PUBLIC, "GET HEAD"),
    "manifest": Rule(PUBLIC, "GET HEAD"),
    "service_worker": Rule(PUBLIC, "GET HEAD"),
    "set_language": Rule(PUBLIC, "ANY"),
    # The address is a random UUID that only those get who may see the person; it shows a face and nothing else.
    "picture": Rule(PUBLIC, "GET HEAD", also=(404,)),
    # --- the inbox
    "home": Rule(PUBLIC, "GET HEAD"),  # sends on to the inbox
    "inbox": Rule(MEMBER, "GET HEAD", "app.open"),
    "list_filters": Rule(MEMBER, "GET HEAD", "app.open"),
    # Bulk: what is not the caller's is as if it were not there; whoever presses for nothing is told so.
    "bulk": Rule(MEMBER, "POST", "app.open", also=(422,), body={"do": "close", "key": fresh(), "c": fresh()}),
    "bulk_count": Rule(MEMBER, "GET HEAD", "app.open"),
    "bulk_choices": Rule(MEMBER, "GET HEAD", "app.open"),
    "bulk_run": Rule(STRANGER, "GET HEAD", "app.open"),
    "bulk_undo": Rule(STRANGER, "POST", "app.open"),
    "saved_views": Rule(MEMBER, "GET HEAD", "app.open"),
    "saved_view_new": Rule(MEMBER, "GET HEAD POST", "app.open", body={"name": "Mine"}),
    "saved_view_rename": Rule(SAVED_VIEW, "POST", "inbox.settings", body={"name": "Renamed"}),
    "saved_view_move": Rule(SAVED_VIEW, "POST", "inbox.settings", body={"to": "up"}),
    "saved_view_delete": Rule(SAVED_VIEW, "POST", "inbox.settings"),
    "palette": Rule(MEMBER, "GET HEAD", "app.open", query="?q=hello"),
    "inbox_state": Rule(MEMBER, "GET HEAD", "app.open"),
    "archive": Rule(MEMBER, "GET HEAD", "app.open"),
    "search": Rule(MEMBER, "GET HEAD", "app.open", query="?q=hello"),
    "later": Rule(MEMBER, "GET HEAD", "app.open"),
    "later_discard": Rule(STRANGER, "POST", "app.open"),
    "contacts": Rule(MEMBER, "GET HEAD", "app.open"),
    "contact_write": Rule(COLLEAGUE, "POST", "app.open"),
    "contacts_write": Rule(MEMBER, "POST", "app.open", also=(422,)),
    # Only people of other companies whom one knows already; the matrix's callers know nobody.
    "direct_new": Rule(STRANGER_OR_COLLEAGUE, "POST", "app.open"),
    "contact_block": Rule(STRANGER, "POST", "app.open"),
    "contact_unblock": Rule(STRANGER, "POST", "app.open"),
    "channel_request": Rule(
        OPEN_CHANNEL,
        "GET HEAD POST",
        "request.start",
        also=(422,),
        body={"body": "Do you deliver?", "start_id": fresh(), "client_id": fresh()},
    ),
    # Nobody of the matrix has asked: the address of a team's conversation opens nothing here.
    "request": Rule(SOMEBODYS_REQUEST, "GET HEAD", READ),
    "request_messages": (
        Rule(SOMEBODYS_REQUEST, "GET HEAD", READ),
        Rule(SOMEBODYS_REQUEST, "POST", ANSWER, body=LINE, json=True),
    ),
    "request_state": Rule(SOMEBODYS_REQUEST, "GET HEAD", READ),
    "request_seen": Rule(SOMEBODYS_REQUEST, "POST", READ, body={"seq": 1}),
    "request_draft": Rule(SOMEBODYS_REQUEST, "GET HEAD POST", READ, body={"kind": "reply", "body": "So"}, json=True),
    "request_close": Rule(SOMEBODYS_REQUEST, "POST", CLOSE),
    "conversation_uploads": Rule(MEMBER, "POST", "app.open", also=(422,)),
    "file": Rule(FILE, "GET HEAD", READ, side="internal.read"),
    "conversation": reads(),
    "conversation_state": reads(),
    "conversation_messages": (
        reads(),
        Rule(CONVERSATION, "POST", ANSWER, body=LINE, json=True),
        Rule(CONVERSATION, "POST", NOTE, side=NOTE, body=INSIDE, json=True),
    ),
    # One's own sheets, whoever may answer: what is in them is looked at when it is sent.
    "conversation_draft": Rule(
        CONVERSATION, "GET HEAD POST", READ, side="internal.read", body={"kind": "internal", "body": "So"}, json=True
    ),
    "conversation_texts": reads(),
    "conversation_later": (
        Rule(CONVERSATION, "POST", ANSWER, body=LINE | {"undo": 5}, json=True, also=(409,)),
        Rule(CONVERSATION, "POST", NOTE, side=NOTE, body=INSIDE | {"when": "hour"}, json=True),
    ),
    "conversation_later_send": Rule(WAITING, "POST", READ, side="internal.read", also=(409,)),
    "conversation_later_back": Rule(WAITING, "POST", READ, side="internal.read"),
    "conversation_later_delete": Rule(STOPPABLE, "POST", READ, side="internal.read"),
    "message": reads(),
    # One's own message only: whoever reads somebody else's is refused (403); 15 minutes are over in the matrix (409).
    "message_edit": Rule(CONVERSATION, "POST", READ, side="internal.read", body={"body": "Better."}, also=(403, 409)),
    "message_delete": Rule(CONVERSATION, "POST", READ, side="internal.read", also=(403, 409)),
    "message_preview": Rule(MEMBER, "POST", "app.open", body={"body": "**x**"}),
    "conversation_names": reads(),
    "conversation_transcript": reads(),
    "conversation_transcript_mail": Rule(
        CONVERSATION, "POST", READ, side="internal.read", body={"to": "me", "key": fresh()}, also=(422, 409)
    ),
    "conversation_seen": Rule(CONVERSATION, "POST", READ, side="internal.read", body={"seq": 1}),
    "conversation_unread": Rule(CONVERSATION, "POST", READ, side="internal.read", body={"seq": 1}),
    "conversation_accept": verb(ANSWER),
    "conversation_decline": verb(ANSWER),
    "conversation_assign": (
        verb("conversation.assign_self"),
        verb("conversation.assign_other", body={"to": "colleague"}),
    ),
    "conversation_unassign": verb("conversation.release_own"),
    "conversation_ring": verb("conversation.ring_again"),
    "conversation_close": verb(CLOSE, side=NOTE),
    "conversation_reopen": verb(READ, side="internal.read"),  # open already: nothing happens, nobody is refused
    # The conversations of the matrix are requests: whoever may read them is told that these verbs are for direct ones.
    "conversation_archive": verb(READ, side="internal.read"),
    "conversation_unarchive": verb(READ, side="internal.read"),
    "conversation_mute": verb(READ, side="internal.read"),
    "conversation_leave": verb(READ, side="internal.read"),
    "conversation_snooze": verb(CLOSE, body={"until": "tomorrow"}),
    "conversation_wake": verb(READ, side="internal.read"),  # nothing is snoozed: nothing happens, nobody is refused
    "conversation_follow": verb(READ, side="internal.read", body={"follow": "1"}),
    "conversation_move": Rule(CONVERSATION, "GET HEAD POST", "conversation.move.assigned", also=(409, 422)),
    "conversation_merge": Rule(CONVERSATION, "GET HEAD POST", CLOSE, side="internal.read", also=(404, 409, 422)),
    "conversation_unmerge": verb(READ, side="internal.read"),  # nothing was joined
    "conversation_merged": Rule(CONVERSATION, "GET HEAD", READ, side="internal.read", also=(404,)),
    "conversation_participants": reads(),
    "conversation_colleague_add": verb(PEOPLE, side=PEOPLE, body={"person": "member"}),
    "conversation_colleague_remove": verb(PEOPLE, side=PEOPLE, body={"person": "member"}),
    "conversation_customer_add": verb(PEOPLE, body={"email": "max@abc.example"}),
    "conversation_customer_remove": Rule(
        CONVERSATION, "POST", PEOPLE, side=PEOPLE, body={"customer": fresh()}, also=(422,)
    ),
    "conversation_discussion": Rule(
        CONVERSATION, "GET HEAD POST", "conversation.discuss", side="internal.read", body={"title": "A"}, also=(404,)
    ),
    "conversation_tags": Rule(CONVERSATION, "POST", READ, body={"name": "urgent"}, also=(422, 409)),
    "conversation_references": Rule(CONVERSATION, "POST", READ, body={"text": "Order 4711"}, also=(422, 409)),
    "conversation_people": Rule(CONVERSATION, "GET HEAD POST", READ, side="internal.read", also=(404,)),
    # --- settings
    "settings_variables": Rule(COMPANY, "GET HEAD POST", MANAGE, body={"name": "Nordlicht"}, also=(422,)),
    "settings_replies": Rule(MEMBER, "GET HEAD", "texts.use"),
    "settings_reply_new": Rule(MEMBER, "GET HEAD POST", "texts.use", body=REPLY, also=(422,)),
    "settings_reply": Rule(SHARED_REPLY, "GET HEAD POST", "texts.manage", body=REPLY),
    "settings_reply_remove": Rule(SHARED_REPLY, "POST", "texts.manage"),
    "reply_used": Rule(SHARED_REPLY, "POST", "texts.use"),
    "settings_writing": own("GET HEAD POST", body={"undo_seconds": 10}, also=(422,)),
    "settings_keys": own("POST", body={"single_keys": "on"}),
    "settings": Rule(MEMBER, "GET HEAD", "app.open"),
    "settings_inboxes": Rule(MANAGING, "GET HEAD", "inbox.settings"),
    "settings_inbox_new": Rule(COMPANY, "GET HEAD POST", "inbox.create", body={"name": "New"}),
    "settings_inbox": Rule(INBOX, "GET HEAD POST", "inbox.settings", body={"name": "Renamed"}),
    "inbox_mode": Rule(INBOX, "POST", "inbox.settings", body={"mode": "open"}, also=(422,)),
    "channel_ring_log": channel("GET HEAD"),
    "settings_inbox_role": Rule(INBOX, "POST", "inbox.roles", body={"member": "member", "role": "team_member"}),
    "settings_channels": Rule(MANAGING, "GET HEAD", "channel.create"),
    "settings_channel_new": Rule(MANAGING, "GET HEAD POST", "channel.create", body={"name": "New"}, also=(422,)),
    "settings_channel": channel("GET HEAD POST", also=(422,)),
    "settings_channel_pause": channel(),
    "settings_channel_resume": channel(),
    "settings_channel_delete": channel(),
    "settings_line_add": channel(body={"member": "member"}),
    "settings_line_remove": channel(body={"member": "in line"}),
    "settings_line_move": channel(body={"member": "in line", "steps": 1}, also=(422,)),
    "settings_line_order": channel(body={"member": "in line"}, also=(422,)),
    "settings_holiday_add": channel(body={"day": "2026-12-24", "name": "Christmas"}),
    "settings_holiday_remove": channel(body={"day": "2026-12-25"}),
    "settings_widgets": Rule(MANAGING, "GET HEAD", "widget.manage"),
    "settings_widget_new": Rule(MANAGING, "GET HEAD POST", "widget.manage", body={"name": "New"}, also=(422,)),
    "settings_widget": Rule(WIDGET, "GET HEAD POST", "widget.manage", also=(422,)),
    "settings_widget_secret": Rule(WIDGET, "GET HEAD", "widget.manage"),
    "settings_widget_secret_new": Rule(WIDGET, "POST", "widget.manage"),
    "settings_widget_secret_drop": Rule(WIDGET, "POST", "widget.manage"),
    # --- companies and people
    "directory": Rule(MEMBER, "GET HEAD", "app.open"),
    "company": Rule(MEMBER, "GET HEAD", "app.open"),
    # Like a picture: the address is a random UUID; here no company has a logo.
    "logo": Rule(PUBLIC, "GET HEAD", also=(404,)),
    "first_steps": Rule(COMPANY, "GET HEAD", MANAGE),
    "first_steps_look": Rule(COMPANY, "POST", MANAGE),
    "first_steps_hide": Rule(COMPANY, "POST", MANAGE, body={"hidden": "1"}),
    "package": Rule(COMPANY, "GET HEAD", MANAGE),
    "company_settings": Rule(COMPANY, "GET HEAD POST", MANAGE, also=(422,)),
    "company_logo": Rule(COMPANY, "POST", MANAGE, also=(422,)),
    "company_logo_remove": Rule(COMPANY, "POST", MANAGE),
    "contact_persons": Rule(COMPANY, "GET HEAD", MANAGE),
    "contact_person_new": Rule(COMPANY, "GET HEAD POST", MANAGE, body={"name": "Voss", "function": "Sales"}),
    "contact_person": Rule(CONTACT_PERSON, "GET HEAD POST", MANAGE, body={"name": "Voss", "function": "Sales"}),
    "contact_person_move": Rule(CONTACT_PERSON, "POST", MANAGE, body={"to": "up"}),
    "contact_person_remove": Rule(CONTACT_PERSON, "POST", MANAGE),
    "people": Rule(COMPANY, "GET HEAD", MANAGE),
    "people_roles": Rule(COMPANY, "GET HEAD", MANAGE),
    "people_new": Rule(COMPANY, "GET HEAD POST", MANAGE, also=(422,)),
    "people_import": Rule(COMPANY, "GET HEAD POST", MANAGE, also=(422,)),
    "person": Rule(PERSON, "GET HEAD POST", MANAGE, also=(422,)),
    "person_deactivate": Rule(PERSON, "POST", MANAGE),
    "person_reactivate": Rule(PERSON, "POST", MANAGE),
    "invitation_again": Rule(INVITATION, "POST", MANAGE),
    "invitation_withdraw": Rule(INVITATION, "POST", MANAGE),
    # The link of an invitation is all that it needs; without one in the session the page says so (410).
    "join_link": Rule(PUBLIC, "GET HEAD"),
    "join": Rule(PUBLIC, "GET HEAD POST", also=(410, 422)),
    "profile": own("GET HEAD POST", also=(422,)),
    "profile_picture": own("POST", also=(422,)),
    "profile_picture_remove": own("POST"),
    "availability": own("POST", body={"available": "1"}),
    "quiet": own("POST", body={"for": "30"}),
    "quiet_hours": own("GET HEAD POST", also=(422,)),
    "notifications": Rule(MEMBER, "GET HEAD POST", "preferences.own", also=(422,)),
    "person_notifications": Rule(PERSON, "GET HEAD POST", MANAGE, also=(422,)),
    "person_told": Rule(PERSON, "POST", MANAGE, body={"from_customers": "on"}),
    "push_add": Rule(MEMBER, "POST", "preferences.own", also=(422,)),
    "push_remove": Rule(STRANGER, "POST", "preferences.own"),
    "centre": Rule(MEMBER, "GET HEAD", "app.open"),
    "centre_read": Rule(MEMBER, "POST", "app.open"),
    "centre_read_one": Rule(STRANGER, "POST", "app.open"),
    "theme": Rule(SIGNED_IN, "POST", MINE, body={"theme": "dark"}),
    "settings_security": Rule(COMPANY, "GET HEAD POST", "company.manage", body={"required": "0"}, also=(422,)),
    "settings_push_text": Rule(COMPANY, "POST", "company.manage", body={"shown": "1"}),
    "settings_audit": Rule(COMPANY, "GET HEAD", "company.manage"),
    "settings_audit_csv": Rule(COMPANY, "POST", "company.manage"),
    "settings_privacy": own("GET HEAD"),
    "privacy_mine": own("POST"),
    "privacy_export": Rule(COMPANY, "POST", "company.manage", body={"email": "eva@nordlicht.example"}, also=(404,)),
    "privacy_erase": Rule(COMPANY, "POST", "company.manage", body={"email": "eva@nordlicht.example"}, also=(404,)),
    "sign_out_browser": Rule(SIGNED_IN, "POST", MINE, body={"session": "unknown"}),
    # --- the chat widget
    "widget:loader": Rule(FRAME, "GET HEAD"),
    "widget:frame": Rule(FRAME, "GET HEAD"),
    "widget:entrance": Rule(FRAME, "GET"),
    "widget:session": Rule(FRAME, "POST", json=True),
    "widget:end": Rule(VISITOR, "POST", READ, json=True),
    "widget:conversations": (
        Rule(VISITOR, "GET", READ),
        Rule(VISITOR, "POST", "request.start", body=FROM_VISITOR | {"start_id": fresh()}, json=True),
    ),
    "widget:messages": (
        Rule(VISITORS_CONVERSATION, "GET", READ),
        Rule(VISITORS_CONVERSATION, "POST", ANSWER, body=FROM_VISITOR, json=True),
    ),
    "widget:seen": Rule(VISITORS_CONVERSATION, "POST", READ, body={"seq": 1}, json=True),
    "widget:typing": Rule(VISITORS_CONVERSATION, "POST", READ, json=True),
    "widget:uploads": Rule(VISITOR, "POST", "request.start", also=(400,)),
    "widget:file": Rule(VISITORS_FILE, "GET", READ),
    "widget:ticket": Rule(VISITOR, "POST", READ, json=True),
    "widget:poll": Rule(VISITOR, "GET", READ),
    # --- django-allauth: one's own account
    **{
        name: Rule(EXTERNAL, "ANY")
        for name in (
            "account_login",
            "account_logout",
            "account_inactive",
            "account_signup",
            "account_reauthenticate",
            "account_email",
            "account_email_verification_sent",
            "account_confirm_email",
            "account_change_password",
            "account_set_password",
            "account_reset_password",
            "account_reset_password_done",
            "account_reset_password_from_key",
            "account_reset_password_from_key_done",
            "account_confirm_login_code",
            "mfa_index",
            "mfa_authenticate",
            "mfa_reauthenticate",
            "mfa_activate_totp",
            "mfa_deactivate_totp",
            "mfa_view_recovery_codes",
            "mfa_generate_recovery_codes",
            "mfa_download_recovery_codes",
            "usersessions_list",
            "account_request_login_code",
            "mfa_list_webauthn",
            "mfa_add_webauthn",
            "mfa_edit_webauthn",
            "mfa_remove_webauthn",
            "mfa_reauthenticate_webauthn",
            "mfa_login_webauthn",
            "socialaccount_login_cancelled",
            "socialaccount_login_error",
            "socialaccount_signup",
            "socialaccount_connections",
            "openid_connect_login",
            "openid_connect_callback",
        )
    },
}

# Routes whose GET may write, and why.
WRITING_READS: dict[str, str] = {"account_email": "allauth notes the login's own address in its table"}

# Mail entrances: kind of reply address → what its handler needs of the sender.
MAIL = {"conversation": ANSWER}
