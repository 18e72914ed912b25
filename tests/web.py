"""The project over HTTP, for stand-ins that call our doors themselves."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from wsgiref.simple_server import WSGIRequestHandler, make_server

from django.core.handlers.wsgi import WSGIHandler
from django.db import connections


class _Silent(WSGIRequestHandler):
    def log_message(self, *_args: object) -> None:
        """Leave the test's output alone."""


@contextmanager
def served() -> Iterator[str]:
    """Serve the project, in a thread that sees only what was committed; yields the address."""
    server = make_server("127.0.0.1", 0, WSGIHandler(), handler_class=_Silent)

    def serve() -> None:
        server.serve_forever(poll_interval=0.02)
        connections.close_all()

    thread = threading.Thread(target=serve)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()
