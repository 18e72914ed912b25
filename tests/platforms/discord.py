"""A stand-in for Discord's REST API, with the rules of docs.discord.com/developers, beside one for its Gateway."""

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, ClassVar

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.contract.platform import Taken
from tests.platforms.base import Answer, Call, Part, Refused, StandIn, as_json, multipart, serve
from tests.platforms.discord_gateway import GatewayStandIn

TOKEN = "MTAwMDAwMDAwMDAwMDAwMDAx.Gexamp.le-token-of-the-stand-in_000000"
BOT = "1000000000000000001"
CHANNEL, USER = "1100000000000000001", "1200000000000000001"
SENT_AT = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
_FIRST_ID = (int(SENT_AT.timestamp() * 1000) - 1420070400000) << 22
_FIELDS = {"content", "nonce", "enforce_nonce", "allowed_mentions", "message_reference", "components"}
# Messages that a channel takes in so many seconds.
BUCKET, SECONDS = 5, 5.0


_KEY = Ed25519PrivateKey.from_private_bytes(b"the application's key, 32 bytes.")
PUBLIC_KEY = _KEY.public_key().public_bytes_raw().hex()


def signed_headers(body: bytes, *, at: int | None = None, key: Ed25519PrivateKey = _KEY) -> dict[str, str]:
    """Return the headers of an interaction at Unix second `at`, now without."""
    stamp = str(int(time.time()) if at is None else at)
    proof = key.sign(stamp.encode() + body).hex()
    return {"Content-Type": "application/json", "X-Signature-Ed25519": proof, "X-Signature-Timestamp": stamp}


