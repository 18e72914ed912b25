"""Work that keeps a worker busy, for tests of what must not wait for it."""

import time
from pathlib import Path

from celery import shared_task


@shared_task
def occupy(sign: str, seconds: float) -> None:
    """Create the file `sign`, then hold the worker."""
    Path(sign).touch()
    time.sleep(seconds)
