"""A TCP proxy in front of a server, whose connections a test can break."""

import contextlib
import socket
import threading
from typing import Self


class Proxy:
    """Used as a context manager; passes everything on to a loopback port. `broken` counts what `break_after` broke."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._lock = threading.Lock()
        self.refuses = False
        self.broken = 0
        self._fuse: int | None = None
        self.accepted = 0
        self._thread = threading.Thread(target=self._listen, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.break_all()
        self._thread.join(10)

    @property
    def open(self) -> int:
        """How many connections there are."""
        with self._lock:
            return len(self._pairs)

    def break_all(self) -> int:
        """Break every connection, without a word to either side; returns how many."""
        with self._lock:
            pairs, self._pairs = self._pairs, []
        for pair in pairs:
            for end in pair:
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
        return len(pairs)

    def break_after(self, count: int) -> None:
        """Break every connection once the server has sent so many more bytes, in the middle of whatever that is."""
        with self._lock:
            self._fuse = count

    def _burns(self, count: int) -> bool:
        with self._lock:
            if self._fuse is None:
                return False
            self._fuse -= count
            if self._fuse > 0:
                return False
            self._fuse = None
            self.broken += 1
            return True

    def _listen(self) -> None:
        while True:
            try:
                client, _peer = self._listener.accept()
            except OSError:
                return
            self.accepted += 1
            try:
                server = socket.create_connection(("127.0.0.1", self._target), timeout=10)
            except OSError:
                client.close()
                continue
            server.settimeout(None)
            if self.refuses:
                client.close()
                server.close()
                continue
            with self._lock:
                self._pairs.append((client, server))
            threading.Thread(target=self._pass, args=(client, server, False), daemon=True).start()
            threading.Thread(target=self._pass, args=(server, client, True), daemon=True).start()

    def _pass(self, source: socket.socket, target: socket.socket, counted: bool) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
                if counted and self._burns(len(data)):
                    self.break_all()
        with contextlib.suppress(OSError):
            target.shutdown(socket.SHUT_WR)
        if not counted:  # the server's side ends last
            return
        with self._lock:
            self._pairs = [pair for pair in self._pairs if pair != (target, source)]
        source.close()
        target.close()
