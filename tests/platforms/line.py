"""A stand-in for LINE's Messaging API, with the rules of its OpenAPI description and reference."""

import base64
import hashlib
import hmac
import re
from collections.abc import Callable
from typing import Any, ClassVar
from uuid import UUID

import httpx

from tests.contract.platform import Taken
from tests.platforms.base import Answer, Call, Refused, StandIn, as_json, serve
from tests.platforms.fetching import fetch

CHANNEL_ID = "1656012345"
CHANNEL_SECRET = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
ACCESS_TOKEN = "line-access-token-of-the-stand-in+/=="
PERSON = "U206d25c2ea6bd87c17655609a1c37cb8"
_PERSON = re.compile(r"U[0-9a-f]{32}")


def signature(body: bytes, secret: str = CHANNEL_SECRET) -> str:
    """Return what LINE puts into x-line-signature."""
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


class LineStandIn(StandIn):
    """One channel. `media` are what customers sent, by message id; `converting` those that are not ready."""

    description: ClassVar[str] = __doc__

    def __init__(
        self,
        *,
        port: int = 0,
        channel_id: str = CHANNEL_ID,
        channel_secret: str = CHANNEL_SECRET,
        access_token: str = ACCESS_TOKEN,
    ) -> None:
        self.channel_id, self.channel_secret, self.access_token = channel_id, channel_secret, access_token
        self.media: dict[str, tuple[str, bytes]] = {}
        self.converting: dict[str, str] = {}
        self.people = {PERSON: {"userId": PERSON, "displayName": "阿达", "language": "zh-TW"}}
        self.quota: dict[str, Any] = {"type": "limited", "value": 500}
        self.used = 312
        self.is_called = True
        self.signs: list[str] = []
        self.read_tokens: set[str] = set()
        self._accepted: dict[str, str] = {}
        self._last = 461_230_966_842_064_000
        super().__init__(port=port)

    def be_busy(self) -> float | None:
        """Answer the next message with the rate limit, which names no time."""
        self._orders.append("busy")
        return None

    def busy(self) -> Answer:
        return as_json({"message": "The API rate limit has been exceeded. Try again later."}, 429)

    def refused_for_good(self) -> Refused:
        return Refused(400, "Failed to send messages")

    def refusal(self, error: Refused) -> Answer:
        return as_json({"message": error.why}, error.status)

    def signed_headers(self, body: bytes) -> dict[str, str]:
        signed = signature(body, self.channel_secret)
        return {"Content-Type": "application/json; charset=utf-8", "x-line-signature": signed}

    def told(self, path: str, order: dict[str, Any]) -> httpx.Response:
        """`/_say {"text": …, "person": "U…"}`: somebody writes to the account."""
        if path != "/_say":
            raise Refused(404, f"no order is called {path}")
        event = self.message(type="text", text=order["text"], person=order.get("person", PERSON))
        return self.deliver(self.call(event))

    # What it calls our door with ------------------------------------------------------------------------------

    def call(self, *events: dict[str, Any]) -> dict[str, Any]:
        """Return a call with events."""
        return {"destination": "U0123456789abcdef0123456789abcdef", "events": list(events)}

    def message(self, *, person: str = PERSON, at: int = 1772600767_000, **content: Any) -> dict[str, Any]:
        """Return the event of one message; `content` are its type and members."""
        self._last += 1
        message = {"id": str(self._last), "quoteToken": "q3Plxr4AgKd", **content}
        return self.event("message", person=person, at=at, replyToken="38ef843bde154d9b", message=message)

    def event(self, kind: str, *, person: str = PERSON, at: int = 1772600767_000, **members: Any) -> dict[str, Any]:
        """Return an event of a chat with one person."""
        self._last += 1
        event = {"type": kind, "mode": "active", "timestamp": at, "source": {"type": "user", "userId": person}}
        event |= {"webhookEventId": f"01FZ74A0TDDPYRVKNK{self._last % 10**8:08}"}
        return event | {"deliveryContext": {"isRedelivery": False}} | members

    # What it does with our calls ------------------------------------------------------------------------------

    def answer(self, call: Call) -> Answer:
        if (call.method, call.path) == ("POST", "/oauth2/v3/token"):
            return self._token(call)
        if call.path.startswith("/stickershop/v1/sticker/"):
            return self._sticker(call.path.split("/")[4])
        if call.headers.get("authorization") != f"Bearer {self.access_token}":
            raise Refused(401, "Authentication failed. Confirm that the access token in the header is valid.")
        fixed: dict[tuple[str, str], Callable[[Call], Answer]] = {
            ("POST", "/v2/bot/message/push"): self._push,
            ("POST", "/v2/bot/chat/loading/start"): self._loading,
            ("POST", "/v2/bot/chat/markAsRead"): self._mark_read,
            ("GET", "/v2/bot/info"): self._info,
            ("GET", "/v2/bot/channel/webhook/endpoint"): self._endpoint,
            ("GET", "/v2/bot/message/quota"): lambda _call: as_json(self.quota),
            ("GET", "/v2/bot/message/quota/consumption"): lambda _call: as_json({"totalUsage": self.used}),
        }
        if handler := fixed.get((call.method, call.path)):
            return handler(call)
        return self._looked_up(call)

    def _token(self, call: Call) -> Answer:
        form = dict(httpx.QueryParams(call.body.decode()))
        wanted = {"grant_type": "client_credentials", "client_id": self.channel_id}
        if form != wanted | {"client_secret": self.channel_secret}:
            raise Refused(400, "invalid_client")
        return as_json({"token_type": "Bearer", "access_token": self.access_token, "expires_in": 900})

    def _push(self, call: Call) -> Answer:
        body = call.json()
        _need(isinstance(body, dict) and set(body) == {"to", "messages"}, "the body")
        _need(isinstance(body["to"], str) and _PERSON.fullmatch(body["to"]), "'to'")
        _need(isinstance(body["messages"], list) and 1 <= len(body["messages"]) <= 5, "'messages'")
        key = str(UUID(call.headers["x-line-retry-key"]))
        if key in self._accepted:
            said = {"message": "The retry key is already accepted", "sentMessages": [{"id": self._accepted[key]}]}
            return as_json(said, 409, {"x-line-accepted-request-id": "b65dd5ff-0001"})
        (message,) = body["messages"]
        text, files = _content(message)
        self._last += 1
        sent, before = str(self._last), len(self.taken)
        answer = as_json({"sentMessages": [{"id": sent, "quoteToken": "yHAz4Ua2wx7"}]})
        answer = self.take(Taken(sent, body["to"], text, files), answer)
        if len(self.taken) > before:
            self._accepted[key] = sent
        return answer

    def _loading(self, call: Call) -> Answer:
        body = call.json()
        _need(set(body) == {"chatId", "loadingSeconds"} and body["chatId"] in self.people, "'chatId'")
        _need(body["loadingSeconds"] in range(5, 61, 5), "'loadingSeconds'")
        self.signs.append(body["chatId"])
        return as_json({}, 202)

    def _mark_read(self, call: Call) -> Answer:
        body = call.json()
        _need(set(body) == {"markAsReadToken"} and body["markAsReadToken"] in self.read_tokens, "'markAsReadToken'")
        self.signs.append(body["markAsReadToken"])
        return as_json({})

    def _info(self, _call: Call) -> Answer:
        facts = {"userId": "U0123456789abcdef0123456789abcdef", "basicId": "@216ruabc", "displayName": "Shop"}
        return as_json(facts | {"chatMode": "bot", "markAsReadMode": "auto"})

    def _endpoint(self, _call: Call) -> Answer:
        if not self.door:
            raise Refused(404, "Webhook endpoint not found")
        return as_json({"endpoint": self.door, "active": self.is_called})

    def _looked_up(self, call: Call) -> Answer:
        path = call.path.removeprefix("/v2/bot/")
        if person := self.people.get(path.removeprefix("profile/")):
            return as_json(person)
        number, _slash, what = path.removeprefix("message/").partition("/content")
        if call.method != "GET" or number not in self.media:
            raise Refused(404, "Not found")
        if what == "/transcoding":
            return as_json({"status": self.converting.get(number, "succeeded")})
        content_type, data = self.media[number]
        return Answer(data, headers={"Content-Type": content_type})

    def _sticker(self, number: str) -> Answer:
        if number not in self.media:
            raise Refused(404, "Not found")
        return Answer(self.media[number][1], headers={"Content-Type": "image/png"})


