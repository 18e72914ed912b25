"""The line between processes, on which news travel through Valkey."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import redis
from channels_redis.pubsub import RedisPubSubChannelLayer
from redis.backoff import NoBackoff
from redis.retry import Retry


class NewsLayer(RedisPubSubChannelLayer):  # type: ignore[misc]  # channels_redis has no types
    """Channels' own layer, which also publishes to many groups at once, from a thread.

    A flow runs in a thread. To have the event loop publish for it means to wait for the loop's attention once for each
    group, on the one line that all sockets of the process share.
    """

    def __init__(self, *, hosts: list[dict[str, Any]], prefix: str = "csplatform") -> None:
        super().__init__(hosts=hosts, prefix=prefix)
        self._prefix = prefix
        self._host = hosts[0]

    def publish(self, messages: Mapping[str, Mapping[str, Any]]) -> None:
        """Publish one message to each group, in one round trip. Raises RedisError and OSError; tries nothing twice."""
        pipeline = self._valkey.pipeline(transaction=False)
        for group, message in messages.items():
            # As `group_send` names it; tests/live/test_layer.py sends by the one and hears by the other.
            pipeline.publish(f"{self._prefix}__group__{group}", self.serialize(message))
        pipeline.execute()

    @cached_property
    def _valkey(self) -> redis.Redis:
        options = {name: value for name, value in self._host.items() if name != "address"}
        return redis.Redis.from_url(self._host["address"], retry=Retry(NoBackoff(), 0), **options)
