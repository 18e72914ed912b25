"""A socket that would stay deaf is closed, and its page comes again."""

from typing import Any

import pytest
from asgiref.testing import ApplicationCommunicator
from redis.exceptions import ConnectionError as ValkeyAwayError

from csplatform.live.sockets import TRY_AGAIN_LATER, ClosedWithoutValkey


async def never_opens(scope: Any, receive: Any, send: Any) -> None:
    raise ValkeyAwayError("refused")


async def opens_and_breaks(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "websocket.accept"})
    raise OSError("broken pipe")


async def is_wrong(scope: Any, receive: Any, send: Any) -> None:
    raise KeyError("a mistake of ours")


def page(application: Any) -> ApplicationCommunicator:
    return ApplicationCommunicator(ClosedWithoutValkey(application), {"type": "websocket", "path": "/ws/x/"})


async def test_socket_is_refused_while_valkey_is_away() -> None:
    assert await page(never_opens).receive_output() == {"type": "websocket.close", "code": TRY_AGAIN_LATER}


async def test_open_socket_is_closed_when_valkey_goes() -> None:
    open_page = page(opens_and_breaks)
    assert await open_page.receive_output() == {"type": "websocket.accept"}
    assert await open_page.receive_output() == {"type": "websocket.close", "code": TRY_AGAIN_LATER}


async def test_mistakes_are_not_hidden() -> None:
    with pytest.raises(KeyError):
        await page(is_wrong).receive_output()
