"""A line between a browser and the web process that can go dead: nothing comes through, and nobody is told."""

import socket
from threading import Lock, Thread

PIECE = 64 * 1024


class DeadLine:
    """A TCP proxy to `port` on loopback. What is connected while it is cut never hears anything again."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._is_cut = False
        self._dead: set[socket.socket] = set()
        self._open: list[socket.socket] = []
        self._lock = Lock()
        self._door = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._door.getsockname()[1]}"
        Thread(target=self._serve, daemon=True).start()

    def cut(self) -> None:
        """From now on nothing comes through, and no connection is closed: as when a train enters a tunnel."""
        with self._lock:
            self._is_cut = True
            self._dead.update(self._open)

    def mend(self) -> None:
        """Let new connections through; those of before stay as dead as after a change of network."""
        with self._lock:
            self._is_cut = False

    def close(self) -> None:
        """Close everything."""
        self._door.close()
        with self._lock:
            for end in self._open:
                end.close()

    def _serve(self) -> None:
        while True:
            try:
                page, _address = self._door.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self._target))
            with self._lock:
                self._open += [page, server]
                if self._is_cut:
                    self._dead.update([page, server])
            for one, other in ((page, server), (server, page)):
                Thread(target=self._pump, args=(one, other), daemon=True).start()

    def _pump(self, one: socket.socket, other: socket.socket) -> None:
        try:
            while piece := one.recv(PIECE):
                if one not in self._dead:
                    other.sendall(piece)
            if one not in self._dead:
                other.shutdown(socket.SHUT_WR)
        except OSError:
            return
