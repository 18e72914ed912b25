"""Calling Tencent's APIs: a token in the address, HTTP 200 also for a no, files handed over before they are sent."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, TypeVar
from urllib.parse import urlencode

import httpx
from django.utils.translation import gettext_noop

from channels_social import calling
from channels_social.reading import Node, node, read
from csplatform.common import clock
from csplatform.gateway import tokens
from csplatform.gateway.contract import AccountConfig, Download, OutboundAttachment
from csplatform.gateway.errors import SendFailed, SendUnavailable, SendUncertain, Unreadable
from csplatform.gateway.tokens import NewToken

T = TypeVar("T")

# Codes of a token that is wrong, unknown or has expired.
STALE_TOKEN = frozenset({40001, 40014, 42001})
FILE_TOO_SMALL = gettext_noop("The platform does not take files of less than 5 bytes.")
# Bytes; nothing that these platforms carry is larger.
MAX_DOWNLOAD = 100_000_000
# Bytes that every file must have.
MIN_UPLOAD = 5
# A refusal that comes instead of a file is no longer than this.
_MOST_REFUSAL = 2_000


class _StaleToken(SendFailed):
    """The platform does not take the token any more; the message was not taken either."""


@dataclass(frozen=True, slots=True)
class Words:
    """What a platform's codes mean: a sentence for each, which are for now only (with seconds to wait, where the
    platform names some), and which say that the person is out of reach."""

    refused: str
    reasons: Mapping[int, str]
    later: Mapping[int, float | None]
    gone: frozenset[int] = frozenset()

    def failure(self, code: int, said: str) -> SendFailed:
        """Return a platform's no as a failure whose reason a person can act on."""
        reason = self.reasons.get(code) or (f"{self.refused} ({said})" if said else self.refused)
        if code in self.later:
            return SendUnavailable(reason, code=str(code), retry_after=self.later[code])
        if code in STALE_TOKEN:
            return _StaleToken(reason, code=str(code))
        return SendFailed(reason, code=str(code), dead_address=code in self.gone)


class Api:
    """What one account may do. A call raises SendFailed or SendUnavailable, and SendUncertain where it takes a message.

    `ask_token` fetches a token for the account, by `plain`, and keeps nothing.
    """

    def __init__(
        self,
        account: AccountConfig,
        base: str,
        words: Words,
        ask_token: "Callable[[Api, AccountConfig], NewToken]",
    ) -> None:
        self._account = account
        self._line = calling.Line.of(account, base)
        self._words = words
        self._ask_token = ask_token

    def post(self, path: str, body: Mapping[str, Any], *, takes_message: bool = False) -> Node:
        """Return what the platform says to a call with a JSON body."""
        return self._retried(lambda token: self.plain(path, token=token, takes_message=takes_message, json=body))

    def get(self, path: str, **parameters: str) -> Node:
        """Return what the platform says to a question."""
        return self._retried(lambda token: self.plain(path, "GET", token=token, params=parameters))

    def upload(self, kind: str, attachment: OutboundAttachment) -> str:
        """Hand a file over, to be sent within three days; returns its id."""
        if attachment.size < MIN_UPLOAD:
            raise SendFailed(FILE_TOO_SMALL)
        file = (attachment.name, attachment.open(), attachment.content_type)
        said = self._retried(
            lambda token: self.plain("cgi-bin/media/upload", token=token, params={"type": kind}, files={"media": file})
        )
        try:
            return said.identifier("media_id")
        except Unreadable:
            raise SendUnavailable(calling.BROKEN_OFF) from None

    def file(self, media_id: str) -> Download:
        """Return a file that a customer sent, within three days."""
        return self._retried(lambda token: self._file(media_id, token))

    def plain(
        self, path: str, method: str = "POST", *, token: str = "", takes_message: bool = False, **request: Any
    ) -> Node:
        """Make one call, with a token where one is given, and return what is said where that is no refusal."""
        parameters = dict(request.pop("params", {})) | ({"access_token": token} if token else {})
        answer = self._line.call(method, path, takes_message=takes_message, params=parameters, **request)
        try:
            return self._checked(answer)
        except Unreadable:
            raise _senseless(takes_message) from None

    def _retried(self, ask: Callable[[str], T]) -> T:
        """Ask with the kept token, and once more with a new one where the platform has dropped that."""
        token = self._token()
        try:
            return ask(token)
        except _StaleToken:
            return ask(self._token(rejected=token))

    def _token(self, rejected: str = "") -> str:
        """Return an access token; an account that is not stored yet (id 0) gets one that is not kept."""
        if not self._account.id:
            return self._new_token(self._account.credentials).access_token
        return tokens.fresh(self._account.id, self._new_token, rejected=rejected)

    def _new_token(self, credentials: Mapping[str, str]) -> NewToken:
        return self._ask_token(self, replace(self._account, credentials=credentials))

    def _checked(self, answer: httpx.Response) -> Node:
        if answer.status_code != 200:
            raise self._words.failure(answer.status_code, f"HTTP {answer.status_code}")
        try:
            said = node(answer.json(), "answer")
        except ValueError:
            raise Unreadable("the answer is not JSON") from None
        if code := int(said.number("errcode")) if said.has("errcode") else 0:
            raise self._words.failure(code, said.optional_text("errmsg"))
        return said

    def _file(self, media_id: str, token: str) -> Download:
        query = urlencode({"access_token": token, "media_id": media_id})
        found = self._line.fetch(f"{self._line.base}/cgi-bin/media/get?{query}", limit=MAX_DOWNLOAD)
        said = _refusal(found)
        if said is None:
            return found
        if said.has("video_url"):
            return self._line.fetch(said.text("video_url"), limit=MAX_DOWNLOAD)
        raise self._words.failure(int(said.number("errcode")), said.optional_text("errmsg"))


def token_of(said: Node) -> NewToken:
    """Return the token that an answer grants. Raises SendUnavailable where it makes no sense."""
    try:
        seconds = said.number("expires_in")
        return NewToken(said.text("access_token"), clock.now() + timedelta(seconds=seconds))
    except Unreadable:
        raise SendUnavailable(calling.BROKEN_OFF) from None


def _refusal(found: Download) -> Node | None:
    """Return what the platform says instead of handing a file out, None where this is the file."""
    if found.content_type not in {"application/json", "text/plain"} or len(found.data) > _MOST_REFUSAL:
        return None
    try:
        said = read(found.data)
        is_refusal = said.has("video_url") or (said.has("errcode") and int(said.number("errcode")) != 0)
    except Unreadable:
        return None
    return said if is_refusal else None


def _senseless(takes_message: bool) -> SendUncertain | SendUnavailable:
    return SendUncertain(calling.UNNAMED) if takes_message else SendUnavailable(calling.BROKEN_OFF)
