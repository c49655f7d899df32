"""The one file that connects apps upwards: event → reactions, deadline → function, token → handler, frame → html."""

from __future__ import annotations

from accounts import personal as accounts_personal
from channels_app import personal as channels_personal
from channels_app.views import open_channels
from companies import belongings, company_page, person_page
from companies import mail_in as company_mail
from companies import personal as companies_personal
from companies import reactions as company_reactions
from conversations import mail_in, renderers
from conversations import personal as conversations_personal
from conversations import reactions as routing_reactions
from conversations.actions import assigning, directs, later, ringing, snoozing
from conversations.selectors import mailed
from conversations.selectors.peers import directs_only_among
from customers import personal as customers_personal
from events import personal, registry
from mail import personal as mail_personal
from mail import routing
from notifications import actions as notices
from notifications import parts as notifications_parts
from notifications import personal as notifications_personal
from notifications import pushing, reactions, retelling, unread_again
from notifications import selectors as notice_selectors
from texts import personal as texts_personal

# In the order in which a batch is reacted to: what was said before who read it, an offer's beginning before its end.
REACTIONS = {
    "message.posted": [reactions.on_messages, routing_reactions.on_posted],
    "message.edited": [retelling.on_edited],
    "message.deleted": [retelling.on_deleted],
    "message.returned": [reactions.on_returned],
    "offer.started": [reactions.on_offers],
    "offer.ended": [reactions.on_offers_ended],
    "conversation.assigned": [reactions.on_assigned],
    "conversation.unassigned": [],
    "conversation.unclaimed": [reactions.on_unclaimed],
    "conversation.seen": [reactions.on_seen],
    "conversation.unread": [unread_again.on_marked_unread],
    "conversation.closed": [reactions.on_closed],
    "conversation.started": [],
    "conversation.reopened": [],
    "conversation.archived": [],
    "conversation.joined": [reactions.on_joined],
    "conversation.left": [reactions.on_left],
    "conversation.removed": [reactions.on_removed],
    "conversation.guest_joined": [],
    "conversation.guest_left": [],
    "conversation.snoozed": [],
    "conversation.woken": [reactions.on_woken],
    "conversation.moved": [reactions.on_moved],
    "conversation.merged": [],
    "conversation.unmerged": [],
    "conversation.undelivered": [reactions.on_undelivered],
    "member.availability": [routing_reactions.on_availability],
    "member.invited": [],
    "member.joined": [],
    "member.reactivated": [company_reactions.on_member],
    "invitation.withdrawn": [],
    "member.deactivated": [routing_reactions.on_deactivated, company_reactions.on_member],
    "company.created": [],
    "company.suspended": [reactions.on_suspended],
    "company.resumed": [],
    "package.activated": [],
    "inbox.role_changed": [routing_reactions.on_inbox_role, reactions.on_role],
    "settings.changed": [routing_reactions.on_settings, reactions.on_settings],
}
DUE = {
    "offer": ringing.settle_offer,
    "opening": ringing.settle_opening,
    "withdraw": ringing.settle_withdrawal,
    "reroute": ringing.settle_reroute,
    "release": assigning.settle_release,
    "lock_direct": directs.settle_lock,
    "snooze": snoozing.settle_snooze,
    "later": later.settle_later,
    "notice": notices.settle_notice,
    "push": pushing.settle_push,
}
PATIENT = {"notice", "push"}
MAIL_HANDLERS = {"conversation": mail_in.reply}
HELD_HANDLERS = {"conversation": mail_in.held}
UNDELIVERED = {"notice": mail_in.undelivered, "invitation": company_mail.undelivered}
RENDERERS = renderers.TABLE
# What each app has on a person, in the order of forgetting: rights first, the login last.
HOLDINGS = [
    companies_personal.HOLDING,
    channels_personal.HOLDING,
    conversations_personal.HOLDING,
    notifications_personal.HOLDING,
    customers_personal.HOLDING,
    texts_personal.HOLDING,
    mail_personal.HOLDING,
    accounts_personal.HOLDING,
]
# Rows that belong to a company by number only: they go when the row goes whose number they carry.
DUE_KINDS = {
    "conversations.Offer": ["offer", "withdraw"],
    "conversations.Conversation": ["opening", "reroute", "release", "lock_direct", "snooze"],
    "conversations.Later": ["later"],
    "notifications.Notice": ["notice", "push"],
}
REPLY_KINDS = {"conversations.Conversation": ["conversation"]}
MAIL_KEYS = {
    "notifications.Notice": ["notice"],
    "companies.Invitation": ["invitation"],
    "conversations.Conversation": ["transcript"],
}
MAILED = [notice_selectors.mailed]
COMPANY_PAGE = [open_channels.piece]  # blocks of a company's page, in this order
PERSON_PAGE = [notifications_parts.of_person]  # … of a colleague's page in the settings


def connect() -> None:
    """Fill the registries of the floors below; called once when the project starts."""
    registry.REACTIONS.update(REACTIONS)
    registry.DUE.update(DUE)
    registry.PATIENT.update(PATIENT)
    registry.RENDERERS.update(RENDERERS)
    personal.HOLDINGS[:] = HOLDINGS
    company_page.PARTS[:] = COMPANY_PAGE
    person_page.PARTS[:] = PERSON_PAGE
    belongings.DUE_KINDS.update(DUE_KINDS)
    belongings.REPLY_KINDS.update(REPLY_KINDS)
    belongings.MAIL_KEYS.update(MAIL_KEYS)
    belongings.PRIVATE[:] = [directs_only_among]
    mailed.SOURCES[:] = MAILED
    routing.HANDLERS.update(MAIL_HANDLERS)
    routing.HELD_HANDLERS.update(HELD_HANDLERS)
    routing.UNDELIVERED.update(UNDELIVERED)
