"""An IMAP server that answers what a test tells it to, for answers that no good server gives."""

import socket
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Self

GREETING = b"* OK [CAPABILITY IMAP4rev1] ready\r\n"
USUAL: Mapping[str, bytes] = {
    "CAPABILITY": b"* CAPABILITY IMAP4rev1\r\n",
    "EXAMINE": b"* 2 EXISTS\r\n* OK [UIDVALIDITY 7] ok\r\n* OK [UIDNEXT 3] ok\r\n",
    "UID SEARCH": b"* SEARCH 1 2\r\n",
    "LOGOUT": b"* BYE bye\r\n",
}
HANG_UP = b"(hang up)"


class ScriptedImap:
    """Used as a context manager. `script` holds the untagged answer to each command; all are completed with OK.

    An answer that ends in HANG_UP breaks the connection; one that begins with “NO ” or “BAD ” is the completion. A
    list of answers is given one by one, and the last of it for ever. `commands` is what was asked.
    """

    def __init__(self, script: Mapping[str, bytes | Sequence[bytes]], *, greeting: bytes = GREETING) -> None:
        self.commands: list[str] = []
        self._script = {**USUAL, **script}
        self._greeting = greeting
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._thread = threading.Thread(target=self._listen, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(10)

    def _listen(self) -> None:
        while True:
            try:
                connection, _peer = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        with suppress(OSError), connection, connection.makefile("rb") as lines:
            connection.sendall(self._greeting)
            for line in lines:
                tag, _space, command = line.decode().strip().partition(" ")
                self.commands.append(command)
                if not self._answer(connection, tag, command):
                    return

    def _answer(self, connection: socket.socket, tag: str, command: str) -> bool:
        said = self._said(command)
        if said.startswith((b"NO ", b"BAD ")):
            connection.sendall(tag.encode() + b" " + said + b"\r\n")
            return True
        connection.sendall(said.removesuffix(HANG_UP))
        if said.endswith(HANG_UP):
            return False
        connection.sendall(tag.encode() + b" OK done\r\n")
        return not command.startswith("LOGOUT")

    def _said(self, command: str) -> bytes:
        for name in sorted(self._script, key=len, reverse=True):
            if command.upper().startswith(name):
                said = self._script[name]
                if isinstance(said, bytes):
                    return said
                self._script[name] = said[1:] or said
                return said[0]
        return b""
