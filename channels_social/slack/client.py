"""Calling the Web API with an app's bot token, and renewing the token where the app rotates it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
from django.utils.translation import gettext_noop

from channels_social import calling
from channels_social.reading import Node, node
from channels_social.slack import errors
from csplatform.common import clock
from csplatform.gateway import tokens
from csplatform.gateway.contract import AccountConfig, Download, OutboundAttachment, Profile
from csplatform.gateway.errors import SendFailed, SendUnavailable, SendUncertain, Unreadable
from csplatform.gateway.tokens import REFRESH_TOKEN, NewToken

API_BASE = "https://slack.com/api"
# Bytes; the most that Slack takes for one file.
MAX_FILE = 1_000_000_000
MAX_DOWNLOAD = 100_000_000

NO_SCOPE = gettext_noop("Slack hands out no files to this app: give it the scope files:read.")


class WebApi:
    """What one app may do in one workspace. `api_base` in the account's settings points elsewhere."""

    def __init__(self, account: AccountConfig) -> None:
        self._account = account
        self._line = calling.Line.of(account, API_BASE)
        self._token = _token(account)

    def send(self, method: str, fields: Mapping[str, Any]) -> Node:
        """Return what a method that posts answers. Raises SendFailed, SendUnavailable, SendUncertain."""
        try:
            return _result(self._post(method, takes_message=True, json=dict(fields)))
        except _Doubtful:
            raise SendUncertain(calling.PERHAPS_TAKEN) from None
        except Unreadable:
            raise SendUncertain(calling.UNNAMED) from None

    def ask(self, method: str, **fields: str) -> Node:
        """Return what a method answers that changes nothing to be seen. Raises SendFailed, SendUnavailable."""
        return self.ask_whole(method, **fields)[0]

    def ask_whole(self, method: str, **fields: str) -> tuple[Node, httpx.Headers]:
        """As `ask`, with the answer's headers, which tell the token's scopes."""
        answer = self._post(method, takes_message=False, data=fields)
        try:
            return _result(answer), answer.headers
        except (Unreadable, _Doubtful):
            raise SendUnavailable(calling.BROKEN_OFF) from None

    def upload(self, attachments: Sequence[OutboundAttachment]) -> list[dict[str, str]]:
        """Hand files to Slack, to be posted by files.completeUploadExternal. Raises SendFailed, SendUnavailable."""
        return [self._upload(attachment) for attachment in attachments]

    def file(self, file_id: str) -> Download:
        """Return a file that somebody shared. Raises SendFailed where it is gone, or lies outside of Slack."""
        file = _child(self.ask("files.info", file=file_id), "file")
        if file.values.get("is_external") is True:  # whoever serves it must not see our token
            raise SendFailed(calling.FILE_GONE, code="external")
        url = file.optional_text("url_private_download") or file.optional_text("url_private")
        if not url:
            raise SendFailed(calling.FILE_GONE, code="no address")
        content_type = file.optional_text("mimetype")
        found = self._line.fetch(url, limit=MAX_DOWNLOAD, headers=self._headers())
        if found.content_type == "text/html" != content_type:
            raise SendFailed(NO_SCOPE)  # Slack shows a page to log in, with status 200
        return Download(found.data, content_type=content_type)

    def _upload(self, attachment: OutboundAttachment) -> dict[str, str]:
        asked = self.ask("files.getUploadURLExternal", filename=attachment.name, length=str(attachment.size))
        base, _slash, path = _text(asked, "upload_url").rpartition("/")
        answer = replace(self._line, base=base).call("POST", path, takes_message=False, content=attachment.open())
        if answer.status_code != 200:
            raise SendFailed(errors.reason(f"HTTP {answer.status_code}"), code=str(answer.status_code))
        return {"id": _text(asked, "file_id"), "title": attachment.name}

    def _post(self, method: str, *, takes_message: bool, **request: Any) -> httpx.Response:
        answer = self._line.call("POST", method, takes_message=takes_message, headers=self._headers(), **request)
        if _error(answer) in errors.TOKEN_ENDED and self._account.credentials.get(REFRESH_TOKEN):
            self._token = _token(self._account, rejected=self._token)
            answer = self._line.call("POST", method, takes_message=takes_message, headers=self._headers(), **request)
        return answer

    def _headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self._token}"}


