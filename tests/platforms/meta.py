"""What the stand-ins for Messenger and Instagram share: Meta's Graph API, its one Send API, its signed webhooks."""

import hashlib
import hmac
import json
import re
from typing import Any, ClassVar

import httpx

from tests.contract.platform import Taken
from tests.platforms.base import Answer, Call, Refused, StandIn, as_json

ACCESS_TOKEN = "EAAGexamplePageTokenOfTheStandIn0001"
APP_SECRET = "fedcba9876543210fedcba9876543210"
APP = "1234509876"
VERSION = "v25.0"
PERSON = "24680135791113"


class GraphRefused(Refused):
    """A no of the Graph API, which says more in its subcode."""

    def __init__(self, why: str, code: int = 100, subcode: int = 0) -> None:
        super().__init__(400, why, code)
        self.subcode = subcode


class MetaStandIn(StandIn):
    """One page or account. `files` are what people sent, by path; `uploads` what was handed over to be sent.

    `is_late` says that the customer wrote more than a day ago; `human_agent` that the app may answer all the same.
    `in_public` is what people said in public, by id with its author: it may be answered there, and once in private.
    """

    product: ClassVar[str]
    public_edge: ClassVar[str]
    actions: ClassVar[frozenset[str]] = frozenset({"typing_on", "typing_off", "mark_seen"})

    def __init__(
        self, *, port: int = 0, own: str, access_token: str = ACCESS_TOKEN, app_secret: str = APP_SECRET
    ) -> None:
        self.own, self.access_token, self.app_secret = own, access_token, app_secret
        self.files: dict[str, tuple[str, bytes]] = {}
        self.uploads: dict[str, tuple[str, str, bytes]] = {}
        self.people: dict[str, dict[str, str]] = {}
        self.acted: list[tuple[str, str]] = []
        self.fields: list[str] = ["messages"]
        self.in_public: dict[str, str] = {}
        self.is_late = self.human_agent = False
        self._last = 0
        super().__init__(port=port)

    @property
    def api_base(self) -> str:
        """What an account's `api_base` must be to end up here."""
        return f"{self.url}/{VERSION}"

    def be_busy(self) -> float | None:
        """Answer the next message with "too many calls", which names no time."""
        self._orders.append("busy")
        return None

    def busy(self) -> Answer:
        return self.refusal(GraphRefused("Calls to this api have exceeded the rate limit.", 613))

    def refused_for_good(self) -> Refused:
        return GraphRefused("This person isn't available right now.", 551, 1545041)

    def refusal(self, error: Refused) -> Answer:
        said: dict[str, Any] = {"message": f"(#{error.code}) {error.why}", "type": "OAuthException"}
        said |= {"code": error.code or 100, "fbtrace_id": "AbCdEfGhIjK"}
        if subcode := getattr(error, "subcode", 0):
            said["error_subcode"] = subcode
        return as_json({"error": said}, error.status)

    def signed_headers(self, body: bytes) -> dict[str, str]:
        digest = hmac.new(self.app_secret.encode(), body, hashlib.sha256).hexdigest()
        return {"Content-Type": "application/json", "X-Hub-Signature-256": f"sha256={digest}"}

    def told(self, path: str, order: dict[str, Any]) -> httpx.Response:
        """`/_say {"text": …}`: a message. `/_receipt {"id": …}`: everything until now was read."""
        if path == "/_say":
            return self.deliver(self.said(order["text"]))
        if path == "/_receipt":
            return self.deliver(self.seen(order["id"]))
        raise Refused(404, f"no order is called {path}")

    # What it calls our door with ------------------------------------------------------------------------------

    def said(self, text: str = "", *, at: int = 1772600767000, person: str = PERSON, **content: Any) -> dict[str, Any]:
        """Return the call for one message."""
        message = {"mid": self.new_id("in"), **({"text": text} if text else {}), **content}
        return self.call(at=at, person=person, message=message)

    def seen(self, mid: str, *, at: int = 1772600790000) -> dict[str, Any]:
        """Return the call by which somebody has read `mid`."""
        raise NotImplementedError

    def echo(self, mid: str, *, at: int = 1772600780000, person: str = PERSON, **content: Any) -> dict[str, Any]:
        """Return the call for what was said in the account's name."""
        message = {"mid": mid, "is_echo": True, "app_id": int(APP), **content}
        return self.envelope(
            {"sender": {"id": self.own}, "recipient": {"id": person}, "timestamp": at, "message": message}
        )

    def call(self, *, at: int = 1772600767000, person: str = PERSON, **kind: Any) -> dict[str, Any]:
        """Return the call for something that a person did."""
        return self.envelope({"sender": {"id": person}, "recipient": {"id": self.own}, "timestamp": at, **kind})

    def envelope(self, *happenings: dict[str, Any], under: str = "messaging") -> dict[str, Any]:
        """Return the call around some events."""
        entry = {"id": self.own, "time": 1772600791000, under: list(happenings)}
        return {"object": self.product, "entry": [entry]}

    def entry(self, **content: Any) -> dict[str, Any]:
        """Return the call around one entry of other content."""
        return {"object": self.product, "entry": [{"id": self.own, "time": 1772600791, **content}]}

    def new_id(self, way: str) -> str:
        """Return an id that no message has yet."""
        self._last += 1
        return f"m_{way}{self._last:06}-Ab_Cd"

    # What it does with our calls ------------------------------------------------------------------------------

    def answer(self, call: Call) -> Answer:
        if call.method == "GET" and call.path in self.files:
            need("authorization" not in call.headers, "files are fetched without the token")
            content_type, data = self.files[call.path]
            return Answer(data, headers={"Content-Type": content_type})
        path = call.path.removeprefix(f"/{VERSION}/")
        given = call.headers.get("authorization", "").removeprefix("Bearer ")
        if path == f"{APP}/subscriptions" and given == f"{APP}|{self.app_secret}":
            known = [{"object": self.product, "callback_url": self.door, "active": True, "fields": []}]
            return as_json({"data": known if self.door else []})
        if given != self.access_token:
            raise GraphRefused("Error validating access token: The session has been invalidated", 190, 460)
        proof = hmac.new(self.app_secret.encode(), self.access_token.encode(), hashlib.sha256).hexdigest()
        if call.query.get("appsecret_proof", proof) != proof:
            raise GraphRefused("Invalid appsecret_proof provided in the API argument")
        return self._asked(call, path) if call.method == "GET" else self._told(call, path)

    def _asked(self, call: Call, path: str) -> Answer:
        fields = set(call.query.get("fields", "id").split(","))
        if path == "app":
            return as_json({"id": APP})
        place, _slash, edge = path.partition("/")
        if edge == "subscribed_apps" and place in self.places_of_own():
            return as_json({"data": [{"id": APP, "name": "Desk", "subscribed_fields": self.fields}]})
        known = self.described(path)
        if known is None:
            raise GraphRefused(f"Unsupported get request. Object with ID '{path}' does not exist", 100, 33)
        need(fields <= known.keys(), f"(#100) Tried accessing nonexisting field ({','.join(sorted(fields))})")
        return as_json({name: known[name] for name in {*fields, "id"}})

    def described(self, path: str) -> dict[str, Any] | None:
        """Return what is known of an object, None where there is none."""
        if path in self.people:
            return {"id": path} | self.people[path]
        return None

    def places_of_own(self) -> set[str]:
        """Return the names by which the account itself is addressed."""
        return {"me", self.own}

    def _told(self, call: Call, path: str) -> Answer:
        place, _slash, edge = path.partition("/")
        if call.method == "POST" and place in self.places_of_own():
            if edge == "messages":
                return self._message(call.json())
            if edge == "message_attachments":
                return self.uploaded(call)
        if call.method == "POST" and edge == self.public_edge and place in self.in_public:
            return self._below(place, call.json())
        raise GraphRefused(f"Unsupported {call.method.lower()} request: {path}")

    def _below(self, place: str, request: Any) -> Answer:
        need(isinstance(request, dict) and set(request) == {"message"} and request["message"].strip(), "message")
        said = self.new_id("below")
        return self.take(Taken(said, place, request["message"]), as_json({"id": said}))

    def uploaded(self, call: Call) -> Answer:
        """Keep a file that is to be sent."""
        raise GraphRefused("this product takes no uploads")

    def _message(self, request: Any) -> Answer:
        need(isinstance(request, dict), "a JSON object is needed")
        recipient = request.get("recipient", {})
        for kind in ("comment_id", "post_id"):
            if kind in recipient:
                return self._privately(recipient[kind], request)
        person = recipient.get("id")
        need(isinstance(person, str) and re.fullmatch(r"[0-9]{5,20}", person), "recipient.id must be a scoped id")
        if "sender_action" in request:
            need(set(request) == {"recipient", "sender_action"}, "a sender_action goes alone")
            need(request["sender_action"] in self.actions, "sender_action must be a known one")
            self.acted.append((person, request["sender_action"]))
            return as_json({"recipient_id": person})
        need(
            set(request) <= {"recipient", "message", "messaging_type", "tag", "reply_to"},
            f"only known fields, not {sorted(request)}",
        )
        self._check_kind(request)
        need(set(request.get("reply_to", {"mid": ""})) == {"mid"}, "reply_to.mid")
        text, files = self._content(request.get("message"))
        mid = self.new_id("out")
        return self.take(Taken(mid, person, text, files), as_json({"recipient_id": person, "message_id": mid}))

    def _privately(self, said: str, request: dict[str, Any]) -> Answer:
        """Take the one private answer to what was said in public."""
        if said not in self.in_public:
            raise GraphRefused("The comment has been answered in private already, or is none", 10900)
        need(("post_id" in request["recipient"]) == said.startswith(f"{self.own}_"), "post_id for a post")
        text, files = self._content(request.get("message"))
        need(not files and "tag" not in request, "a text alone")
        person, mid = self.in_public.pop(said), self.new_id("out")
        return self.take(Taken(mid, person, text), as_json({"recipient_id": person, "message_id": mid}))

    def _check_kind(self, request: dict[str, Any]) -> None:
        """Keep the window of a day, and its one exception."""
        kind, tag = request.get("messaging_type"), request.get("tag")
        need(kind in self.kinds(), "messaging_type must be a known one")
        need((kind == "MESSAGE_TAG") == (tag is not None), "a tag goes with MESSAGE_TAG, and only with that")
        if tag is not None and (tag != "HUMAN_AGENT" or not self.human_agent):
            raise GraphRefused("Invalid or unapproved message tag", 100, 1893061)
        need(tag is None or self.is_late, "the tag HUMAN_AGENT is not for answers within 24 hours")
        if tag is None and self.is_late:
            raise GraphRefused("This message is sent outside of allowed window.", 10, self.too_late())

    def kinds(self) -> set[str | None]:
        """Return the messaging types there are."""
        return {"RESPONSE", "UPDATE", "MESSAGE_TAG"}

    def too_late(self) -> int:
        """Return the subcode for a window that has closed."""
        return 2018278

    def _content(self, message: Any) -> tuple[str, tuple[tuple[str, bytes], ...]]:
        need(isinstance(message, dict), "message must be an object")
        need(set(message) <= self.parts(), f"message with known fields only, not {sorted(message)}")
        need(("text" in message) != ("attachment" in message), "message has a text or an attachment")
        metadata, replies = message.get("metadata", ""), message.get("quick_replies", [])
        need(isinstance(metadata, str) and len(metadata) <= 1000, "metadata of at most 1000 characters")
        need(isinstance(replies, list) and len(replies) <= 13, "at most 13 quick replies")
        for reply in replies:
            need(set(reply) == {"content_type", "title", "payload"}, "a quick reply has a type, a title, a payload")
            need(reply["content_type"] == "text" and 0 < len(reply["title"]) <= 20, "a title of 1 to 20 characters")
        if "text" in message:
            text = message["text"]
            need(isinstance(text, str) and text.strip() and self.fits(text), "text must not be empty or too long")
            return text, ()
        return "", (self.attached(message["attachment"]),)

    def parts(self) -> set[str]:
        """Return the fields that a message may have."""
        return {"text", "attachment", "quick_replies", "metadata"}

    def fits(self, text: str) -> bool:
        """Tell whether a text is not too long."""
        raise NotImplementedError

    def attached(self, attachment: Any) -> tuple[str, bytes]:
        """Return the file that an attachment names."""
        raise NotImplementedError


def need(condition: object, what: str) -> None:
    """Refuse a call that lacks something."""
    if not condition:
        raise GraphRefused(what)


def described_upload(form_field: bytes) -> str:
    """Return the type of a file that is being uploaded."""
    described = json.loads(form_field)
    need(set(described) == {"attachment"}, "message.attachment")
    attachment = described["attachment"]
    need(attachment.get("payload") == {"is_reusable": True}, "payload.is_reusable")
    need(attachment.get("type") in {"image", "audio", "video", "file"}, "type of attachment")
    return str(attachment["type"])
