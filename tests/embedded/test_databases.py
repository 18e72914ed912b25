import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
import redis

from csplatform.embedded.databases import (
    DATABASE,
    QUEUE,
    kept_databases,
    running_databases,
    throwaway_databases,
)
from csplatform.embedded.errors import DataDirectoryInUse
from tests.embedded.waiting import alive, wait_until

ROOT = Path(__file__).resolve().parent.parent.parent
SHOW = f"import json, os; print(json.dumps([os.environ['{DATABASE}'], os.environ['{QUEUE}']]))"
# Starts the kept databases of argv[1], prints their process ids, and waits to be killed.
HOLD = """
import signal, sys
from pathlib import Path
from csplatform.embedded.databases import kept_databases
with kept_databases(Path(sys.argv[1]), say=lambda line: None) as databases:
    print(*(server.pid for server in databases.servers), flush=True)
    signal.pause()
"""


@pytest.fixture
def own_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a machine whose environment names no servers."""
    monkeypatch.delenv(DATABASE, raising=False)
    monkeypatch.delenv(QUEUE, raising=False)


def embedded(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "csplatform.embedded", *arguments],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_throwaway_databases_answer_and_leave_nothing() -> None:
    with throwaway_databases(say=print) as databases:
        directory = databases.servers[0].directory.parent
        pids = [server.pid for server in databases.servers]
        with psycopg.connect(databases.environ[DATABASE]) as connection:
            assert connection.execute("SHOW fsync").fetchone() == ("off",)
        with redis.Redis.from_url(databases.environ[QUEUE]) as client:
            assert client.ping() is True
    assert not directory.exists()
    assert not any(alive(pid) for pid in pids if pid)


def test_a_throwaway_directory_whose_owner_was_killed_is_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    abandoned, young = tmp_path / "csplatform-throwaway-old", tmp_path / "csplatform-throwaway-young"
    for directory in (abandoned, young):
        directory.mkdir()
        (directory / "lock").touch()
    os.utime(abandoned / "lock", (0, 0))
    with throwaway_databases(say=print):
        assert not abandoned.exists()
        assert young.exists()


@pytest.mark.usefixtures("own_servers")
def test_a_data_directory_has_one_user_at_a_time(tmp_path: Path) -> None:
    with kept_databases(tmp_path, say=print) as databases:
        with pytest.raises(DataDirectoryInUse), kept_databases(tmp_path, say=print):
            pytest.fail("two runs on one data directory")
        assert running_databases(tmp_path) == databases.environ
        assert (tmp_path / "addresses.json").stat().st_mode & 0o777 == 0o600
    with pytest.raises(DataDirectoryInUse):
        running_databases(tmp_path)


def test_servers_named_by_the_environment_are_used_and_none_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = {DATABASE: "postgresql://db.example/desk", QUEUE: "redis://queue.example/3"}
    for name, url in named.items():
        monkeypatch.setenv(name, url)
    with kept_databases(tmp_path, say=print) as databases:
        assert databases.environ == named
        assert databases.servers == ()


@pytest.mark.usefixtures("own_servers")
def test_run_hands_over_the_addresses_and_the_exit_status(tmp_path: Path) -> None:
    done = embedded("run", "--throwaway", "--", sys.executable, "-c", f"{SHOW}; raise SystemExit(7)")
    assert done.returncode == 7, done.stderr
    database, queue = json.loads(done.stdout)
    assert database.startswith("postgresql://csplatform:")
    assert queue.startswith("redis://:")


@pytest.mark.usefixtures("own_servers")
def test_run_shares_the_databases_of_a_running_platform(tmp_path: Path) -> None:
    with kept_databases(tmp_path, say=print) as databases:
        done = embedded("run", "--data", str(tmp_path), "--", sys.executable, "-c", SHOW)
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout) == [databases.environ[DATABASE], databases.environ[QUEUE]]
        assert all(server.pid for server in databases.servers)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends children with their parent")
@pytest.mark.usefixtures("own_servers")
def test_both_servers_end_with_a_killed_run_and_the_next_run_starts(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        pids = [int(word) for word in holder.stdout.readline().split()]
        assert len(pids) == 2
        holder.send_signal(signal.SIGKILL)
    with kept_databases(tmp_path, say=print) as databases:
        assert all(server.pid for server in databases.servers)
    wait_until(lambda: not any(alive(pid) for pid in pids))


@pytest.mark.usefixtures("own_servers")
def test_a_server_that_fails_is_told_plainly(tmp_path: Path) -> None:
    with kept_databases(tmp_path, say=print):
        pass
    (tmp_path / "postgres" / "data" / "PG_VERSION").write_text("9.6\n")
    done = embedded("run", "--data", str(tmp_path), "--", "true")
    assert done.returncode == 1
    assert "initialized by PostgreSQL version 9.6" in done.stderr
    assert "Traceback" not in done.stderr
    shutil.rmtree(tmp_path)