class DiscordStandIn(StandIn):
    """One bot and its direct messages. `history` holds all that was said, by channel; `content` files by address."""

    description: ClassVar[str] = __doc__

    def __init__(self, *, port: int = 0, token: str = TOKEN) -> None:
        self.token = token
        self.gateway = GatewayStandIn(token, BOT)
        self.history: dict[str, list[dict[str, Any]]] = {CHANNEL: [], "1100000000000000002": []}
        self.content: dict[str, tuple[str, bytes]] = {}
        self.sessions_left = 1000
        self.acknowledged: list[str] = []
        self.typed: list[str] = []
        self._nonces: dict[str, dict[str, Any]] = {}
        self._sent: dict[str, list[float]] = {}
        self._no = (403, 50007, "Cannot send messages to this user")
        self._last = 0
        super().__init__(port=port)

    @property
    def api_base(self) -> str:
        """What an account's `api_base` must be to end up here."""
        return f"{self.url}/api/v10"

    def stop(self) -> None:
        self.gateway.stop()
        super().stop()

    def be_busy(self) -> float | None:
        """Answer the next message with 429 and a second and a half."""
        self._orders.append("busy")
        return 1.5

    def busy(self) -> Answer:
        said = {"message": "You are being rate limited.", "retry_after": 1.5, "global": False}
        return as_json(said, 429, {"Retry-After": "2", "X-RateLimit-Scope": "user"})

    def say_no(self, status: int, code: int, message: str) -> None:
        """Refuse the next message with a certain code."""
        self._no = (status, code, message)
        self._orders.append("refuse")

    def refused_for_good(self) -> Refused:
        status, code, message = self._no
        return Refused(status, message, code)

    def refusal(self, error: Refused) -> Answer:
        return as_json({"message": error.why, "code": error.code}, error.status)

    def signed_headers(self, body: bytes) -> dict[str, str]:
        return signed_headers(body)

    def told(self, path: str, order: dict[str, Any]) -> httpx.Response:
        """`/_say {"text": …}`: somebody writes to the bot, which whoever listens to the Gateway hears."""
        if path != "/_say":
            raise Refused(404, f"no order is called {path}")
        self.say(order["text"], channel=order.get("channel", CHANNEL))
        return httpx.Response(200)

    # What it tells by the Gateway -----------------------------------------------------------------------------

    def next_id(self) -> str:
        """Return a snowflake of SENT_AT that was not given out yet."""
        self._last += 1
        return str(_FIRST_ID + self._last)

    def message(self, text: str = "", *, channel: str = CHANNEL, **fields: Any) -> dict[str, Any]:
        """Return a message of the person whose direct message a channel is."""
        author = {"id": USER, "username": "ada", "global_name": "Ada", "avatar": None}
        said = {"id": self.next_id(), "channel_id": channel, "author": author, "content": text, "type": 0}
        said |= {"timestamp": "2026-03-04T05:06:07.000000+00:00", "edited_timestamp": None}
        return said | {"attachments": [], "mentions": [], "embeds": [], "pinned": False, "tts": False} | fields

    def say(self, text: str = "", *, channel: str = CHANNEL, **fields: Any) -> dict[str, Any]:
        """Let a person write."""
        message = self.message(text, channel=channel, **fields)
        self.history[channel].append(message)
        self.gateway.dispatch("MESSAGE_CREATE", message)
        return message

    # What it does with our calls ------------------------------------------------------------------------------

    def answer(self, call: Call) -> Answer:
        if call.path.startswith(("/attachments/", "/stickers/")):
            return self._content(call)
        path = call.path.removeprefix("/api/v10/").split("/")
        if path[0] == "interactions":
            return self._acknowledge(call, path)
        if call.headers.get("authorization") != f"Bot {self.token}":
            raise Refused(401, "401: Unauthorized")
        if not call.headers.get("user-agent", "").startswith("DiscordBot (http"):
            raise Refused(403, "40333: internal network error", 40333)
        if path[0] == "channels":
            return self._channel(call, path[1], path[2:])
        answers: dict[str, Callable[[], Answer]] = {
            "users/@me": lambda: as_json({"id": BOT, "username": "shop", "bot": True}),
            "gateway/bot": self._gateway,
        }
        if call.method != "GET" or "/".join(path) not in answers:
            raise Refused(404, "404: Not Found")
        return answers["/".join(path)]()

    def _gateway(self) -> Answer:
        limit = {"total": 1000, "remaining": self.sessions_left, "reset_after": 14_400_000, "max_concurrency": 1}
        return as_json({"url": self.gateway.url, "shards": self.gateway.shards, "session_start_limit": limit})

    def _channel(self, call: Call, channel: str, rest: list[str]) -> Answer:
        if channel not in self.history:
            raise Refused(404, "Unknown Channel", 10003)
        if (call.method, rest) == ("POST", ["messages"]):
            return self._counted(channel, lambda: self._create(call, channel))
        if (call.method, rest) == ("POST", ["typing"]):
            self.typed.append(channel)
            return Answer(b"", 204)
        if call.method == "GET" and rest[:1] == ["messages"]:
            return self._read(call, channel, rest[1:])
        if (call.method, rest) == ("GET", []):
            ada = {"id": USER, "username": "ada", "global_name": "Ada"}
            return as_json({"id": channel, "type": 1, "recipients": [ada]})
        raise Refused(405, "405: Method Not Allowed")

    def _counted(self, channel: str, create: Callable[[], Answer]) -> Answer:
        """Keep the bucket of a channel, and say how full it is."""
        now = time.monotonic()
        sent = [moment for moment in self._sent.get(channel, []) if moment > now - SECONDS]
        left = SECONDS - (now - sent[0]) if sent else SECONDS
        if len(sent) >= BUCKET:
            said = {"message": "You are being rate limited.", "retry_after": round(left, 3), "global": False}
            return as_json(said, 429, {"Retry-After": str(int(left) + 1)})
        self._sent[channel] = [*sent, now]
        answer = create()
        counts = {"Limit": BUCKET, "Remaining": BUCKET - len(sent) - 1, "Reset-After": f"{left:.3f}", "Bucket": "ab12"}
        headers = {f"X-RateLimit-{name}": str(value) for name, value in counts.items()}
        return Answer(answer.body, answer.status, {**answer.headers, **headers}, answer.in_silence)

    def _create(self, call: Call, channel: str) -> Answer:
        fields, upload = _form(call)
        _check(fields, upload)
        nonce = fields.get("nonce")
        if fields.get("enforce_nonce") and nonce in self._nonces:
            return as_json(self._nonces[nonce])  # the one that was created before
        text = fields.get("content", "")
        author = {"id": BOT, "username": "shop", "bot": True}
        said = self.message(text, channel=channel, author=author, nonce=nonce)
        if upload:
            file_id, url = self.next_id(), f"{self.url}/attachments/{channel}/{upload.filename}"
            file = {"id": file_id, "filename": upload.filename, "size": len(upload.data), "url": url}
            said["attachments"] = [file | {"content_type": upload.content_type}]
        files = ((upload.filename, upload.data),) if upload else ()
        before = len(self.taken)
        answer = self.take(Taken(said["id"], channel, text, files), as_json({**said, "nonce": nonce}))
        if len(self.taken) > before:
            self._nonces[nonce] = said
            self.history[channel].append(said)
            self.gateway.dispatch("MESSAGE_CREATE", said)  # the Gateway is often faster than the answer
        return answer

    def _read(self, call: Call, channel: str, rest: list[str]) -> Answer:
        if rest:
            found = [message for message in self.history[channel] if message["id"] == rest[0]]
            if not found:
                raise Refused(404, "Unknown Message", 10008)
            return as_json(found[0])
        if set(call.query) != {"after", "limit"} or not 1 <= int(call.query["limit"]) <= 100:
            raise Refused(400, "Invalid Form Body", 50035)
        later = [message for message in self.history[channel] if int(message["id"]) > int(call.query["after"])]
        return as_json(later[: int(call.query["limit"])][::-1])  # newest first

    def _acknowledge(self, call: Call, path: list[str]) -> Answer:
        if call.method != "POST" or len(path) != 4 or path[3] != "callback" or call.json() != {"type": 6}:
            raise Refused(400, "Invalid Form Body", 50035)
        self.acknowledged.append(f"{path[1]}/{path[2]}")
        return Answer(b"", 204)

    def _content(self, call: Call) -> Answer:
        if call.headers.get("authorization") or call.path not in self.content:
            return Answer(b"", 404)
        content_type, data = self.content[call.path]
        return Answer(data, headers={"Content-Type": content_type})


