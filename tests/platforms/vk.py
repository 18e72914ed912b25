"""A stand-in for the VK API and the Callback API: it answers 200, and says in the body what became of a call.

Sources: repo VKCOM/vk-api-schema 5.199 (methods, objects, errors); dev.vk.com, Callback API and keyboards.
"""

import json
from collections.abc import Callable
from typing import Any, ClassVar
from urllib.parse import parse_qs

import httpx

from tests.contract.platform import Taken
from tests.platforms.base import Answer, Call, Refused, StandIn, as_json, multipart, serve

COMMUNITY = "219000001"
ACCESS_TOKEN = "vk1.a.ExampleTokenOfTheStandIn_0000000000000000"
SECRET = "a-secret-key-of-ours"
CONFIRMATION = "6ef1d4a7"
PERSON = "500100"
AT = 1772600767
DENIED = 901


class VkStandIn(StandIn):
    """One community. `people` are those it may write to, `media` files of theirs by their path here."""

    description: ClassVar[str] = __doc__

    def __init__(self, *, port: int = 0, access_token: str = ACCESS_TOKEN, secret: str = SECRET) -> None:
        self.access_token, self.secret = access_token, secret
        self.people = {PERSON: ("Ада", "Лавлейс"), "500200": ("Bob", "")}
        self.media: dict[str, bytes] = {}
        self.signs: list[tuple[str, str, str]] = []
        # What the community's administrator has entered there.
        self.rights = ["manage", "messages", "photos", "docs"]
        self.servers: list[dict[str, Any]] = []
        self.switched_off: set[str] = set()
        self._uploads: dict[str, tuple[str, bytes]] = {}
        self._by_random_id: dict[tuple[str, str], Answer] = {}
        self._numbers: dict[str, int] = {}
        self._last = 0
        super().__init__(port=port)

    def be_busy(self) -> float | None:
        """Answer the next message with "too many requests per second"."""
        self._orders.append("busy")
        return 1.0

    def busy(self) -> Answer:
        return self.refusal(Refused(200, "Too many requests per second", 6))

    def refused_for_good(self) -> Refused:
        return Refused(200, "Can't send messages for users without permission", DENIED)

    def refusal(self, error: Refused) -> Answer:
        said = {"error_code": error.code or 100, "error_msg": error.why}
        return as_json({"error": said | {"request_params": [{"key": "v", "value": "5.199"}]}})

    def signed_headers(self, body: bytes) -> dict[str, str]:
        """VK signs nothing: `call` puts the secret key into the body."""
        return {"Content-Type": "application/json"}

    def told(self, path: str, order: dict[str, Any]) -> httpx.Response:
        """`/_say {"text": …}`: a message. `/_receipt {"id": "500100:7"}`: read up to there."""
        if path == "/_say":
            return self.deliver(self.message(order["text"]))
        if path == "/_receipt":
            return self.deliver(self.seen(order["id"]))
        raise Refused(404, f"no order is called {path}")

    # What it calls our door with ------------------------------------------------------------------------------

    def call(self, kind: str, **thing: Any) -> dict[str, Any]:
        """Return a call of a kind about `thing`."""
        self._last += 1
        envelope = {"group_id": int(COMMUNITY), "event_id": f"{self._last:040x}", "v": "5.199", "secret": self.secret}
        return {**envelope, "type": kind, **({"object": thing} if thing else {})}

    def message(self, text: str = "", *, person: str = PERSON, at: int = AT, **members: Any) -> dict[str, Any]:
        """Return the call for a message of a person; `members` are further ones of it."""
        said = self._object(person, text, out=0) | {"date": at} | members
        client = {"keyboard": True, "inline_keyboard": True, "carousel": True, "lang_id": 0, "button_actions": ["text"]}
        return self.call("message_new", message=said, client_info=client)

    def echo(self, text: str, *, person: str = PERSON, **members: Any) -> dict[str, Any]:
        """Return the call for something that the community says, not by us."""
        return self.call("message_reply", **(self._object(person, text, out=1) | members))

    def seen(self, external_id: str) -> dict[str, Any]:
        """Return the call by which a person has read up to a message."""
        person, _colon, number = external_id.partition(":")
        mark = {"from_id": int(person), "peer_id": int(person), "read_message_id": 1000 + int(number)}
        return self.call("message_read", **mark, conversation_message_id=int(number))

    def _object(self, person: str, text: str, *, out: int) -> dict[str, Any]:
        number = self._next_number(person)
        author = -int(COMMUNITY) if out else int(person)
        said = {"id": 1000 + number, "conversation_message_id": number, "date": AT, "from_id": author, "version": 1}
        more: dict[str, Any] = {"peer_id": int(person), "text": text, "attachments": [], "fwd_messages": [], "out": out}
        return said | more | {"important": False, "is_hidden": False, "random_id": 0}

    def _next_number(self, person: str) -> int:
        self._numbers[person] = self._numbers.get(person, 0) + 1
        return self._numbers[person]

    # What it does with our calls ------------------------------------------------------------------------------

    def answer(self, call: Call) -> Answer:
        if call.method == "GET" and call.path in self.media:
            return Answer(self.media[call.path], headers={"Content-Type": "application/octet-stream"})
        if call.path.startswith("/upload/"):
            return self._upload(call)
        methods: dict[str, Callable[[dict[str, str]], Answer]] = {
            "messages.send": self._send,
            "messages.setActivity": self._activity,
            "messages.markAsRead": self._mark,
            "users.get": self._users,
            "photos.getMessagesUploadServer": lambda form: self._place(form, "photo", {"peer_id"}),
            "docs.getMessagesUploadServer": lambda form: self._place(form, "file", {"peer_id", "type"}),
            "photos.saveMessagesPhoto": self._save_photo,
            "docs.save": self._save_document,
            "groups.getById": self._group,
            "groups.getTokenPermissions": self._permissions,
            "groups.getCallbackServers": self._servers,
            "groups.getCallbackSettings": self._settings,
        }
        method = call.path.removeprefix("/method/")
        if call.method != "POST" or method not in methods:
            raise Refused(200, "Unknown method passed", 3)
        form = {name: values[0] for name, values in parse_qs(call.body.decode(), keep_blank_values=True).items()}
        if form.pop("access_token", "") != self.access_token:
            raise Refused(200, "User authorization failed: invalid access_token (4).", 5)
        if form.pop("v", "") != "5.199":
            raise Refused(200, "One of the parameters specified was missing or invalid: v", 100)
        return methods[method](form)

    def _send(self, form: dict[str, str]) -> Answer:
        _known(form, {"peer_ids", "group_id", "random_id", "payload", "disable_mentions"}, _MAY_SEND)
        person, text, attached = form["peer_ids"], form.get("message", ""), form.get("attachment", "")
        if not 0 < int(form["random_id"]) < 2**31 or len(form["payload"]) > 1000 or not json.loads(form["payload"]):
            raise Refused(200, "One of the parameters specified was missing or invalid: random_id is invalid", 100)
        if len(text.encode("utf-16-le")) // 2 > 4096:
            raise Refused(200, "Message is too long", 914)
        if not text.strip() and not attached:
            raise Refused(200, "One of the parameters specified was missing or invalid: message is empty", 100)
        _check_keyboard(form.get("keyboard"))
        _check_forward(form.get("forward"), person)
        if person not in self.people:
            # One of several people is refused within the answer.
            error = {"code": DENIED, "description": "Can't send messages for users without permission"}
            return as_json({"response": [{"peer_id": int(person), "message_id": 0, "error": error}]})
        if before := self._by_random_id.get((person, form["random_id"])):
            return before
        number = self._next_number(person)
        item = {"peer_id": int(person), "message_id": 1000 + number, "conversation_message_id": number}
        answer = as_json({"response": [item]})
        files = (self._uploads[attached],) if attached else ()
        taken_before = len(self.taken)
        said = self.take(Taken(f"{person}:{number}", person, text, files), answer)
        if len(self.taken) > taken_before:
            self._by_random_id[person, form["random_id"]] = answer
        return said

    def _activity(self, form: dict[str, str]) -> Answer:
        _known(form, {"peer_id", "group_id", "type"})
        self.signs.append(("typing", form["peer_id"], form["type"]))
        return as_json({"response": 1})

    def _mark(self, form: dict[str, str]) -> Answer:
        _known(form, {"peer_id", "group_id", "up_to_cmid"})
        self.signs.append(("read", form["peer_id"], form["up_to_cmid"]))
        return as_json({"response": 1})

    def _users(self, form: dict[str, str]) -> Answer:
        _known(form, {"user_ids"})
        found = [(number, *self.people[number]) for number in form["user_ids"].split(",") if number in self.people]
        users = [{"id": int(number), "first_name": first, "last_name": last} for number, first, last in found]
        return as_json({"response": users})

    def _place(self, form: dict[str, str], field: str, needed: set[str]) -> Answer:
        _known(form, needed)
        return as_json({"response": {"upload_url": f"{self.url}/upload/{field}?act=do_add&aid=-64"}})

    def _upload(self, call: Call) -> Answer:
        field = call.path.removeprefix("/upload/")
        form = multipart(call)
        if call.method != "POST" or set(form) != {field} or call.query != {"act": "do_add", "aid": "-64"}:
            return as_json({"error": "bad request"})
        name, data = form[field].filename, form[field].data
        if not data or name.lower().endswith((".mp3", ".exe")):
            return as_json({"error": "unknown error", "error_descr": "Invalid file"})
        self._uploads[f"staged-{len(self._uploads)}"] = (name, data)
        staged = list(self._uploads)[-1]
        if field == "file":
            return as_json({"file": staged})
        if not data.startswith((b"\x89PNG", b"\xff\xd8", b"GIF8")):
            return as_json({"server": 7, "photo": "[]", "hash": "h"})
        return as_json({"server": 7, "photo": json.dumps([{"photo": staged}]), "hash": "h"})

    def _save_photo(self, form: dict[str, str]) -> Answer:
        _known(form, {"photo", "server", "hash"})
        (staged,) = json.loads(form["photo"]) or [{}]
        if not staged:
            raise Refused(200, "One of the parameters specified was missing or invalid: photos_list is invalid", 100)
        self._uploads["photo-219000001_457_k3y"] = self._uploads[staged["photo"]]
        return as_json({"response": [{"id": 457, "owner_id": -219000001, "access_key": "k3y", "album_id": -64}]})

    def _save_document(self, form: dict[str, str]) -> Answer:
        _known(form, {"file", "title"})
        self._uploads["doc500100_88"] = self._uploads[form["file"]]
        return as_json({"response": {"type": "doc", "doc": {"id": 88, "owner_id": 500100, "title": form["title"]}}})

    # What an administrator asks -------------------------------------------------------------------------------

    def _group(self, form: dict[str, str]) -> Answer:
        _known(form, set())
        return as_json({"response": {"groups": [{"id": int(COMMUNITY), "name": "Лавка"}], "profiles": []}})

    def _permissions(self, form: dict[str, str]) -> Answer:
        _known(form, set())
        return as_json({"response": {"mask": 4096, "permissions": [{"name": n, "setting": 1} for n in self.rights]}})

    def _servers(self, form: dict[str, str]) -> Answer:
        _known(form, {"group_id"})
        if "manage" not in self.rights:
            raise Refused(200, "Access denied", 15)
        return as_json({"response": {"count": len(self.servers), "items": self.servers}})

    def _settings(self, form: dict[str, str]) -> Answer:
        _known(form, {"group_id", "server_id"})
        kinds = ("message_new", "message_reply", "message_edit", "message_read", "message_allow", "message_deny")
        told = {kind: int(kind not in self.switched_off) for kind in kinds}
        told |= {
            kind: int(kind not in self.switched_off) for kind in ("message_typing_state", "message_reaction_event")
        }
        return as_json({"response": {"api_version": "5.199", "events": told | {"wall_post_new": 0}}})


