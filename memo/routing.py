"""The websocket URLs: agent, visitor."""

from __future__ import annotations

from django.urls import path
from widget.consumers import VisitorConsumer

from conversations.consumers import AgentConsumer

websocket_urlpatterns = [
    path("ws/agent/", AgentConsumer.as_asgi()),
    path("ws/visitor/", VisitorConsumer.as_asgi()),
]
