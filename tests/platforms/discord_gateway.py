"""A stand-in for Discord's Gateway: a WebSocket server with the rules of docs.discord.com/developers/events/gateway.

It closes with Discord's codes on whoever breaks them, keeps what is dispatched to a session for it to be resumed, and
ends a session that is closed with 1000 or 1001.
"""

import json
import threading
import time
from dataclasses import dataclass, field
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection, serve

# Presences, members, contents of messages: only with Discord's permission.
PRIVILEGED = 1 << 1 | 1 << 8 | 1 << 15
ALL_INTENTS = (1 << 26) - 1
MOST_A_MINUTE = 120


@dataclass
class Session:
    """What was dispatched to it, in order: the sequence number is the place, from 1."""

    id: str
    events: list[dict[str, Any]] = field(default_factory=list)


class Closing(Exception):
    """The Gateway ends a connection with this code."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class GatewayStandIn:
    """The Gateway for one bot. It wants a heartbeat every `beat` seconds, and acknowledges none while `deaf`."""

    def __init__(self, token: str, bot: str) -> None:
        self.beat, self.deaf, self.refusal, self.shards = 45.0, False, 0, 1
        self.greetings: list[dict[str, Any]] = []
        self.paths: list[str] = []
        self.beats: list[int | None] = []
        self.ended: list[int] = []  # codes by which connections were closed, whoever did
        self.sessions: dict[str, Session] = {}
        self._token, self._bot = token, bot
        self._current: Session | None = None
        self._socket: ServerConnection | None = None
        self._lock = threading.RLock()
        self._server = serve(self._attend, "127.0.0.1", 0, ping_interval=None, close_timeout=1)
        self.url = f"ws://127.0.0.1:{self._server.socket.getsockname()[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    @property
    def connected(self) -> bool:
        """Whether a session is being listened to."""
        return self._socket is not None

    def stop(self) -> None:
        """Be gone."""
        if self._thread.is_alive():
            self.close(1001)
            self._server.shutdown()
            self._thread.join()

    # Orders ---------------------------------------------------------------------------------------------------

    def dispatch(self, kind: str, data: dict[str, Any]) -> None:
        """Tell the session something; where nobody listens, it is kept for whoever resumes."""
        with self._lock:
            if self._current is None:
                return
            event = {"op": 0, "t": kind, "s": len(self._current.events) + 1, "d": data}
            self._current.events.append(event)
            self._tell(event)

    def ask_to_reconnect(self) -> None:
        """Say that this server goes down."""
        self._tell({"op": 7, "d": None})

    def ask_for_heartbeat(self) -> None:
        """Want a heartbeat at once."""
        self._tell({"op": 1, "d": None})

    def invalidate(self, *, resumable: bool) -> None:
        """Say that the session is not valid; unless it may be resumed, it is forgotten."""
        with self._lock:
            if not resumable and self._current:
                self._forget(self._current)
            self._tell({"op": 9, "d": resumable})

    def forget(self) -> None:
        """Lose all sessions, as Discord does after some minutes without a connection."""
        with self._lock:
            self.sessions.clear()
            self._current = None

    def close(self, code: int) -> None:
        """End the connection."""
        with self._lock:
            socket, self._socket = self._socket, None
        if socket:
            socket.close(code)

    # One connection -------------------------------------------------------------------------------------------

    def _attend(self, socket: ServerConnection) -> None:
        try:
            self._talk(socket)
        except Closing as end:
            socket.close(end.code)
        except ConnectionClosed:
            pass  # whoever closed, the code is read below
        code = socket.close_code or 1006
        with self._lock:
            self.ended.append(code)
            if self._socket is socket:
                self._socket = None
                if code in {1000, 1001} and self._current:
                    self._forget(self._current)

    def _talk(self, socket: ServerConnection) -> None:
        path = socket.request.path if socket.request else ""
        self.paths.append(path)
        if not path.endswith("/?v=10&encoding=json"):
            raise Closing(4012)
        socket.send(json.dumps({"op": 10, "d": {"heartbeat_interval": int(self.beat * 1000)}}))
        greeted = False
        heard: list[float] = []
        while True:
            op, data = _read(socket, self.beat * 2)
            heard = [moment for moment in heard if moment > time.monotonic() - 60] + [time.monotonic()]
            if len(heard) > MOST_A_MINUTE:
                raise Closing(4008)
            if op == 1:
                self._heartbeat(socket, data)
            elif op in {2, 6}:
                if greeted:
                    raise Closing(4005)
                greeted = self._identify(socket, data) if op == 2 else self._resume(socket, data)
            else:
                raise Closing(4003 if not greeted else 4001)

    def _heartbeat(self, socket: ServerConnection, data: Any) -> None:
        most = len(self._current.events) if self._current else 0
        if data is not None and (type(data) is not int or not 0 <= data <= most):
            raise Closing(4002)
        self.beats.append(data)
        if not self.deaf:
            socket.send(json.dumps({"op": 11}))

    def _identify(self, socket: ServerConnection, data: Any) -> bool:
        if not isinstance(data, dict) or set(data) != {"token", "intents", "properties", "shard"}:
            raise Closing(4002)
        self.greetings.append(data)
        if data["token"] != self._token:
            raise Closing(4004)
        if self.refusal:
            raise Closing(self.refusal)
        if set(data["properties"]) != {"os", "browser", "device"}:
            raise Closing(4002)
        if data["shard"] != [0, self.shards]:
            raise Closing(4010 if self.shards == data["shard"][1] else 4011)
        if type(data["intents"]) is not int or data["intents"] & ~ALL_INTENTS:
            raise Closing(4013)
        if data["intents"] & PRIVILEGED:
            raise Closing(4014)
        with self._lock:
            session = Session(f"session-{len(self.greetings)}")
            self.sessions[session.id] = self._current = session
            self._socket = socket
            ready = {"v": 10, "user": {"id": self._bot, "bot": True}, "guilds": [], "session_id": session.id}
            self.dispatch("READY", ready | {"resume_gateway_url": f"{self.url}/resume", "shard": data["shard"]})
        return True

    def _resume(self, socket: ServerConnection, data: Any) -> bool:
        if not isinstance(data, dict) or set(data) != {"token", "session_id", "seq"}:
            raise Closing(4002)
        self.greetings.append(data)
        if data["token"] != self._token:
            raise Closing(4004)
        session = self.sessions.get(data["session_id"])
        if session is None:
            socket.send(json.dumps({"op": 9, "d": False}))
            return False
        if type(data["seq"]) is not int or data["seq"] > len(session.events):
            raise Closing(4007)
        with self._lock:
            self._current, self._socket = session, socket
            for event in session.events[data["seq"] :]:
                self._tell(event)
            self.dispatch("RESUMED", {})
        return True

    def _forget(self, session: Session) -> None:
        self.sessions.pop(session.id, None)
        self._current = None

    def _tell(self, event: dict[str, Any]) -> None:
        with self._lock:
            if self._socket:
                try:
                    self._socket.send(json.dumps(event))
                except ConnectionClosed:
                    self._socket = None  # it hears of this when it resumes


def _read(socket: ServerConnection, patience: float) -> tuple[int, Any]:
    """Return what a client says. Raises Closing where it is silent, or talks nonsense."""
    try:
        said = json.loads(socket.recv(timeout=patience))
    except TimeoutError:
        raise Closing(4009) from None
    except ValueError:
        raise Closing(4002) from None
    if not isinstance(said, dict) or set(said) != {"op", "d"}:
        raise Closing(4002)
    return said["op"], said["d"]
