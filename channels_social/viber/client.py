"""Calling the bot API, which answers 200 to everything: what became of a call stands in `status`.

Source: developers.viber.com/docs/api/rest-bot-api, error codes; creators.viber.com/docs/bots-api/errors.
"""

from typing import Any

import httpx
from django.utils.translation import gettext_noop

from channels_social import calling
from channels_social.reading import Node, node
from csplatform.gateway.contract import AccountConfig, Download
from csplatform.gateway.errors import SendFailed, SendUnavailable, SendUncertain, Unreadable

API_BASE = "https://chatapi.viber.com"
MAX_DOWNLOAD = 200_000_000
BAD_TOKEN = 2
TOO_MANY = 12
# A hundred messages an hour are allowed without an answer of the customer.
HOUR = 3600

_REFUSED = gettext_noop("Viber refused.")
_NO_BOT = gettext_noop("Viber has blocked this bot, or no longer knows it.")
_NO_MONEY = gettext_noop("Viber wants this bot's messages to be paid for first.")
_NOT_SUBSCRIBED = gettext_noop("The customer has not subscribed to this bot, or has unsubscribed.")
_REASONS = {
    BAD_TOKEN: gettext_noop("Viber does not accept the token of this account."),
    5: gettext_noop("Viber does not know this customer any more."),
    6: _NOT_SUBSCRIBED,
    7: _NO_BOT,
    8: _NO_BOT,
    9: _NO_BOT,
    10: gettext_noop("Viber does not know our webhook address yet, and sends nothing without one."),
    11: gettext_noop("The customer has no device that can show this message."),
    TOO_MANY: gettext_noop("Viber takes a hundred messages an hour to a customer who does not answer."),
    13: gettext_noop("The customer's Viber is too old for this message."),
    15: gettext_noop("Viber does not allow this bot to write."),
    21: gettext_noop("Viber does not deliver messages in the customer's country."),
    22: _NO_MONEY,
    23: _NO_MONEY,
    24: _NO_MONEY,
}


class BotApi:
    """The calls of one bot."""

    def __init__(self, account: AccountConfig) -> None:
        self._line = calling.Line.of(account, API_BASE)
        self._headers = {"x-viber-auth-token": calling.credential(account, "auth_token")}

    def send(self, message: dict[str, Any]) -> str:
        """Return the token of the message that Viber took. Raises SendFailed, SendUnavailable, SendUncertain."""
        answer = self._post("pa/send_message", message, takes_message=True)
        try:
            return _taken(answer).identifier("message_token")
        except Unreadable:
            raise SendUncertain(calling.UNNAMED) from None

    def ask(self, method: str) -> Node:
        """Return what a question brings. Raises SendFailed, SendUnavailable, Unreadable."""
        return _taken(self._post(f"pa/{method}", {}, takes_message=False))

    def file(self, url: str) -> Download:
        """Return a file that a customer sent, from Viber's own host. Raises SendUnavailable, SendFailed once gone."""
        if not url.startswith(("https://", f"{self._line.base}/")):
            raise SendFailed(calling.FILE_GONE)
        return self._line.fetch(url, limit=MAX_DOWNLOAD)

    def _post(self, path: str, body: dict[str, Any], *, takes_message: bool) -> httpx.Response:
        return self._line.call("POST", path, takes_message=takes_message, json=body, headers=self._headers)


def download(account: AccountConfig, ref: str) -> Download:
    """Fetch the file that a `FileReference` names; the type is told from the bytes."""
    return Download(BotApi(account).file(ref).data)


def _taken(answer: httpx.Response) -> Node:
    """Return the answer to a call that worked. Raises SendFailed, or Unreadable where it makes no sense."""
    if answer.status_code == 429:
        raise SendUnavailable(calling.ILL, code="429", retry_after=calling.retry_after(answer))
    try:
        body = node(answer.json(), "answer")
    except ValueError:
        raise Unreadable("the answer is not JSON") from None
    status = int(body.number("status"))
    if status == 0:
        return body
    if status == TOO_MANY:
        raise SendUnavailable(_REASONS[TOO_MANY], code=str(status), retry_after=HOUR)
    said = body.optional_text("status_message")
    raise SendFailed(_REASONS.get(status) or f"{_REFUSED} ({said or status})", code=str(status))
