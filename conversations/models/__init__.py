"""Conversations, messages, offers, seen."""

from conversations.models.bulk import BulkItem, BulkRun
from conversations.models.contact import Contact
from conversations.models.conversation import Conversation, Participant
from conversations.models.draft import Draft, Sheet
from conversations.models.editing import Mention, MessageVersion, Quote
from conversations.models.head import ConversationHead
from conversations.models.label import Reference, Tag, Tagging
from conversations.models.later import Later
from conversations.models.merge import Merge
from conversations.models.message import Attachment, Message
from conversations.models.offer import Offer
from conversations.models.saved_view import SavedView
from conversations.models.search import SearchCard, SearchLine, SearchShelf, SearchWord

__all__ = [
    "Attachment",
    "BulkItem",
    "BulkRun",
    "Contact",
    "Conversation",
    "ConversationHead",
    "Draft",
    "Later",
    "Mention",
    "Merge",
    "Message",
    "MessageVersion",
    "Offer",
    "Participant",
    "Quote",
    "Reference",
    "SavedView",
    "SearchCard",
    "SearchLine",
    "SearchShelf",
    "SearchWord",
    "Sheet",
    "Tag",
    "Tagging",
]
