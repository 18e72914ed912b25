"""How much one visitor may do, counted in Valkey by fixed windows of a minute. While it is away, nobody is limited."""

from dataclasses import dataclass

from django.core.cache import cache

from channels_webchat.errors import Reason, Refused
from csplatform.common import clock

WINDOW = 60  # seconds


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `most` in each window."""

    name: str
    most: int


SESSIONS = Limit("sessions", 60)  # of one network address: an office shares one
MESSAGES = Limit("messages", 30)
FILES = Limit("files", 10)
HISTORY = Limit("history", 10)  # downloads and deletions
NEWS = Limit("news", 240)  # requests that wait for news, of all tabs
SIGNALS = Limit("signals", 300)  # typing and receipts


def count(limit: Limit, who: str) -> None:
    """Count one more for `who`; raises Refused past the limit."""
    key = f"webchat.{limit.name}.{who}.{int(clock.now().timestamp()) // WINDOW}"
    cache.add(key, 0, timeout=2 * WINDOW)
    if cache.incr(key) > limit.most:
        raise Refused(Reason.TOO_FAST)
