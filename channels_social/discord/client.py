"""Calling the REST API as a bot."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from channels_social import calling
from channels_social.discord import errors
from channels_social.discord.contents import STICKER
from channels_social.discord.limits import SLOW_DOWN, Buckets, route_of, seconds
from channels_social.reading import Node, node
from csplatform.gateway.contract import AccountConfig, Download, OutboundAttachment, Profile
from csplatform.gateway.errors import SendFailed, SendUnavailable, SendUncertain, Unreadable

API_BASE = "https://discord.com/api/v10"
CDN_BASE = "https://media.discordapp.net"
# Discord turns away whoever does not say so: "DiscordBot (address, version)".
USER_AGENT = "DiscordBot (https://github.com/csplatform/csplatform, 1.0)"
# Bytes: of a file sent, where a server has no more; of one fetched.
MAX_FILE = 10 * 1024 * 1024
MAX_DOWNLOAD = 100_000_000
# So many messages a channel's history gives at once.
PAGE = 100
# Answers an interaction by nothing to be seen.
_DEFERRED_UPDATE = 6


@dataclass(frozen=True, slots=True)
class GatewayPlace:
    """Where to connect, in how many shards Discord wants the bot, and how many sessions may begin today."""

    url: str
    shards: int
    sessions_left: int
    again_in: float


class RestApi:
    """What one bot may do. `api_base` in the account's settings holds host and version."""

    def __init__(self, account: AccountConfig) -> None:
        token = calling.credential(account, "bot_token")
        self._line = calling.Line.of(account, API_BASE)
        self._cdn = str(account.settings.get("cdn_base") or CDN_BASE).rstrip("/")
        self._headers = {"authorization": f"Bot {token}", "user-agent": USER_AGENT}
        self._buckets = Buckets(f"{self._line.base} {token}")

    def send(self, channel: str, message: Mapping[str, Any], file: OutboundAttachment | None = None) -> str:
        """Return the id of the message that Discord took. Raises SendFailed, SendUnavailable, SendUncertain."""
        request: dict[str, Any] = {"json": message}
        if file:
            upload = {"files[0]": (file.name, file.open(), file.content_type)}
            request = {"data": {"payload_json": json.dumps(message)}, "files": upload}
        answer = self._call("POST", f"channels/{channel}/messages", takes_message=True, **request)
        try:
            return _body(answer).identifier("id")
        except Unreadable:
            raise SendUncertain(calling.UNNAMED) from None

    def show_typing(self, channel: str) -> None:
        """Show for ten seconds that the bot types. Raises SendFailed, SendUnavailable."""
        self._call("POST", f"channels/{channel}/typing", takes_message=False)

    def acknowledge(self, interaction: str, token: str) -> None:
        """Tell Discord that a pressed button was heard, which it wants within three seconds. Raises SendFailed."""
        path = f"interactions/{interaction}/{token}/callback"
        self._call("POST", path, takes_message=False, json={"type": _DEFERRED_UPDATE})

    def me(self) -> Node:
        """Return the bot itself. Raises SendFailed, SendUnavailable, Unreadable."""
        return _body(self._call("GET", "users/@me", takes_message=False))

    def gateway(self) -> GatewayPlace:
        """Return where to connect. Raises SendFailed, SendUnavailable."""
        try:
            found = _body(self._call("GET", "gateway/bot", takes_message=False))
            limit = found.child("session_start_limit")
            left, again_in = limit.number("remaining"), limit.number("reset_after") / 1000
            return GatewayPlace(found.text("url").rstrip("/"), int(found.number("shards")), int(left), again_in)
        except Unreadable:
            raise SendUnavailable(calling.BROKEN_OFF) from None

    def person(self, channel: str) -> Profile:
        """Return whose direct message a channel is. Raises SendFailed, SendUnavailable."""
        try:
            people = _body(self._call("GET", f"channels/{channel}", takes_message=False)).children("recipients")
            names = [person.optional_text("global_name") or person.optional_text("username") for person in people]
        except Unreadable:
            raise SendUnavailable(calling.BROKEN_OFF) from None
        return Profile(name=names[0] if names else "")

    def messages_after(self, channel: str, message: str) -> list[Mapping[str, Any]]:
        """Return what was said in a channel after a message, oldest first, at most PAGE. Raises SendFailed."""
        parameters = {"after": message, "limit": str(PAGE)}
        answer = self._call("GET", f"channels/{channel}/messages", takes_message=False, params=parameters)
        try:
            found = node({"list": answer.json()}, "answer").children("list")
            return [one.values for one in sorted(found, key=lambda one: int(one.identifier("id")))]
        except (ValueError, Unreadable):
            raise SendUnavailable(calling.BROKEN_OFF) from None

    def file(self, reference: str) -> Download:
        """Return a file that somebody sent, by an address that Discord names anew, or a sticker.

        Raises SendFailed where it is gone.
        """
        kind, _slash, rest = reference.partition("/")
        if kind == STICKER:
            return self._line.fetch(f"{self._cdn}/stickers/{rest}", limit=MAX_DOWNLOAD)
        message, _slash, attachment = rest.partition("/")
        answer = self._call("GET", f"channels/{kind}/messages/{message}", takes_message=False)
        try:
            found = _body(answer)
            parts = [found, *(snapshot.child("message") for snapshot in found.children("message_snapshots"))]
            files = [file for part in parts for file in part.children("attachments")]
            addresses = [file.text("url") for file in files if file.identifier("id") == attachment]
        except Unreadable:
            raise SendUnavailable(calling.BROKEN_OFF) from None
        if not addresses:
            raise SendFailed(calling.FILE_GONE)
        return self._line.fetch(addresses[0], limit=MAX_DOWNLOAD)

    def _call(self, method: str, path: str, *, takes_message: bool, **request: Any) -> httpx.Response:
        route = route_of(method, path)
        self._buckets.wait_turn(route)
        answer = self._line.call(method, path, takes_message=takes_message, headers=self._headers, **request)
        self._buckets.count(route, answer)
        if not 200 <= answer.status_code < 300:
            raise _refusal(answer)
        return answer


def download(account: AccountConfig, ref: str) -> Download:
    """Fetch the file that a `FileReference` names."""
    return RestApi(account).file(ref)


def profile(account: AccountConfig, channel: str) -> Profile:
    """Return whose direct message this is."""
    return RestApi(account).person(channel)


def typing(account: AccountConfig, channel: str) -> None:
    """Show that somebody types."""
    RestApi(account).show_typing(channel)


def _body(answer: httpx.Response) -> Node:
    try:
        return node(answer.json(), "answer")
    except ValueError:
        raise Unreadable("the answer is not JSON") from None


def _refusal(answer: httpx.Response) -> SendFailed:
    """Return Discord's no as a failure whose reason a person can act on."""
    try:
        body = _body(answer)
        code, said = int(body.number("code")) if body.has("code") else 0, body.optional_text("message")
    except Unreadable:
        body, code, said = Node({}, "answer"), 0, ""
    if answer.status_code == 429:
        wait = seconds(body.values.get("retry_after"))
        return SendUnavailable(SLOW_DOWN, code="429", retry_after=calling.retry_after(answer) if wait is None else wait)
    if code in errors.TEMPORARY:
        return SendUnavailable(errors.reason(code, answer.status_code, said), code=str(code))
    reason = errors.reason(code, answer.status_code, said)
    return SendFailed(reason, code=str(code or answer.status_code), dead_address=code in errors.DEAD)
