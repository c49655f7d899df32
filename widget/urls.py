"""The widget's addresses, below /w/; keys and ids in them are public, secrets never are (S-20)."""

from __future__ import annotations

from django.urls import path

from widget.views import conversations, files, live, pages, session

app_name = "widget"
_ONE = "<str:key>/conversations/<uuid:public_id>/"

urlpatterns = [
    path("memo.js", pages.loader, name="loader"),
    path("frame/<str:key>/", pages.frame, name="frame"),
    path("<str:key>/session/", session.session, name="session"),
    path("<str:key>/session/end/", session.end, name="end"),
    path("<str:key>/conversations/", conversations.conversations, name="conversations"),
    path(f"{_ONE}messages/", conversations.messages, name="messages"),
    path(f"{_ONE}seen/", conversations.seen, name="seen"),
    path(f"{_ONE}typing/", conversations.typing, name="typing"),
    path("<str:key>/entrance/", conversations.entrance, name="entrance"),
    path("<str:key>/uploads/", files.uploads, name="uploads"),
    path("<str:key>/files/<uuid:public_id>/", files.file, name="file"),
    path("<str:key>/ticket/", live.ticket, name="ticket"),
    path("<str:key>/poll/", live.poll, name="poll"),
]
