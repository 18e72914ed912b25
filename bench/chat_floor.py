"""The least that a live chat can cost: a WebSocket echo with one commit and one publish, and nothing else.

What one socket says is inserted into PostgreSQL and committed, published through Valkey, heard by this process's
subscription, and said to every socket that listens. No framework: bare ASGI, psycopg and redis-py.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable
from typing import Any

import psycopg
import redis.asyncio

CHANNEL = "floor"
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class Floor:
    """The application. Its connections are opened when the first socket comes."""

    def __init__(self) -> None:
        self._listeners: set[Send] = set()
        self._ready: asyncio.Task[None] | None = None

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        self._ready = self._ready or asyncio.create_task(self._open())
        await self._ready
        await receive()
        await send({"type": "websocket.accept"})
        if scope["path"] == "/listen":
            self._listeners.add(send)
        while (event := await receive())["type"] == "websocket.receive":
            await self._take(event["text"])
        self._listeners.discard(send)

    async def _open(self) -> None:
        self._database = await psycopg.AsyncConnection.connect(os.environ["DATABASE_URL"], autocommit=True)
        await self._database.execute(
            "CREATE TABLE IF NOT EXISTS chat_floor (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body text)"
        )
        self._valkey = redis.asyncio.Redis.from_url(os.environ["REDIS_URL"])
        subscription = self._valkey.pubsub()
        await subscription.subscribe(CHANNEL)
        self._hearing = asyncio.create_task(self._hear(subscription))

    async def _take(self, text: str) -> None:
        await self._database.execute("INSERT INTO chat_floor (body) VALUES (%s)", [text])
        await self._valkey.publish(CHANNEL, text)

    async def _hear(self, subscription: Any) -> None:
        async for message in subscription.listen():
            if message["type"] == "message":
                for send in list(self._listeners):
                    await send({"type": "websocket.send", "text": message["data"].decode()})


application = Floor()
