"""Calling the Graph API. The token goes into a header, never into an address."""

from collections.abc import Callable
from typing import Any

from channels_social import calling
from channels_social.meta.errors import Refusals, body_of
from channels_social.reading import Node
from csplatform.gateway.contract import AccountConfig, Download
from csplatform.gateway.errors import SendUnavailable, SendUncertain, Unreadable


class Graph:
    """What one token may do; the account's setting `api_base` holds host and version."""

    def __init__(self, account: AccountConfig, base: str, refusals: Refusals, *, token: str = "") -> None:
        self._account, self._base, self._refusals = account, base, refusals
        self._line = calling.Line.of(account, base)
        self._headers = {"authorization": f"Bearer {token or calling.credential(account, 'access_token')}"}

    def acting_as(self, token: str) -> "Graph":
        """Return the same with another token."""
        return Graph(self._account, self._base, self._refusals, token=token)

    def ask(self, path: str, **parameters: str) -> Node:
        """Return what the platform says of something. Raises SendFailed, SendUnavailable."""
        return self._call("GET", path, takes_message=False, params=parameters)

    def tell(self, path: str, **request: Any) -> Node:
        """Return the answer to a POST that reaches no customer, and may be repeated."""
        return self._call("POST", path, takes_message=False, **request)

    def send(self, path: str, message: dict[str, Any]) -> Node:
        """Return the answer to a message. Raises SendFailed, SendUnavailable, SendUncertain."""
        return self._call("POST", path, takes_message=True, json=message)

    def file(self, url: str, *, limit: int, allowed: Callable[[str], bool] | None = None) -> Download:
        """Return a file behind an address that wants the token too. Raises SendFailed, SendUnavailable."""
        return self._line.fetch(url, limit=limit, headers=self._headers, allowed=allowed)

    def _call(self, method: str, path: str, *, takes_message: bool, **request: Any) -> Node:
        answer = self._line.call(method, path, takes_message=takes_message, headers=self._headers, **request)
        try:
            body = body_of(answer) if answer.status_code == 200 else None
        except Unreadable:
            if takes_message:
                raise SendUncertain(calling.UNNAMED) from None
            raise SendUnavailable(calling.BROKEN_OFF) from None
        if body is None or body.has("error"):
            raise self._refusals.failure(answer)
        return body


def named(answer: Node, field: str) -> str:
    """Return the id that the platform gave to a message it took. Raises SendUncertain where it names none."""
    try:
        return answer.identifier(field)
    except Unreadable:
        raise SendUncertain(calling.UNNAMED) from None
