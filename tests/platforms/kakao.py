"""A stand-in for the hub partner Happytalk, with the rules of its pages for KakaoTalk consultation."""

import re
from typing import Any, ClassVar

import httpx

from tests.contract.platform import Taken
from tests.platforms.base import PATIENCE, Answer, Call, Part, Refused, StandIn, as_json, multipart, serve

SENDER_KEY = "2662e99eb7a1f21abb3955278e9955f5a9a99b62"
CLIENT_ID = "example-client"
CLIENT_SECRET = "example-client-secret-of-the-stand-in"
WEBHOOK_KEY = "a-long-word-in-the-address"
PERSON = "Yj3qLmZ4kX1a"


class KakaoStandIn(StandIn):
    """One KakaoTalk channel. `media` are files by path; `sessions` the people whose consultation is open."""

    description: ClassVar[str] = __doc__

    def __init__(
        self,
        *,
        port: int = 0,
        sender_key: str = SENDER_KEY,
        client_id: str = CLIENT_ID,
        client_secret: str = CLIENT_SECRET,
        webhook_key: str = WEBHOOK_KEY,
    ) -> None:
        self.sender_key, self.webhook_key = sender_key, webhook_key
        self._login = (client_id, client_secret)
        self.media: dict[str, Part] = {}
        self.sessions = {PERSON}
        self._serials: set[str] = set()
        super().__init__(port=port)

    def be_busy(self) -> float | None:
        """Answer the next message with 429, which names no time."""
        self._orders.append("busy")
        return None

    def busy(self) -> Answer:
        return as_json({"code": "-429", "message": "TooManyRequests"}, 429)

    def refused_for_good(self) -> Refused:
        return Refused(200, "NoSessionException", -503)

    def refusal(self, error: Refused) -> Answer:
        return as_json({"code": str(error.code or -500), "message": error.why}, error.status)

    def told(self, path: str, order: dict[str, Any]) -> httpx.Response:
        """`/_say {"text": …}`: a customer writes."""
        if path != "/_say":
            raise Refused(404, f"no order is called {path}")
        return self.tell("message", self.said(type="text", content=order["text"]))

    # What it calls our door with ------------------------------------------------------------------------------

    def tell(self, kind: str, document: dict[str, Any], *, key: str = "") -> httpx.Response:
        """Call the registered address, with what it is about behind it."""
        return httpx.post(f"{self.door}?key={key or self.webhook_key}/{kind}", json=document, timeout=PATIENCE)

    def said(self, *, person: str = PERSON, at: int = 1772600767_000, **content: Any) -> dict[str, Any]:
        """Return the document of one message."""
        base = {"user_key": person, "sender_key": self.sender_key, "session_id": "163477524", "time": at}
        return base | content

    # What it does with our calls ------------------------------------------------------------------------------

    def answer(self, call: Call) -> Answer:
        if call.method == "GET" and call.path in self.media:
            part = self.media[call.path]
            return Answer(part.data, headers={"Content-Type": part.content_type})
        if (call.headers.get("ht-client-id"), call.headers.get("ht-client-secret")) != self._login:
            raise Refused(401, "Unauthorized", -401)
        if (call.method, call.path) == ("POST", "/v1/chat/write"):
            return self._write(call.json())
        found = re.fullmatch(r"/v1/(image|file)/upload", call.path)
        if call.method != "POST" or not found:
            raise Refused(404, "NotFound", -404)
        return self._upload(found[1], multipart(call))

    def _write(self, message: Any) -> Answer:
        kind = message.get("message_type")
        members = {"TX": {"message"}, "IM": {"image_url"}, "FI": {"file_url", "file_name", "file_size"}}
        fixed = {"user_key", "sender_key", "serial_number", "message_type"}
        _need(kind in members and set(message) == fixed | members[kind], f"members {sorted(message)}")
        _need(message["sender_key"] == self.sender_key, "InvalidSenderException(senderKey)", -501)
        _need(0 < len(message["user_key"]) <= 20, "user_key")
        _need(0 < len(message["serial_number"]) <= 30, "serial_number")
        _need(message["user_key"] in self.sessions, "NoSessionException", -503)
        text = message.get("message", "")
        _need(isinstance(text, str) and len(text) <= 1000 and (text or kind != "TX"), "message")
        files: tuple[tuple[str, bytes], ...] = ()
        if kind != "TX":
            url = message["image_url" if kind == "IM" else "file_url"]
            part = self.media.get(url.removeprefix(self.url))
            _need(part, "a file that was not uploaded")
            assert part is not None
            _need(message.get("file_size", len(part.data)) == len(part.data), "file_size")
            files = ((part.filename, part.data),)
        _need(message["serial_number"] not in self._serials, "DuplicatedSerialNumberException", -504)
        before = len(self.taken)
        taken = Taken(message["serial_number"], message["user_key"], text, files)
        answer = self.take(taken, as_json({"code": 0}))
        if len(self.taken) > before:
            self._serials.add(message["serial_number"])
        return answer

    def _upload(self, kind: str, form: dict[str, Part]) -> Answer:
        _need(set(form) == {"sender_key", kind}, f"fields {sorted(form)}")
        _need(form["sender_key"].data.decode() == self.sender_key, "InvalidSenderException(senderKey)", -501)
        part = form[kind]
        _need(kind != "image" or part.data.startswith((b"\x89PNG", b"\xff\xd8")), "InvalidImageFormatException", -505)
        path = f"/dn/{len(self.media)}/{kind}"
        self.media[path] = part
        return as_json({"code": "0000", kind: f"{self.url}{path}", "name": part.filename, "size": len(part.data)})


def _need(condition: object, what: str, code: int = -400) -> None:
    if not condition:
        raise Refused(200, what, code)


if __name__ == "__main__":
    options = {"sender_key": SENDER_KEY, "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    serve(KakaoStandIn, options | {"webhook_key": WEBHOOK_KEY})
