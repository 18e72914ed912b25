"""A stand-in for X: direct messages and media of API v2, by its OpenAPI description, and the X Activity API."""

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from email.utils import formatdate
from typing import Any, ClassVar
from urllib.parse import parse_qsl

import httpx

from tests.contract.platform import Taken
from tests.platforms.base import PATIENCE, Answer, Call, Refused, StandIn, as_json, multipart, serve

ACCOUNT = "1111111111111111111"
PERSON = "2222222222222222222"
CONSUMER_SECRET = "consumer-secret-of-the-stand-in"
ACCESS_TOKEN = "x-access-token-of-the-stand-in"
BEARER_TOKEN = "x-bearer-token-of-the-stand-in"
CLIENT_ID = "rG9n6402A3dbUJKzXTNX4oWHJ"
CLIENT_SECRET = "x-client-secret-of-the-stand-in"
REFRESH_TOKEN = "x-refresh-token-of-the-stand-in"
PROBLEMS = "https://api.x.com/2/problems"
# A moment in Unix seconds that X's clock shows, and the seconds until an exhausted limit begins anew.
NOW, WAIT = 1_772_600_769, 540
# Sends in a quarter of an hour, of one account.
MOST = 15
_ID = re.compile(r"[0-9]{1,19}")
_LIMITS = {
    "dm_image": (5_000_000, {"image/jpeg", "image/png", "image/webp"}),
    "dm_gif": (15_000_000, {"image/gif"}),
    "dm_video": (512_000_000, {"video/mp4", "video/quicktime"}),
}


def signature(body: bytes, secret: str = CONSUMER_SECRET) -> str:
    """Return what X puts into x-twitter-webhooks-signature."""
    return "sha256=" + base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


