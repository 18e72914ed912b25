"""News over plain HTTP, where no WebSocket gets through: a request that waits until there is some.

`GET …/news/?known={conversation: revision}` with the visitor's token as `Authorization: Bearer …` answers with
`lines`, `typing` or `erased` as soon as there is one of them, and with no lines at all after PATIENCE seconds. Whoever
waits is one coroutine: no thread, and no database connection.
"""

import asyncio
import json
from functools import partial
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs

from asgiref.typing import HTTPRequestEvent
from channels.db import database_sync_to_async
from channels.exceptions import StopConsumer
from channels.generic.http import AsyncHttpConsumer
from redis.exceptions import RedisError

from channels_webchat import door, limits, tokens, wire
from channels_webchat.errors import Reason, Refused
from channels_webchat.known import known_of
from channels_webchat.waiting import waiting_of
from channels_webchat.widget import widget_account
from csplatform.contacts.models import Handle
from csplatform.gateway.errors import WebhookRejected
from csplatform.gateway.models import ChannelAccount
from csplatform.live.announce import handle_group

# Seconds. Proxies give up after 30 to 60 of silence.
PATIENCE = 25
_in_thread = partial(database_sync_to_async, thread_sensitive=False)
_HEADERS = [(b"Content-Type", b"application/json"), (b"Cache-Control", b"no-store")]


class NewsConsumer(AsyncHttpConsumer):
    """One waiting request of one tab."""

    _account: ChannelAccount
    _token = ""
    _known: dict[int, int]
    _groups: tuple[str, ...] = ()
    _patience: asyncio.TimerHandle | None = None
    _is_answered = False

    async def http_request(self, message: HTTPRequestEvent) -> None:
        """Answer at once where there is something to say, else listen."""
        if message.get("more_body"):
            return
        try:
            await self._begin()
        except (Refused, WebhookRejected) as error:
            reason = door.reason_of(error)
            status = HTTPStatus.FORBIDDEN if reason is Reason.SESSION else HTTPStatus.TOO_MANY_REQUESTS
            await self._answer(status, wire.refused_frame(reason))
        if self._is_answered:
            await self.disconnect()
            raise StopConsumer

    async def news(self, event: dict[str, Any]) -> None:
        """Something was announced to the visitor's tabs."""
        for news in event["news"]:
            if news["kind"] == "typing":
                if not news["is_customer"]:
                    await self._answer(HTTPStatus.OK, wire.typing_frame(self._account, news["name"]))
            elif self._known.get(news["conversation"], 0) < news["revision"]:
                await self._look()

    async def disconnect(self) -> None:
        """The page left, or has its answer."""
        if self._patience is not None:
            self._patience.cancel()
        for group in self._groups:
            await self.channel_layer.group_discard(group, self.channel_name)

    async def _begin(self) -> None:
        account = await _in_thread(widget_account)(self.scope["url_route"]["kwargs"]["key"])  # type: ignore[typeddict-item]
        if account is None or self.scope["method"] != "GET":
            await self._answer(HTTPStatus.NOT_FOUND, {})
            return
        self._account, self._token, self._known = account, tokens.bearer(self._authorization()), self._asked()
        visitor = tokens.read(account.pk, self._token)
        await _in_thread(limits.count)(limits.NEWS, account.pk, visitor.id)
        handle = await _in_thread(door.handle_of_token)(account, self._token)
        # Listening comes before reading: what happens in between is then announced, and nothing is missed.
        listens = await self._listen(visitor.id, handle)
        await self._look(waits=listens)
        if not self._is_answered:
            loop = asyncio.get_running_loop()
            self._patience = loop.call_later(PATIENCE, lambda: loop.create_task(self._look(waits=False)))

    async def _listen(self, visitor_id: str, handle: Handle | None) -> bool:
        """Return whether announcements will be heard; while Valkey is away the page has to ask again."""
        own = door.visitor_group(self._account.pk, visitor_id)
        self._groups = (own, handle_group(handle.pk)) if handle else (own,)
        try:
            for group in self._groups:
                await self.channel_layer.group_add(group, self.channel_name)
        except (RedisError, OSError):
            self._groups = ()
            return False
        return True

    async def _look(self, *, waits: bool = True) -> None:
        """Answer with what the page lacks; where that is nothing, only if it shall wait no longer."""
        taken = await _in_thread(door.newer_lines)(self._account, self._token, self._known)
        if self._known and taken.handle_id is None:
            await self._answer(HTTPStatus.OK, wire.erased_frame())
        elif taken.transcript.lines or not waits:
            waiting = await _in_thread(waiting_of)(self._account, taken.handle_id)
            frame = wire.transcript_frame("lines", self._account, taken.transcript, waiting)
            await self._answer(HTTPStatus.OK, frame)

    def _asked(self) -> dict[int, int]:
        query = parse_qs(self.scope["query_string"].decode("latin-1"))
        try:
            return known_of(json.loads(query.get("known", [""])[0]))
        except (ValueError, RecursionError):
            return {}

    def _authorization(self) -> str:
        found = (value for name, value in self.scope["headers"] if name.lower() == b"authorization")
        return bytes(next(found, b"")).decode("latin-1")

    async def _answer(self, status: HTTPStatus, frame: wire.Frame) -> None:
        """Answer once; the connection's end then brings `disconnect`."""
        if not self._is_answered:
            self._is_answered = True
            await self.send_response(status, json.dumps(frame).encode(), headers=_HEADERS)
