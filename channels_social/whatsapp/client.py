"""Calling the Graph API for one phone number."""

from typing import Any

import httpx

from channels_social import calling
from channels_social.reading import Node, node
from channels_social.whatsapp import errors
from csplatform.gateway.contract import AccountConfig, Download, OutboundAttachment
from csplatform.gateway.errors import SendFailed, SendUnavailable, SendUncertain, Unreadable

API_BASE = "https://graph.facebook.com/v26.0"
# Bytes; documents are the largest that WhatsApp carries.
MAX_DOWNLOAD = 100_000_000


class GraphApi:
    """What one number may do. `api_base` in the account's settings holds host and version."""

    def __init__(self, account: AccountConfig) -> None:
        self._line = calling.Line.of(account, API_BASE)
        self._number = account.address
        self._headers = {"authorization": f"Bearer {calling.credential(account, 'access_token')}"}

    def send(self, message: dict[str, Any]) -> str:
        """Return the id of the message that WhatsApp took. Raises SendFailed, SendUnavailable, SendUncertain."""
        answer = self._call("POST", f"{self._number}/messages", takes_message=True, json=message)
        try:
            return _body(answer).children("messages")[0].identifier("id")
        except (Unreadable, IndexError):
            raise SendUncertain(calling.UNNAMED) from None

    def number(self, *fields: str, **parameters: str) -> Node:
        """Return what is known of the number. Raises SendFailed, SendUnavailable, Unreadable."""
        asked = {"fields": ",".join(fields), **parameters}
        return _body(self._call("GET", self._number, takes_message=False, params=asked))

    def upload(self, attachment: OutboundAttachment) -> str:
        """Return the id of a file handed to WhatsApp, good for 30 days. Raises SendFailed, SendUnavailable."""
        answer = self._call(
            "POST",
            f"{self._number}/media",
            takes_message=False,
            data={"messaging_product": "whatsapp", "type": attachment.content_type},
            files={"file": (attachment.name, attachment.open(), attachment.content_type)},
        )
        try:
            return _body(answer).identifier("id")
        except Unreadable:
            raise SendUnavailable(calling.BROKEN_OFF) from None

    def file(self, media_id: str) -> Download:
        """Return a file that a customer sent: first its address, good for minutes, then the file itself.

        The address wants the token too. Raises SendFailed where the file is gone, which it is after seven days.
        """
        answer = self._call("GET", media_id, takes_message=False)
        try:
            found = _body(answer)
            url, content_type = found.text("url"), found.optional_text("mime_type")
        except Unreadable:
            raise SendUnavailable(calling.BROKEN_OFF) from None
        data = self._line.fetch(url, limit=MAX_DOWNLOAD, headers=self._headers).data
        return Download(data, content_type=content_type.split(";")[0].strip())

    def _call(self, method: str, path: str, *, takes_message: bool, **request: Any) -> httpx.Response:
        answer = self._line.call(method, path, takes_message=takes_message, headers=self._headers, **request)
        if answer.status_code != 200:
            raise _refusal(answer)
        return answer


def download(account: AccountConfig, ref: str) -> Download:
    """Fetch the file that a `FileReference` names."""
    return GraphApi(account).file(ref)


def _body(answer: httpx.Response) -> Node:
    try:
        return node(answer.json(), "answer")
    except ValueError:
        raise Unreadable("the answer is not JSON") from None


def _refusal(answer: httpx.Response) -> SendFailed:
    """Return Meta's no as a failure whose reason a person can act on."""
    try:
        error = _body(answer).child("error")
        code = int(error.number("code"))
        details = error.optional_child("error_data")
        said = (details.optional_text("details") if details else "") or error.optional_text("message")
    except Unreadable:
        code, said = -1, f"HTTP {answer.status_code}"
    reason = errors.reason(code, said)
    if code in errors.TEMPORARY or answer.status_code == 429:
        return SendUnavailable(reason, code=str(code), retry_after=calling.retry_after(answer))
    return SendFailed(reason, code=str(code))
