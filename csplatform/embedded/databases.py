"""Both databases together: the kept ones of a data directory, and throwaway ones."""

import fcntl
import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from csplatform.embedded import postgres, valkey
from csplatform.embedded.errors import DataDirectoryInUse
from csplatform.embedded.ports import Say
from csplatform.embedded.postgres import Postgres
from csplatform.embedded.server import LocalServer
from csplatform.embedded.valkey import Valkey

DATABASE, QUEUE = "DATABASE_URL", "REDIS_URL"
_THROWAWAY_PREFIX = "csplatform-throwaway-"
_SETTLING_SECONDS = 60  # between making a directory's lock file and holding it
_LOCK, _ADDRESSES = "lock", "addresses.json"


@dataclass(frozen=True)
class Databases:
    """The servers started here, in starting order, and the variables that lead to both databases."""

    servers: tuple[LocalServer, ...]
    environ: Mapping[str, str]


@contextmanager
def kept_databases(directory: Path, *, say: Say) -> Iterator[Databases]:
    """Run in `directory` those databases that the environment does not name, and stop them at the end.

    Raises DataDirectoryInUse if another process does so already, ServerFailed if one does not start.
    """
    directory.mkdir(parents=True, exist_ok=True)
    servers: list[LocalServer] = []
    with _lock(directory), ExitStack() as stack:
        (directory / _ADDRESSES).unlink(missing_ok=True)  # a killed run's
        environ = {name: os.environ[name] for name in (DATABASE, QUEUE) if os.environ.get(name)}
        if DATABASE not in environ:
            servers.append(Postgres(directory / "postgres", port=postgres.PREFERRED_PORT, say=say))
            environ[DATABASE] = _running(stack, servers[-1])
        if QUEUE not in environ:
            servers.append(Valkey(directory / "valkey", port=valkey.PREFERRED_PORT, say=say))
            environ[QUEUE] = _running(stack, servers[-1])
        stack.enter_context(_published(directory / _ADDRESSES, environ))
        yield Databases(tuple(servers), environ)


def running_databases(directory: Path) -> Mapping[str, str]:
    """The variables that lead to the databases which another process runs in `directory`.

    Raises DataDirectoryInUse if that process is only just starting or stopping them.
    """
    try:
        addresses: dict[str, str] = json.loads((directory / _ADDRESSES).read_text())
    except FileNotFoundError:
        raise DataDirectoryInUse(f"the databases in {directory} are just starting or stopping") from None
    return addresses


@contextmanager
def throwaway_databases(*, say: Say) -> Iterator[Databases]:
    """Run fresh databases on any free ports, quick rather than durable, and remove them at the end."""
    _remove_abandoned()
    directory = Path(tempfile.mkdtemp(prefix=_THROWAWAY_PREFIX))
    directory.chmod(0o711)  # PostgreSQL may run as another user; its own directory stays closed
    with _lock(directory), ExitStack() as stack:
        stack.callback(shutil.rmtree, directory, ignore_errors=True)
        servers = (
            Postgres(directory / "postgres", port=0, durable=False, say=say),
            Valkey(directory / "valkey", port=0, durable=False, say=say),
        )
        database, queue = (_running(stack, server) for server in servers)
        yield Databases(servers, {DATABASE: database, QUEUE: queue})


def _running(stack: ExitStack, server: LocalServer) -> str:
    stack.callback(server.stop)
    server.start()
    return server.url


@contextmanager
def _lock(directory: Path) -> Iterator[None]:
    """Hold the directory; the system lets go of it however this process ends."""
    with (directory / _LOCK).open("w") as file:
        if not _held(file):
            raise DataDirectoryInUse(f"another process runs the databases in {directory}")
        yield


def _held(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def _published(path: Path, environ: Mapping[str, str]) -> Iterator[None]:
    draft = path.with_suffix(".draft")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(dict(environ), file)
    draft.rename(path)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def _remove_abandoned() -> None:
    """Remove throwaway directories whose owner was killed; their servers ended with it."""
    for directory in Path(tempfile.gettempdir()).glob(f"{_THROWAWAY_PREFIX}*"):
        try:
            with (directory / _LOCK).open("r+") as file:
                age = time.time() - os.fstat(file.fileno()).st_mtime
                if age > _SETTLING_SECONDS and _held(file):
                    shutil.rmtree(directory, ignore_errors=True)
        except OSError:
            continue  # another user's, or just being made or removed
