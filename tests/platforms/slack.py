"""A stand-in for Slack's Web API and Events API, with the rules of docs.slack.dev. It says no with HTTP 200."""

import hashlib
import hmac
import json
import re
import time
from collections.abc import Callable
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlencode

import httpx

from tests.contract.platform import Taken
from tests.platforms.base import PATIENCE, Answer, Call, Refused, StandIn, as_json, serve

TEAM, APP, BOT, BOT_USER = "T0SHOP001", "A0SHOPAPP", "B0SHOPBOT", "U0SHOPBOT"
TOKEN = "xoxb-1111-2222-ExampleTokenOfTheStandIn"
REFRESH = "xoxe-1-ExampleRefreshTokenOfTheStandIn"
SECRET = "0d6f5c3ba1e94c1f8a2b7e9d4c6f1a30"
CHANNEL, USER = "D0ADA0001", "U0ADA0001"
SCOPES = "chat:write,im:history,files:read,files:write,im:read,reactions:read,users:read"
_ESCAPED = re.compile(r"&(amp|lt|gt);")


def signed_headers(
    body: bytes, *, secret: str = SECRET, at: int | None = None, content_type: str = "application/json"
) -> dict[str, str]:
    """Return the headers of a call at Unix second `at`, now without."""
    stamp = str(int(time.time()) if at is None else at)
    digest = hmac.new(secret.encode(), b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
    proof = {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={digest}"}
    return {"Content-Type": content_type, **proof}


def envelope(event_id: str = "Ev00000001", **event: Any) -> dict[str, Any]:
    """Return what is around one event."""
    return {
        "token": "one-long-verification-token",
        "team_id": TEAM,
        "api_app_id": APP,
        "type": "event_callback",
        "event_id": event_id,
        "event_time": 1772600767,
        "authorizations": [{"enterprise_id": None, "team_id": TEAM, "user_id": BOT_USER, "is_bot": True}],
        "event": event,
    }


def written(text: str) -> str:
    """Return `text` as Slack hands it on."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


class SlackStandIn(StandIn):
    """One app in one workspace. `files` are what people shared, by id: what files.info says, and the content."""

    description: ClassVar[str] = __doc__

    def __init__(self, *, port: int = 0, token: str = TOKEN, secret: str = SECRET) -> None:
        self.token, self.secret, self.scopes = token, secret, SCOPES
        self.refresh_token = REFRESH
        self.channels = {CHANNEL: USER, "D0BOB0001": "U0BOB0001"}
        self.files: dict[str, tuple[dict[str, Any], bytes]] = {}
        self._uploads: dict[str, tuple[str, int, bytes | None]] = {}
        self._last = 0
        super().__init__(port=port)

    def be_busy(self) -> float | None:
        """Answer the next message with 429 and seven seconds."""
        self._orders.append("busy")
        return 7.0

    def busy(self) -> Answer:
        return as_json({"ok": False, "error": "ratelimited"}, 429, {"Retry-After": "7"})

    def say_no(self, error: str) -> None:
        """Refuse the next message with a certain error."""
        self._orders.append("refuse")
        self._refusal = error

    def refuse(self) -> None:
        self.say_no("channel_not_found")

    def refused_for_good(self) -> Refused:
        return Refused(200, self._refusal)

    def refusal(self, error: Refused) -> Answer:
        return as_json({"ok": False, "error": error.why}, error.status)

    def signed_headers(self, body: bytes, *, content_type: str = "application/json") -> dict[str, str]:
        return signed_headers(body, secret=self.secret, content_type=content_type)

    def told(self, path: str, order: dict[str, Any]) -> httpx.Response:
        """`/_say {"text": …}`: a message. `/_test {}`: the test of our address."""
        if path == "/_say":
            return self.deliver(self.message(order["text"]))
        if path == "/_test":
            return self.deliver(
                {"token": "x", "challenge": "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P"}
                | {"type": "url_verification"}
            )
        raise Refused(404, f"no order is called {path}")

    # What it calls our door with ------------------------------------------------------------------------------

    def event(self, **event: Any) -> dict[str, Any]:
        """Return the envelope around one event."""
        self._last += 1
        return envelope(f"Ev{self._last:08}", **event)

    def message(self, text: str = "", *, channel: str = CHANNEL, ts: str = "", **fields: Any) -> dict[str, Any]:
        """Return the call for what the person of a direct message writes."""
        ts = ts or self.next_ts()
        said = {"type": "message", "channel": channel, "channel_type": "im", "user": self.channels[channel]}
        return self.event(**(said | {"text": written(text), "ts": ts, "event_ts": ts, "team": TEAM} | fields))

    def changed(self, ts: str, text: str, *, at: int = 1772600800, **fields: Any) -> dict[str, Any]:
        """Return the call for an edit."""
        message = {"type": "message", "user": USER, "text": written(text), "ts": ts}
        message |= {"edited": {"user": USER, "ts": f"{at}.000000"}} | fields
        where = {"channel": CHANNEL, "channel_type": "im", "ts": f"{at}.000100", "event_ts": f"{at}.000100"}
        return self.event(type="message", subtype="message_changed", message=message, **where)

    def deleted(self, ts: str, *, at: int = 1772600900, **previous: Any) -> dict[str, Any]:
        """Return the call for a message taken back."""
        before = {"type": "message", "user": USER, "text": "…", "ts": ts} | previous
        where = {"channel": CHANNEL, "channel_type": "im", "ts": f"{at}.000100", "event_ts": f"{at}.000100"}
        return self.event(type="message", subtype="message_deleted", deleted_ts=ts, previous_message=before, **where)

    def pressed(self, message_ts: str, text: str, value: str) -> dict[str, Any]:
        """Return the payload for a button's press; it is called with as a form."""
        action = {"type": "button", "action_id": "reply-0", "value": value, "action_ts": self.next_ts()}
        return {
            "type": "block_actions",
            "team": {"id": TEAM, "domain": "shop"},
            "user": {"id": USER},
            "channel": {"id": CHANNEL, "name": "directmessage"},
            "message": {"type": "message", "ts": message_ts, "bot_id": BOT},
            "actions": [action | {"text": {"type": "plain_text", "text": text}}],
        }

    def press(self, payload: dict[str, Any], *, door: str = "") -> httpx.Response:
        """Call a door with a button's press."""
        body, headers = self.as_form(payload)
        return httpx.post(door or self.door, content=body, headers=headers, timeout=PATIENCE)

    def as_form(self, payload: dict[str, Any]) -> tuple[bytes, dict[str, str]]:
        """Return an interaction's body and headers."""
        body = urlencode({"payload": json.dumps(payload)}).encode()
        return body, self.signed_headers(body, content_type="application/x-www-form-urlencoded")

    def next_ts(self) -> str:
        """Return a `ts` that was not given out yet."""
        self._last += 1
        return f"1772600767.{self._last:06}"

    # What it does with our calls ------------------------------------------------------------------------------

    def answer(self, call: Call) -> Answer:
        if call.path.startswith("/upload/"):
            return self._upload(call)
        if call.path.startswith("/files-pri/"):
            return self._content(call)
        if call.path == "/api/oauth.v2.access":
            return self._renew(call)
        if call.headers.get("authorization") != f"Bearer {self.token}":
            raise Refused(200, "invalid_auth" if "authorization" in call.headers else "not_authed")
        methods: dict[str, Callable[[Call], Answer]] = {
            "/api/auth.test": self._auth_test,
            "/api/chat.postMessage": self._post_message,
            "/api/files.getUploadURLExternal": self._get_upload_url,
            "/api/files.completeUploadExternal": self._complete_upload,
            "/api/files.info": self._file_info,
            "/api/conversations.info": self._conversation_info,
            "/api/users.info": self._user_info,
        }
        if call.method != "POST" or call.path not in methods:
            raise Refused(200, "unknown_method")
        return methods[call.path](call)

    def _auth_test(self, call: Call) -> Answer:
        _form(call, set())
        said = {"ok": True, "url": "https://shop.slack.com/", "team": "Shop", "user": "shop_app", "team_id": TEAM}
        return as_json(said | {"user_id": BOT_USER, "bot_id": BOT}, headers={"X-OAuth-Scopes": self.scopes})

    def _renew(self, call: Call) -> Answer:
        form = _form(call, {"grant_type", "refresh_token", "client_id", "client_secret"})
        if form["grant_type"] != "refresh_token" or form["refresh_token"] != self.refresh_token:
            raise Refused(200, "invalid_refresh_token")
        if not form["client_id"] or not form["client_secret"]:
            raise Refused(200, "bad_client_secret")
        self._last += 1
        self.token, self.refresh_token = f"xoxe.xoxb-1-Token{self._last}", f"xoxe-1-Refresh{self._last}"
        granted = {"access_token": self.token, "expires_in": 43200, "refresh_token": self.refresh_token}
        return as_json({"ok": True, "token_type": "bot", **granted})

    def _post_message(self, call: Call) -> Answer:
        fields = _json(call, {"channel", "text", "mrkdwn", "metadata", "blocks", "thread_ts"})
        channel, text = self._known(fields.get("channel")), fields.get("text")
        if not isinstance(text, str) or not text.strip():
            raise Refused(200, "no_text")
        if len(text) > 40_000:
            raise Refused(200, "msg_too_long")
        if fields.get("mrkdwn") is not False:  # no rule of Slack's, but its markup would change what is read
            raise Refused(200, "invalid_arguments")
        _check_metadata(fields.get("metadata"))
        _check_thread(fields)
        for block in fields.get("blocks", []):
            _check_block(block)
        ts = self.next_ts()
        said = {"ok": True, "channel": channel, "ts": ts, "message": {"type": "message", "ts": ts, "bot_id": BOT}}
        return self.take(Taken(f"{channel}:{ts}", channel, _read(text)), as_json(said))

    def _get_upload_url(self, call: Call) -> Answer:
        form = _form(call, {"filename", "length"})
        if not form.get("filename") or not form.get("length", "").isdigit() or form["length"] == "0":
            raise Refused(200, "invalid_arguments")
        self._last += 1
        file_id = f"F{self._last:08}"
        self._uploads[file_id] = (form["filename"], int(form["length"]), None)
        return as_json({"ok": True, "upload_url": f"{self.url}/upload/v1/{file_id}", "file_id": file_id})

    def _upload(self, call: Call) -> Answer:
        file_id = call.path.rpartition("/")[2]
        if call.method != "POST" or file_id not in self._uploads or "authorization" in call.headers:
            return Answer(b"", 404)
        name, length, _data = self._uploads[file_id]
        if len(call.body) != length:
            return Answer(b"wrong length", 400)
        self._uploads[file_id] = (name, length, call.body)
        return Answer(f"OK - {length}".encode())

    def _complete_upload(self, call: Call) -> Answer:
        fields = _json(call, {"files", "channel_id", "initial_comment", "thread_ts"})
        channel, files = self._known(fields.get("channel_id")), fields.get("files")
        _check_thread(fields)
        if not isinstance(files, list) or not files:
            raise Refused(200, "invalid_arguments")
        found = []
        for file in files:
            name, _length, data = self._uploads.get(file.get("id"), ("", 0, None))
            if data is None or file.get("title") != name:
                raise Refused(200, "file_not_found")
            found.append((name, data))
        text = _read(fields.get("initial_comment", ""))
        taken = Taken(f"{channel}:file:{files[0]['id']}", channel, text, tuple(found))
        return self.take(taken, as_json({"ok": True, "files": files}))

    def _file_info(self, call: Call) -> Answer:
        file_id = _form(call, {"file"})["file"]
        if file_id not in self.files:
            raise Refused(200, "file_not_found")
        facts, _data = self.files[file_id]
        url = f"{self.url}/files-pri/{file_id}"
        return as_json({"ok": True, "file": {"id": file_id, "url_private_download": url, **facts}})

    def _content(self, call: Call) -> Answer:
        facts, data = self.files.get(call.path.rpartition("/")[2], ({}, b""))
        if call.headers.get("authorization") != f"Bearer {self.token}" or "files:read" not in self.scopes:
            return Answer(b"<!DOCTYPE html><title>Sign in</title>", headers={"Content-Type": "text/html"})
        return Answer(data, headers={"Content-Type": facts["mimetype"]}) if facts else Answer(b"", 404)

    def _conversation_info(self, call: Call) -> Answer:
        channel = self._known(_form(call, {"channel"})["channel"])
        return as_json({"ok": True, "channel": {"id": channel, "is_im": True, "user": self.channels[channel]}})

    def _user_info(self, call: Call) -> Answer:
        form = _form(call, {"user", "include_locale"})
        if form["user"] not in self.channels.values():
            raise Refused(200, "user_not_found")
        person = {"id": form["user"], "name": "ada", "tz": "Europe/London"}
        person |= {"profile": {"real_name": "Ada Lovelace", "display_name": ""}}
        return as_json({"ok": True, "user": person | ({"locale": "en-GB"} if form.get("include_locale") else {})})

    def _known(self, channel: Any) -> str:
        if channel not in self.channels:
            raise Refused(200, "channel_not_found")
        return str(channel)


def _form(call: Call, allowed: set[str]) -> dict[str, str]:
    """Return the fields of a form, which is what the methods that read want."""
    form = dict(parse_qsl(call.body.decode(), keep_blank_values=True))
    if form and call.headers.get("content-type") != "application/x-www-form-urlencoded":
        raise Refused(200, "invalid_form_data")
    if not set(form) <= allowed:
        raise Refused(200, "invalid_arg_name")
    return form


def _json(call: Call, allowed: set[str]) -> dict[str, Any]:
    fields = call.json()
    if not isinstance(fields, dict):
        raise Refused(200, "json_not_object")
    if not set(fields) <= allowed:
        raise Refused(200, "invalid_arg_name")
    return fields


def _check_metadata(metadata: Any) -> None:
    if not isinstance(metadata, dict) or set(metadata) != {"event_type", "event_payload"}:
        raise Refused(200, "invalid_metadata_format")
    if not isinstance(metadata["event_payload"], dict):
        raise Refused(200, "invalid_metadata_format")


def _check_thread(fields: dict[str, Any]) -> None:
    if not re.fullmatch(r"\d+\.\d{6}", fields.get("thread_ts", "1.000000")):
        raise Refused(200, "invalid_thread_ts")


def _check_block(block: Any) -> None:
    """Keep the limits of docs.slack.dev/reference/block-kit."""
    if block.get("type") == "section":
        fits = block["text"]["type"] == "plain_text" and 0 < len(block["text"]["text"]) <= 3000
    else:
        buttons = block.get("elements", [])
        ids = {button.get("action_id") for button in buttons}
        fits = block.get("type") == "actions" and 0 < len(buttons) <= 25 and len(ids) == len(buttons)
        fits = fits and all(_is_button(button) for button in buttons)
    if not fits:
        raise Refused(200, "invalid_blocks")


def _is_button(button: Any) -> bool:
    label = button.get("text", {})
    return (
        button.get("type") == "button"
        and label.get("type") == "plain_text"
        and 0 < len(label.get("text", "")) <= 75
        and len(button.get("value", "")) <= 2000
    )


def _read(text: str) -> str:
    """Return what people read: three characters must be escaped, and nothing else is."""
    bare = _ESCAPED.sub("", text)
    if any(character in bare for character in "<>&"):
        raise Refused(200, "invalid_arguments")
    return _ESCAPED.sub(lambda found: {"amp": "&", "lt": "<", "gt": ">"}[found[1]], text)


if __name__ == "__main__":
    serve(SlackStandIn, {"token": TOKEN, "secret": SECRET})
