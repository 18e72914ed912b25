"""Ports on 127.0.0.1."""

import socket
from collections.abc import Callable

LOOPBACK = "127.0.0.1"
_TRIES = 200

Say = Callable[[str], None]


def is_free(port: int) -> bool:
    """Tell whether nobody listens on `port` of the loopback address."""
    with socket.socket() as probe:
        # A connection that is only waiting to be forgotten (TIME_WAIT) must not count as a listener.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
        return True


def choose_port(preferred: int, what: str, say: Say) -> int:
    """Return `preferred` if it is free, else the next free one, and say so; 0 asks for any free port.

    Raises OSError if none of the next 200 ports is free.
    """
    if preferred == 0:
        with socket.socket() as probe:
            probe.bind((LOOPBACK, 0))
            return int(probe.getsockname()[1])
    for port in range(preferred, min(preferred + _TRIES, 65536)):
        if is_free(port):
            if port != preferred:
                say(f"Port {preferred} is busy; {what} uses {port} instead.")
            return port
    raise OSError(f"no free port for {what} from {preferred} on")
