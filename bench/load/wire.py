"""The two transports of the generator, as cheap as Python allows: a websocket and a pool of kept HTTP connections."""

from __future__ import annotations

import asyncio
import base64
import os
from collections import deque
from collections.abc import Callable
from urllib.parse import urlsplit

OnPayload = Callable[[bytes], None]
OnClosed = Callable[[], None]
_TEXT, _CLOSE, _PING, _PONG = 1, 8, 9, 10


class WebSocket(asyncio.Protocol):
    """A client's websocket; hands every whole message to `on_payload`. Servers here do not fragment."""

    def __init__(self, on_payload: OnPayload, on_closed: OnClosed) -> None:
        self._on_payload, self._on_closed = on_payload, on_closed
        self._buffer = bytearray()
        self._open = False
        self._transport: asyncio.Transport | None = None
        self.ready: asyncio.Future = asyncio.get_running_loop().create_future()

    def connection_made(self, transport) -> None:
        self._transport = transport

    def connection_lost(self, exc) -> None:
        if not self.ready.done():
            self.ready.set_exception(ConnectionError("closed during the handshake"))
        self._on_closed()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._open:
            end = self._buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            status = int(self._buffer[9:12])
            del self._buffer[: end + 4]
            self._open = True
            if status != 101:
                self.ready.set_exception(ConnectionError(f"the handshake was answered by {status}"))
                return
            self.ready.set_result(None)
        self._take_frames()

    def _take_frames(self) -> None:
        buffer, at = self._buffer, 0
        while len(buffer) - at >= 2:
            size, head = buffer[at + 1] & 127, 2
            if size > 125:
                head = 4 if size == 126 else 10
                if len(buffer) - at < head:
                    break
                size = int.from_bytes(buffer[at + 2 : at + head], "big")
            if len(buffer) - at < head + size:
                break
            kind, payload = buffer[at] & 15, bytes(buffer[at + head : at + head + size])
            at += head + size
            self._frame(kind, payload)
        del buffer[:at]

    def _frame(self, kind: int, payload: bytes) -> None:
        if kind == _CLOSE:
            self.close()
        elif kind == _PING:
            self._write(_PONG, payload)
        elif kind != _PONG:
            self._on_payload(payload)

    def _write(self, kind: int, payload: bytes) -> None:
        size = len(payload)
        length = bytes([128 | size]) if size < 126 else b"\xfe" + size.to_bytes(2, "big")
        # A mask of zeros is a mask, and leaves the text as it is.
        if self._transport is not None:
            self._transport.write(bytes([128 | kind]) + length + b"\0\0\0\0" + payload)

    def send_text(self, data: bytes) -> None:
        self._write(_TEXT, data)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


async def open_websocket(
    url: str, headers: dict[str, str], on_payload: OnPayload, on_closed: OnClosed, source_ip: str | None = None
) -> WebSocket:
    """Connects and waits for the handshake; raises ConnectionError when it is refused."""
    parts = urlsplit(url)
    key = base64.b64encode(os.urandom(16)).decode()
    lines = [
        f"GET {parts.path}{'?' + parts.query if parts.query else ''} HTTP/1.1", f"Host: {parts.netloc}",
        "Upgrade: websocket", "Connection: Upgrade", f"Sec-WebSocket-Key: {key}", "Sec-WebSocket-Version: 13",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]  # fmt: skip
    transport, socket = await asyncio.get_running_loop().create_connection(
        lambda: WebSocket(on_payload, on_closed), parts.hostname, parts.port,
        local_addr=(source_ip, 0) if source_ip else None,
    )  # fmt: skip
    transport.write(("\r\n".join(lines) + "\r\n\r\n").encode())
    await asyncio.wait_for(socket.ready, 30)
    return socket


class _HttpConnection(asyncio.Protocol):
    """One kept connection with one request under way; answers have a length."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport | None = None
        self._buffer = b""
        self._waiter: asyncio.Future | None = None

    def connection_made(self, transport) -> None:
        self.transport = transport

    def connection_lost(self, exc) -> None:
        self.transport = None
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_exception(ConnectionError("the server closed the connection"))

    def ask(self, raw: bytes) -> asyncio.Future:
        self._waiter = asyncio.get_running_loop().create_future()
        self.transport.write(raw)
        return self._waiter

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, found, body = self._buffer.partition(b"\r\n\r\n")
        if not found:
            return
        _, named, rest = head.lower().partition(b"content-length:")
        if len(body) < (int(rest.partition(b"\r\n")[0]) if named else 0):
            return
        self._buffer = b""
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result((int(head[9:12]), body))


class HttpPool:
    """At most `size` kept connections to one host."""

    def __init__(self, host: str, port: int, size: int) -> None:
        self._host, self._port = host, port
        self._idle: deque[_HttpConnection] = deque()
        self._gate = asyncio.Semaphore(size)

    async def send(self, raw: bytes) -> tuple[int, bytes]:
        """Writes one whole request; (status, body)."""
        async with self._gate:
            connection = self._idle.popleft() if self._idle else None
            if connection is None or connection.transport is None:
                loop = asyncio.get_running_loop()
                _, connection = await loop.create_connection(_HttpConnection, self._host, self._port)
            try:
                return await connection.ask(raw)
            finally:
                self._idle.append(connection)

    def close(self) -> None:
        for connection in self._idle:
            if connection.transport is not None:
                connection.transport.close()
        self._idle.clear()
