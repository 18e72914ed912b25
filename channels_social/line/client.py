"""Calling the Messaging API. Files and stickers lie on hosts of their own.

Sources: repo line/line-openapi (messaging-api.yml, channel-access-token.yml);
developers.line.biz/en/docs/messaging-api/retrying-api-request.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import quote
from uuid import NAMESPACE_URL, uuid5

import httpx
from django.utils.translation import gettext_noop

from channels_social import calling
from channels_social.line.payloads import read_token
from channels_social.reading import Node, node, read
from csplatform.common import clock
from csplatform.gateway import tokens
from csplatform.gateway.contract import AccountConfig, Download, Profile
from csplatform.gateway.errors import SendFailed, SendUnavailable, SendUncertain, Unreadable
from csplatform.gateway.selectors import call_that_says
from csplatform.gateway.tokens import NewToken

API_BASE = "https://api.line.me"
DATA_BASE = "https://api-data.line.me"
STICKER_BASE = "https://stickershop.line-scdn.net"
MAX_DOWNLOAD = 300_000_000
# Seconds after which a film that LINE still converts is asked for again.
CONVERSION = 5
# How long the three dots are shown, in seconds: a multiple of five.
TYPING = 10

BAD_TOKEN = gettext_noop("LINE does not accept the access token of this account.")
BAD_SECRET = gettext_noop("LINE gives no access token for this channel ID and channel secret.")
NOT_ALLOWED = gettext_noop("LINE does not allow this account to do that.")
QUOTA_USED = gettext_noop("The account's messages of this month are used up.")
SLOW_DOWN = gettext_noop("LINE asks to slow down.")
STILL_CONVERTED = gettext_noop("LINE is still converting this file.")
UNKNOWN_PERSON = gettext_noop("LINE does not know this customer, or they are no friend of the account.")
REFUSED = gettext_noop("LINE refused.")


class MessagingApi:
    """The calls of one channel."""

    def __init__(self, account: AccountConfig) -> None:
        self._account = account
        self._line = calling.Line.of(account, API_BASE)
        self._token = self._usable_token()
        self._headers = {"authorization": f"Bearer {self._token}"}

    def push(self, person: str, message: dict[str, Any], *, key: str) -> str:
        """Return the id of a message that LINE took, now or before under the same key (it remembers it for a day).

        Raises SendFailed, SendUnavailable, SendUncertain.
        """
        body = {"to": person, "messages": [message]}
        retry_key = {"x-line-retry-key": str(uuid5(NAMESPACE_URL, key))}
        answer = self._call("POST", "v2/bot/message/push", takes_message=True, json=body, extra=retry_key)
        try:
            return _body(answer).children("sentMessages")[0].identifier("id")
        except (Unreadable, IndexError):
            raise SendUncertain(calling.UNNAMED) from None

    def ask(self, path: str) -> Node:
        """Return what a question brings. Raises SendFailed, SendUnavailable, Unreadable."""
        return _body(self._call("GET", path, takes_message=False))

    def tell(self, path: str, body: dict[str, Any]) -> None:
        """Hand over a small sign. Raises SendFailed, SendUnavailable."""
        self._call("POST", path, takes_message=False, json=body)

    def file(self, kind: str, message_id: str) -> Download:
        """Return a file that a customer sent. Raises SendUnavailable while LINE converts it, SendFailed once gone."""
        base = str(self._account.settings.get("data_base") or self._account.settings.get("api_base") or DATA_BASE)
        path = f"{base.rstrip('/')}/v2/bot/message/{quote(message_id, safe='')}/content"
        if kind in {"video", "audio"}:
            self._wait_for(f"{path}/transcoding")
        return self._line.fetch(path, limit=MAX_DOWNLOAD, headers=self._headers)

    def _wait_for(self, url: str) -> None:
        try:
            status = read(self._line.fetch(url, limit=10_000, headers=self._headers).data).text("status")
        except Unreadable:
            raise SendUnavailable(calling.BROKEN_OFF) from None
        if status == "processing":
            raise SendUnavailable(STILL_CONVERTED, retry_after=CONVERSION)
        if status != "succeeded":
            raise SendFailed(calling.FILE_GONE, code=status)

    def _call(
        self, method: str, path: str, *, takes_message: bool, extra: Mapping[str, str] | None = None, **request: Any
    ) -> httpx.Response:
        headers = {**self._headers, **(extra or {})}
        answer = self._line.call(method, path, takes_message=takes_message, headers=headers, **request)
        taken_before = answer.status_code == 409 and takes_message
        if not answer.is_success and not taken_before:
            raise _refusal(answer)
        return answer

    def _usable_token(self) -> str:
        if self._account.credentials.get("access_token"):
            return calling.credential(self._account, "access_token")
        if not self._account.id:
            return self._new_token(self._account.credentials).access_token
        return tokens.fresh(self._account.id, self._new_token)

    def _new_token(self, credentials: Mapping[str, str]) -> NewToken:
        """Ask for a stateless token, which lives for 15 minutes and is counted nowhere."""
        asked = {
            "grant_type": "client_credentials",
            "client_id": self._account.address,
            "client_secret": credentials.get("channel_secret", ""),
        }
        answer = self._line.call("POST", "oauth2/v3/token", takes_message=False, data=asked)
        if answer.status_code != 200:
            raise SendFailed(BAD_SECRET, code=str(answer.status_code))
        try:
            said = _body(answer)
            return NewToken(said.text("access_token"), clock.now() + timedelta(seconds=said.number("expires_in")))
        except Unreadable:
            raise SendUnavailable(calling.BROKEN_OFF) from None


def download(account: AccountConfig, ref: str) -> Download:
    """Fetch the file that a `FileReference` names."""
    kind, _colon, name = ref.partition(":")
    if kind != "sticker":
        return MessagingApi(account).file(kind, name)
    base = str(account.settings.get("sticker_base") or STICKER_BASE).rstrip("/")
    url = f"{base}/stickershop/v1/sticker/{quote(name, safe='')}/android/sticker.png"
    return calling.Line.of(account, API_BASE).fetch(url, limit=MAX_DOWNLOAD)


def profile(account: AccountConfig, person: str) -> Profile:
    """Return what LINE tells of a friend. Raises SendFailed, SendUnavailable."""
    try:
        said = MessagingApi(account).ask(f"v2/bot/profile/{quote(person, safe='')}")
        return Profile(name=said.text("displayName"), language=said.optional_text("language"))
    except Unreadable:
        raise SendUnavailable(calling.BROKEN_OFF) from None


def typing(account: AccountConfig, person: str) -> None:
    """Show three dots for a while, where the customer has the chat open. Raises SendFailed, SendUnavailable."""
    MessagingApi(account).tell("v2/bot/chat/loading/start", {"chatId": person, "loadingSeconds": TYPING})


def mark_read(account: AccountConfig, _person: str, message_id: str) -> None:
    """Show that a message was read; LINE hands out tokens for that where the account's reading marks are manual.

    Raises SendFailed, SendUnavailable.
    """
    token = read_token(call_that_says(account.id, f'"{message_id}"'.encode()), message_id)
    if token:
        MessagingApi(account).tell("v2/bot/chat/markAsRead", {"markAsReadToken": token})


def _body(answer: httpx.Response) -> Node:
    try:
        return node(answer.json(), "answer")
    except ValueError:
        raise Unreadable("the answer is not JSON") from None


def _refusal(answer: httpx.Response) -> SendFailed:
    """Return LINE's no as a failure whose reason a person can act on."""
    status = answer.status_code
    said = _said(answer)
    if status == 429 and "monthly limit" in said:
        return SendFailed(QUOTA_USED, code="429")
    if status == 429:
        return SendUnavailable(SLOW_DOWN, code="429", retry_after=calling.retry_after(answer))
    known = {401: BAD_TOKEN, 403: NOT_ALLOWED, 404: UNKNOWN_PERSON}.get(status)
    return SendFailed(known or f"{REFUSED} ({said or f'HTTP {status}'})", code=str(status))


def _said(answer: httpx.Response) -> str:
    try:
        body = _body(answer)
        details = [detail.optional_text("message") for detail in body.children("details")]
        return "; ".join(text for text in (body.optional_text("message"), *details) if text)[:500]
    except Unreadable:
        return ""