_MAY_SEND = frozenset({"message", "attachment", "keyboard", "forward"})


def _known(form: dict[str, str], needed: set[str], allowed: frozenset[str] = frozenset()) -> None:
    """Refuse what is missing or misspelt: VK ignores the latter, and so would never tell."""
    if not needed <= set(form) <= needed | allowed or form.get("group_id", COMMUNITY) != COMMUNITY:
        raise Refused(200, f"One of the parameters specified was missing or invalid: {sorted(form)}", 100)


def _check_keyboard(given: str | None) -> None:
    if given is None:
        return
    keyboard = json.loads(given)
    rows = keyboard["buttons"]
    buttons = [button for row in rows for button in row]
    actions_fit = all(
        set(button) == {"action"}
        and set(button["action"]) == {"type", "label"}
        and button["action"]["type"] == "text"
        and 0 < len(button["action"]["label"]) <= 40
        for button in buttons
    )
    fits = 0 < len(buttons) <= 10 and len(rows) <= 6 and all(0 < len(row) <= 5 for row in rows)
    if set(keyboard) != {"inline", "buttons"} or keyboard["inline"] is not True or not fits or not actions_fit:
        raise Refused(200, "Keyboard format is invalid", 911)


def _check_forward(given: str | None, person: str) -> None:
    if given is None:
        return
    forward = json.loads(given)
    (number,) = forward.pop("conversation_message_ids")
    if forward != {"peer_id": int(person), "is_reply": True} or type(number) is not int:
        raise Refused(200, "Can't forward these messages", 921)


if __name__ == "__main__":
    serve(VkStandIn, {"access_token": ACCESS_TOKEN, "secret": SECRET})
