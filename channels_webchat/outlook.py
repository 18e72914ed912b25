"""Telling one tab how long its visitor may have to wait, for as long as they do."""

import asyncio
from collections.abc import Awaitable, Callable

from django.db import DatabaseError

from channels_webchat.waiting import Waiting

REFRESH = 10  # seconds


class Outlook:
    """Looks every REFRESH seconds while somebody waits, and tells what has changed; ends by itself."""

    def __init__(
        self, look: Callable[[], Awaitable[Waiting | None]], tell: Callable[[Waiting | None], Awaitable[None]]
    ):
        self._look, self._tell = look, tell
        self._told: Waiting | None = None
        self._task: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Look soon; where it is looking already, that goes on."""
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())

    def stop(self) -> None:
        """Look no more."""
        if self._task is not None:
            self._task.cancel()

    async def _run(self) -> None:
        while True:
            try:
                waiting = await self._look()
            except DatabaseError:
                waiting = self._told  # the tab has other ways to learn that something is wrong
            if waiting != self._told:
                self._told = waiting
                await self._tell(waiting)
            if waiting is None:
                return
            await asyncio.sleep(REFRESH)
