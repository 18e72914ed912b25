"""One connection to Discord's Gateway: greeted, kept alive by heartbeats, and ended so that it can be resumed.

Source: docs.discord.com/developers/events/gateway. What a lost session has missed is asked for channel by channel.
"""

import json
import logging
import random
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Any

import structlog
from websockets.exceptions import ConnectionClosed, WebSocketException
from websockets.sync.client import ClientConnection, connect

from channels_social.discord import errors
from channels_social.discord.client import PAGE, USER_AGENT, RestApi
from channels_social.discord.ids import snowflake
from channels_social.discord.payloads import WANTED
from channels_social.discord.state import State
from channels_social.reading import Node, read
from csplatform.gateway.contract import AccountConfig
from csplatform.gateway.errors import SendFailed, SendUnavailable, Unreadable

log = structlog.get_logger(__name__)
# What goes over the line is never logged, whatever the level of the rest: the token is part of it.
_wire = logging.getLogger(f"{__name__}.wire")
_wire.setLevel(logging.INFO)

DISPATCH, HEARTBEAT, IDENTIFY, RESUME, RECONNECT, INVALID, HELLO, ACK = 0, 1, 2, 6, 7, 9, 10, 11
# Direct messages, reactions to them, typing in them. None of these needs Discord's permission.
INTENTS = 1 << 12 | 1 << 13 | 1 << 14
# Closing codes after which the same settings would only be refused again, and those that end the session.
FATAL = frozenset({4004, 4010, 4011, 4012, 4013, 4014})
SESSION_OVER = frozenset({4007, 4009})
# We close with a code of our own: after 1000 or 1001 the session could not be resumed.
RESUMABLE = 4000
# Bytes; a dispatch holds one message at most.
MAX_SIZE = 4 * 1024 * 1024


class Broken(Exception):
    """The connection has ended. Connect again after `pause` seconds; the state says whether to resume."""

    def __init__(self, why: str, *, pause: float = 0) -> None:
        super().__init__(why)
        self.pause = pause


@dataclass(frozen=True, slots=True)
class Pace:
    """All in seconds.

    look: how often the accounts are read anew. tick: how soon a thread notices that it shall stop. connect: how long a
    connection may take. first_pause, longest_pause: between attempts. fresh_pause: before a new session, times 1 to 5.
    """

    look: float = 2
    tick: float = 1
    connect: float = 20
    first_pause: float = 1
    longest_pause: float = 300
    fresh_pause: float = 1


USUAL = Pace()


@dataclass(frozen=True, slots=True)
class Keeper:
    """What a connection needs of whoever holds it; both may raise, which ends it.

    keep: store a dispatch (None: nothing) and how far it was heard, together. still_mine: called at every heartbeat.
    """

    keep: Callable[[Mapping[str, Any] | None, State], None]
    still_mine: Callable[[], None]


