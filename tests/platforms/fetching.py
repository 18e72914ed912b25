"""Files that a platform fetches from an address: how it does, and a host for tests without a door of ours."""

import threading
from dataclasses import dataclass
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self
from urllib.parse import quote, unquote

import httpx

from csplatform.gateway.contract import OutboundAttachment
from tests.platforms.base import PATIENCE, Refused


@dataclass(frozen=True, slots=True)
class Fetched:
    """What an address held."""

    name: str
    content_type: str
    data: bytes


def fetch(url: str) -> Fetched:
    """Return a file as a platform gets it: without a cookie, a login or a redirect. Raises Refused."""
    answer = httpx.get(url, timeout=PATIENCE)
    if answer.status_code != 200 or "content-type" not in answer.headers or answer.headers.get("set-cookie"):
        raise Refused(400, f"the file cannot be fetched: {answer.status_code}")
    disposition = answer.headers.get("content-disposition", "")
    name = disposition.rpartition("filename*=utf-8''")[2] or disposition.rpartition("filename=")[2].strip('"')
    return Fetched(unquote(name), answer.headers["content-type"], answer.content)


class FileHost:
    """Hands out files over HTTP as our own door does. Use it as a context manager."""

    def __init__(self) -> None:
        self.files: list[OutboundAttachment] = []
        self._server = _Server(self)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def hosting(self, file: OutboundAttachment) -> OutboundAttachment:
        """Return the same file with an address here, which ends as its name does."""
        self.files.append(file)
        address = f"http://127.0.0.1:{self._server.server_port}/{len(self.files)}/file.{file.name.rpartition('.')[2]}"

        def link(lifetime: timedelta) -> str:
            assert lifetime > timedelta(0)
            return address

        return OutboundAttachment(file.name, file.content_type, file.size, file.open, link=link)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, host: FileHost) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.host = host


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        file = self.server.host.files[int(self.path.split("/")[1]) - 1]
        data = file.open()
        self.send_response(200)
        self.send_header("Content-Type", file.content_type)
        self.send_header("Content-Disposition", f"inline; filename*=utf-8''{quote(file.name)}")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_args: object) -> None:
        """Say nothing."""
