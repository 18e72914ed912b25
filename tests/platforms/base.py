"""What all stand-ins share: a loopback server that records calls, keeps rules, fails on order, and calls our door.

A stand-in also runs as a process of its own, `python -m tests.platforms.whatsapp --port 9001`, and is then asked and
told over HTTP: GET /_calls and /_taken; POST /_next {"what": "refuse"}, /_say and /_receipt (see the platform).
"""

import argparse
import json
import socket
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar, Self
from urllib.parse import parse_qsl, urlsplit

import httpx

from tests.contract.platform import Taken

# Seconds that the platforms give a door to answer.
PATIENCE = 5


@dataclass(frozen=True, slots=True)
class Call:
    """One request as it came."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """Return the body read as JSON. Raises Refused where the type or the bytes say otherwise."""
        if self.headers.get("content-type", "").split(";")[0] != "application/json":
            raise Refused(400, "the content type must be application/json")
        try:
            return json.loads(self.body)
        except ValueError:
            raise Refused(400, "the body is not JSON") from None


@dataclass(frozen=True, slots=True)
class Answer:
    """What the stand-in says; a `body` of None breaks the connection instead, `in_silence` only when it is stopped."""

    body: bytes | None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    in_silence: bool = False


class Refused(Exception):
    """The platform's no to a call that breaks its rules."""

    def __init__(self, status: int, why: str, code: int = 0) -> None:
        super().__init__(why)
        self.status, self.why, self.code = status, why, code


@dataclass(frozen=True, slots=True)
class Part:
    """One field of a multipart form."""

    data: bytes
    filename: str = ""
    content_type: str = ""


class StandIn:
    """A platform in a thread. Use it as a context manager, or call `stop`."""

    description: ClassVar[str]
    # The door of ours that it calls, as an administrator would enter it at the platform.
    door: str = ""

    def __init__(self, *, port: int = 0) -> None:
        self.calls: list[Call] = []
        self.taken: list[Taken] = []
        self._orders: list[str] = []
        self.stopped = threading.Event()
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", port), self)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.stop()

    # Orders for the next message ------------------------------------------------------------------------------

    def refuse(self) -> None:
        """Refuse the next message for good."""
        self._orders.append("refuse")

    def be_busy(self) -> float | None:
        """Turn the next message away; returns the seconds that the answer will name."""
        raise NotImplementedError

    def hang_up(self) -> None:
        """Take the next message, then break the connection without an answer."""
        self._orders.append("hang_up")

    def hang(self) -> None:
        """Take the next message and stay silent until stopped."""
        self._orders.append("hang")

    def fail(self, status: int) -> None:
        """Answer the next message with a bare server error, without having taken it."""
        self._orders.append(f"fail {status}")

    def stop(self) -> None:
        """Be gone."""
        self.stopped.set()
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()

    # For a platform to fill in --------------------------------------------------------------------------------

    def answer(self, call: Call) -> Answer:
        """Do what the platform does with a call; raises Refused."""
        raise NotImplementedError

    def refusal(self, error: Refused) -> Answer:
        """Say no the way the platform does."""
        raise NotImplementedError

    def busy(self) -> Answer:
        """Say "not now" the way the platform does."""
        raise NotImplementedError

    def signed_headers(self, body: bytes) -> dict[str, str]:
        """Return the headers by which a door knows that the platform calls."""
        raise NotImplementedError

    def told(self, path: str, order: dict[str, Any]) -> httpx.Response:
        """Call our door as whoever started this process wants: `/_say`, `/_receipt`. Returns the door's answer."""
        raise Refused(404, f"no order is called {path}")

    # Calling our door -----------------------------------------------------------------------------------------

    def deliver(self, document: Any, *, door: str = "") -> httpx.Response:
        """Call a door with a signed document, as the platform does."""
        body = json.dumps(document, ensure_ascii=False).encode()
        return httpx.post(door or self.door, content=body, headers=self.signed_headers(body), timeout=PATIENCE)

    # Steps ----------------------------------------------------------------------------------------------------

    def handle(self, call: Call) -> Answer:
        """Record and answer one call."""
        if call.path.startswith("/_"):
            return self._control(call)
        with self._lock:
            self.calls.append(call)
            try:
                return self.answer(call)
            except Refused as error:
                return self.refusal(error)

    def take(self, taken: Taken, answer: Answer) -> Answer:
        """Accept a message that keeps the rules, unless an order says otherwise."""
        order = self._orders.pop(0) if self._orders else ""
        if order == "refuse":
            raise self.refused_for_good()
        if order == "busy":
            return self.busy()
        if order.startswith("fail "):
            return Answer(b"<html>a gateway speaks</html>", status=int(order.removeprefix("fail ")))
        self.taken.append(taken)
        return Answer(None, in_silence=order == "hang") if order in {"hang", "hang_up"} else answer

    def refused_for_good(self) -> Refused:
        """Return the no that `refuse` orders."""
        raise NotImplementedError

    def _control(self, call: Call) -> Answer:
        if call.method == "GET":
            shown = {"/_calls": self.calls, "/_taken": self.taken}.get(call.path)
            return Answer(b"", 404) if shown is None else as_json([_plain(asdict(item)) for item in shown])
        order = json.loads(call.body or b"{}")
        if call.path == "/_next":
            {"refuse": self.refuse, "busy": self.be_busy, "hang_up": self.hang_up, "hang": self.hang}[order["what"]]()
            return as_json({"ok": True})
        return as_json({"status": self.told(call.path, order).status_code})


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address: tuple[str, int], stand_in: StandIn) -> None:
        super().__init__(address, _Handler)
        self.stand_in = stand_in


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"

    def _serve(self) -> None:
        split = urlsplit(self.path)
        call = Call(
            method=self.command,
            path=split.path,
            query=dict(parse_qsl(split.query)),
            headers={name.lower(): value for name, value in self.headers.items()},
            body=self.rfile.read(int(self.headers.get("content-length") or 0)),
        )
        answer = self.server.stand_in.handle(call)
        self.close_connection = True
        if answer.in_silence:
            self.server.stand_in.stopped.wait()
        if answer.body is None:
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        self.send_response_only(answer.status)
        usual = {"Connection": "close", "Content-Length": str(len(answer.body)), "Date": self.date_time_string()}
        for name, value in {**usual, **answer.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer.body)

    do_GET = do_POST = do_DELETE = _serve  # noqa: N815 - the names that http.server looks for

    def log_message(self, *_args: object) -> None:
        """Say nothing: `calls` is the record."""


