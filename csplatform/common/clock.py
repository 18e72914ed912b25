"""The one clock. Everything that asks for the time asks here, so that a test can set it."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

_frozen: ContextVar[datetime | None] = ContextVar("frozen_clock", default=None)


def now() -> datetime:
    """Return the present moment, timezone-aware, in UTC."""
    return _frozen.get() or datetime.now(UTC)


@contextmanager
def frozen(moment: datetime) -> Iterator[datetime]:
    """Let `now()` answer `moment` (timezone-aware) inside the block, in this context only."""
    if moment.tzinfo is None:
        raise ValueError("the clock needs a timezone-aware moment")
    token = _frozen.set(moment)
    try:
        yield moment
    finally:
        _frozen.reset(token)
