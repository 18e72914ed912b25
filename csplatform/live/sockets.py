"""WebSockets while Valkey, which carries the news between processes, is away."""

from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from redis.exceptions import RedisError

log = structlog.get_logger(__name__)

# RFC 6455's registry: "try again later". Pages do, and catch up by revision.
TRY_AGAIN_LATER = 1013


class ClosedWithoutValkey:
    """Closes a socket that cannot hear the news any more, instead of leaving it deaf or logging a stack for each."""

    def __init__(self, application: Any) -> None:  # ASGI, which Channels and its stubs write in three ways
        self._application = application

    async def __call__(self, scope: Any, receive: Any, send: Callable[[Any], Awaitable[None]]) -> None:
        try:
            await self._application(scope, receive, send)
        except (RedisError, OSError) as error:
            log.warning("socket_closed", path=scope["path"], reason=str(error))
            await send({"type": "websocket.close", "code": TRY_AGAIN_LATER})
