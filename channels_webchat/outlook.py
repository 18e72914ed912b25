"""Telling one tab how long its visitor may have to wait, for as long as they do."""

import asyncio
from collections.abc import Awaitable, Callable

from django.db import DatabaseError

from channels_webchat.waiting import MOST_IN_QUEUE, Waiting

REFRESH = 10  # seconds
# Whoever is not among so many next ones sees their place move less often; far back it reads "100" for long.
NEXT = 10


class Outlook:
    """Looks every REFRESH seconds while somebody is next, less often further back; tells what has changed.

    Ends by itself once nobody waits.
    """

    def __init__(
        self,
        look: Callable[[], Awaitable[Waiting | None]],
        tell: Callable[[Waiting | None], Awaitable[None]],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ):
        self._look, self._tell, self._sleep = look, tell, sleep
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
            await self._sleep(_pause(waiting))


def _pause(waiting: Waiting) -> float:
    """Return the seconds until the next look: a thousand who wait are not to ask a hundred times a second."""
    if waiting.place <= NEXT:
        return REFRESH
    return REFRESH * (3 if waiting.place < MOST_IN_QUEUE else 6)
