"""The visitor's end of a WebSocket.

Page to server, one JSON object a frame of at most LARGEST_FRAME characters; the first must be `hello`, which may be
repeated with a newer token of the same visitor:

    {"type": "hello", "token": …, "known": {conversation: revision}}
    {"type": "send", "key": uuid, "text": …, "at": …}        and the other deliveries of `channels_webchat.channel`
    {"type": "ping"}                                          answered by `pong`, and by lines that went missing

Server to page: `welcome` and `lines` (what the page lacks), `ack` (stored), `refused` (and why), `typing`, `waiting`
(place in the queue), `pong`. A close with code 4401 tells the page to ask for a new session, 4429 that it is too much.
"""

import asyncio
import json
from collections import Counter
from collections.abc import Iterable
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer

from channels_webchat import door, limits, tokens, wire
from channels_webchat.errors import Refused
from channels_webchat.known import known_of
from channels_webchat.outlook import Outlook
from channels_webchat.waiting import Waiting, waiting_of
from channels_webchat.widget import widget_account, widget_of
from csplatform.gateway.errors import WebhookRejected
from csplatform.gateway.models import ChannelAccount
from csplatform.live.announce import handle_group

LARGEST_FRAME = 64 * 1024
HELLO_WITHIN = 10  # seconds
MOST_FRAMES, FRAMES_IN = 120, 10.0  # seconds; whoever types, reads and writes in one tab stays far below
MOST_TABS = 20  # of one visitor, in one process
BAD_FRAME, NO_HELLO, NO_SESSION, TOO_LARGE, TOO_MUCH = 4400, 4408, 4401, 1009, 4429
# Not the one thread that Channels shares among all sockets: a slow message would hold up every other visitor.
_in_thread = partial(database_sync_to_async, thread_sensitive=False)
_tabs: Counter[str] = Counter()
_DELIVERIES = frozenset({"send", "receipt", "typing"})


