"""Keeps a handful of programs running, shows what they say, and ends exactly what it started.

honcho ends everything when one program dies and circus brings a message broker and a web server along; what
is needed here is smaller than either.
"""

import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

from csplatform.embedded.errors import ServerFailed
from csplatform.embedded.ports import Say
from csplatform.embedded.processes import end_group, end_with_parent
from csplatform.embedded.server import LocalServer

_TICK_SECONDS = 0.1
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 30.0
_CALM_SECONDS = 60.0
_HEAD_START_SECONDS = 15.0
_LAST_WORDS_SECONDS = 1.0  # a program that left its group could hold the pipe for ever
_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True)
class Program:
    """A program to keep running; `grace` is how many seconds it gets to end before it is killed."""

    name: str
    command: Sequence[str]
    grace: float = 10.0


class Supervisor:
    """Runs programs until Ctrl-C, SIGTERM or SIGHUP, then ends them, the last started first.

    Each program leads a process group of its own. One that dies is started again after a pause that
    doubles from 1 s to `longest_pause`, and starts over once it has lived for a minute. `servers` were started
    by the caller, who also stops them afterwards; here they are only started again should they die.
    """

    def __init__(
        self,
        programs: Sequence[Program],
        *,
        environ: Mapping[str, str],
        servers: Sequence[LocalServer] = (),
        say: Say = print,
        longest_pause: float = _LONGEST_PAUSE,
    ) -> None:
        self._say = say
        self._servers = servers
        width = max(len(program.name) for program in programs)
        self._children = [_Child(program, environ, say, width, longest_pause) for program in programs]
        self._asked_to_end = 0

    def run(self, *, ready: Callable[[], bool], when_ready: Callable[[], None]) -> None:
        """Start everything and return once everything has ended; call `when_ready` once `ready()`.

        The first program starts alone: on a small machine, five at once would keep a person waiting for the first.
        The others follow when it is ready, or after 15 s.
        """
        with self._listening():
            try:
                self._watch(ready, when_ready)
            finally:
                for child in reversed(self._children):
                    child.stop(hurry=lambda: self._asked_to_end > 1)

    def _watch(self, ready: Callable[[], bool], when_ready: Callable[[], None]) -> None:
        announced = False
        started = time.monotonic()
        while not self._asked_to_end:
            for server in self._servers:
                self._restart_if_down(server)
            all_may_start = announced or time.monotonic() - started > _HEAD_START_SECONDS
            for child in self._children if all_may_start else self._children[:1]:
                child.tend()
            if not announced and ready():
                announced = True
                when_ready()
            time.sleep(_TICK_SECONDS)

    def _restart_if_down(self, server: LocalServer) -> None:
        if server.pid is not None:
            return
        self._say(f"{server.title} ended; starting it again.")
        try:
            server.start()
        except ServerFailed as failure:
            self._say(str(failure))
            time.sleep(_FIRST_PAUSE)

    @contextmanager
    def _listening(self) -> Iterator[None]:
        def note(number: int, frame: FrameType | None) -> None:
            self._asked_to_end += 1

        before = {number: signal.signal(number, note) for number in _ENDING}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


class _Child:
    """One program's present process, and when to start the next."""

    def __init__(
        self, program: Program, environ: Mapping[str, str], say: Say, width: int, longest_pause: float
    ) -> None:
        self._program = program
        self._environ = environ
        self._say = say
        self._prefix = f"{program.name:<{width}} | "
        self._process: subprocess.Popen[str] | None = None
        self._reader: threading.Thread | None = None
        self._started = 0.0
        self._start_at = 0.0
        self._pause = _FIRST_PAUSE
        self._longest_pause = longest_pause

    def tend(self) -> None:
        """Start the program if it is due, and note if it has ended."""
        if self._process is None:
            if time.monotonic() >= self._start_at:
                self._start()
            return
        status = self._process.poll()
        if status is not None:
            self._bury(status)

    def stop(self, *, hurry: Callable[[], bool]) -> None:
        """End the program: asked first, killed after its grace or as soon as `hurry()`."""
        process = self._process
        if process is None:
            return
        end_group(process.pid, signal.SIGTERM)
        deadline = time.monotonic() + self._program.grace
        while process.poll() is None and time.monotonic() < deadline and not hurry():
            time.sleep(_TICK_SECONDS / 5)
        if process.poll() is None:
            self._say(f"{self._program.name} did not end in time and is killed.")
        self._clear()

    def _start(self) -> None:
        self._process = subprocess.Popen(
            self._program.command,
            env=dict(self._environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
            # Nobody is left to end it gently, and everything here is built to survive a kill.
            preexec_fn=end_with_parent(signal.SIGKILL),
        )
        self._started = time.monotonic()
        self._reader = threading.Thread(target=self._show, args=(self._process,), daemon=True)
        self._reader.start()

    def _show(self, process: "subprocess.Popen[str]") -> None:
        assert process.stdout is not None
        with process.stdout as lines:
            for line in lines:
                self._say(self._prefix + line.rstrip("\n"))

    def _bury(self, status: int) -> None:
        self._clear()
        now = time.monotonic()
        if now - self._started > _CALM_SECONDS:
            self._pause = _FIRST_PAUSE
        how = f"was ended by signal {-status}" if status < 0 else f"ended with status {status}"
        self._say(f"{self._program.name} {how}; starting it again in {self._pause:g} s.")
        self._start_at = now + self._pause
        self._pause = min(self._pause * 2, self._longest_pause)

    def _clear(self) -> None:
        """Kill what is left of the group (a dead worker's pool, say), hear its last words and let go of it."""
        assert self._process is not None
        assert self._reader is not None
        end_group(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._reader.join(_LAST_WORDS_SECONDS)
        self._process = None
