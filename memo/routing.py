"""The websocket URLs: agent, visitor."""

from __future__ import annotations

from django.urls import path

from conversations.consumers import AgentConsumer
from widget.consumers import VisitorConsumer

websocket_urlpatterns = [
    path("ws/agent/", AgentConsumer.as_asgi()),
    path("ws/visitor/", VisitorConsumer.as_asgi()),
]
