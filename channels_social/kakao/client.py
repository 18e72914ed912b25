"""Calling the partner, which says in `code` what became of a call.

Source: mbi-developer-center.happytalk.io/kakaotalk_webhook (chat/write, image/upload, file/upload).
"""

from typing import Any
from urllib.parse import urlsplit
from uuid import NAMESPACE_URL, uuid5

import httpx
from django.utils.translation import gettext_noop

from channels_social import calling
from channels_social.reading import Node, node
from csplatform.gateway.contract import AccountConfig, Download, OutboundAttachment
from csplatform.gateway.errors import SendFailed, SendUnavailable, SendUncertain, Unreadable

API_BASE = "https://kakao-api.happytalk.io"
MAX_DOWNLOAD = 100_000_000
# Characters of the id that we give to a message.
MAX_SERIAL = 30
DONE = frozenset({"0", "0000", "200"})
# Where Kakao keeps what was sent.
KAKAO = (".kakao.com", ".kakaocdn.net")

BAD_LOGIN = gettext_noop("The partner does not accept the client id and the client secret of this account.")
BAD_SENDER = gettext_noop("The partner does not know the sender key of this account.")
NO_SESSION = gettext_noop("The consultation has ended, or the customer has blocked the channel.")
SLOW_DOWN = gettext_noop("The partner asks to slow down.")
REFUSED = gettext_noop("The partner refused.")


class PartnerApi:
    """The calls of one KakaoTalk channel."""

    def __init__(self, account: AccountConfig) -> None:
        self._line = calling.Line.of(account, API_BASE)
        self._sender = account.address
        self._headers = {
            "ht-client-id": calling.credential(account, "client_id"),
            "ht-client-secret": calling.credential(account, "client_secret"),
        }

    def write(self, person: str, content: dict[str, Any], *, key: str) -> str:
        """Return our own id of a message that the partner took. Raises SendFailed, SendUnavailable, SendUncertain."""
        serial = uuid5(NAMESPACE_URL, key).hex[:MAX_SERIAL]
        message = {"user_key": person, "sender_key": self._sender, "serial_number": serial, **content}
        answer = self._post("v1/chat/write", takes_message=True, json=message)
        try:
            _done(answer)
        except Unreadable:
            raise SendUncertain(calling.UNNAMED) from None
        return serial

    def upload(self, file: OutboundAttachment) -> dict[str, Any]:
        """Return the content of a message with a file, which Kakao keeps now. Raises SendFailed, SendUnavailable."""
        kind = "image" if file.content_type in {"image/jpeg", "image/png"} else "file"
        answer = self._post(
            f"v1/{kind}/upload",
            takes_message=False,
            data={"sender_key": self._sender},
            files={kind: (file.name, file.open(), file.content_type)},
        )
        try:
            url = _done(answer).text(kind)
        except Unreadable:
            raise SendUnavailable(calling.BROKEN_OFF) from None
        if kind == "image":
            return {"message_type": "IM", "image_url": url}
        return {"message_type": "FI", "file_url": url, "file_name": file.name, "file_size": file.size}

    def file(self, url: str) -> Download:
        """Return a file that a customer sent, from Kakao's hosts only. Raises SendFailed, SendUnavailable."""

        def allowed(address: str) -> bool:
            host = f".{urlsplit(address).hostname or ''}"
            return host.endswith(KAKAO) or address.startswith(f"{self._line.base}/")

        return self._line.fetch(url, limit=MAX_DOWNLOAD, allowed=allowed)

    def _post(self, path: str, *, takes_message: bool, **request: Any) -> httpx.Response:
        return self._line.call("POST", path, takes_message=takes_message, headers=self._headers, **request)


def download(account: AccountConfig, ref: str) -> Download:
    """Fetch the file that a `FileReference` names."""
    return PartnerApi(account).file(ref)


def _done(answer: httpx.Response) -> Node:
    """Return what the partner says to a call that worked. Raises SendFailed, or Unreadable."""
    if answer.status_code in {401, 403}:
        raise SendFailed(BAD_LOGIN, code=str(answer.status_code))
    if answer.status_code == 429:
        raise SendUnavailable(SLOW_DOWN, code="429", retry_after=calling.retry_after(answer))
    try:
        body = node(answer.json(), "answer")
    except ValueError:
        raise Unreadable("the answer is not JSON") from None
    code, said = body.identifier("code"), body.optional_text("message")
    if code in DONE:
        return body
    raise SendFailed(_reason(said or code), code=code)


def _reason(said: str) -> str:
    """The pages list few codes; the names of exceptions in the messages tell more."""
    known = {"InvalidSender": BAD_SENDER, "Session": NO_SESSION, "Blocked": NO_SESSION}
    return next((reason for name, reason in known.items() if name in said), f"{REFUSED} ({said})")
