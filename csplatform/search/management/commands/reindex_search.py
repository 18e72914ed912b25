"""manage.py reindex_search."""

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from csplatform.search.services import catch_up, mark_all, waiting

_EVERY = 10  # seconds between lines of progress
_PAUSE = 0.5


class Command(BaseCommand):
    """Makes everything that search goes by anew.

    Every conversation is marked, the newest first, and worked off in batches; searches go on meanwhile. What an
    interrupted run left is worked off by the workers, or by `--resume` here.
    """

    help = "Makes the search index anew, a batch at a time; searches go on meanwhile."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--resume", action="store_true", help="work off what waits, mark nothing anew")

    def handle(self, *args: Any, **options: Any) -> None:
        total = waiting() if options["resume"] else mark_all()
        self.stdout.write(f"{total} conversations wait")
        started = told = time.monotonic()
        done = 0
        while some := self._some():
            done += some
            if time.monotonic() - told > _EVERY:
                told = time.monotonic()
                self.stdout.write(f"{done} done, {done / (told - started):.0f} a second")
        self.stdout.write(f"{done} done in {time.monotonic() - started:.0f} s")

    def _some(self) -> int:
        """Work off a batch; where a worker is at it, wait until that is done or nothing waits any more."""
        while not (done := catch_up()) and waiting():
            time.sleep(_PAUSE)
        return done
