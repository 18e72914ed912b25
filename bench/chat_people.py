"""Visitors and agents as their pages behave on the wire: sockets, and the fragments that an agent's page fetches."""

import asyncio
import json
import re
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from itertools import count
from uuid import uuid4

from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Origin

from bench.chat_stack import HOST, KEY, ORIGIN, Agent

# As the page waits before it asks for changed rows, and for the counts beside the views (refresh.js), in seconds.
LIST_DELAY, LIST_DELAY_MOST, COUNT_EVERY = 0.25, 1.0, 3.0
# Where more rows than these have changed, it asks for the whole list.
MANY_ROWS = 10
# Seconds. A process that is asked for more than it can do falls behind; that is to be measured, not to end it.
PATIENCE = 120


_home = count()


async def socket(port: int, path: str, cookie: str = "") -> ClientConnection:
    """Open a WebSocket as a browser would behind a proxy that ends TLS; visitors of many homes, which are limited."""
    number = next(_home) // 20
    headers = {"X-Forwarded-Proto": "https"} | ({"Cookie": cookie} if cookie else {})
    return await connect(
        f"ws://{HOST}{path}",
        host="127.0.0.1",
        port=port,
        local_addr=(f"127.1.{number // 250}.{1 + number % 250}", 0),
        origin=Origin(ORIGIN),
        additional_headers=headers,
        open_timeout=PATIENCE,
        ping_interval=None,
    )


class Visitor:
    """One open chat. `conversation` is known once the first message is stored."""

    def __init__(self, token: str) -> None:
        self._token = token
        self.conversation = 0
        self._acks: dict[str, asyncio.Future[None]] = {}

    async def arrive(self, port: int) -> None:
        """Open the socket and say hello."""
        self._socket = await socket(port, f"/ws/chat/{KEY}/")
        await self._socket.send(json.dumps({"type": "hello", "token": self._token, "known": {}}))
        await self._socket.recv()
        self._reading = asyncio.create_task(self._read())

    async def say(self, text: str) -> None:
        """Send a message and wait until it is stored."""
        key = str(uuid4())
        stored = self._acks[key] = asyncio.get_running_loop().create_future()
        at = datetime.now(UTC).isoformat()
        await self._socket.send(json.dumps({"type": "send", "key": key, "text": text, "at": at}))
        await asyncio.wait_for(stored, PATIENCE)

    async def type(self) -> None:
        """Say that something is being typed."""
        await self._socket.send(json.dumps({"type": "typing", "typing": True, "at": datetime.now(UTC).isoformat()}))

    async def leave(self) -> None:
        self._reading.cancel()
        await self._socket.close()

    async def _read(self) -> None:
        async for text in self._socket:
            frame = json.loads(text)
            if frame["type"] == "ack":
                self.conversation = frame["line"]["conversation"]
                self._acks.pop(frame["key"]).set_result(None)
            elif frame["type"] == "refused":
                self._acks.pop(frame["key"]).set_exception(RuntimeError(f"refused: {frame['reason']}"))


class Fetcher:
    """One kept HTTP connection of a browser."""

    def __init__(self, port: int, cookie: str) -> None:
        self._port = port
        self._headers = f"Host: {HOST}\r\nCookie: {cookie}\r\nHX-Request: true\r\nX-Forwarded-Proto: https\r\n"
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def get(self, path: str) -> tuple[int, str, bytes]:
        """Return status, head and body; a connection that the server closed meanwhile is opened anew."""
        if self._streams is not None and self._streams[0].at_eof():
            self.close()
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = self._streams
        writer.write(f"GET {path} HTTP/1.1\r\n{self._headers}\r\n".encode())
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        length = re.search(r"(?im)^content-length: *(\d+)", head)
        body = await reader.readexactly(int(length[1])) if length else b""
        return int(head[9:12]), head, body

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None


class Screen:
    """An agent's open page: hears the news, fetches what changed in the open conversation and in its list.

    `shown` is told every text of ours that a fetched fragment brings.
    """

    def __init__(self, agent: Agent, port: int, shown: Callable[[str], None]) -> None:
        self._cookie = f"sessionid={agent.cookie}"
        self._port = port
        self._shown = shown
        self._lines, self._list = Fetcher(port, self._cookie), Fetcher(port, self._cookie)
        self._stale = asyncio.Event()
        self._open = self._revision = 0
        self._list_since = self._list_at = self._counted_at = 0.0
        self._rows: set[int] = set()
        self.lists: list[float] = []
        self.fetches: list[float] = []

    async def arrive(self) -> None:
        """Open the socket; returns when it is live."""
        self._socket = await socket(self._port, "/ws/desk/", self._cookie)
        await self._socket.recv()
        self._tasks = [asyncio.create_task(work()) for work in (self._hear, self._catch_up, self._refresh)]

    async def open(self, conversation: int) -> None:
        """Show a conversation, as a click on its row does."""
        self._open = self._revision = 0
        _status, _head, body = await self._lines.get(f"/inbox/c/{conversation}/")
        found = re.search(rb'id="revision"[^>]*value="(\d+)"', body)
        assert found, body[:200]
        self._open, self._revision = conversation, int(found[1])

    async def leave(self) -> None:
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with suppress(asyncio.CancelledError):
                await task
        await self._socket.close()
        self._lines.close()
        self._list.close()

    async def _hear(self) -> None:
        async for text in self._socket:
            news = json.loads(text)
            if news["kind"] != "conversation":
                continue
            if news["conversation"] == self._open and news["revision"] > self._revision:
                self._stale.set()
            self._refresh_soon(news["conversation"])

    async def _catch_up(self) -> None:
        while True:
            await self._stale.wait()
            self._stale.clear()
            started = time.perf_counter()
            status, head, body = await self._lines.get(f"/inbox/c/{self._open}/since/{self._revision}/")
            self.fetches.append(time.perf_counter() - started)
            assert status in {200, 204}, head
            revision = re.search(r"(?im)^x-revision: *(\d+)", head)
            assert revision, head
            self._revision = int(revision[1])
            for text in re.findall(rb"probe-[0-9a-f-]+", body):
                self._shown(text.decode())

    def _refresh_soon(self, conversation: int) -> None:
        self._rows.add(conversation)
        now = time.monotonic()
        self._list_since = self._list_since or now
        self._list_at = min(now + LIST_DELAY, self._list_since + LIST_DELAY_MOST)

    async def _refresh(self) -> None:
        while True:
            await asyncio.sleep(0.05)
            if not self._list_since or time.monotonic() < self._list_at:
                continue
            self._list_since = 0.0
            started = time.perf_counter()
            status, head, _body = await self._list.get(self._list_address())
            self.lists.append(time.perf_counter() - started)
            assert status == 200, head

    def _list_address(self) -> str:
        """Return what to ask for: the rows that changed, and the counts now and then, or all of it where many did."""
        rows, self._rows = self._rows, set()
        is_whole = len(rows) > MANY_ROWS
        is_counted = is_whole or time.monotonic() - self._counted_at > COUNT_EVERY
        if is_counted:
            self._counted_at = time.monotonic()
        if is_whole:
            return f"/inbox/open/?rows=40&current={self._open}"
        ids = ".".join(map(str, rows))
        return f"/inbox/open/?ids={ids}&current={self._open}" + ("&counts=1" if is_counted else "")