class _Doubtful(Exception):
    """Slack failed midway, and says that it may have done some of it."""


def download(account: AccountConfig, ref: str) -> Download:
    """Fetch the file that a `FileReference` names."""
    return WebApi(account).file(ref)


def profile(account: AccountConfig, channel: str) -> Profile:
    """Return whose direct message this is. Raises SendFailed, SendUnavailable."""
    api = WebApi(account)
    user = _text(_child(api.ask("conversations.info", channel=channel), "channel"), "user")
    person = _child(api.ask("users.info", user=user, include_locale="true"), "user")
    named = person.optional_child("profile")
    names = [named.optional_text("display_name"), named.optional_text("real_name")] if named else []
    return Profile(
        name=next((name for name in [*names, person.optional_text("name")] if name), ""),
        language=person.optional_text("locale"),
        timezone=person.optional_text("tz"),
    )


def renew(account: AccountConfig, credentials: Mapping[str, str]) -> NewToken:
    """Exchange the refresh token, which then ends, for a new pair. Raises SendFailed, SendUnavailable.

    Source: docs.slack.dev/authentication/using-token-rotation; a token lives for 12 hours.
    """
    form = {
        "grant_type": "refresh_token",
        "refresh_token": credentials.get(REFRESH_TOKEN, ""),
        "client_id": credentials.get("client_id", ""),
        "client_secret": credentials.get("client_secret", ""),
    }
    answer = calling.Line.of(account, API_BASE).call("POST", "oauth.v2.access", takes_message=False, data=form)
    try:
        granted = _result(answer)
        life = timedelta(seconds=granted.number("expires_in"))
        return NewToken(granted.text("access_token"), clock.now() + life, granted.text("refresh_token"))
    except (Unreadable, _Doubtful):
        raise SendUnavailable(calling.BROKEN_OFF) from None


def _token(account: AccountConfig, *, rejected: str = "") -> str:
    if not account.credentials.get(REFRESH_TOKEN):
        return calling.credential(account, "bot_token")
    return tokens.fresh(account.id, lambda credentials: renew(account, credentials), rejected=rejected)


def _body(answer: httpx.Response) -> Node:
    try:
        return node(answer.json(), "answer")
    except ValueError:
        raise Unreadable("the answer is not JSON") from None


def _error(answer: httpx.Response) -> str:
    try:
        body = _body(answer)
    except Unreadable:
        return ""
    error = body.values.get("error")
    return error if body.values.get("ok") is False and isinstance(error, str) else ""


def _result(answer: httpx.Response) -> Node:
    """Return a success. Raises SendFailed, _Doubtful, or Unreadable where the answer makes no sense."""
    error = _error(answer)
    if answer.status_code == 429 or error in errors.TEMPORARY:
        raise SendUnavailable(errors.SLOW_DOWN, code=error or "429", retry_after=calling.retry_after(answer))
    if error in errors.OUTCOME_UNKNOWN:
        raise _Doubtful(error)
    if error:
        raise SendFailed(errors.reason(error), code=error, dead_address=error in errors.DEAD)
    if answer.status_code != 200:
        raise SendFailed(errors.reason(f"HTTP {answer.status_code}"), code=str(answer.status_code))
    body = _body(answer)
    if body.values.get("ok") is not True:
        raise Unreadable("the answer says neither yes nor no")
    return body


def _child(answer: Node, name: str) -> Node:
    try:
        return answer.child(name)
    except Unreadable:
        raise SendUnavailable(calling.BROKEN_OFF) from None


def _text(answer: Node, name: str) -> str:
    try:
        return answer.text(name)
    except Unreadable:
        raise SendUnavailable(calling.BROKEN_OFF) from None
