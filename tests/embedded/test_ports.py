import socket
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from csplatform.embedded.ports import LOOPBACK, choose_port, is_free


@pytest.fixture
def listener() -> Iterator[int]:
    with socket.socket() as busy:
        busy.bind((LOOPBACK, 0))
        busy.listen()
        yield busy.getsockname()[1]


def test_a_free_port_is_taken_without_a_word() -> None:
    said: list[str] = []
    port = choose_port(0, "test", said.append)
    assert choose_port(port, "test", said.append) == port
    assert said == []


def test_a_busy_port_is_said_and_a_later_one_taken(listener: int) -> None:
    said: list[str] = []
    port = choose_port(listener, "the web server", said.append)
    assert listener < port
    assert is_free(port)
    assert said == [f"Port {listener} is busy; the web server uses {port} instead."]


def test_a_listener_on_every_address_makes_a_port_busy() -> None:
    with socket.socket() as busy:
        busy.bind(("0.0.0.0", 0))
        busy.listen()
        assert not is_free(busy.getsockname()[1])


def test_no_free_port_at_all_is_an_error() -> None:
    with ExitStack() as stack:
        for port in (65534, 65535):
            busy = stack.enter_context(socket.socket())
            try:
                busy.bind((LOOPBACK, port))
            except OSError:
                continue  # somebody else makes it busy for us
            busy.listen()
        with pytest.raises(OSError, match="no free port for test from 65534 on"):
            choose_port(65534, "test", lambda line: None)
