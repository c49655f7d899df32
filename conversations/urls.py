"""The agents' inbox: list, thread, verbs, files. Mounted at the root."""

from __future__ import annotations

from django.urls import path

from conversations.views import contacts, directs, files, inbox, inbox_settings, labels, requests, search, thread, verbs

_one = "conversations/<uuid:public_id>/"
_asked = "requests/<uuid:public_id>/"

urlpatterns = [
    path("", inbox.home, name="home"),
    path("conversations/", inbox.inbox, name="inbox"),
    path("conversations/state/", inbox.state, name="inbox_state"),
    path("conversations/uploads/", files.upload, name="conversation_uploads"),
    path("contacts/", contacts.contacts, name="contacts"),
    path("contacts/write/", contacts.write_to_several, name="contacts_write"),
    path("contacts/<uuid:public_id>/write/", contacts.write, name="contact_write"),
    path("contacts/<uuid:public_id>/block/", contacts.block, name="contact_block"),
    path("contacts/<uuid:public_id>/unblock/", contacts.unblock, name="contact_unblock"),
    path("contacts/users/<uuid:public_id>/write/", contacts.write_to_user, name="direct_new"),
    path("channels/<uuid:public_id>/ask/", requests.new, name="channel_request"),
    path(_asked, requests.thread, name="request"),
    path(f"{_asked}messages/", requests.messages, name="request_messages"),
    path(f"{_asked}state/", requests.state, name="request_state"),
    path(f"{_asked}seen/", requests.seen, name="request_seen"),
    path(f"{_asked}close/", requests.close, name="request_close"),
    path("settings/inboxes/<uuid:public_id>/mode/", inbox_settings.mode, name="inbox_mode"),
    path("settings/channels/<uuid:public_id>/ring-log/", inbox_settings.ring_log, name="channel_ring_log"),
    path("search/", search.results, name="search"),
    path("archive/", inbox.archive, name="archive"),
    path("files/<uuid:public_id>/", files.download, name="file"),
    path(_one, thread.conversation, name="conversation"),
    path(f"{_one}messages/", thread.messages, name="conversation_messages"),
    path(f"{_one}state/", thread.state, name="conversation_state"),
    path(f"{_one}seen/", verbs.seen, name="conversation_seen"),
    path(f"{_one}accept/", verbs.accept, name="conversation_accept"),
    path(f"{_one}decline/", verbs.decline, name="conversation_decline"),
    path(f"{_one}assign/", verbs.assign, name="conversation_assign"),
    path(f"{_one}unassign/", verbs.unassign, name="conversation_unassign"),
    path(f"{_one}ring/", verbs.ring, name="conversation_ring"),
    path(f"{_one}close/", verbs.close, name="conversation_close"),
    path(f"{_one}reopen/", verbs.reopen, name="conversation_reopen"),
    path(f"{_one}archive/", directs.archive, name="conversation_archive"),
    path(f"{_one}unarchive/", directs.unarchive, name="conversation_unarchive"),
    path(f"{_one}mute/", directs.mute, name="conversation_mute"),
    path(f"{_one}people/", directs.people, name="conversation_people"),
    path(f"{_one}leave/", directs.leave, name="conversation_leave"),
    path(f"{_one}tags/", labels.tags, name="conversation_tags"),
    path(f"{_one}references/", labels.references, name="conversation_references"),
]
