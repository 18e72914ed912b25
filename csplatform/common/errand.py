"""Work that may take longer than anybody wants to wait for it."""

import threading
from collections.abc import Callable
from contextvars import copy_context
from typing import Generic, TypeVar

from django.db import connections

Found = TypeVar("Found")


class Errand(Generic[Found]):
    """Runs `call` in a thread of its own, in the language of the moment; whoever waits may give up, the thread not.

    For calls that end by themselves some time, such as a name look-up. What `call` raises comes out of `result`.
    """

    def __init__(self, call: Callable[[], Found]) -> None:
        self._call = call
        self._found: list[Found] = []
        self._error: BaseException | None = None
        context = copy_context()
        self._thread = threading.Thread(target=lambda: context.run(self._run), daemon=True)
        self._thread.start()

    def result(self, timeout: float) -> Found:
        """Return what the call returned; raises TimeoutError where it is not there within `timeout` seconds."""
        self._thread.join(max(0.0, timeout))
        if self._error is not None:
            raise self._error
        if not self._found:
            raise TimeoutError
        return self._found[0]

    def _run(self) -> None:
        try:
            self._found.append(self._call())
        except BaseException as error:  # whoever waits gets it
            self._error = error
        finally:
            connections.close_all()  # this thread's own, if it opened any
