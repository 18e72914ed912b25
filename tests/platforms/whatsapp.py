"""A stand-in for WhatsApp's Cloud API, with the rules of Meta's pages for messages, media and webhooks."""

import hashlib
import hmac
import re
from typing import Any, ClassVar

import httpx

from tests.contract.platform import Taken
from tests.platforms.base import Answer, Call, Refused, StandIn, as_json, multipart, serve
from tests.platforms.whatsapp_rules import approved, filled, need, offered

NUMBER = "1122334455667"
BUSINESS = "2233445566778"
DISPLAYED = "972123456789"
ACCESS_TOKEN = "EAAGexampleAccessTokenOfTheStandIn"
APP_SECRET = "0123456789abcdef0123456789abcdef"
VERSION = "v26.0"
# The types that the media endpoint takes, each with the most bytes for its kind.
MEDIA_TYPES = {
    **dict.fromkeys(["image/jpeg", "image/png", "image/webp"], 5_000_000),
    **dict.fromkeys(["audio/aac", "audio/amr", "audio/mp4", "audio/mpeg", "audio/ogg"], 16_000_000),
    **dict.fromkeys(["video/mp4", "video/3gpp"], 16_000_000),
    **dict.fromkeys(["application/pdf", "text/plain", "application/msword"], 100_000_000),
}
_BSUID = re.compile(r"[A-Z]{2}\.(ENT\.)?[A-Za-z0-9]{1,128}")