def _content(message: Any) -> tuple[str, tuple[tuple[str, bytes], ...]]:
    """Return the text and the files of a message that keeps the rules."""
    _need(isinstance(message, dict), "messages[0]")
    kind = message.get("type")
    members = {
        "text": {"text"},
        "image": {"originalContentUrl", "previewImageUrl"},
        "video": {"originalContentUrl", "previewImageUrl"},
        "audio": {"originalContentUrl", "duration"},
    }
    _need(kind in members, "messages[0].type")
    _need(set(message) - {"type", "quickReply"} == members[kind], f"messages[0]: {sorted(message)}")
    _check_buttons(message.get("quickReply", {"items": []}))
    if kind == "text":
        text = message["text"]
        _need(isinstance(text, str) and 0 < len(text.encode("utf-16-le")) // 2 <= 5000, "messages[0].text")
        return text, ()
    _need(kind != "audio" or (isinstance(message["duration"], int) and message["duration"] > 0), "duration")
    fetched = fetch(_url(message["originalContentUrl"]))
    types = {"image": {"image/jpeg", "image/png"}, "video": {"video/mp4"}, "audio": {"audio/mp4", "audio/mpeg"}}
    _need(fetched.content_type in types[kind], f"a type, not {fetched.content_type}")
    _need(len(fetched.data) <= (10_000_000 if kind == "image" else 200_000_000), "the file's size")
    if "previewImageUrl" in members[kind]:
        preview = fetch(_url(message["previewImageUrl"]))
        _need(preview.content_type in types["image"] and len(preview.data) <= 1_000_000, "previewImageUrl")
    return "", ((fetched.name, fetched.data),)


def _url(value: Any) -> str:
    _need(isinstance(value, str) and len(value) <= 2000, "an address")
    _need(value.startswith(("https://", "http://127.0.0.1:")), "an address by https")
    return str(value)


def _check_buttons(reply: Any) -> None:
    _need(isinstance(reply, dict) and set(reply) == {"items"} and len(reply["items"]) <= 13, "quickReply")
    for item in reply["items"]:
        _need(set(item) == {"type", "action"} and item["type"] == "action", "quickReply.items")
        action = item["action"]
        _need(set(action) == {"type", "label", "text"} and action["type"] == "message", "action")
        _need(0 < len(action["label"].encode("utf-16-le")) // 2 <= 20, "label")
        _need(0 < len(action["text"].encode("utf-16-le")) // 2 <= 300, "text")


def _need(condition: object, what: str) -> None:
    if not condition:
        raise Refused(400, f"The property, {what}, in the request body is invalid")


if __name__ == "__main__":
    options = {"channel_id": CHANNEL_ID, "channel_secret": CHANNEL_SECRET, "access_token": ACCESS_TOKEN}
    serve(LineStandIn, options)
