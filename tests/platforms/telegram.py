"""A stand-in for the Bot API, with the rules of core.telegram.org/bots/api."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import httpx

from tests.contract.platform import Taken
from tests.platforms.base import Answer, Call, Part, Refused, StandIn, as_json, multipart, serve

TOKEN = "123456789:AAExampleTokenOfTheStandIn-x0000000"
SECRET = "a-secret_token-for-the-webhook"
SENDER = {"id": 5551, "is_bot": False, "first_name": "Ada", "last_name": "Lovelace", "language_code": "en"}


@dataclass(frozen=True, slots=True)
class _Upload:
    """A file within a form: the field's name and its content."""

    field: str
    part: Part


class TelegramStandIn(StandIn):
    """One bot. `files` are what people sent to it, by file id."""

    description: ClassVar[str] = __doc__

    def __init__(self, *, port: int = 0, token: str = TOKEN, secret: str = SECRET) -> None:
        self.token, self.secret = token, secret
        self.files: dict[str, bytes] = {}
        # What getWebhookInfo says beside the address, which is `door`.
        self.webhook: dict[str, Any] = {"pending_update_count": 0}
        self._last_message = 1000
        self._last_update = 0
        super().__init__(port=port)

    def be_busy(self) -> float | None:
        """Answer the next message with 429 and seven seconds."""
        self._orders.append("busy")
        return 7.0

    def busy(self) -> Answer:
        said = {"ok": False, "error_code": 429, "description": "Too Many Requests: retry after 7"}
        return as_json(said | {"parameters": {"retry_after": 7}}, 429)

    def refused_for_good(self) -> Refused:
        return Refused(403, "Forbidden: bot was blocked by the user")

    def refusal(self, error: Refused) -> Answer:
        return as_json({"ok": False, "error_code": error.status, "description": error.why}, error.status)

    def signed_headers(self, body: bytes) -> dict[str, str]:
        return {"Content-Type": "application/json", "X-Telegram-Bot-Api-Secret-Token": self.secret}

    def told(self, path: str, order: dict[str, Any]) -> httpx.Response:
        """`/_say {"text": …, "chat": 5551}`: somebody writes to the bot."""
        if path != "/_say":
            raise Refused(404, f"no order is called {path}")
        return self.deliver(self.message(order["text"], chat=int(order.get("chat", SENDER["id"]))))

    # What it calls our door with ------------------------------------------------------------------------------

    def message(self, text: str = "", *, chat: int = 5551, at: int = 1772600767, **fields: Any) -> dict[str, Any]:
        """Return the update for a message in a private chat; `fields` are further members of the message."""
        self._last_message += 1
        person = SENDER | {"id": chat}
        message = {"message_id": self._last_message, "from": person, "date": at}
        message["chat"] = {"id": chat, "type": "private", "first_name": person["first_name"]}
        return self.update(message=message | ({"text": text} if text else {}) | fields)

    def update(self, **kind: Any) -> dict[str, Any]:
        """Return an update with the next number."""
        self._last_update += 1
        return {"update_id": self._last_update, **kind}

    # What it does with our calls ------------------------------------------------------------------------------

    def answer(self, call: Call) -> Answer:
        if call.path.startswith("/file/bot"):
            return self._file(call)
        token, _slash, method = call.path.removeprefix("/bot").partition("/")
        if token != self.token:
            raise Refused(401, "Unauthorized")
        methods: dict[str, Callable[[Call], Answer]] = {
            "sendMessage": self._send_message,
            "sendPhoto": lambda call: self._send_file(call, "photo"),
            "sendDocument": lambda call: self._send_file(call, "document"),
            "getFile": self._get_file,
            "getMe": self._get_me,
            "getWebhookInfo": self._get_webhook_info,
        }
        if call.method != "POST" or method not in methods:
            raise Refused(404, "Not Found")
        return methods[method](call)

    def _get_me(self, call: Call) -> Answer:
        _known(call.json(), set())
        bot = {"id": int(self.token.partition(":")[0]), "is_bot": True, "first_name": "Shop", "username": "shop_bot"}
        return as_json({"ok": True, "result": bot})

    def _get_webhook_info(self, call: Call) -> Answer:
        _known(call.json(), set())
        return as_json({"ok": True, "result": {"url": self.door, "has_custom_certificate": False, **self.webhook}})

    def _send_message(self, call: Call) -> Answer:
        fields = call.json()
        _known(fields, {"chat_id", "text", "reply_parameters"})
        text = fields.get("text")
        if not isinstance(text, str) or not text.strip():
            raise Refused(400, "Bad Request: message text is empty")
        if len(text) > 4096:  # code points, as TDLib counts them
            raise Refused(400, "Bad Request: message is too long")
        return self._sent(fields, text)

    def _send_file(self, call: Call, field: str) -> Answer:
        form = multipart(call)
        _known(form, {"chat_id", field, "caption", "reply_parameters"})
        if field not in form or not form[field].filename:
            raise Refused(400, f"Bad Request: there is no {field} in the request")
        upload = form.pop(field)
        if field == "photo" and not upload.data.startswith((b"\x89PNG", b"\xff\xd8", b"RIFF")):
            raise Refused(400, "Bad Request: IMAGE_PROCESS_FAILED")
        if len(upload.data) > (10_000_000 if field == "photo" else 50_000_000):
            raise Refused(413, "Request Entity Too Large")
        fields = {name: part.data.decode() for name, part in form.items()}
        caption = fields.get("caption", "")
        if len(caption) > 1024:
            raise Refused(400, "Bad Request: message caption is too long")
        if "reply_parameters" in fields:
            fields["reply_parameters"] = json.loads(fields["reply_parameters"])
        return self._sent(fields, caption, _Upload(field, upload))

    def _sent(self, fields: dict[str, Any], text: str, upload: _Upload | None = None) -> Answer:
        chat = str(fields.get("chat_id", ""))
        if not chat.lstrip("-").isdigit():
            raise Refused(400, "Bad Request: chat not found")
        reply = fields.get("reply_parameters", {"message_id": 1})
        if not isinstance(reply, dict) or type(reply.get("message_id")) is not int:
            raise Refused(400, "Bad Request: message to be replied not found")
        self._last_message += 1
        message: dict[str, Any] = {"message_id": self._last_message, "date": 1772600800}
        message["chat"] = {"id": int(chat), "type": "private", "first_name": "Ada"}
        message |= {"caption": text} if upload else {"text": text}
        files = ((upload.part.filename, upload.part.data),) if upload else ()
        taken = Taken(f"{chat}:{self._last_message}", chat, text, files)
        return self.take(taken, as_json({"ok": True, "result": message}))

    def _get_file(self, call: Call) -> Answer:
        file_id = call.json().get("file_id")
        if file_id not in self.files:
            raise Refused(400, "Bad Request: wrong file_id or the file is temporarily unavailable")
        if len(self.files[file_id]) > 20_000_000:
            raise Refused(400, "Bad Request: file is too big")
        return as_json({"ok": True, "result": {"file_id": file_id, "file_path": f"photos/{file_id}.jpg"}})

    def _file(self, call: Call) -> Answer:
        token, _slash, path = call.path.removeprefix("/file/bot").partition("/")
        file_id = path.removeprefix("photos/").removesuffix(".jpg")
        if call.method != "GET" or token != self.token or file_id not in self.files:
            raise Refused(404, "Not Found")
        return Answer(self.files[file_id], headers={"Content-Type": "application/octet-stream"})


def _known(fields: Any, allowed: set[str]) -> None:
    """Refuse misspelt fields: Telegram ignores them, and so would never tell."""
    if not isinstance(fields, dict) or not set(fields) <= allowed:
        raise Refused(400, f"Bad Request: fields {fields!r}")


if __name__ == "__main__":
    serve(TelegramStandIn, {"token": TOKEN, "secret": SECRET})