def _form(call: Call) -> tuple[dict[str, Any], Part | None]:
    if call.headers.get("content-type", "").startswith("multipart/"):
        form = multipart(call)
        if set(form) != {"payload_json", "files[0]"} or not form["files[0]"].filename:
            raise Refused(400, "Invalid Form Body", 50035)
        return json.loads(form["payload_json"].data), form["files[0]"]
    fields = call.json()
    if not isinstance(fields, dict):
        raise Refused(400, "Invalid Form Body", 50035)
    return fields, None


def _check(fields: dict[str, Any], upload: Part | None) -> None:
    text, nonce = fields.get("content", ""), fields.get("nonce", "")
    if not (isinstance(text, str) and text.strip()) and upload is None:
        raise Refused(400, "Cannot send an empty message", 50006)
    if upload and len(upload.data) > 10 * 1024 * 1024:
        raise Refused(413, "Request entity too large", 40005)
    fits = set(fields) <= _FIELDS and len(text) <= 2000 and isinstance(nonce, str) and len(nonce) <= 25
    fits = fits and fields.get("allowed_mentions") == {"parse": []} and fields.get("enforce_nonce") is True
    fits = fits and str(fields.get("message_reference", {}).get("message_id", "1")).isdigit()
    rows = fields.get("components", [])
    buttons = [button for row in rows for button in row["components"]]
    fits = fits and len(rows) <= 5 and all(row["type"] == 1 and len(row["components"]) <= 5 for row in rows)
    fits = fits and len({button["custom_id"] for button in buttons}) == len(buttons)
    if not fits or not all(button["type"] == 2 and 0 < len(button["label"]) <= 80 for button in buttons):
        raise Refused(400, "Invalid Form Body", 50035)


if __name__ == "__main__":
    serve(DiscordStandIn, {"token": TOKEN})