class VisitorConsumer(AsyncWebsocketConsumer):
    """One open tab of one visitor. `_known` is what the tab has been sent, by conversation."""

    _account: ChannelAccount
    _token = _visitor_id = ""
    _handle_id: int | None = None
    _patience: asyncio.TimerHandle | None = None

    async def connect(self) -> None:
        self._known: dict[int, int] = {}
        self._frames, self._frames_since = 0, 0.0
        self._outlook = Outlook(self._look, lambda waiting: self._send(wire.waiting_frame(waiting)))
        account = await _in_thread(widget_account)(self.scope["url_route"]["kwargs"]["key"])
        if account is None or not _may_connect(self.scope["headers"], account):
            await self.close()
            return
        try:
            await _in_thread(limits.count)(limits.SOCKETS, account.pk, (self.scope.get("client") or [""])[0])
        except Refused:
            await self.close(TOO_MUCH)
            return
        self._account = account
        await self.accept()
        loop = asyncio.get_running_loop()
        self._patience = loop.call_later(HELLO_WITHIN, lambda: loop.create_task(self.close(NO_HELLO)))

    async def disconnect(self, code: int) -> None:
        self._hello_came()
        self._outlook.stop()
        if self._token:
            _tabs[self._visitor_group()] -= 1
            await self.channel_layer.group_discard(self._visitor_group(), self.channel_name)
        if self._handle_id is not None:
            await self.channel_layer.group_discard(handle_group(self._handle_id), self.channel_name)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Take one frame of the page."""
        if text_data is None or len(text_data) > LARGEST_FRAME:
            await self.close(TOO_LARGE)
            return
        if self._is_flood():
            await self.close(TOO_MUCH)
            return
        frame = _object(text_data)
        kind = str(frame.get("type"))
        if kind == "hello":
            await self._hello(frame)
        elif kind == "ping" and self._token:
            await self._send({"type": "pong"})
            # An announcement may have been lost while Valkey was away.
            await self._catch_up("lines")
        elif kind in _DELIVERIES and self._token:
            await self._take(frame, text_data)
        else:
            await self.close(BAD_FRAME)

    async def news(self, event: dict[str, Any]) -> None:
        """Something was announced to the visitor's tabs: pass on typing, fetch everything else."""
        for news in event["news"]:
            if news["kind"] == "typing":
                if not news["is_customer"]:
                    await self._send(wire.typing_frame(self._account, news["name"]))
            elif self._known.get(news["conversation"], 0) < news["revision"]:
                await self._catch_up("lines")

    async def _hello(self, frame: dict[str, Any]) -> None:
        token = frame.get("token")
        try:
            visitor = tokens.read(self._account.pk, token if isinstance(token, str) else "")
        except WebhookRejected:
            await self.close(NO_SESSION)
            return
        if self._visitor_id not in {"", visitor.id}:  # a new name is welcome, another person is not
            await self.close(BAD_FRAME)
            return
        self._hello_came()
        is_first = not self._token
        self._token, self._visitor_id = str(token), visitor.id
        if is_first and not self._counts_as_tab():
            await self.close(TOO_MUCH)
            return
        self._known = known_of(frame.get("known"))
        # Listening comes before reading: what happens in between is then announced, and nothing is missed.
        await self.channel_layer.group_add(self._visitor_group(), self.channel_name)
        handle = await _in_thread(door.handle_of_token)(self._account, self._token)
        await self._listen(handle.pk if handle else None)
        await self._catch_up("welcome")

    async def _take(self, frame: dict[str, Any], text: str) -> None:
        try:
            is_met = self._handle_id is not None
            taken = await _in_thread(door.take)(self._account, self._token, text.encode(), is_met=is_met)
        except (Refused, WebhookRejected) as error:
            await self._send(wire.refused_frame(door.reason_of(error), frame.get("key")))
            return
        await self._listen(taken.handle_id)
        for line in taken.transcript.lines:
            await self._send(wire.ack_frame(self._account, line))
            if self._known.get(line.conversation) == line.revision - 1:  # nothing else has happened meanwhile
                self._known[line.conversation] = line.revision
            else:
                self._outlook.begin()

    async def _catch_up(self, kind: str) -> None:
        taken = await _in_thread(door.newer_lines)(self._account, self._token, self._known)
        if self._known and taken.handle_id is None:
            await self._forgotten()
        await self._listen(taken.handle_id)
        self._known = dict(taken.transcript.known)
        if taken.transcript.lines or kind == "welcome":
            await self._send(wire.transcript_frame(kind, self._account, taken.transcript))
        if kind == "welcome" or not taken.transcript.lines:  # a new owner is no line
            self._outlook.begin()

    async def _forgotten(self) -> None:
        """The history was erased, perhaps from another tab or device."""
        self._known = {}
        if self._handle_id is not None:
            await self.channel_layer.group_discard(handle_group(self._handle_id), self.channel_name)
            self._handle_id = None
        await self._send(wire.erased_frame())

    async def _listen(self, handle_id: int | None) -> None:
        if handle_id is not None and self._handle_id is None:
            self._handle_id = handle_id
            await self.channel_layer.group_add(handle_group(handle_id), self.channel_name)

    async def _look(self) -> Waiting | None:
        return await _in_thread(waiting_of)(self._account, self._handle_id)

    def _counts_as_tab(self) -> bool:
        _tabs[self._visitor_group()] += 1
        return _tabs[self._visitor_group()] <= MOST_TABS

    def _is_flood(self) -> bool:
        now = asyncio.get_running_loop().time()
        if now - self._frames_since > FRAMES_IN:
            self._frames, self._frames_since = 0, now
        self._frames += 1
        return self._frames > MOST_FRAMES

    async def _send(self, frame: wire.Frame) -> None:
        await self.send(json.dumps(frame, ensure_ascii=False))

    def _visitor_group(self) -> str:
        return door.visitor_group(self._account.pk, self._visitor_id)

    def _hello_came(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None


def _object(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _may_connect(headers: Iterable[tuple[bytes, bytes]], account: ChannelAccount) -> bool:
    """Whether the page asking is our own frame, or of a site that may embed it. Programs send no origin."""
    found = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in headers}
    origin = found.get("origin")
    if origin is None or urlsplit(origin).netloc == found.get("host"):
        return True
    return origin in widget_of(account).allowed_origins
