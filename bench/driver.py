"""The product for the load generator: signed-in agents with a thread open, who answer by POST and get frames."""

from __future__ import annotations

import asyncio
import json
import uuid
from pathlib import Path

try:  # the neutral generator, when it is what loads this file
    from loadgen.drivers.base import Client, Driver
    from loadgen.wire import open_websocket
except ImportError:
    from bench.load.driver import Client, Driver
    from bench.load.wire import open_websocket

# As the browser's socket does it (static/ui/js/socket.js).
_ACK_EVERY = 50
_ACK_AFTER_S = 2.0


class _Tab:
    """What one browser tab does with the frames that come down: acknowledges, and hands messages on."""

    def __init__(self, client: Client, on_payload) -> None:
        self.client, self.on_payload = client, on_payload
        self.unacknowledged = 0
        self.opened = asyncio.get_running_loop().create_future()

    def payload(self, data: bytes) -> None:
        self.unacknowledged += 1
        # Rows and alerts quote the text of a message; only the message itself is a delivery.
        if b'"k":"message"' in data:
            self.on_payload(data)
        elif not self.opened.done():
            if b'"k":"opened"' in data:
                self.opened.set_result(None)
            elif b'"k":"refused"' in data:
                self.opened.set_exception(RuntimeError("the thread was refused"))
        if self.unacknowledged >= _ACK_EVERY:
            self.acknowledge()

    def acknowledge(self) -> None:
        if self.unacknowledged and self.client.channel is not None:
            self.client.channel.send_text(b'{"k":"ack","n":%d}' % self.unacknowledged)
            self.unacknowledged = 0


class TargetDriver(Driver):
    """Options: `users` (file of bench.prepare), `threads` (0: tabs show the list only)."""

    marker_repeats = True

    def __init__(self, base_url: str, options: dict[str, str]) -> None:
        super().__init__(base_url, options)
        self.held = json.loads(Path(options["users"]).read_text())

    async def setup(self, clients: list[Client], conversations: int) -> None:
        """Gives every client its session."""
        for client, entry in zip(clients, self.held, strict=False):
            client.data = entry
        self.outboxes = {client.number: asyncio.Lock() for client in clients}
        self.tabs: list[_Tab] = []
        self._acknowledging = asyncio.ensure_future(self._acknowledge())

    def ws_url(self, client: Client) -> str:
        return f"{self.base_url.replace('http', 'ws', 1)}/ws/agent/"

    def ws_headers(self, client: Client) -> dict[str, str]:
        return {"Cookie": client.data["cookie"], "Origin": self.base_url}

    async def connect(self, client: Client, on_payload, on_closed) -> None:
        """Opens the socket and, unless told otherwise, the thread in it."""
        tab = _Tab(client, on_payload)
        client.channel = await open_websocket(
            self.ws_url(client), self.ws_headers(client), tab.payload, on_closed, source_ip=client.source_ip
        )
        if self.options.get("threads") != "0":
            client.channel.send_text(json.dumps({"k": "open", "c": client.data["conversation"]}).encode())
            await asyncio.wait_for(tab.opened, 20)
        self.tabs.append(tab)

    async def _acknowledge(self) -> None:
        """Every tab once in two seconds, spread over them as browsers would."""
        steps = 20
        while True:
            for step in range(steps):
                await asyncio.sleep(_ACK_AFTER_S / steps)
                for tab in self.tabs[step::steps]:
                    tab.acknowledge()

    def http_message(self, client: Client, text: str) -> bytes:
        """The request that a browser's composer sends."""
        return self.post_json(
            f"/conversations/{client.data['conversation']}/messages/",
            {"body": text, "client_id": str(uuid.uuid4())},
            {
                "Accept": "application/json",
                "Cookie": client.data["cookie"],
                "X-CSRFToken": client.data["csrf"],
                "Origin": self.base_url,
            },
        )

    async def send_http(self, client: Client, text: str) -> None:
        """One after the other, as the browser's outbox does (static/ui/js/outbox.js): the wait counts as time."""
        async with self.outboxes[client.number]:
            await super().send_http(client, text)

    def send_ws(self, client: Client, text: str) -> None:
        """Nothing is sent by socket: a probe among idle sockets posts as well."""
        task = asyncio.ensure_future(self.send_http(client, text))
        task.add_done_callback(lambda done: done.cancelled() or done.exception())

    async def close(self, clients: list[Client]) -> None:
        self._acknowledging.cancel()
        await super().close(clients)
