"""The whole platform as real processes, on databases of its own that a test may stop."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

import httpx
import psutil
from django.db import connections
from pytest_django.plugin import DjangoDbBlocker

from csplatform.embedded.ports import LOOPBACK, choose_port
from csplatform.embedded.postgres import Postgres
from csplatform.embedded.processes import end_with_parent
from csplatform.embedded.valkey import Valkey
from tests.embedded.waiting import wait_until

ROOT = Path(__file__).resolve().parents[2]
# The supervisor's programs, and how their command lines tell them apart.
MARKS = {
    "web": "csplatform.asgi:application",
    "mail": "serve_mail",
    "worker": "work@",
    "clocks": "clocks@",
    "beat": "beat-schedule",
    "watch": "watch_mail",
}
# Those that most tests need.
USUAL = ("web", "mail", "worker", "clocks", "beat")
AGENT = "mei@desk.example"
AGENT_PASSWORD = "a quiet long password"
LEASE_SECONDS = 8
# Nothing outside shows that beat or the watch is up; so long (seconds) it is given.
BEAT_SECONDS = 3


class Stack:
    """Web, mail door, both workers and beat under the supervisor. Addresses stay the same across restarts."""

    def __init__(self, directory: Path, blocker: DjangoDbBlocker) -> None:
        self._blocker = blocker
        self._directory = directory
        self._log = directory / "programs.log"
        self._supervisor: subprocess.Popen[bytes] | None = None
        self.postgres = Postgres(directory / "postgres", port=0, durable=False, say=self._note)
        self.valkey = Valkey(directory / "valkey", port=0, durable=True, say=self._note)
        self.web_port = choose_port(0, "web", self._note)
        self.mail_port = choose_port(0, "mail", self._note)
        self.url = f"http://{LOOPBACK}:{self.web_port}"

    def open(self, *names: str) -> None:
        """Start the databases, bring one up to date, and start the programs called `names`, else the usual ones."""
        self.postgres.start()
        self.valkey.start()
        migrate = [sys.executable, "manage.py", "migrate", "--verbosity=0"]
        subprocess.run(migrate, cwd=ROOT, env=self.environ, check=True)
        self.start(*names)

    def close(self) -> None:
        """End everything."""
        self.kill_all()
        self.valkey.stop()
        self.postgres.stop()

    @property
    def environ(self) -> Mapping[str, str]:
        """What every program is told."""
        return os.environ | {
            "DJANGO_SETTINGS_MODULE": "csplatform.settings.development",
            "DATABASE_URL": self.postgres.url,
            "REDIS_URL": self.valkey.url,
            "PUBLIC_URL": self.url,
            "MEDIA_ROOT": str(self._directory / "media"),
            "DEBUG": "false",
            "DISPATCH_LEASE_SECONDS": str(LEASE_SECONDS),
            "PYTHONUNBUFFERED": "1",
        }

    @property
    def log(self) -> str:
        """Everything the programs have said."""
        return self._log.read_text(errors="replace")

    # Programs -------------------------------------------------------------------------------------------------

    def start(self, *names: str) -> None:
        """Start the programs called `names`, the usual ones without; returns once all are up."""
        names = names or USUAL
        command = [sys.executable, "-m", "tests.stack.programs", str(self.web_port), str(self.mail_port)]
        with self._log.open("ab") as log:
            self._supervisor = subprocess.Popen(
                [*command, str(self._directory), *names],
                cwd=ROOT,
                env=self.environ,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=end_with_parent(9),
            )
        wait_until(lambda: all(map(self.is_up, names)), seconds=120)
        if "web" in names:
            wait_until(self.is_healthy, seconds=30)

    def stop(self) -> None:
        """End the programs as Ctrl-C does."""
        if self._supervisor is not None:
            self._supervisor.terminate()
            self._supervisor.wait(60)

    def kill_all(self) -> None:
        """End the supervisor and every program with SIGKILL, all at once."""
        if self._supervisor is None:
            return
        for process in [psutil.Process(self._supervisor.pid), *self._children()]:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        self._supervisor.wait()
        self._supervisor = None

    def processes(self, name: str) -> list[psutil.Process]:
        """The running processes of a program, its main one first."""
        return [process for process in self._children() if MARKS[name] in _command(process)]

    def is_up(self, name: str) -> bool:
        """Whether a program has come as far as doing its work: its door is open, its pool is there."""
        if name in {"web", "mail"}:
            with socket.socket() as probe:
                return probe.connect_ex((LOOPBACK, self.web_port if name == "web" else self.mail_port)) == 0
        running = self.processes(name)
        if name in {"beat", "watch"}:
            return bool(running) and time.time() - running[0].create_time() > BEAT_SECONDS
        return len(running) > 1

    def kill(self, name: str, *, child: bool = False) -> None:
        """`kill -9` a program's main process, or one of its pool's."""
        running = self.processes(name)
        for process in running[1:2] if child else running[:1]:
            with suppress(psutil.NoSuchProcess):
                process.kill()

    def _children(self) -> list[psutil.Process]:
        if self._supervisor is None or self._supervisor.poll() is not None:
            return []
        return psutil.Process(self._supervisor.pid).children(recursive=True)

    # What can be seen from outside ----------------------------------------------------------------------------

    def is_healthy(self) -> bool:
        """Whether the web process answers, and has its database."""
        with suppress(httpx.TransportError):
            return httpx.get(f"{self.url}/healthz", timeout=5).status_code == 200
        return False

    @contextmanager
    def database(self) -> Iterator[None]:
        """Let this thread's Django speak to the stack's database."""
        own = connections["default"]
        place = self.postgres
        credentials = {"USER": "csplatform", "PASSWORD": place.url.split(":")[2].split("@")[0], "NAME": "csplatform"}
        address = {"HOST": LOOPBACK, "PORT": place.port, "OPTIONS": {"connect_timeout": 60}}
        connections["default"] = theirs = type(own)({**own.settings_dict, **credentials, **address}, "default")
        try:
            with self._blocker.unblock():
                yield
        finally:
            theirs.close()
            connections["default"] = own

    def _note(self, line: str) -> None:
        with self._log.open("a") as log:
            log.write(line + "\n")


class Agent:
    """An agent whose replies go through the desk's flow in a process of their own; a context manager."""

    def __init__(self, stack: Stack) -> None:
        command = [sys.executable, "-m", "tests.stack.agent", AGENT]
        self._process = subprocess.Popen(
            command, cwd=ROOT, env=stack.environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._hear()

    def reply(self, conversation: int, text: str) -> int:
        """Return the id of the stored reply."""
        asked = self._pipes()[0]
        asked.write(json.dumps({"conversation": conversation, "text": text}) + "\n")
        asked.flush()
        message = self._hear()
        assert message is not None
        return message

    def _hear(self) -> int | None:
        message: int | None = json.loads(self._pipes()[1].readline())["message"]
        return message

    def close(self) -> None:
        """Go home."""
        for pipe in self._pipes():
            pipe.close()
        self._process.wait(60)

    def _pipes(self) -> tuple[IO[str], IO[str]]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        return self._process.stdin, self._process.stdout


def _command(process: psutil.Process) -> str:
    with suppress(psutil.Error):
        return " ".join(process.cmdline())
    return ""
