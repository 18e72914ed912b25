"""Calling API v2 in the name of the account, and renewing its access, which holds for two hours.

Sources: docs.x.com/x-api/direct-messages/manage, docs.x.com/fundamentals/authentication/oauth-2-0/user-access-token.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import httpx

from channels_social import calling
from channels_social.reading import Node
from channels_social.x import errors
from csplatform.common import clock
from csplatform.gateway import tokens
from csplatform.gateway.contract import AccountConfig, Download, Profile
from csplatform.gateway.errors import SendFailed, SendUnavailable, SendUncertain, Unreadable
from csplatform.gateway.tokens import REFRESH_TOKEN, NewToken

API_BASE = "https://api.x.com"
FILM_BASE = "https://video.twimg.com"
MAX_DOWNLOAD = 100_000_000


class Api:
    """The calls of one account. With `app_only` they are the app's own, by its bearer token."""

    def __init__(self, account: AccountConfig, *, app_only: bool = False) -> None:
        self._account = account
        self._line = calling.Line.of(account, API_BASE)
        self._renews = bool(account.credentials.get(REFRESH_TOKEN)) and not app_only
        self._token = calling.credential(account, "bearer_token") if app_only else self._usable_token()

    def send(self, person: str, body: dict[str, Any]) -> str:
        """Return the id of a message that X took. Raises SendFailed, SendUnavailable, SendUncertain."""
        path = f"2/dm_conversations/with/{quote(person, safe='')}/messages"
        try:
            return errors.checked(self._call("POST", path, takes_message=True, json=body)).identifier("dm_event_id")
        except Unreadable:
            raise SendUncertain(calling.UNNAMED) from None

    def ask(self, method: str, path: str, **request: Any) -> Node:
        """Return the data of a call that shows nobody anything. Raises SendFailed, SendUnavailable."""
        try:
            return errors.checked(self._call(method, path, **request))
        except Unreadable:
            raise SendUnavailable(calling.BROKEN_OFF) from None

    def listed(self, path: str) -> list[Node]:
        """Return the list that a question brings. Raises SendFailed, SendUnavailable, Unreadable."""
        answer = self._call("GET", path)
        errors.check_taken(answer)
        return errors.body_of(answer).children("data")

    def tell(self, path: str, **request: Any) -> None:
        """Hand something over that nothing is answered to. Raises SendFailed, SendUnavailable."""
        errors.check_taken(self._call("POST", path, **request))

    def file(self, path: str) -> Download:
        """Return a picture of a direct message. Raises SendFailed, SendUnavailable."""
        url = f"{self._line.base}/2/dm_conversations/media/{path}"
        return self._line.fetch(url, limit=MAX_DOWNLOAD, headers=self._headers())

    def _call(self, method: str, path: str, *, takes_message: bool = False, **request: Any) -> httpx.Response:
        answer = self._line.call(method, path, takes_message=takes_message, headers=self._headers(), **request)
        if answer.status_code == 401 and self._renews:
            self._token = self._usable_token(rejected=self._token)
            answer = self._line.call(method, path, takes_message=takes_message, headers=self._headers(), **request)
        return answer

    def _headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self._token}"}

    def _usable_token(self, *, rejected: str = "") -> str:
        if not self._renews:
            return calling.credential(self._account, "access_token")
        return tokens.fresh(self._account.id, lambda kept: renew(self._account, kept), rejected=rejected)


def renew(account: AccountConfig, credentials: Mapping[str, str]) -> NewToken:
    """Exchange the refresh token for a new pair. Raises SendFailed, SendUnavailable."""
    client, secret = credentials.get("client_id", ""), credentials.get("client_secret", "")
    form = {"grant_type": "refresh_token", "refresh_token": credentials.get(REFRESH_TOKEN, ""), "client_id": client}
    login = {"auth": httpx.BasicAuth(client, secret)} if secret else {}
    line = calling.Line.of(account, API_BASE)
    answer = line.call("POST", "2/oauth2/token", takes_message=False, data=form, **login)
    if 400 <= answer.status_code < 500 and answer.status_code != 429:
        raise SendFailed(errors.BAD_REFRESH, code=str(answer.status_code))
    try:
        granted = errors.body_of(answer)
        life = timedelta(seconds=granted.number("expires_in"))
        return NewToken(granted.text("access_token"), clock.now() + life, granted.optional_text("refresh_token"))
    except Unreadable:
        raise SendUnavailable(calling.BROKEN_OFF) from None


def download(account: AccountConfig, ref: str) -> Download:
    """Fetch the file that a `FileReference` names: pictures by the API, films from their open host."""
    kind, _colon, path = ref.partition(":")
    if kind == "picture":
        return Api(account).file(path)
    base = str(account.settings.get("film_base") or FILM_BASE).rstrip("/")
    return calling.Line.of(account, API_BASE).fetch(f"{base}/{path}", limit=MAX_DOWNLOAD)


def profile(account: AccountConfig, person: str) -> Profile:
    """Return a customer's name. Raises SendFailed, SendUnavailable."""
    said = Api(account).ask("GET", f"2/users/{quote(person, safe='')}")
    try:
        return Profile(name=said.optional_text("name") or said.text("username"))
    except Unreadable:
        raise SendUnavailable(calling.BROKEN_OFF) from None