class Gateway:
    """Holds one connection at a time for one bot."""

    def __init__(self, account: AccountConfig, state: State, keeper: Keeper, pace: Pace) -> None:
        self.greeted = False  # whether the last connection got as far as a session
        self._token = account.credentials.get("bot_token", "")
        self._api = RestApi(account)
        self._state, self._keeper, self._pace = state, keeper, pace
        self._shards = 1
        self._beat_at = self._interval = 0.0
        self._acknowledged = True
        self._ask_at = 0.0

    def listen(self, stopping: threading.Event) -> None:
        """Connect and listen until `stopping` is set.

        Raises Broken, SendFailed where Discord refuses the bot, and what the keeper raises.
        """
        self.greeted = False
        url = self._state.resume_url or self._place()
        try:
            with connect(
                f"{url}/?v=10&encoding=json",
                open_timeout=self._pace.connect,
                close_timeout=self._pace.tick,
                ping_interval=None,
                max_size=MAX_SIZE,
                user_agent_header=USER_AGENT,
                logger=_wire,
            ) as socket:
                try:
                    self._talk(socket, stopping)
                finally:
                    socket.close(RESUMABLE)
        except ConnectionClosed as closed:
            raise self._closed(closed.rcvd.code if closed.rcvd else 0) from None
        except (OSError, WebSocketException) as error:  # TimeoutError is an OSError
            self._state.resume_url = ""  # the next attempt asks where to connect, and still resumes
            raise Broken(type(error).__name__) from None
        except Unreadable as nonsense:
            raise Broken(str(nonsense)) from None

    def _place(self) -> str:
        """Ask where to connect. Direct messages come to the first of the shards that Discord wants."""
        place = self._api.gateway()
        if not self._state.session and not place.sessions_left:
            raise Broken("no session may begin", pause=place.again_in)
        self._shards = max(1, place.shards)
        return place.url

    def _talk(self, socket: ClientConnection, stopping: threading.Event) -> None:
        hello = _read(socket.recv(timeout=self._pace.connect))
        if hello.number("op") != HELLO:
            raise Broken("the Gateway did not say hello")
        self._interval = hello.child("d").number("heartbeat_interval") / 1000
        self._beat_at, self._acknowledged = monotonic() + self._interval * random.random(), True  # noqa: S311 - spreads
        self._greet(socket)
        while not stopping.is_set():
            try:
                self._hear(socket, _read(socket.recv(timeout=self._patience())))
            except TimeoutError:
                self._catch_up()
            if monotonic() >= self._beat_at:
                self._beat(socket)

    def _patience(self) -> float:
        """Return how long to listen for: a moment only, while something is missed."""
        missed = self.greeted and self._state.behind and monotonic() >= self._ask_at
        return 0.0 if missed else max(0.0, min(self._pace.tick, self._beat_at - monotonic()))

    def _greet(self, socket: ClientConnection) -> None:
        if self._state.session:
            resumed = {"token": self._token, "session_id": self._state.session, "seq": self._state.seq}
            return _say(socket, RESUME, resumed)
        about = {"os": "linux", "browser": "csplatform", "device": "csplatform"}
        identity = {"token": self._token, "intents": INTENTS, "properties": about, "shard": [0, self._shards]}
        return _say(socket, IDENTIFY, identity)

    def _beat(self, socket: ClientConnection) -> None:
        if not self._acknowledged:
            raise Broken("a heartbeat was not acknowledged")
        self._keeper.still_mine()
        self._acknowledged = False
        self._beat_at = monotonic() + self._interval
        _say(socket, HEARTBEAT, self._state.seq)

    def _hear(self, socket: ClientConnection, said: Node) -> None:
        op = said.number("op")
        if op == DISPATCH:
            self._dispatch(said)
        elif op == HEARTBEAT:
            _say(socket, HEARTBEAT, self._state.seq)
        elif op == ACK:
            self._acknowledged = True
        elif op == RECONNECT:
            raise Broken("the Gateway asks to connect anew")
        elif op == INVALID:
            if said.values.get("d") is not True:
                self._state.lose()
            raise Broken("the session is invalid", pause=self._pace.fresh_pause * random.uniform(1, 5))  # noqa: S311

    def _dispatch(self, said: Node) -> None:
        kind, seq = said.text("t"), said.values.get("s")
        if isinstance(seq, int):
            self._state.seq = seq
        if kind == "READY":
            ready = said.child("d")
            self._state.begin(ready.text("session_id"), ready.text("resume_gateway_url").rstrip("/"))
        if kind in {"READY", "RESUMED"}:
            self.greeted = True
            self._keeper.keep(None, self._state)
            log.info("discord_connected", resumed=kind == "RESUMED", behind=len(self._state.behind))
        elif kind in WANTED:
            data = said.child("d")
            if not data.has("guild_id"):
                self._take(kind, data)

    def _take(self, kind: str, data: Node) -> None:
        """Store a dispatch, but not the token of an interaction, with which anybody could answer it."""
        if kind == "MESSAGE_CREATE":
            self._follow(data)
        kept = {name: value for name, value in data.values.items() if name != "token"}
        self._keeper.keep({"t": kind, "d": kept}, self._state)
        if kind == "INTERACTION_CREATE":
            try:
                self._api.acknowledge(snowflake(data, "id"), data.text("token"))
            except SendFailed as failure:  # the person sees that it failed, and may press again
                log.warning("discord_interaction_unanswered", reason=failure.reason)

    def _follow(self, message: Node) -> None:
        """Remember a message as the last of its channel, after what was missed there."""
        try:
            channel, message_id = snowflake(message, "channel_id"), snowflake(message, "id")
        except Unreadable:
            return  # it is stored as it is, and set aside when it is unpacked
        if channel in self._state.behind:
            self._ask(channel)
        if channel not in self._state.behind:
            self._state.heard(channel, message_id)

    def _catch_up(self) -> None:
        """Ask one channel for what was missed there."""
        if self.greeted and self._state.behind and monotonic() >= self._ask_at:
            self._ask(self._state.behind[0])

    def _ask(self, channel: str) -> None:
        try:
            missed = self._api.messages_after(channel, self._state.channels[channel])
        except SendUnavailable as busy:
            self._ask_at = monotonic() + (busy.retry_after or self._pace.first_pause)
            return
        except SendFailed as refused:
            log.info("discord_channel_gone", channel=channel, reason=refused.reason)
            self._state.forget(channel)
            missed = []
        for message in missed:
            self._state.heard(channel, str(message["id"]))
            self._keeper.keep({"t": "MESSAGE_CREATE", "d": message}, self._state)
        if len(missed) < PAGE:
            self._state.caught_up(channel)
            self._keeper.keep(None, self._state)

    def _closed(self, code: int) -> Exception:
        """Return what a closing code means: a refusal, or an end to connect again after."""
        if code in FATAL:
            return SendFailed(errors.GATEWAY.get(code, errors.GATEWAY_REFUSED), code=str(code))
        if code in SESSION_OVER:
            self._state.lose()
        return Broken(f"the Gateway closed with {code}")


def _say(socket: ClientConnection, op: int, data: object) -> None:
    socket.send(json.dumps({"op": op, "d": data}))


def _read(said: str | bytes) -> Node:
    return read(said.encode("utf-8", "replace") if isinstance(said, str) else said)
