"""What beat rings."""

import time

from celery import shared_task

from csplatform.search.services import catch_up

# So long one ring works at most (seconds); what is left waits for the next one, and other work is not kept waiting.
_PATIENCE = 5


@shared_task
def read_what_is_stale() -> int:
    """Let what was said and changed since the last ring be found. Returns how many conversations were looked at."""
    done, until = 0, time.monotonic() + _PATIENCE
    while time.monotonic() < until and (some := catch_up()):
        done += some
    return done
