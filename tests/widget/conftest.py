"""A visitor's browser without a browser: the calls that the frame makes."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass

import pytest
from django.conf import settings
from django.test import Client

from channels_app.models import Widget


@dataclass
class Door:
    """Calls below /w/<key>/ with the frame's headers; `token` once there is a visitor."""

    key: str
    token: str = ""
    origin: str | None = ""
    address: str = "203.0.113.7"

    def _headers(self) -> dict[str, str]:
        headers = {"REMOTE_ADDR": self.address}
        if self.origin is not None:
            headers["HTTP_ORIGIN"] = self.origin or settings.BASE_URL
        if self.token:
            headers["HTTP_AUTHORIZATION"] = f"Memo {self.token}"
        return headers

    def post(self, path: str, data: object = None, **extra):
        body = data if isinstance(data, (str, bytes)) else json.dumps(data or {})
        return Client().post(f"/w/{self.key}/{path}", body, content_type="application/json", **self._headers(), **extra)

    def get(self, path: str, **extra):
        return Client().get(f"/w/{self.key}/{path}", **self._headers(), **extra)

    def upload(self, file, **extra):
        return Client().post(f"/w/{self.key}/uploads/", {"file": file}, **self._headers(), **extra)

    # --- what visitors do ----------------------------------------------------------------------------
    def begin(self, **data) -> dict:
        """A session; the token is kept."""
        answer = self.post("session/", {"start": True} | data).json()
        self.token = answer["token"] or self.token
        return answer

    def start(self, body: str = "Hello?", **data) -> dict:
        """A new conversation with a first message."""
        fields = {"start_id": str(uuid.uuid4()), "client_id": str(uuid.uuid4()), "body": body} | data
        return self.post("conversations/", fields).json()

    def say(self, conversation: str, body: str = "And more.", **data):
        fields = {"client_id": str(uuid.uuid4()), "body": body} | data
        return self.post(f"conversations/{conversation}/messages/", fields)


@pytest.fixture
def widget(cast, clean_valkey) -> Widget:
    """The widget of Nordlicht, with fresh limits."""
    return cast.widget


@pytest.fixture
def door(widget: Widget) -> Door:
    """Somebody on the shop's page who has not done anything yet."""
    return Door(widget.public_key)


@pytest.fixture
def visitor(door: Door) -> Door:
    """A visitor with a token."""
    door.begin()
    return door


@pytest.fixture
def stranger(widget: Widget) -> Door:
    """Another visitor of the same widget."""
    other = Door(widget.public_key, address="203.0.113.8")
    other.begin()
    return other
