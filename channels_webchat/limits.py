"""How much one visitor may do, counted in Valkey by fixed windows of a minute. While it is away, nobody is limited."""

from dataclasses import dataclass
from hashlib import sha256

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


def count(limit: Limit, account_id: int, who: str) -> None:
    """Count one more for `who` on an account; raises Refused past the limit."""
    # An id that a site chose for somebody may hold what a key may not, and mean another on another account.
    person = sha256(f"{account_id}.{who}".encode()).hexdigest()[:32]
    key = f"webchat.{limit.name}.{person}.{int(clock.now().timestamp()) // WINDOW}"
    cache.add(key, 0, timeout=2 * WINDOW)
    if cache.incr(key) > limit.most:
        raise Refused(Reason.TOO_FAST)
