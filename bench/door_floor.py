"""The least that a webhook door can cost: a bare ASGI view that commits one row with the body, and nothing else.

No framework, no account, no signature: bare ASGI and psycopg, on as many connections as Django's pool may have.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable
from typing import Any

import psycopg

CONNECTIONS = 20
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class Floor:
    """The application. Its connections are opened when the first call comes."""

    def __init__(self) -> None:
        self._idle: asyncio.Queue[psycopg.AsyncConnection[Any]] = asyncio.Queue()
        self._ready: asyncio.Task[None] | None = None

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        self._ready = self._ready or asyncio.create_task(self._open())
        await self._ready
        body = b""
        while (event := await receive())["type"] == "http.request":
            body += event["body"]
            if not event.get("more_body"):
                break
        connection = await self._idle.get()
        await connection.execute("INSERT INTO door_floor (body) VALUES (%s)", [body])
        self._idle.put_nowait(connection)
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"ok"})

    async def _open(self) -> None:
        for _number in range(CONNECTIONS):
            connection = await psycopg.AsyncConnection.connect(os.environ["DATABASE_URL"], autocommit=True)
            await connection.execute(
                "CREATE TABLE IF NOT EXISTS door_floor (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body bytea)"
            )
            self._idle.put_nowait(connection)


application = Floor()
