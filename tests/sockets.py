"""A WebSocket to a consumer, without a server between. (`channels.testing` would want daphne installed.)"""

from collections.abc import Iterable
from typing import Any

from asgiref.testing import ApplicationCommunicator

# The first message of a process waits for the language models, on a machine that may be busy.
PATIENCE = 20


class Socket:
    """One connection to an ASGI application; times are in seconds."""

    def __init__(
        self, application: Any, path: str, *, headers: Iterable[tuple[bytes, bytes]] = (), **scope: Any
    ) -> None:
        facts = {"type": "websocket", "path": path, "query_string": b"", "headers": list(headers), "subprotocols": []}
        self._line = ApplicationCommunicator(application, facts | scope)

    async def connect(self) -> bool:
        """Knock; returns whether we were let in."""
        await self._line.send_input({"type": "websocket.connect"})
        return bool((await self._line.receive_output(PATIENCE))["type"] == "websocket.accept")

    async def send(self, text: str) -> None:
        """Send one frame of text."""
        await self._line.send_input({"type": "websocket.receive", "text": text})

    async def receive(self) -> str:
        """Return the next frame of text; an AssertionError where the line is closed instead."""
        event = await self._line.receive_output(PATIENCE)
        assert event["type"] == "websocket.send", event
        return str(event["text"])

    async def closing_code(self) -> int:
        """Return the code with which the other side closes now."""
        event = await self._line.receive_output(PATIENCE)
        assert event["type"] == "websocket.close", event
        return int(event["code"])

    async def is_silent(self) -> bool:
        """Whether nothing comes for a while."""
        return bool(await self._line.receive_nothing(timeout=0.3))

    async def disconnect(self) -> None:
        """Hang up, and wait until the consumer is done."""
        await self._line.send_input({"type": "websocket.disconnect", "code": 1001})
        await self._line.wait(PATIENCE)
