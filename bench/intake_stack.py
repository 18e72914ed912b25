"""A throwaway platform for measuring: durable PostgreSQL, Valkey, the SMTP door and Celery workers, all real."""

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from csplatform.embedded.postgres import Postgres
from csplatform.embedded.processes import end_with_parent
from csplatform.embedded.server import LocalServer
from csplatform.embedded.valkey import Valkey

ROOT = Path(__file__).parents[1]
POLICY = "Standard"


@contextmanager
def databases(settings: str = "csplatform.settings.development") -> Iterator[Sequence[LocalServer]]:
    """PostgreSQL, which waits for the disk as in earnest, and Valkey; Django in this process is set up for them."""
    with tempfile.TemporaryDirectory(prefix="csplatform-bench-") as place:
        directory = Path(place)
        directory.chmod(0o711)  # PostgreSQL may run as another user
        servers = [
            server(directory / server.program, port=0, durable=True, say=_quiet) for server in (Postgres, Valkey)
        ]
        try:
            for server in servers:
                server.start()
            os.environ |= _settings(servers, directory) | {"DJANGO_SETTINGS_MODULE": settings}
            _prepare()
            yield servers
        finally:
            for server in servers:
                server.stop()


def _settings(servers: Sequence[LocalServer], directory: Path) -> dict[str, str]:
    return {
        "DEBUG": "false",
        "DATABASE_URL": servers[0].url,
        "REDIS_URL": servers[1].url,
        "MEDIA_ROOT": str(directory / "media"),
        "STATIC_ROOT": str(directory / "static"),
        "PYTHONUNBUFFERED": "1",
    }


def _prepare() -> None:
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    from csplatform.sla.defaults import ensure_default_policy

    ensure_default_policy()


def _quiet(line: str) -> None:
    """Servers say which port they took; nobody asked."""


class Program:
    """One of the platform's programs, and the processor time it takes. A context manager."""

    def __init__(self, name: str, command: Sequence[str], log: Path) -> None:
        self.name = name
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                [sys.executable, *command], cwd=ROOT, stdout=output, stderr=output, preexec_fn=end_with_parent(9)
            )
        self._log = log

    def __enter__(self) -> "Program":
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(60)

    @property
    def pid(self) -> int:
        return self._process.pid

    def heard(self, pattern: str, seconds: float = 90) -> re.Match[str]:
        """Wait until the program has said `pattern`."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and self._process.poll() is None:
            if found := re.search(pattern, self._log.read_text(errors="replace")):
                return found
            time.sleep(0.05)
        raise RuntimeError(f"{self.name} did not start:\n{self._log.read_text(errors='replace')}")


def mail_door(directory: Path) -> Program:
    """The SMTP door, on any port: it says which."""
    return Program("door", ["manage.py", "serve_mail", "--port=0"], directory / "door.log")


def workers(directory: Path, number: int) -> Program:
    """A Celery worker with `number` processes."""
    celery = ["-m", "celery", "-A", "csplatform", "worker", "--without-gossip", "--without-mingle"]
    return Program("workers", [*celery, "-Q", "default", "-c", str(number)], directory / "workers.log")


def processor_seconds(pid: int) -> float:
    """User and system time of a process and everything below it, whether it lives or ended."""
    root = psutil.Process(pid)
    times = []
    for process in [root, *root.children(recursive=True)]:
        with suppress(psutil.NoSuchProcess):  # PostgreSQL's helpers come and go; then their parent has their time
            times.append(process.cpu_times())
    ended = sum(time.children_user + time.children_system for time in times)
    return float(ended) + sum(time.user + time.system for time in times)
