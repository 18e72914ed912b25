"""A stand-in for the Bot API, with the rules of core.telegram.org/bots/api."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

import httpx

from tests.contract.platform import Taken
from tests.platforms.base import Answer, Call, Part, Refused, StandIn, as_json, multipart, serve

TOKEN = "123456789:AAExampleTokenOfTheStandIn-x0000000"
SECRET = "a-secret_token-for-the-webhook"
SENDER = {"id": 5551, "is_bot": False, "first_name": "Ada", "last_name": "Lovelace", "language_code": "en"}


# Bytes.
FILE_LIMITS = {"photo": 10_000_000} | dict.fromkeys(("document", "video", "audio", "voice", "animation"), 50_000_000)
ACTIONS = frozenset({"typing", "upload_photo", "record_video", "upload_document", "choose_sticker", "find_location"})


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
        # What people were shown beside messages: the chat and the action.
        self.signs: list[tuple[str, str]] = []
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

    def membership(self, status: str, *, chat: int = 5551, at: int = 1772600767) -> dict[str, Any]:
        """Return the update by which somebody blocks the bot ("kicked") or starts it again ("member")."""
        bot = {"id": 123456789, "is_bot": True, "first_name": "Shop"}
        change = {"chat": {"id": chat, "type": "private"}, "from": SENDER | {"id": chat}, "date": at}
        before = {"user": bot, "status": "kicked" if status == "member" else "member"}
        return self.update(
            my_chat_member=change | {"old_chat_member": before, "new_chat_member": {"user": bot, "status": status}}
        )

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
            **{f"send{field.title()}": partial(self._send_file, field) for field in FILE_LIMITS},
            "sendChatAction": self._chat_action,
            "setWebhook": self._set_webhook,
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
        _known(fields, {"chat_id", "text", "reply_parameters", "reply_markup"})
        text = fields.get("text")
        if not isinstance(text, str) or not text.strip():
            raise Refused(400, "Bad Request: message text is empty")
        if len(text) > 4096:  # code points, as TDLib counts them
            raise Refused(400, "Bad Request: message is too long")
        return self._sent(fields, text)

    def _chat_action(self, call: Call) -> Answer:
        fields = call.json()
        _known(fields, {"chat_id", "action"})
        if fields["action"] not in ACTIONS:
            raise Refused(400, "Bad Request: wrong parameter action in request")
        self.signs.append((str(fields["chat_id"]), fields["action"]))
        return as_json({"ok": True, "result": True})

    def _set_webhook(self, call: Call) -> Answer:
        fields = call.json()
        _known(fields, {"url", "secret_token", "allowed_updates"})
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", fields["secret_token"]):
            raise Refused(400, "Bad Request: secret token contains unallowed characters")
        if not fields["url"].startswith("https://"):
            raise Refused(400, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook")
        self.door, self.secret = fields["url"], fields["secret_token"]
        self.webhook["allowed_updates"] = fields["allowed_updates"]
        return as_json({"ok": True, "result": True, "description": "Webhook was set"})

    def _send_file(self, field: str, call: Call) -> Answer:
        form = multipart(call)
        _known(form, {"chat_id", field, "caption", "reply_parameters", "reply_markup"})
        if field not in form or not form[field].filename:
            raise Refused(400, f"Bad Request: there is no {field} in the request")
        upload = form.pop(field)
        if field == "photo" and not upload.data.startswith((b"\x89PNG", b"\xff\xd8", b"RIFF")):
            raise Refused(400, "Bad Request: IMAGE_PROCESS_FAILED")
        if len(upload.data) > FILE_LIMITS[field]:
            raise Refused(413, "Request Entity Too Large")
        fields = {name: part.data.decode() for name, part in form.items()}
        caption = fields.get("caption", "")
        if len(caption) > 1024:
            raise Refused(400, "Bad Request: message caption is too long")
        for name in {"reply_parameters", "reply_markup"} & set(fields):
            fields[name] = json.loads(fields[name])
        return self._sent(fields, caption, _Upload(field, upload))

    def _sent(self, fields: dict[str, Any], text: str, upload: _Upload | None = None) -> Answer:
        chat = str(fields.get("chat_id", ""))
        if not chat.lstrip("-").isdigit():
            raise Refused(400, "Bad Request: chat not found")
        reply = fields.get("reply_parameters", {"message_id": 1})
        if not isinstance(reply, dict) or type(reply.get("message_id")) is not int:
            raise Refused(400, "Bad Request: message to be replied not found")
        _check_markup(fields.get("reply_markup"))
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


def _check_markup(markup: Any) -> None:
    if markup is None:
        return
    rows = markup.get("keyboard") if isinstance(markup, dict) else None
    if not rows or set(markup) != {"keyboard", "one_time_keyboard", "resize_keyboard"}:
        raise Refused(400, "Bad Request: object expected as reply markup")
    if any(set(button) != {"text"} or not button["text"] for row in rows for button in row):
        raise Refused(400, "Bad Request: keyboard button text must be non-empty")


def _known(fields: Any, allowed: set[str]) -> None:
    """Refuse misspelt fields: Telegram ignores them, and so would never tell."""
    if not isinstance(fields, dict) or not set(fields) <= allowed:
        raise Refused(400, f"Bad Request: fields {fields!r}")


if __name__ == "__main__":
    serve(TelegramStandIn, {"token": TOKEN, "secret": SECRET})
