"""Calling the Bot API. The token is part of every address, so no address may ever be said aloud."""

import json
from typing import Any
from urllib.parse import quote

import httpx
from django.utils.translation import gettext_noop

from channels_social import calling
from channels_social.reading import Node, node
from csplatform.gateway.contract import AccountConfig, Download
from csplatform.gateway.errors import SendFailed, SendUnavailable, SendUncertain, Unreadable

API_BASE = "https://api.telegram.org"
# `getFile` serves files of at most this many bytes.
MAX_DOWNLOAD = 20_000_000

SLOW_DOWN = gettext_noop("Telegram asks to slow down.")
BAD_TOKEN = gettext_noop("Telegram does not accept the bot token of this account.")
BLOCKED = gettext_noop("The customer has blocked this bot, or never started it.")
DEACTIVATED = gettext_noop("The customer has deleted their Telegram account.")
UNKNOWN_CHAT = gettext_noop("Telegram does not know this customer, or they never started the bot.")
TOO_LARGE = gettext_noop("Telegram finds this file too large.")
REFUSED = gettext_noop("Telegram refused.")


class BotApi:
    """The methods of one bot. `api_base` in the account's settings points to a Bot API server of one's own."""

    def __init__(self, account: AccountConfig) -> None:
        self._token = calling.credential(account, "bot_token")
        self._line = calling.Line.of(account, API_BASE)

    def send(self, method: str, parameters: dict[str, Any], *, upload: tuple[str, str, bytes] | None = None) -> Node:
        """Return the message that `method` sent. `upload` is a file's name, type and content, named by its field.

        Raises SendFailed, SendUnavailable, SendUncertain.
        """
        if upload is None:
            answer = self._post(method, takes_message=True, json=parameters)
        else:
            field = method.removeprefix("send").lower()
            name, content_type, data = upload
            fields = {key: value if isinstance(value, str) else json.dumps(value) for key, value in parameters.items()}
            answer = self._post(method, takes_message=True, data=fields, files={field: (name, data, content_type)})
        try:
            return _result(answer)
        except Unreadable:
            raise SendUncertain(calling.UNNAMED) from None

    def ask(self, method: str) -> Node:
        """Return what a method without parameters says. Raises SendFailed, SendUnavailable, Unreadable."""
        return _result(self._post(method, takes_message=False, json={}))

    def tell(self, method: str, **parameters: Any) -> None:
        """Call a method that answers nothing but yes or no. Raises SendFailed, SendUnavailable."""
        answer = self._post(method, takes_message=False, json=parameters)
        if answer.status_code != 200:
            raise _refusal(answer.status_code, _body(answer))

    def file(self, file_id: str) -> Download:
        """Return a file that somebody sent to the bot. Raises SendFailed where it is gone or too large."""
        answer = self._post("getFile", takes_message=False, json={"file_id": file_id})
        try:
            path = _result(answer).text("file_path")
        except Unreadable:
            raise SendUnavailable(calling.BROKEN_OFF) from None
        url = f"{self._line.base}/file/bot{self._token}/{quote(path)}"
        return self._line.fetch(url, limit=MAX_DOWNLOAD)

    def _post(self, method: str, *, takes_message: bool, **request: Any) -> httpx.Response:
        return self._line.call("POST", f"bot{self._token}/{method}", takes_message=takes_message, **request)


def download(account: AccountConfig, ref: str) -> Download:
    """Fetch the file that a `FileReference` names; the type is told from the bytes, since Telegram names none."""
    return Download(BotApi(account).file(ref).data)


def typing(account: AccountConfig, person: str) -> None:
    """Show for five seconds that the bot is typing. Raises SendFailed, SendUnavailable."""
    BotApi(account).tell("sendChatAction", chat_id=person, action="typing")


def _body(answer: httpx.Response) -> Node:
    """Return an answer as far as it makes sense."""
    try:
        return node(answer.json(), "answer")
    except (ValueError, Unreadable):
        return Node({}, "answer")


def _result(answer: httpx.Response) -> Node:
    """Return the `result` of a call. Raises SendFailed, or Unreadable where a success makes no sense."""
    body = _body(answer)
    if answer.status_code != 200:
        raise _refusal(answer.status_code, body)
    return body.child("result")


def _refusal(status: int, body: Node) -> SendFailed:
    """Return Telegram's no as a failure whose reason a person can act on."""
    if status == 429:
        parameters = body.values.get("parameters")
        seconds = parameters.get("retry_after") if isinstance(parameters, dict) else None
        wait = float(seconds) if isinstance(seconds, int) else None
        return SendUnavailable(SLOW_DOWN, code="429", retry_after=wait)
    if status in {401, 404}:
        return SendFailed(BAD_TOKEN, code=str(status))
    description = str(body.values.get("description") or f"HTTP {status}")
    if status == 403:
        return SendFailed(DEACTIVATED if "deactivated" in description else BLOCKED, code="403")
    known = TOO_LARGE if status == 413 else UNKNOWN_CHAT if "chat not found" in description else ""
    return SendFailed(known or f"{REFUSED} ({description})", code=str(status))
