"""What the web chat's tests share."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from asgiref.sync import sync_to_async
from channels.routing import URLRouter
from django.db import connection, connections

from channels_webchat import tokens
from channels_webchat.urls import websocket_urlpatterns
from csplatform.gateway.models import ChannelAccount
from tests.factories import make_account
from tests.sockets import Socket

Frame = dict[str, Any]


@pytest.fixture
def account(db: None) -> ChannelAccount:
    """A web chat account with the widget key `shop`."""
    return make_account("webchat", address="shop", name="Shop")


def token_of(account: ChannelAccount, visitor: str, **fields: str) -> str:
    """Return a token for `visitor`."""
    return tokens.issue(account.pk, tokens.Visitor(id=visitor, **fields))


def a_message(text: str = "Hello", key: str = "") -> Frame:
    """Return a delivery of the page."""
    return {"key": key or str(uuid4()), "text": text, "at": datetime.now(UTC).isoformat()}


@dataclass
class Tab:
    """One open tab of a visitor. `known` and `lines` are what a page keeps."""

    socket: Socket
    token: str
    known: dict[str, int] = field(default_factory=dict)
    lines: list[Frame] = field(default_factory=list)

    async def hello(self) -> Frame:
        """Say hello with what is known and take the welcome."""
        await self.tell({"type": "hello", "token": self.token, "known": self.known})
        return await self.hear("welcome")

    async def tell(self, frame: Frame) -> None:
        """Send one frame."""
        await self.socket.send(json.dumps(frame))

    async def say(self, text: str = "Hello", key: str = "") -> Frame:
        """Send a message and return its acknowledgement."""
        await self.tell({"type": "send", **a_message(text, key)})
        return await self.hear("ack", "refused")

    async def hear(self, *kinds: str) -> Frame:
        """Return the next frame of these kinds; news that comes before it is kept as a page keeps it."""
        while True:
            frame: Frame = json.loads(await self.socket.receive())
            if frame["type"] in {"welcome", "lines"}:
                self.known |= frame["known"]
                self.lines += frame["lines"]
            if frame["type"] in kinds:
                return frame

    async def hear_text(self, text: str) -> Frame:
        """Wait until a line with this text is there."""
        while not (found := [line for line in self.lines if line["text"] == text]):
            await self.hear("lines", "welcome")
        return found[-1]

    async def silent(self) -> bool:
        """Whether nothing more comes, but for the place in the queue."""
        while not await self.socket.is_silent():
            if json.loads(await self.socket.receive())["type"] != "waiting":
                return False
        return True


Visit = Callable[..., Awaitable[Tab]]


@pytest.fixture
async def threads_end(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """Threads in which asynchronous code reads the database keep no connection that would outlive the test."""
    monkeypatch.setitem(connection.settings_dict, "CONN_MAX_AGE", 0)
    yield
    await sync_to_async(connections.close_all)()


@pytest.fixture
async def visit(account: ChannelAccount, threads_end: None) -> AsyncIterator[Visit]:
    """`await visit("ada")` opens a tab of the visitor; `known` resumes, `greet=False` leaves out the hello."""
    tabs: list[Tab] = []

    async def open_tab(visitor: str, *, known: dict[str, int] | None = None, greet: bool = True) -> Tab:
        application = URLRouter(websocket_urlpatterns)
        socket = Socket(application, f"/ws/chat/{account.address}/")
        assert await socket.connect()
        tab = Tab(socket, token_of(account, visitor), dict(known or {}))
        tabs.append(tab)
        if greet:
            await tab.hello()
        return tab

    yield open_tab
    for tab in tabs:
        await tab.socket.disconnect()
