"""How much one visitor may do, counted in Valkey by fixed windows of a minute. While it is away, nobody is limited."""

from dataclasses import dataclass
from hashlib import sha256
from typing import cast

from django.core.cache import caches

from channels_webchat.errors import Reason, Refused
from csplatform.common import clock
from csplatform.common.cache import ForgivingRedisCache

WINDOW = 60  # seconds


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `most` in each window."""

    name: str
    most: int


SESSIONS = Limit("sessions", 60)  # of one network address: an office shares one
SOCKETS = Limit("sockets", 120)  # of one network address, likewise
SEARCHES = Limit("searches", 120)  # in the help centre, of one network address, likewise
VERDICTS = Limit("verdicts", 20)
MESSAGES = Limit("messages", 30)
FILES = Limit("files", 10)
HISTORY = Limit("history", 10)  # downloads and deletions
NEWS = Limit("news", 240)  # requests that wait for news, of all tabs
SIGNALS = Limit("signals", 300)  # typing and receipts


def count(limit: Limit, account_id: int, who: str) -> None:
    """Count one more for `who` on an account; raises Refused past the limit."""
    key = f"webchat.{limit.name}.{digest(account_id, who)}.{int(clock.now().timestamp()) // WINDOW}"
    if cast("ForgivingRedisCache", caches["default"]).count(key, 2 * WINDOW) > limit.most:
        raise Refused(Reason.TOO_FAST)


def digest(account_id: int, who: str) -> str:
    """Name somebody in a key: the id that a site chose may hold anything, and mean another on another account."""
    return sha256(f"{account_id}.{who}".encode()).hexdigest()[:32]
