"""What both database servers have in common: one data directory, one port, one process of ours."""

import os
import secrets
import signal
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import ClassVar

from csplatform.embedded.errors import ServerFailed
from csplatform.embedded.ports import Say, choose_port, is_free
from csplatform.embedded.processes import end, end_with_parent, running_in

_START_SECONDS = 60.0
_STOP_SECONDS = 30.0
_LOG_LINES = 15


class LocalServer(ABC):
    """A server from a wheel that runs for as long as this process does, on 127.0.0.1 only.

    `directory` is its home (data, password, log). `port` is preferred; when it is busy the next free one is
    taken and `say` told; 0 means any. The port then stays the same for the life of this object. Start it
    from the main thread: Linux ends the server when the thread that started it ends.
    """

    title: ClassVar[str]
    program: ClassVar[str]
    stop_signal: ClassVar[signal.Signals]

    def __init__(self, directory: Path, *, port: int, say: Say) -> None:
        self.directory = directory.resolve()
        self.data = self.directory / "data"
        self.log = self.directory / "server.log"
        self.port = port
        self.say = say
        self._settled = False
        self._process: subprocess.Popen[bytes] | None = None

    @property
    @abstractmethod
    def url(self) -> str:
        """Where clients connect, with the password."""

    @abstractmethod
    def prepare(self) -> None:
        """Make the data directory ready for a server; does nothing to one that is."""

    @abstractmethod
    def command(self) -> Sequence[str]:
        """The command that runs the server in the foreground on `self.port`."""

    @abstractmethod
    def answers(self, pid: int) -> bool:
        """Tell whether the server that runs as `pid` takes connections."""

    @property
    def pid(self) -> int | None:
        """The running server's process, None while it is down."""
        return self._process.pid if self._process and self._process.poll() is None else None

    def start(self) -> None:
        """Start the server and return once it takes connections; raises ServerFailed."""
        if self.pid is not None:
            return
        self.directory.mkdir(parents=True, exist_ok=True)
        self._end_leftovers()
        self.prepare()
        while not self._try_to_start():
            pass  # somebody took the port between our look and the server's: try the next
        self._settled = True

    def stop(self) -> None:
        """Stop the server cleanly; one that does not end within 30 seconds is killed. Safe to repeat."""
        process, self._process = self._process, None
        if process is None or process.poll() is not None:
            return
        process.send_signal(self.stop_signal)
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.say(f"{self.title} did not stop within {_STOP_SECONDS:.0f} s and is killed.")
            process.kill()
            process.wait()

    def failure(self, what: str) -> ServerFailed:
        """An error that ends with the last lines of the log."""
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        tail = "\n".join(lines[-_LOG_LINES:])
        return ServerFailed(f"{self.title} {what}. The end of {self.log}:\n{tail}")

    def _try_to_start(self) -> bool:
        """Return False if the port was taken from under us; raises ServerFailed for every other failure."""
        if not self._settled:
            self.port = choose_port(self.port, self.title, self.say)
        self._process = process = self._spawn()
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            if process.poll() is not None:
                if not self._settled and not is_free(self.port):
                    return False
                raise self.failure(f"ended at once with status {process.returncode}")
            if self.answers(process.pid):
                return True
            time.sleep(0.02)
        self.stop()
        raise self.failure(f"did not answer within {_START_SECONDS:.0f} s")

    def _spawn(self) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            return subprocess.Popen(
                self.command(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # so that Ctrl-C reaches us only
                preexec_fn=end_with_parent(self.stop_signal),
            )

    def _end_leftovers(self) -> None:
        """Stop what an earlier run left on this data directory: a server, or parts of a killed one."""
        if not self.data.exists():
            return
        if left := running_in(self.data, self.program):
            self.say(f"Stopping the {self.title} that an earlier run left behind (process {left[0].pid}).")
            end(left[:1], self.stop_signal, _STOP_SECONDS)
            end(running_in(self.data, self.program), signal.SIGKILL, _STOP_SECONDS)


def package_directory(name: str) -> Path:
    """Where a wheel's files lie; found without importing it, since its import may have effects."""
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise ServerFailed(f"the package {name} is not installed")
    return Path(spec.origin).parent


def kept_secret(path: Path) -> str:
    """Return the password in `path`, readable by its owner only; makes one on first use."""
    if not path.exists():
        draft = path.with_suffix(".draft")
        draft.unlink(missing_ok=True)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(24))
        draft.rename(path)
    return path.read_text().strip()
