"""Discord's rate limits: each route has a bucket of calls, which the answers count; a channel's routes are its own.

Kept in Valkey, for all workers together. Where that is away, calls go out and Discord itself says no.
Source: docs.discord.com/developers/topics/rate-limits.
"""

import hashlib

import httpx
from django.core.cache import cache
from django.utils.translation import gettext_noop

from csplatform.common import clock
from csplatform.gateway.errors import SendPaced

SLOW_DOWN = gettext_noop("Discord asks to slow down.")
# The bucket of all calls together.
GLOBAL = "*"
# So long (seconds) a wait is believed at most.
LONGEST = 3600.0


class Buckets:
    """The buckets of one token; `owner` is anything that names it, and is not kept."""

    def __init__(self, owner: str) -> None:
        self._owner = hashlib.sha256(owner.encode()).hexdigest()[:32]

    def wait_turn(self, route: str) -> None:
        """Raise SendPaced, with the time until it is filled, where the bucket of `route` or of all calls is empty."""
        ends = cache.get_many([self._key(route), self._key(GLOBAL)]).values()
        left = max(ends, default=0.0) - clock.now().timestamp()
        if left > 0:
            raise SendPaced(SLOW_DOWN, code="bucket", retry_after=left)

    def count(self, route: str, answer: httpx.Response) -> None:
        """Learn from an answer that its bucket is empty, or that all calls must wait."""
        headers = answer.headers
        if answer.status_code == 429 and headers.get("x-ratelimit-global", "").lower() == "true":
            self._close(GLOBAL, seconds(headers.get("retry-after")))
        elif answer.status_code != 429 and headers.get("x-ratelimit-remaining") == "0":
            self._close(route, seconds(headers.get("x-ratelimit-reset-after")))

    def _close(self, bucket: str, wait: float | None) -> None:
        if wait:
            cache.set(self._key(bucket), clock.now().timestamp() + wait, timeout=int(wait) + 1)

    def _key(self, bucket: str) -> str:
        return f"discord:{self._owner}:{bucket}"


def route_of(method: str, path: str) -> str:
    """Return the route of a call: ids beyond the first, which is the channel's, are no part of it."""
    first, *rest = path.split("/")
    kept = rest[:1] + ["*" if part.isdigit() else part for part in rest[1:]]
    return f"{method}:{'/'.join([first, *kept])}"


def seconds(value: object) -> float | None:
    """Return a number of seconds that a header or an answer names, None where it names none."""
    try:
        found = float(value) if isinstance(value, str | int | float) else -1.0
    except ValueError:
        return None
    return min(found, LONGEST) if found >= 0 else None
