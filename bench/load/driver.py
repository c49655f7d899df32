"""What the generator must know of a server: how to connect, how to send; and the driver of the small references."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from bench.load.wire import HttpPool, OnClosed, OnPayload, WebSocket, open_websocket


@dataclass
class Client:
    """One connected person, who follows one conversation (both are numbers from 0)."""

    number: int
    conversation: int
    source_ip: str | None = None
    channel: WebSocket | None = None
    data: dict = field(default_factory=dict)


class Driver:
    """A message is recognised at its receivers by the mark in its text, wherever that stands in a frame."""

    def __init__(self, base_url: str, options: dict[str, str]) -> None:
        self.base_url, self.options = base_url.rstrip("/"), options
        parts = urlsplit(base_url)
        self._netloc = parts.netloc
        self.http = HttpPool(parts.hostname or "127.0.0.1", parts.port or 80, 64)

    async def setup(self, clients: list[Client], conversations: int) -> None:
        """Once, before connecting."""

    def ws_url(self, client: Client) -> str:
        return f"{self.base_url.replace('http', 'ws', 1)}/ws?conv={client.conversation}&user={client.number}"

    def ws_headers(self, client: Client) -> dict[str, str]:
        return {}

    async def connect(self, client: Client, on_payload: OnPayload, on_closed: OnClosed) -> None:
        """Opens the client's socket."""
        client.channel = await open_websocket(self.ws_url(client), self.ws_headers(client), on_payload, on_closed)

    def http_message(self, client: Client, text: str) -> bytes:
        """The whole request that sends a text to the client's conversation."""
        body = {"conv": client.conversation, "user": client.number, "body": text}
        return self.post_json(self.options.get("send", "/send"), body)

    async def send_http(self, client: Client, text: str) -> None:
        """Sends and waits for the answer; RuntimeError when it is a refusal."""
        status, body = await self.http.send(self.http_message(client, text))
        if status >= 300:
            raise RuntimeError(f"answered {status}: {body[:200]!r}")

    async def close(self, clients: list[Client]) -> None:
        for client in clients:
            if client.channel is not None:
                client.channel.close()
        self.http.close()

    def post_json(self, path: str, body: dict, headers: dict[str, str] | None = None) -> bytes:
        """A POST as bytes."""
        content = json.dumps(body, separators=(",", ":")).encode()
        lines = [
            f"POST {path} HTTP/1.1", f"Host: {self._netloc}", "Content-Type: application/json",
            f"Content-Length: {len(content)}", *(f"{name}: {value}" for name, value in (headers or {}).items()),
        ]  # fmt: skip
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + content
