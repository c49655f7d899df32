"""Conversations, messages, offers, seen."""

from conversations.models.contact import Contact
from conversations.models.conversation import Conversation, Participant
from conversations.models.draft import Draft, Sheet
from conversations.models.head import ConversationHead
from conversations.models.label import Reference, Tag, Tagging
from conversations.models.later import Later
from conversations.models.merge import Merge
from conversations.models.message import Attachment, Message
from conversations.models.offer import Offer
from conversations.models.search import SearchCard, SearchLine, SearchShelf, SearchWord

__all__ = [
    "Attachment",
    "Contact",
    "Conversation",
    "ConversationHead",
    "Draft",
    "Later",
    "Merge",
    "Message",
    "Offer",
    "Participant",
    "Reference",
    "SearchCard",
    "SearchLine",
    "SearchShelf",
    "SearchWord",
    "Sheet",
    "Tag",
    "Tagging",
]
