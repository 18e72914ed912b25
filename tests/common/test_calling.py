"""Calling addresses that people typed in."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from csplatform.common.calling import CallFailed, CallRefused, post


class Receiver(BaseHTTPRequestHandler):
    """Answers with the status that the path asks for, and keeps what it got."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((self.headers, json.loads(body)))  # type: ignore[attr-defined]
        self.send_response(int(self.path.strip("/")))
        self.send_header("Location", "http://127.0.0.1:9/")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def receiver() -> Iterator[HTTPServer]:
    server = HTTPServer(("127.0.0.1", 0), Receiver)
    server.got = []  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/", "ftp://example.com/", "https://127.0.0.1/", "https://10.1.2.3/", "https://169.254.169.254/",
        "https://[::1]/", "https://[fd00::1]/", "https://[::ffff:10.0.0.1]/", "https://[2002:0a00:0001::]/",
        "https://0.0.0.0/", "https://224.0.0.1/", "https://100.64.0.1/", "https://localhost/", "https://user@8.8.8.8/",
        "https://8.8.8.8:99999/", "https:///nowhere",
    ],
)  # fmt: skip
def test_what_is_not_public_is_refused_before_any_call(url: str) -> None:
    with pytest.raises(CallRefused):
        post(url, b"{}", {})


@pytest.mark.parametrize(
    ("status", "outcome"), [(204, None), (301, CallRefused), (404, CallRefused), (429, CallFailed), (503, CallFailed)]
)
def test_the_status_decides(receiver: HTTPServer, settings: Any, status: int, outcome: type[Exception] | None) -> None:
    settings.WEBHOOK_PRIVATE_TARGETS = True
    port = receiver.server_port
    url = f"http://localhost:{port}/{status}"
    if outcome is None:
        post(url, b'{"a": 1}', {"X-One": "1"})
    else:
        with pytest.raises(outcome, match=str(status)):
            post(url, b'{"a": 1}', {"X-One": "1"})
    [(headers, body)] = receiver.got  # type: ignore[attr-defined]
    assert (headers["Host"], headers["X-One"], body) == (f"localhost:{port}", "1", {"a": 1})


def test_nobody_there_is_another_try(settings: Any) -> None:
    settings.WEBHOOK_PRIVATE_TARGETS = True
    with pytest.raises(CallFailed):
        post("http://127.0.0.1:9/", b"{}", {})
