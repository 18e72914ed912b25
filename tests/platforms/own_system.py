"""A stand-in for a system that an organisation built itself, as docs/channels/api.md asks it to behave."""

import base64
import hashlib
import hmac
import time
from datetime import UTC, datetime
from typing import Any, ClassVar
from uuid import uuid4

import httpx

from tests.contract.platform import Taken
from tests.platforms.base import Answer, Call, Refused, StandIn, as_json, serve
from tests.platforms.fetching import fetch

# Each side's secret: 32 bytes in Base64.
INBOUND = "whsec_" + base64.b64encode(b"what the other system signs with").decode()
OUTBOUND = "whsec_" + base64.b64encode(b"what our own desk signs its with").decode()
PATH = "/desk-messages"
_MESSAGE = {"id", "to", "text", "attachments", "quick_replies", "reply_to", "conversation", "language", "automatic"}


def signature(secret: str, call_id: str, stamp: str, body: bytes) -> str:
    """Return what github.com/standard-webhooks/standard-webhooks asks for."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.new(key, f"{call_id}.{stamp}.".encode() + body, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode()


def signed_headers(body: bytes, *, secret: str = INBOUND, at: int | None = None) -> dict[str, str]:
    """Return the headers of a call at Unix second `at`, now without."""
    call_id, stamp = f"call_{uuid4().hex}", str(int(time.time()) if at is None else at)
    proof = {"webhook-id": call_id, "webhook-timestamp": stamp}
    return {
        "Content-Type": "application/json",
        **proof,
        "webhook-signature": signature(secret, call_id, stamp, body),
    }


def call(kind: str, *, at: str = "2026-03-04T05:06:07+00:00", **data: Any) -> dict[str, Any]:
    """Return the body of a call; `from_` stands for "from", which is a word of Python."""
    said = {name.removesuffix("_"): value for name, value in data.items()}
    return {"type": kind, "timestamp": at, "data": said}


class OwnSystem(StandIn):
    """Takes what is signed and well-formed, each call once; signatures are not checked while it is `trusting`."""

    description: ClassVar[str] = __doc__

    def __init__(self, *, port: int = 0, inbound: str = INBOUND, outbound: str = OUTBOUND) -> None:
        self.inbound, self.outbound = inbound, outbound
        self.trusting = False
        self.told_of: list[tuple[str, dict[str, Any]]] = []
        self._seen: set[str] = set()
        self._no = Refused(422, "nobody is called that")
        super().__init__(port=port)

    @property
    def address(self) -> str:
        """What an account's `url` must be to end up here."""
        return f"{self.url}{PATH}"

    def be_busy(self) -> float | None:
        """Answer the next message with 429 and seven seconds."""
        self._orders.append("busy")
        return 7.0

    def busy(self) -> Answer:
        return as_json({"error": "too much at once"}, 429, {"Retry-After": "7"})

    def say_no(self, status: int, why: str = "") -> None:
        """Refuse the next message with a certain status."""
        self._no = Refused(status, why)
        self._orders.append("refuse")

    def refused_for_good(self) -> Refused:
        return self._no

    def refusal(self, error: Refused) -> Answer:
        return as_json({"error": error.why} if error.why else [], error.status)

    def signed_headers(self, body: bytes) -> dict[str, str]:
        return signed_headers(body, secret=self.inbound)

    def told(self, path: str, order: dict[str, Any]) -> httpx.Response:
        """`/_say {"text": …, "from": {"id": …}}`: a message. `/_receipt {"id": …, "status": "read"}`: a receipt."""
        now = datetime.now(UTC).isoformat()
        if path == "/_say":
            who = order.get("from", {"id": "ada"})
            return self.deliver(call("message.created", at=now, id=uuid4().hex, from_=who, text=order["text"]))
        if path == "/_receipt":
            return self.deliver(call(f"message.{order['status']}", at=now, id=order["id"]))
        raise Refused(404, f"no order is called {path}")

    def answer(self, call: Call) -> Answer:
        if (call.method, call.path) != ("POST", PATH):
            raise Refused(404, "nothing is here")
        call_id = call.headers.get("webhook-id", "")
        self._check_signature(call, call_id)
        said = call.json()
        _need(isinstance(said, dict) and set(said) == {"type", "timestamp", "data"}, "type, timestamp and data")
        moment = datetime.fromisoformat(said["timestamp"])
        _need(moment.tzinfo is not None and abs(moment.timestamp() - time.time()) < 300, "a present timestamp")
        if said["type"] == "message.created":
            return self._message(call_id, said["data"])
        known = {"ping": set(), "agent.typing": {"to"}, "message.read": {"id", "to"}}
        _need(said["type"] in known and set(said["data"]) == known[said["type"]], "a known type with its fields")
        self.told_of.append((said["type"], said["data"]))
        return Answer(b"", 204)

    def _check_signature(self, call: Call, call_id: str) -> None:
        stamp = call.headers.get("webhook-timestamp", "")
        if not call_id or not stamp.isdigit() or abs(int(stamp) - time.time()) > 300:
            raise Refused(401, "webhook-id and a present webhook-timestamp")
        given = call.headers.get("webhook-signature", "").split(" ")
        if not self.trusting and signature(self.outbound, call_id, stamp, call.body) not in given:
            raise Refused(401, "the signature is wrong")

    def _message(self, call_id: str, data: Any) -> Answer:
        _need(isinstance(data, dict) and set(data) == _MESSAGE, "the fields of a message")
        texts = ("id", "to", "text", "reply_to", "conversation", "language")
        _need(all(isinstance(data[name], str) for name in texts) and data["id"] and data["to"], "texts")
        _need(data["id"] == call_id, "an id that is the call's, too")
        _need(isinstance(data["automatic"], bool), "automatic")
        _need(data["text"] or data["attachments"], "a text or a file")
        if call_id in self._seen:
            return Answer(b"", 200)  # it was taken already
        files = tuple(_fetched(file) for file in data["attachments"])
        answer = self.take(Taken(data["id"], data["to"], data["text"], files), Answer(b"", 200))
        if self.taken and self.taken[-1].external_id == data["id"]:
            self._seen.add(call_id)
        return answer


def _fetched(file: Any) -> tuple[str, bytes]:
    _need(isinstance(file, dict) and set(file) == {"name", "content_type", "size", "url"}, "the fields of a file")
    found = fetch(file["url"])
    _need((len(found.data), found.content_type) == (file["size"], file["content_type"]), "the file that was named")
    return file["name"], found.data


def _need(condition: object, what: str) -> None:
    if not condition:
        raise Refused(400, f"wanted: {what}")


if __name__ == "__main__":
    serve(OwnSystem, {"inbound": INBOUND, "outbound": OUTBOUND})
