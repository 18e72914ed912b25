"""A cache that may be away."""

from collections.abc import Callable
from typing import Any

import structlog
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

log = structlog.get_logger(__name__)


class ForgivingRedisCache(RedisCache):
    """Answers a miss where Valkey is away, silent or full, so that people can still log in and work."""

    def _or_else(self, fallback: Any, call: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        try:
            return call(*args, **kwargs)
        except RedisError as error:
            log.warning("cache_away", reason=str(error))
            return fallback

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        return self._or_else(default, super().get, key, default, version)

    def set(self, *args: Any, **kwargs: Any) -> None:
        self._or_else(None, super().set, *args, **kwargs)

    def add(self, *args: Any, **kwargs: Any) -> bool:
        return bool(self._or_else(True, super().add, *args, **kwargs))

    def delete(self, *args: Any, **kwargs: Any) -> bool:
        return bool(self._or_else(False, super().delete, *args, **kwargs))

    def count(self, key: str, timeout: int) -> int:
        """Add one to a counter and return it, in one round trip; 0 where Valkey is away.

        A counter is forgotten `timeout` seconds after it was last added to.
        """
        name = self.make_and_validate_key(key)
        try:
            pipeline = self._cache.get_client(name, write=True).pipeline(transaction=False)
            pipeline.incr(name)
            pipeline.expire(name, timeout)
            number, _ = pipeline.execute()
        except RedisError as error:
            log.warning("cache_away", reason=str(error))
            return 0
        return int(number)

    def incr(self, key: Any, delta: int = 1, version: int | None = None) -> int:
        try:
            return int(self._or_else(delta, super().incr, key, delta, version))
        except ValueError:  # Valkey was restarted, empty, since the key was set
            return delta