class WhatsAppStandIn(StandIn):
    """One phone number. `media` are files by id: what customers sent, and what was uploaded to be sent.

    `is_late` says that the customer wrote more than a day ago: only one of the `templates` may be sent. `shown` are the
    signs beside customers' messages.
    """

    description: ClassVar[str] = __doc__

    def __init__(
        self,
        *,
        port: int = 0,
        number: str = NUMBER,
        access_token: str = ACCESS_TOKEN,
        app_secret: str = APP_SECRET,
    ) -> None:
        self.number, self.access_token, self.app_secret = number, access_token, app_secret
        self.media: dict[str, tuple[str, str, bytes]] = {}
        # Which address Meta calls: of the number, of the business, of the app.
        self.webhooks: dict[str, str] = {}
        self.templates: list[dict[str, Any]] = []
        self.shown: list[dict[str, Any]] = []
        self.is_late = False
        self._last = 0
        super().__init__(port=port)

    @property
    def api_base(self) -> str:
        """What an account's `api_base` must be to end up here."""
        return f"{self.url}/{VERSION}"

    def be_busy(self) -> float | None:
        """Answer the next message with "rate limit hit", which names no time."""
        self._orders.append("busy")
        return None

    def busy(self) -> Answer:
        return _error(429, 130429, "(#130429) Rate limit hit", "Cloud API message throughput has been reached.")

    def refused_for_good(self) -> Refused:
        return Refused(400, "Re-engagement message", 131047)

    def refusal(self, error: Refused) -> Answer:
        return _error(error.status, error.code or 100, f"(#{error.code or 100}) {error.why}", error.why)

    def signed_headers(self, body: bytes) -> dict[str, str]:
        digest = hmac.new(self.app_secret.encode(), body, hashlib.sha256).hexdigest()
        return {"Content-Type": "application/json", "X-Hub-Signature-256": f"sha256={digest}"}

    def told(self, path: str, order: dict[str, Any]) -> httpx.Response:
        """`/_say {"text": …, "phone": …}`: a message. `/_receipt {"id": …, "status": "read"}`: a receipt."""
        if path == "/_say":
            return self.deliver(self.message(text={"body": order["text"]}, phone=order.get("phone", "972987654321")))
        if path == "/_receipt":
            return self.deliver(self.status(order["id"], order["status"]))
        raise Refused(404, f"no order is called {path}")

    # What it calls our door with ------------------------------------------------------------------------------

    def message(
        self, *, phone: str = "972987654321", at: int = 1772600767, name: str = "Test Name", **content: Any
    ) -> dict[str, Any]:
        """Return the call for one message; `content` is its kind and that kind's object, `text={"body": …}`."""
        (kind,) = content
        self._last += 1
        message = {"from": phone, "id": f"wamid.in{self._last:06}=", "timestamp": str(at), "type": kind, **content}
        return self.call(contacts=[{"profile": {"name": name}, "wa_id": phone}], messages=[message])

    def status(self, message_id: str, status: str, *, at: int = 1772600790, **fields: Any) -> dict[str, Any]:
        """Return the call for one receipt."""
        news = {"id": message_id, "status": status, "timestamp": str(at), "recipient_id": "972987654321", **fields}
        return self.call(statuses=[news])

    def call(self, **value: Any) -> dict[str, Any]:
        """Return the envelope around one change of our number."""
        metadata = {"display_phone_number": DISPLAYED, "phone_number_id": self.number}
        change = {"field": "messages", "value": {"messaging_product": "whatsapp", "metadata": metadata, **value}}
        return {"object": "whatsapp_business_account", "entry": [{"id": BUSINESS, "changes": [change]}]}

    # What it does with our calls ------------------------------------------------------------------------------

    def answer(self, call: Call) -> Answer:
        if call.headers.get("authorization") != f"Bearer {self.access_token}":
            raise Refused(401, "Invalid OAuth access token - Cannot parse access token", 190)
        if call.method == "GET" and call.path.startswith("/media-content/"):
            return self._content(call.path.removeprefix("/media-content/"))
        path = call.path.removeprefix(f"/{VERSION}/")
        if (call.method, path) == ("POST", f"{self.number}/messages"):
            request = call.json()
            return self._sign(request) if "status" in request else self._message(request)
        if (call.method, path) == ("GET", f"{BUSINESS}/message_templates"):
            return approved(self.templates, call.query)
        if (call.method, path) == ("POST", f"{self.number}/media"):
            return self._upload(call)
        if (call.method, path) == ("GET", self.number):
            return self._described(call)
        if call.method == "GET" and path in self.media:
            _name, content_type, data = self.media[path]
            found = {"messaging_product": "whatsapp", "id": path, "mime_type": content_type, "file_size": len(data)}
            return as_json(found | {"url": f"{self.url}/media-content/{path}"})
        raise Refused(400, f"Unsupported {call.method.lower()} request. Object does not exist: {path}")

    def _described(self, call: Call) -> Answer:
        """Say what is asked of the number; a proof of the app secret, where one is given, must be right."""
        proof = hmac.new(self.app_secret.encode(), self.access_token.encode(), hashlib.sha256).hexdigest()
        if call.query.get("appsecret_proof", proof) != proof:
            raise Refused(400, "Invalid appsecret_proof provided in the API argument", 100)
        known: dict[str, Any] = {"display_phone_number": f"+{DISPLAYED}", "verified_name": "Shop", "id": self.number}
        known |= {"webhook_configuration": self.webhooks} if self.webhooks else {}
        fields = call.query.get("fields", "").split(",")
        need(set(fields) <= known.keys() | {"webhook_configuration"}, f"only known fields, not {fields}")
        return as_json({name: known[name] for name in {*fields, "id"} if name in known})

    def _sign(self, request: dict[str, Any]) -> Answer:
        known = {"messaging_product", "status", "message_id", "typing_indicator"}
        need(set(request) <= known and request.get("messaging_product") == "whatsapp", "messaging_product and a status")
        need(request["status"] == "read" and str(request.get("message_id", "")).startswith("wamid."), "message_id")
        need(request.get("typing_indicator", {"type": "text"}) == {"type": "text"}, "typing_indicator.type")
        self.shown.append({name: request[name] for name in request if name != "messaging_product"})
        return as_json({"success": True})

    def _message(self, message: Any) -> Answer:
        envelope = {"messaging_product", "recipient_type", "to", "recipient", "type", "context"}
        envelope |= {"biz_opaque_callback_data"}
        need(isinstance(message, dict), "a JSON object")
        kind = message.get("type")
        need(kind in {"text", "image", "audio", "video", "document", "interactive", "template"}, "type")
        need(len(message.get("biz_opaque_callback_data", "")) <= 512, "biz_opaque_callback_data")
        need(set(message) <= envelope | {kind}, f"only known fields, not {sorted(set(message) - envelope)}")
        need(message.get("messaging_product") == "whatsapp", "messaging_product")
        need(message.get("recipient_type", "individual") == "individual", "recipient_type")
        need(isinstance(message.get("context", {"message_id": ""}).get("message_id"), str), "context.message_id")
        recipient = _recipient(message)
        if self.is_late and kind != "template":
            raise Refused(400, "Re-engagement message", 131047)
        text, files = self._said(kind, message[kind])
        self._last += 1
        message_id = f"wamid.out{self._last:06}="
        said = {"messaging_product": "whatsapp", "contacts": [{"input": recipient}], "messages": [{"id": message_id}]}
        return self.take(Taken(message_id, recipient, text, files), as_json(said))

    def _said(self, kind: str, content: Any) -> tuple[str, tuple[tuple[str, bytes], ...]]:
        if kind == "interactive":
            return offered(content), ()
        if kind == "template":
            return filled(content, self.templates), ()
        return self._text(content) if kind == "text" else self._media_of(kind, content)

    def _text(self, text: Any) -> tuple[str, tuple[tuple[str, bytes], ...]]:
        need(isinstance(text, dict) and set(text) <= {"body", "preview_url"}, "text")
        body = text.get("body")
        need(isinstance(body, str) and 0 < len(body) <= 4096, "text.body of 1 to 4096 characters")
        return body, ()

    def _media_of(self, kind: str, media: Any) -> tuple[str, tuple[tuple[str, bytes], ...]]:
        fields = {"image": {"caption"}, "video": {"caption"}, "audio": set(), "document": {"caption", "filename"}}
        need(isinstance(media, dict) and set(media) <= {"id"} | fields[kind], f"{kind} with known fields")
        need(media.get("id") in self.media, f"{kind}.id of an uploaded file")
        name, content_type, data = self.media[media["id"]]
        need(kind == "document" or content_type.startswith(kind), f"{kind} of a fitting type, not {content_type}")
        caption = media.get("caption", "")
        need(isinstance(caption, str) and len(caption) <= 1024, "caption of at most 1024 characters")
        return caption, ((name, data),)

    def _upload(self, call: Call) -> Answer:
        form = multipart(call)
        need(set(form) == {"messaging_product", "type", "file"}, "messaging_product, type and file")
        need(form["messaging_product"].data == b"whatsapp", "messaging_product")
        file = form["file"]
        need(bool(file.filename), "file with a name")
        if file.content_type not in MEDIA_TYPES or form["type"].data.decode() != file.content_type:
            raise Refused(400, f"Param file must be a file with one of the following types: … not {file.content_type}")
        if len(file.data) > MEDIA_TYPES[file.content_type]:
            raise Refused(400, "Media upload error: the file is too large", 131053)
        media_id = str(90_000_000 + len(self.media))
        self.media[media_id] = (file.filename, file.content_type, file.data)
        return as_json({"id": media_id})

    def _content(self, media_id: str) -> Answer:
        if media_id not in self.media:
            return Answer(b"", 404)
        _name, content_type, data = self.media[media_id]
        return Answer(data, headers={"Content-Type": content_type})


def _recipient(message: dict[str, Any]) -> str:
    """Return whom a message is for, written as the core writes handles."""
    if "to" in message:
        need(isinstance(message["to"], str) and re.fullmatch(r"[0-9]{5,15}", message["to"]), "to: a phone number")
        return f"+{message['to']}"
    recipient = message.get("recipient")
    need(isinstance(recipient, str) and _BSUID.fullmatch(recipient), "recipient: a business-scoped user id")
    return str(recipient)


def _error(status: int, code: int, message: str, details: str) -> Answer:
    error = {"message": message, "type": "OAuthException", "code": code, "fbtrace_id": "Az8or2yhqkZfEZ-_4Qn_Bam"}
    return as_json({"error": error | {"error_data": {"messaging_product": "whatsapp", "details": details}}}, status)


if __name__ == "__main__":
    serve(WhatsAppStandIn, {"number": NUMBER, "access_token": ACCESS_TOKEN, "app_secret": APP_SECRET})
