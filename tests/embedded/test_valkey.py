import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from csplatform.embedded.ports import LOOPBACK
from csplatform.embedded.valkey import Valkey
from tests.embedded.waiting import wait_until


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[Valkey]:
    server = Valkey(tmp_path / "valkey", port=0)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def client(valkey: Valkey) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(valkey.url, decode_responses=True) as client:
        yield client


def test_it_is_set_up_as_a_queue_not_as_a_cache(client: redis.Redis) -> None:
    settings = client.config_get("*")
    wanted = {
        "appendonly": "yes",
        "appendfsync": "everysec",
        "maxmemory-policy": "noeviction",
        "bind": LOOPBACK,
        "save": "",
    }
    assert {name: settings[name] for name in wanted} == wanted


def test_it_asks_for_the_password(valkey: Valkey) -> None:
    retry = Retry(NoBackoff(), 0)
    with (
        redis.Redis(host=LOOPBACK, port=valkey.port, retry=retry) as stranger,
        pytest.raises(redis.AuthenticationError),
    ):
        stranger.ping()
    for name in ("password", "valkey.conf"):
        assert (valkey.directory / name).stat().st_mode & 0o777 == 0o600


def test_the_queue_survives_a_clean_restart(valkey: Valkey, client: redis.Redis) -> None:
    client.rpush("queue", *range(1000))
    valkey.stop()
    assert valkey.pid is None
    valkey.start()
    assert client.lrange("queue", 0, -1) == [str(number) for number in range(1000)]


def test_the_queue_survives_kill_9(valkey: Valkey, client: redis.Redis) -> None:
    client.rpush("queue", "ring")
    assert valkey.pid is not None
    os.kill(valkey.pid, signal.SIGKILL)
    wait_until(lambda: valkey.pid is None)
    valkey.start()
    assert client.lrange("queue", 0, -1) == ["ring"]


def test_a_busy_port_moves_it_to_the_next(tmp_path: Path) -> None:
    said: list[str] = []
    with socket.socket() as busy:
        busy.bind((LOOPBACK, 0))
        busy.listen()
        taken = busy.getsockname()[1]
        server = Valkey(tmp_path / "valkey", port=taken, say=said.append)
        try:
            server.start()
            with redis.Redis.from_url(server.url) as client:
                assert client.ping() is True
        finally:
            server.stop()
    assert server.port > taken
    assert said == [f"Port {taken} is busy; Valkey uses {server.port} instead."]


def test_a_server_left_running_is_stopped_and_replaced(valkey: Valkey, client: redis.Redis) -> None:
    client.rpush("queue", "ring")
    left = valkey.pid
    said: list[str] = []
    later = Valkey(valkey.directory, port=valkey.port, say=said.append)
    try:
        later.start()
        assert valkey.pid is None
        assert said == [f"Stopping the Valkey that an earlier run left behind (process {left})."]
        assert client.lrange("queue", 0, -1) == ["ring"]
    finally:
        later.stop()
