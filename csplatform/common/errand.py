"""Work that may take longer than anybody wants to wait for it."""

import threading
from collections.abc import Callable
from contextvars import copy_context
from typing import Generic, TypeVar

from django.db import connections
from django.utils import timezone, translation

Found = TypeVar("Found")


class Errand(Generic[Found]):
    """Runs `call` in a thread of its own, in this one's language and time zone; whoever waits may give up, it does not.

    For calls that end by themselves some time, such as a name look-up. What `call` raises comes out of `result`.
    """

    def __init__(self, call: Callable[[], Found]) -> None:
        self._call = call
        self._found: list[Found] = []
        self._error: BaseException | None = None
        self._ended = threading.Event()
        self._language, self._timezone = translation.get_language(), timezone.get_current_timezone()
        context = copy_context()
        threading.Thread(target=lambda: context.run(self._run), daemon=True).start()

    def result(self, timeout: float) -> Found:
        """Return what the call returned; raises TimeoutError where it is not there within `timeout` seconds."""
        if not self._ended.wait(max(0.0, timeout)):
            raise TimeoutError
        if self._error is not None:
            raise self._error
        return self._found[0]

    def _run(self) -> None:
        try:
            with translation.override(self._language), timezone.override(self._timezone):
                self._found.append(self._call())
        except BaseException as error:  # whoever waits gets it
            self._error = error
        finally:
            connections.close_all()  # this thread's own, if it opened any
            self._ended.set()