def as_json(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    """Return a JSON answer."""
    body = json.dumps(value, ensure_ascii=False).encode()
    return Answer(body, status, {"Content-Type": "application/json", **(headers or {})})


def multipart(call: Call) -> dict[str, Part]:
    """Return the fields of a multipart form (RFC 7578). Raises Refused where it is none."""
    content_type, _semicolon, parameters = call.headers.get("content-type", "").partition(";")
    boundary = parameters.strip().removeprefix("boundary=").strip('"')
    if content_type != "multipart/form-data" or not boundary:
        raise Refused(400, "the content type must be multipart/form-data")
    *pieces, end = call.body.split(b"--" + boundary.encode())
    if end.strip() != b"--":
        raise Refused(400, "the form has no end")
    return dict(_part(piece) for piece in pieces[1:])


def _part(piece: bytes) -> tuple[str, Part]:
    head, _blank, data = piece.removeprefix(b"\r\n").partition(b"\r\n\r\n")
    lines = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
    disposition = {name.lower(): value for name, value in lines.items()}
    words = dict(word.strip().split("=", 1) for word in disposition["content-disposition"].split("; ")[1:])
    return words["name"].strip('"'), Part(
        data=data.removesuffix(b"\r\n"),
        filename=words.get("filename", "").strip('"'),
        content_type=disposition.get("content-type", ""),
    )


def serve(stand_in: type[StandIn], options: Mapping[str, str]) -> None:
    """Run a stand-in as a process until it is interrupted. `options` are its secrets, with their defaults."""
    parser = argparse.ArgumentParser(description=stand_in.description)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--door", default="", help="the webhook address to call")
    for name, default in options.items():
        parser.add_argument(f"--{name.replace('_', '-')}", default=default)
    arguments = vars(parser.parse_args())
    door = arguments.pop("door")
    with stand_in(**arguments) as running:
        running.door = door
        print(f"listening on {running.url}", flush=True)  # noqa: T201 - whoever started us reads the port here
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            return


def _plain(value: Any) -> Any:
    """Return `value` with bytes as text, for JSON."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value
