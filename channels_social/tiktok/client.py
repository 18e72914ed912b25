"""Calling the Business API in the name of the account, and renewing its access, which holds for a day.

Every path ends with a slash. Source: business-api.tiktok.com/portal/docs, "Business Messaging" and "Authentication".
"""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import httpx

from channels_social import calling
from channels_social.reading import Node
from channels_social.tiktok import errors
from csplatform.common import clock
from csplatform.gateway import tokens
from csplatform.gateway.contract import AccountConfig, Download, OutboundAttachment
from csplatform.gateway.errors import SendFailed, SendUnavailable, SendUncertain, Unreadable
from csplatform.gateway.tokens import REFRESH_TOKEN, NewToken

API_BASE = "https://business-api.tiktok.com/open_api/v1.3"
MAX_DOWNLOAD = 100_000_000
SEND = "business/message/send/"


class Api:
    """The calls of one Business Account."""

    def __init__(self, account: AccountConfig) -> None:
        self._account = account
        self._line = calling.Line.of(account, API_BASE)
        self._renews = bool(account.credentials.get(REFRESH_TOKEN))
        self._token = self._usable_token()

    def send(self, conversation: str, content: Mapping[str, Any]) -> str:
        """Return the id of a message that TikTok took. Raises SendFailed, SendUnavailable, SendUncertain."""
        try:
            answer = self._call("POST", SEND, takes_message=True, json=self._to(conversation) | dict(content))
            return errors.checked(answer, takes_message=True).child("message").identifier("message_id")
        except Unreadable:
            raise SendUncertain(calling.UNNAMED) from None

    def sign(self, conversation: str, action: str) -> None:
        """Show a customer a small sign, TYPING or MARK_READ. Raises SendFailed, SendUnavailable."""
        self._ask(
            "POST", SEND, json=self._to(conversation) | {"message_type": "SENDER_ACTION", "sender_action": action}
        )

    def upload(self, file: OutboundAttachment) -> str:
        """Return the id under which TikTok keeps a picture. Raises SendFailed, SendUnavailable."""
        form = {"business_id": self._account.address, "media_type": "IMAGE"}
        content = {"file": (file.name, file.open(), file.content_type)}
        return _text(self._ask("POST", "business/message/media/upload/", data=form, files=content), "media_id")

    def file(self, asked: Mapping[str, str]) -> Download:
        """Return a picture or film of a message. Raises SendFailed where it is gone, SendUnavailable."""
        body = {"business_id": self._account.address, **asked}
        url = _text(self._ask("POST", "business/message/media/download/", json=body), "download_url")
        return self._line.fetch(url, limit=MAX_DOWNLOAD, headers={"x-user": self._token})

    def account(self) -> Node:
        """Return what TikTok tells of the account. Raises SendFailed, SendUnavailable."""
        asked = {"business_id": self._account.address, "fields": json.dumps(["username", "display_name"])}
        return self._ask("GET", "business/get/", params=asked)

    def _to(self, conversation: str) -> dict[str, Any]:
        return {"business_id": self._account.address, "recipient_type": "CONVERSATION", "recipient": conversation}

    def _ask(self, method: str, path: str, **request: Any) -> Node:
        try:
            return errors.checked(self._call(method, path, **request))
        except Unreadable:
            raise SendUnavailable(calling.BROKEN_OFF) from None

    def _call(self, method: str, path: str, *, takes_message: bool = False, **request: Any) -> httpx.Response:
        answer = self._line.call(method, path, takes_message=takes_message, headers=self._headers(), **request)
        if errors.code_of(answer) in errors.TOKEN_ENDED and self._renews:
            self._token = self._usable_token(rejected=self._token)
            answer = self._line.call(method, path, takes_message=takes_message, headers=self._headers(), **request)
        return answer

    def _headers(self) -> dict[str, str]:
        return {"access-token": self._token}

    def _usable_token(self, *, rejected: str = "") -> str:
        if not self._renews:
            return calling.credential(self._account, "access_token")
        return tokens.fresh(self._account.id, lambda kept: renew(self._account, kept), rejected=rejected)


def renew(account: AccountConfig, credentials: Mapping[str, str]) -> NewToken:
    """Exchange the refresh token, which then ends, for a new pair. Raises SendFailed, SendUnavailable."""
    body = {
        "client_id": credentials.get("app_id", ""),
        "client_secret": credentials.get("app_secret", ""),
        "grant_type": "refresh_token",
        "refresh_token": credentials.get(REFRESH_TOKEN, ""),
    }
    line = calling.Line.of(account, API_BASE)
    answer = line.call("POST", "tt_user/oauth2/refresh_token/", takes_message=False, json=body)
    try:
        granted = errors.checked(answer)
        life = timedelta(seconds=granted.number("expires_in"))
        return NewToken(granted.text("access_token"), clock.now() + life, granted.optional_text("refresh_token"))
    except SendUnavailable:
        raise
    except SendFailed as refusal:
        raise SendFailed(errors.BAD_REFRESH, code=refusal.code) from None
    except Unreadable:
        raise SendUnavailable(calling.BROKEN_OFF) from None


def called_address(account: AccountConfig) -> str:
    """Return where TikTok brings the app's direct messages, empty where nowhere. Raises SendFailed, SendUnavailable."""
    asked = {
        "app_id": account.credentials.get("app_id", ""),
        "secret": account.credentials.get("app_secret", ""),
        "event_type": "DIRECT_MESSAGE",
    }
    line = calling.Line.of(account, API_BASE)
    answer = line.call("GET", "business/webhook/list/", takes_message=False, params=asked)
    try:
        return errors.checked(answer).optional_text("callback_url")
    except Unreadable:
        raise SendUnavailable(calling.BROKEN_OFF) from None


def download(account: AccountConfig, ref: str) -> Download:
    """Fetch the file that a `FileReference` names: what it is, and the ids of conversation, message and file."""
    parts = ref.split(" ")
    if len(parts) != 4:
        raise SendFailed(calling.FILE_GONE, code="reference")
    kind, conversation, message, media = parts
    asked = {"conversation_id": conversation, "message_id": message, "media_id": media, "media_type": kind}
    return Api(account).file(asked)


def typing(account: AccountConfig, conversation: str) -> None:
    """Show for about five seconds that somebody types. Raises SendFailed, SendUnavailable."""
    Api(account).sign(conversation, "TYPING")


def mark_read(account: AccountConfig, conversation: str, _message_id: str) -> None:
    """Show that what was written was seen; TikTok marks the conversation. Raises SendFailed, SendUnavailable."""
    Api(account).sign(conversation, "MARK_READ")


def _text(answer: Node, name: str) -> str:
    try:
        return answer.text(name)
    except Unreadable:
        raise SendUnavailable(calling.BROKEN_OFF) from None
