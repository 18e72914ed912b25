"""A stand-in for Viber's bot API: it answers 200 to everything, and says in `status` what became of a call."""

import hashlib
import hmac
from typing import Any, ClassVar

import httpx

from tests.contract.platform import Taken
from tests.platforms.base import Answer, Call, Refused, StandIn, as_json, serve
from tests.platforms.fetching import fetch

AUTH_TOKEN = "445da6az1s345z78-dazcczb2542zv51a-e0vc5fva17480im9"
PERSON = "01234567890A="
BAD_DATA = 3


def signature(body: bytes, token: str = AUTH_TOKEN) -> str:
    """Return what Viber puts into X-Viber-Content-Signature."""
    return hmac.new(token.encode(), body, hashlib.sha256).hexdigest()


class ViberStandIn(StandIn):
    """One bot. `media` are files of customers by their path here; `subscribers` whom it may write to."""

    description: ClassVar[str] = __doc__

    def __init__(self, *, port: int = 0, auth_token: str = AUTH_TOKEN) -> None:
        self.auth_token = auth_token
        self.media: dict[str, bytes] = {}
        self.subscribers = {PERSON}
        self.event_types = ["delivered", "seen", "failed", "subscribed", "unsubscribed", "conversation_started"]
        self._last = 4_912_661_846_655_238_145
        super().__init__(port=port)

    def be_busy(self) -> float | None:
        """Answer the next message with "too many requests", which ends after an hour."""
        self._orders.append("busy")
        return 3600.0

    def busy(self) -> Answer:
        return as_json({"status": 12, "status_message": "Too many requests", "chat_hostname": "SN-CHAT-01_"})

    def refused_for_good(self) -> Refused:
        return Refused(200, "notSubscribed", 6)

    def refusal(self, error: Refused) -> Answer:
        said = {"status": error.code or BAD_DATA, "status_message": error.why, "chat_hostname": "SN-CHAT-01_"}
        return as_json(said)

    def signed_headers(self, body: bytes) -> dict[str, str]:
        signed = signature(body, self.auth_token)
        return {"Content-Type": "application/json", "X-Viber-Content-Signature": signed}

    def told(self, path: str, order: dict[str, Any]) -> httpx.Response:
        """`/_say {"text": …}`: a message. `/_receipt {"id": …, "status": "seen"}`: a receipt."""
        if path == "/_say":
            return self.deliver(self.message(type="text", text=order["text"]))
        if path == "/_receipt":
            return self.deliver(self.receipt(order["status"], order["id"]))
        raise Refused(404, f"no order is called {path}")

    # What it calls our door with ------------------------------------------------------------------------------

    def message(self, *, person: str = PERSON, at: int = 1772600767_000, **content: Any) -> dict[str, Any]:
        """Return the call for one message; `content` are its type and members."""
        sender = {"id": person, "name": "Ada Lovelace", "avatar": "http://avatar.example.com", "country": "GB"}
        sender |= {"language": "en", "api_version": 10}
        return self.call("message", at=at, sender=sender, message=content)

    def receipt(self, kind: str, token: str, *, at: int = 1772600790_000, **more: Any) -> dict[str, Any]:
        """Return the call for one receipt: delivered, seen or failed."""
        return self.call(kind, at=at, user_id=PERSON, **more) | {"message_token": int(token)}

    def call(self, kind: str, *, at: int = 1772600767_000, **members: Any) -> dict[str, Any]:
        """Return a call of a kind."""
        self._last += 1
        return {"event": kind, "timestamp": at, "message_token": self._last, **members}

    # What it does with our calls ------------------------------------------------------------------------------

    def answer(self, call: Call) -> Answer:
        if call.method == "GET" and call.path in self.media:
            return Answer(self.media[call.path], headers={"Content-Type": "application/octet-stream"})
        if call.method != "POST":
            return Answer(b"", 404)
        if call.headers.get("x-viber-auth-token") != self.auth_token:
            raise Refused(200, "invalidAuthToken", 2)
        if call.path == "/pa/get_account_info":
            facts = {"id": "pa:75346594275468546724", "name": "Shop", "uri": "shop", "subscribers_count": 35}
            facts |= {"webhook": self.door, "event_types": self.event_types}
            return as_json({"status": 0, "status_message": "ok", **facts})
        if call.path == "/pa/send_message":
            return self._send(call)
        return Answer(b"", 404)

    def _send(self, call: Call) -> Answer:
        message = call.json()
        _need(isinstance(message, dict) and len(call.body) <= 30_000, "the message")
        envelope = {"receiver", "min_api_version", "sender", "type", "keyboard"}
        kind, sender = message.get("type"), message.get("sender")
        _need(isinstance(sender, dict) and 0 < len(sender.get("name", "")) <= 28, "sender.name")
        if message.get("receiver") not in self.subscribers:
            raise Refused(200, "notSubscribed", 6)
        members = {
            "text": {"text"},
            "picture": {"text", "media"},
            "video": {"media", "size"},
            "file": {"media", "size", "file_name"},
        }
        _need(kind in members and set(message) - envelope == members[kind], f"members of {kind}: {sorted(message)}")
        _check_keyboard(message.get("keyboard"))
        text, files = message.get("text", ""), _files(kind, message)
        _need(isinstance(text, str) and len(text) <= (7000 if kind == "text" else 512), "text")
        _need(bool(text) or kind != "text", "text")
        self._last += 1
        said = {"status": 0, "status_message": "ok", "message_token": self._last, "chat_hostname": "SN-CHAT-05_"}
        return self.take(Taken(str(self._last), message["receiver"], text, files), as_json(said))


def _files(kind: str, message: dict[str, Any]) -> tuple[tuple[str, bytes], ...]:
    if kind == "text":
        return ()
    url = message["media"]
    _need(isinstance(url, str) and url.startswith(("https://", "http://127.0.0.1:")), "media")
    _need(kind != "video" or url.endswith(".mp4"), "media: an address that ends in .mp4")
    fetched = fetch(url)
    limit, types = {
        "picture": (1_000_000, {"image/jpeg", "image/png"}),
        "video": (26_000_000, {"video/mp4"}),
        "file": (50_000_000, {fetched.content_type}),
    }[kind]
    _need(len(fetched.data) <= limit and fetched.content_type in types, f"media of {kind}")
    _need(message.get("size", len(fetched.data)) == len(fetched.data), "size")
    name = message.get("file_name", fetched.name)
    _need(0 < len(name) <= 256, "file_name")
    return ((name, fetched.data),)


def _check_keyboard(keyboard: Any) -> None:
    if keyboard is None:
        return
    _need(keyboard.get("Type") == "keyboard" and set(keyboard) == {"Type", "Buttons"}, "keyboard")
    _need(0 < len(keyboard["Buttons"]) <= 24, "keyboard.Buttons")
    for button in keyboard["Buttons"]:
        _need(set(button) == {"Columns", "Rows", "ActionType", "ActionBody", "Text"}, "button")
        _need(button["Columns"] in range(1, 7) and button["Rows"] in (1, 2), "button")
        _need(button["ActionType"] == "reply" and 0 < len(button["ActionBody"]) <= 250, "ActionBody")
        _need(0 < len(button["Text"]) <= 250 and "<" not in button["Text"], "Text")


def _need(condition: object, what: str) -> None:
    if not condition:
        raise Refused(200, f"badData: {what}", BAD_DATA)


if __name__ == "__main__":
    serve(ViberStandIn, {"auth_token": AUTH_TOKEN})
