"""A stand-in for TikTok's Business Messaging API: what it refuses, it refuses with status 200 and a code."""

import hashlib
import hmac
import json
import time
from typing import Any, ClassVar

import httpx

from tests.contract.platform import Taken
from tests.platforms.base import Answer, Call, Refused, StandIn, as_json, multipart, serve

BUSINESS = "-000m4JH_b1JiHPxoOSKii9FmQCeIA2fZ7Jw"
PERSON = "+ZMM6I2kBFMYfuEhZjEEt6o0FEebXi68VHcHvO0WgQlZMkbqHafwNm7D4qoyqm52"
CONVERSATION = "u5JhpselBAhoPOlnH0tZ9y07kg=="
APP_ID = "7623241219121414161"
APP_SECRET = "tiktok-app-secret-of-the-stand-in"
ACCESS_TOKEN = "act.tiktok-access-token-of-the-stand-in"
REFRESH_TOKEN = "rft.tiktok-refresh-token-of-the-stand-in"
BASE = "/open_api/v1.3/"
# Messages that may be sent after each of a customer's.
MOST = 10


def signature(body: bytes, at: int, secret: str = APP_SECRET) -> str:
    """Return what TikTok puts into Tiktok-Signature, at a time in Unix seconds."""
    signed = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},s={signed}"


def event(kind: str, content: Any, account: str = BUSINESS) -> dict[str, Any]:
    """Return an event, whose content is JSON within a text."""
    about = {"client_key": APP_ID, "event": kind, "create_time": 1_772_600_767, "user_openid": account}
    return about | {"content": json.dumps(content)}


def content(
    number: str, *, ours: bool = False, conversation: str = CONVERSATION, at: int = 1_772_600_767_000, **members: Any
) -> dict[str, Any]:
    """Return the content of an event; `members` are its type and what belongs to it. `ours`: the account said it."""
    person = {"id": PERSON, "role": "personal_account"}
    account = {"id": BUSINESS, "role": "business_account"}
    sides = (account, person, "shop", "ada") if ours else (person, account, "ada", "shop")
    said = dict(zip(("from_user", "to_user", "from", "to"), sides, strict=True))
    about = {"timestamp": at, "conversation_id": conversation, "message_id": number, "unique_identifier": PERSON}
    return about | said | members