def escaped(text: str) -> str:
    """Return a text as X writes it into its events."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def event(kind: str, payload: Mapping[str, Any], account: str = ACCOUNT) -> dict[str, Any]:
    """Return an event of the X Activity API."""
    about = {"event_uuid": "-6850472171600526495", "filter": {"user_id": account}, "event_type": kind, "tag": "desk"}
    return {"data": about | {"payload": payload}}


def message(
    text: str, *, number: str, sender: str = PERSON, to: str = ACCOUNT, at: int = NOW * 1000, **data: Any
) -> dict[str, Any]:
    """Return the event of one direct message, received or sent; `data` are more members of its message_data."""
    said = {"text": escaped(text), "entities": {"hashtags": [], "symbols": [], "user_mentions": [], "urls": []}} | data
    created = {"target": {"recipient_id": to}, "sender_id": sender, "message_data": said}
    one = {"type": "message_create", "id": number, "created_timestamp": str(at), "message_create": created}
    users = {PERSON: {"data": {"id": PERSON, "username": "OtherUser", "name": "Ada"}}}
    return event("dm.sent" if sender == ACCOUNT else "dm.received", {"direct_message_events": [one], "users": users})


class XStandIn(StandIn):
    """One account and its app. `pictures` are by the path that names them, `films` by theirs."""

    description: ClassVar[str] = __doc__

    def __init__(
        self, *, port: int = 0, consumer_secret: str = CONSUMER_SECRET, access_token: str = ACCESS_TOKEN
    ) -> None:
        self.consumer_secret, self.access_token, self.refresh_token = consumer_secret, access_token, REFRESH_TOKEN
        self.pictures: dict[str, bytes] = {}
        self.films: dict[str, bytes] = {}
        self.people = {PERSON: {"id": PERSON, "name": "Ada", "username": "OtherUser"}}
        self.webhooks: list[dict[str, Any]] = []
        self.subscriptions = ["dm.received", "dm.sent", "dm.read", "dm.indicate_typing", "chat.received"]
        # What X says of a film's processing, one after the other; done where there is nothing more.
        self.processing: list[dict[str, Any]] = []
        self.problem = Refused(403, "You cannot send messages to this user.")
        self.renewed = 0
        self._uploads: dict[str, dict[str, Any]] = {}
        self._last = 2_080_765_901_528_535_096
        super().__init__(port=port)

    def be_busy(self) -> float | None:
        """Answer the next message with an exhausted limit, which names when it begins anew."""
        self._orders.append("busy")
        return WAIT

    def busy(self) -> Answer:
        return as_json({"title": "Too Many Requests", "detail": "Too Many Requests", "status": 429}, 429, _limit(0))

    def refused_for_good(self) -> Refused:
        return self.problem

    def refusal(self, error: Refused) -> Answer:
        kind, _colon, said = error.why.rpartition(": ")
        problem = {"title": "Error", "detail": said, "type": f"{PROBLEMS}/{kind}" if kind else "about:blank"}
        if error.status == 200:
            return as_json({"errors": [problem]})
        return as_json(problem | {"status": error.status}, error.status, {"Content-Type": "application/problem+json"})

    def signed_headers(self, body: bytes) -> dict[str, str]:
        signed = signature(body, self.consumer_secret)
        return {"Content-Type": "application/json", "x-twitter-webhooks-signature": signed}

    def told(self, path: str, order: dict[str, Any]) -> httpx.Response:
        """`/_say {"text": …, "person": "222"}`: somebody writes to the account; `/_test {}`: X tests the address."""
        if path == "/_test":
            return self.test()
        if path != "/_say":
            raise Refused(404, f"no order is called {path}")
        return self.deliver(message(order["text"], number=self.number(), sender=order.get("person", PERSON)))

    def number(self) -> str:
        """Return a new id of a message."""
        self._last += 1 << 22
        return str(self._last)

    def test(self) -> httpx.Response:
        """Test the address as X does; the answer is what the door said. Raises AssertionError where it is wrong."""
        challenge = base64.b64encode(b"a challenge of X").decode()
        answer = httpx.get(self.door, params={"crc_token": challenge, "nonce": "x"}, timeout=PATIENCE)
        assert answer.json() == {"response_token": signature(challenge.encode(), self.consumer_secret)}
        return answer

    # What it does with our calls ------------------------------------------------------------------------------

    def answer(self, call: Call) -> Answer:
        if (call.method, call.path) == ("POST", "/2/oauth2/token"):
            return self._token(call)
        if call.path.strip("/") in self.films:
            return Answer(self.films[call.path.strip("/")], headers={"Content-Type": "video/mp4"})
        of_the_app = call.path in {"/2/webhooks", "/2/activity/subscriptions"}
        if call.headers.get("authorization") != f"Bearer {BEARER_TOKEN if of_the_app else self.access_token}":
            raise Refused(401, "Unauthorized")
        if call.method == "GET":
            return self._asked(call)
        if call.path.startswith("/2/media/upload/"):
            return self._upload(call, call.path.split("/")[4:])
        if found := re.fullmatch(r"/2/dm_conversations/with/([^/]+)/messages", call.path):
            return self._send(call, found[1])
        raise Refused(404, "resource-not-found: no such call")

    def _token(self, call: Call) -> Answer:
        form = dict(parse_qsl(call.body.decode()))
        login = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        wanted = {"grant_type": "refresh_token", "refresh_token": self.refresh_token, "client_id": CLIENT_ID}
        if form != wanted or call.headers.get("authorization") != f"Basic {login}":
            return as_json({"error": "invalid_request", "error_description": "Value passed was invalid."}, 400)
        self.renewed += 1
        self.access_token, self.refresh_token = f"x-renewed-token-{self.renewed}", f"x-next-refresh-{self.renewed}"
        granted = {"token_type": "bearer", "expires_in": 7200, "access_token": self.access_token}
        return as_json(granted | {"refresh_token": self.refresh_token, "scope": "dm.write"})

    def _asked(self, call: Call) -> Answer:
        picture = call.path.removeprefix("/2/dm_conversations/media/")
        if picture in self.pictures:
            return Answer(self.pictures[picture], headers={"Content-Type": "application/octet-stream"})
        if call.path == "/2/media/upload":
            _need(call.query.get("command") == "STATUS" and call.query.get("media_id") in self._uploads, "media_id")
            return as_json({"data": self._processed(call.query["media_id"])})
        known: dict[str, Any] = {
            "/2/users/me": {"id": ACCOUNT, "name": "Shop", "username": "shop"},
            "/2/webhooks": self.webhooks,
            "/2/activity/subscriptions": [_subscription(kind) for kind in self.subscriptions],
            **{f"/2/users/{number}": person for number, person in self.people.items()},
        }
        if call.path in known:
            return as_json({"data": known[call.path]})
        if call.path.startswith("/2/users/"):  # X says this no with a yes
            raise Refused(200, "resource-not-found: Could not find user with id")
        raise Refused(404, "resource-not-found: no such call")

    def _upload(self, call: Call, step: list[str]) -> Answer:
        if step == ["initialize"]:
            asked = call.json()
            _need(set(asked) == {"media_type", "media_category", "total_bytes"}, "the body")
            most, types = _LIMITS[asked["media_category"]]
            _need(asked["media_type"] in types and 0 < asked["total_bytes"] <= most, "media_type, total_bytes")
            number = self.number()
            self._uploads[number] = asked | {"name": "", "pieces": [], "ready": False}
            return as_json({"data": {"id": number, "media_key": f"3_{number}", "expires_after_secs": 86_400}})
        number, what = step
        _need(number in self._uploads, "id")
        upload = self._uploads[number]
        if what == "append":
            form = multipart(call)
            _need(set(form) == {"media", "segment_index"} and len(form["media"].data) <= 5_000_000, "the form")
            _need(form["segment_index"].data == str(len(upload["pieces"])).encode(), "segment_index")
            upload["name"] = form["media"].filename
            upload["pieces"].append(form["media"].data)
            return as_json({"data": {"expires_at": NOW + 86_400}})
        _need(what == "finalize" and not call.body, "the call")
        _need(len(b"".join(upload["pieces"])) == upload["total_bytes"], "total_bytes")
        return as_json({"data": self._processed(number)})

    def _processed(self, number: str) -> dict[str, Any]:
        said = {"id": number, "media_key": f"3_{number}", "size": self._uploads[number]["total_bytes"]}
        if self.processing:
            return said | {"processing_info": self.processing.pop(0)}
        self._uploads[number]["ready"] = True
        return said

    def _send(self, call: Call, person: str) -> Answer:
        body = call.json()
        _need(_ID.fullmatch(person), "participant_id")
        _need(isinstance(body, dict) and body and set(body) <= {"text", "attachments"}, "the body")
        text = body.get("text", "")
        _need("text" not in body or (isinstance(text, str) and 0 < len(text) <= 10_000), "text")
        _need(len(body.get("attachments", [{}])) == 1, "attachments")
        files = [self._attached(one) for one in body.get("attachments", [])]
        if len(self.taken) == MOST:
            return self.busy()
        sent = self.number()
        data = {"dm_conversation_id": f"{ACCOUNT}-{person}", "dm_event_id": sent}
        answer = as_json({"data": data}, 201, _limit(MOST - 1 - len(self.taken)))
        return self.take(Taken(sent, person, text, tuple(files)), answer)

    def _attached(self, one: Any) -> tuple[str, bytes]:
        _need(isinstance(one, dict) and set(one) == {"media_id"}, "attachments")
        upload = self._uploads.pop(one["media_id"], None)  # it goes into one message
        if upload is None or not upload["ready"]:
            raise Refused(400, "invalid-request: Your media IDs are invalid.")
        return upload["name"], b"".join(upload["pieces"])


def _limit(left: int) -> dict[str, str]:
    told = {"x-rate-limit-limit": str(MOST), "x-rate-limit-remaining": str(left), "x-rate-limit-reset": str(NOW + WAIT)}
    return told | {"Date": formatdate(NOW, usegmt=True)}


def _subscription(kind: str) -> dict[str, Any]:
    return {"subscription_id": "7", "event_type": kind, "filter": {"user_id": ACCOUNT}, "webhook_id": "9"}


def _need(condition: object, what: str) -> None:
    if not condition:
        raise Refused(400, f"invalid-request: One or more parameters to your request was invalid ({what}).")


if __name__ == "__main__":
    serve(XStandIn, {"consumer_secret": CONSUMER_SECRET, "access_token": ACCESS_TOKEN})
