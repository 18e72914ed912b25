"""A plain SMTP or LMTP client that sends exact bytes: smtplib would mend them."""

import asyncio
import socket
import ssl
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self

from channels_email.transports.smtp_server import MailServer


class RawClient:
    """Used as a context manager."""

    def __init__(self, port: int, *, hello: str = "EHLO test.example") -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self._file = self._socket.makefile("rb")
        self.greeting = self.answer()
        if not self.greeting.startswith("220"):
            self.close()
            raise ConnectionError(self.greeting)
        self.command(hello)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Hang up."""
        self._file.close()
        self._socket.close()

    def start_tls(self, context: ssl.SSLContext, name: str) -> None:
        """Go on encrypted, with a server that proves to be `name`."""
        assert self.command("STARTTLS").startswith("220")
        self._file.close()
        self._socket = context.wrap_socket(self._socket, server_hostname=name)
        self._file = self._socket.makefile("rb")

    def hangs_up(self) -> bool:
        """Wait for the server to end the connection; returns whether it did without a word."""
        return self._file.read() == b""

    def answer(self) -> str:
        """Return the next answer; the last line of it where it has several. Raises ConnectionError at the end."""
        while True:
            line = self._file.readline().decode("utf-8", "replace").rstrip("\r\n")
            if not line:
                raise ConnectionError("the server has hung up")
            if line[3:4] != "-":
                return line

    def command(self, line: str | bytes) -> str:
        """Say `line`, return the answer."""
        self._socket.sendall((line.encode() if isinstance(line, str) else line) + b"\r\n")
        return self.answer()

    def deliver(self, content: bytes, recipients: Sequence[str], sender: str = "ada@customer.example") -> str:
        """Send `content` and return the last answer, which may be a refusal on the way."""
        for line in [f"MAIL FROM:<{sender}>", *(f"RCPT TO:<{recipient}>" for recipient in recipients)]:
            said = self.command(line)
            if not said.startswith("2"):
                self.command("RSET")
                return said
        self.command("DATA")
        return self.send_content(content)

    def send_content(self, content: bytes) -> str:
        """Send what follows DATA: dots doubled after each CRLF, nothing else changed."""
        stuffed = content.replace(b"\r\n.", b"\r\n..")
        stuffed = b"." + stuffed if stuffed.startswith(b".") else stuffed
        self._socket.sendall(stuffed + (b".\r\n" if stuffed.endswith(b"\r\n") else b"\r\n.\r\n"))
        return self.answer()


@contextmanager
def serving(**options: Any) -> Iterator[int]:
    """Run a MailServer with `options` in a thread with a loop of its own; yield its port."""
    started: Future[int] = Future()
    loop = asyncio.new_event_loop()
    stopping = asyncio.Event()

    async def serve() -> None:
        server = MailServer(**options)
        started.set_result(await server.start("127.0.0.1", 0))
        await stopping.wait()
        await server.stop()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    try:
        yield started.result(timeout=10)
    finally:
        loop.call_soon_threadsafe(stopping.set)
        thread.join(timeout=30)
        loop.close()