class TikTokStandIn(StandIn):
    """One Business Account. `left` are the messages that each conversation still takes, `files` by their id."""

    description: ClassVar[str] = __doc__

    def __init__(self, *, port: int = 0, app_secret: str = APP_SECRET, access_token: str = ACCESS_TOKEN) -> None:
        self.app_secret, self.access_token, self.refresh_token = app_secret, access_token, REFRESH_TOKEN
        self.left = {CONVERSATION: MOST}
        self.files: dict[str, bytes] = {}
        self.signs: list[str] = []
        self.calls_us_at = ""
        self.no = Refused(200, "You don't have permission to perform this action.", 40001)
        self.renewed = 0
        self._last = 0
        super().__init__(port=port)

    @property
    def api_base(self) -> str:
        """The address of the API."""
        return self.url + BASE.rstrip("/")

    def be_busy(self) -> float | None:
        """Answer the next message with the rate limit, which names no time."""
        self._orders.append("busy")
        return None

    def busy(self) -> Answer:
        return self.refusal(Refused(200, "Requests made too frequently.", 40100))

    def refused_for_good(self) -> Refused:
        return self.no

    def refusal(self, error: Refused) -> Answer:
        return as_json(
            {"code": error.code or 40002, "message": error.why, "request_id": "2026", "data": {}}, error.status
        )

    def signed_headers(self, body: bytes) -> dict[str, str]:
        signed = signature(body, int(time.time()), self.app_secret)
        return {"Content-Type": "application/json", "Tiktok-Signature": signed}

    def told(self, path: str, order: dict[str, Any]) -> httpx.Response:
        """`/_say {"text": …}`: the customer writes to the account."""
        if path != "/_say":
            raise Refused(404, f"no order is called {path}")
        return self.deliver(self.said(type="text", text={"body": order["text"]}))

    def number(self) -> str:
        """Return a new id of a message."""
        self._last += 1
        return f"u5Buqc6lAghuOelnHUZ{self._last:04}=="

    def said(self, **members: Any) -> dict[str, Any]:
        """Return the event of something that the customer said now, which lets them be answered anew."""
        self.left[CONVERSATION] = MOST
        return event("im_receive_msg", content(self.number(), at=int(time.time() * 1000), **members))

    # What it does with our calls ------------------------------------------------------------------------------

    def answer(self, call: Call) -> Answer:
        if call.path in self.files:
            if call.headers.get("x-user") != self.access_token:
                return Answer(b"", 403)
            return Answer(self.files[call.path], headers={"Content-Type": "image/webp"})
        path = call.path.removeprefix(BASE)
        if (call.method, path) == ("POST", "tt_user/oauth2/refresh_token/"):
            return self._token(call)
        if (call.method, path) == ("GET", "business/webhook/list/"):
            return self._webhook(call)
        if call.headers.get("access-token") != self.access_token:
            raise Refused(200, "Access token is incorrect or has been revoked.", 40105)
        known = {
            ("POST", "business/message/send/"): self._send,
            ("POST", "business/message/media/upload/"): self._upload,
            ("POST", "business/message/media/download/"): self._download,
            ("GET", "business/get/"): self._account,
        }.get((call.method, path))
        if known is None:
            raise Refused(404, f"Path {path} does not exist", 40007)
        return known(call)

    def _token(self, call: Call) -> Answer:
        wanted = {"client_id": APP_ID, "client_secret": self.app_secret, "grant_type": "refresh_token"}
        _need(call.json() == wanted | {"refresh_token": self.refresh_token}, "refresh_token")
        self.renewed += 1
        self.access_token, self.refresh_token = f"act.renewed-{self.renewed}", f"rft.next-{self.renewed}"
        granted = {"access_token": self.access_token, "refresh_token": self.refresh_token, "expires_in": 86_400}
        return _fine(granted | {"open_id": BUSINESS, "refresh_token_expires_in": 31_536_000, "token_type": "Bearer"})

    def _webhook(self, call: Call) -> Answer:
        wanted = {"app_id": APP_ID, "secret": self.app_secret, "event_type": "DIRECT_MESSAGE"}
        _need(dict(call.query) == wanted, "app_id, secret")
        return _fine(wanted | {"callback_url": self.calls_us_at} if self.calls_us_at else {})

    def _account(self, call: Call) -> Answer:
        _need(call.query.get("business_id") == BUSINESS and json.loads(call.query["fields"]), "business_id")
        return _fine({"username": "shop", "display_name": "The Shop"})

    def _upload(self, call: Call) -> Answer:
        form = multipart(call)
        _need(set(form) == {"business_id", "media_type", "file"}, "the form")
        _need(form["business_id"].data == BUSINESS.encode() and form["media_type"].data == b"IMAGE", "business_id")
        file = form["file"]
        if file.content_type not in {"image/jpeg", "image/png"} or len(file.data) > 3_000_000:
            raise Refused(200, "Unsupported file type.", 40908)
        media_id = f"media {self.number()} {file.filename}"
        self.files[media_id] = file.data
        return _fine({"media_id": media_id})

    def _download(self, call: Call) -> Answer:
        asked = call.json()
        wanted = {"business_id", "conversation_id", "message_id", "media_id", "media_type"}
        _need(set(asked) == wanted and asked["media_type"] in {"IMAGE", "VIDEO"}, "the body")
        _need(asked["business_id"] == BUSINESS and asked["conversation_id"] in self.left, "conversation_id")
        if f"/{asked['media_id']}" not in self.files:
            raise Refused(200, "The media does not exist.", 40007)
        return _fine({"download_url": f"{self.url}/{asked['media_id']}"})

    def _send(self, call: Call) -> Answer:
        body = call.json()
        _need(isinstance(body, dict) and body.get("business_id") == BUSINESS, "business_id")
        _need(body.get("recipient_type") == "CONVERSATION" and body.get("recipient") in self.left, "recipient")
        kind = body.get("message_type")
        members = {name for name in body if name not in {"business_id", "recipient_type", "recipient", "message_type"}}
        if kind == "SENDER_ACTION":
            _need(members == {"sender_action"} and body["sender_action"] in {"TYPING", "MARK_READ"}, "sender_action")
            self.signs.append(body["sender_action"])
            return _fine({"message": {"message_id": ""}})
        readers = {"TEXT": _text, "IMAGE": self._image, "TEMPLATE": _card}
        _need(kind in readers, "message_type")
        text, files = readers[kind](body, members)
        conversation = body["recipient"]
        if self.left[conversation] < 1:
            raise Refused(200, "Message sending is blocked due to messaging restrictions.", 40064)
        sent, before = self.number(), len(self.taken)
        answer = self.take(Taken(sent, conversation, text, files), _fine({"message": {"message_id": sent}}))
        self.left[conversation] -= len(self.taken) - before
        return answer

    def _image(self, body: dict[str, Any], members: set[str]) -> tuple[str, tuple[tuple[str, bytes], ...]]:
        _need(members == {"image"} and set(body["image"]) == {"media_id"}, "image")
        _need(body["image"]["media_id"] in self.files, "media_id")
        return "", ((body["image"]["media_id"].split(" ", 2)[2], self.files[body["image"]["media_id"]]),)


def _text(body: dict[str, Any], members: set[str]) -> tuple[str, tuple[tuple[str, bytes], ...]]:
    _need("text" in members and members <= {"text", "referenced_message_info"}, "text")
    _need(set(body.get("referenced_message_info", {"referenced_message_id"})) == {"referenced_message_id"}, "quotation")
    text = body["text"].get("body")
    _need(set(body["text"]) == {"body"} and isinstance(text, str) and 0 < _units(text) <= 6000, "text.body")
    return text, ()


def _card(body: dict[str, Any], members: set[str]) -> tuple[str, tuple[tuple[str, bytes], ...]]:
    card = body.get("template", {})
    _need(members == {"template"} and set(card) == {"type", "title", "buttons"}, "template")
    _need(card["type"] == "QA_BUTTON_CARD" and 0 < _units(card["title"]) <= 40, "template.title")
    _need(1 <= len(card["buttons"]) <= 3, "template.buttons")
    for button in card["buttons"]:
        _need(set(button) == {"type", "title", "id"} and button["type"] == "REPLY", "template.buttons")
        _need(0 < _units(button["title"]) <= 20 and 0 < len(button["id"]) <= 40, "template.buttons.title")
    return card["title"], ()


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _fine(data: dict[str, Any]) -> Answer:
    return as_json({"code": 0, "message": "OK", "request_id": "2026", "data": data})


def _need(condition: object, what: str) -> None:
    if not condition:
        raise Refused(200, f"Param {what} is invalid.", 40002)


if __name__ == "__main__":
    serve(TikTokStandIn, {"app_secret": APP_SECRET, "access_token": ACCESS_TOKEN})
