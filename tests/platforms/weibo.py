"""A stand-in for Weibo's service for fans, with the rules of open.weibo.com/wiki, as far as it tells any."""

import json
import secrets
import time
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlencode

import httpx

from tests.contract.platform import Taken
from tests.platforms.base import PATIENCE, Answer, Call, Refused, StandIn, as_json, serve
from tests.platforms.fetching import fetch
from tests.platforms.tencent import signature

ACCOUNT = "1902538057"
FAN = "2489518277"
ACCESS_TOKEN = "2.00exampleTokenOfTheStandIn"
APP_SECRET = "3f2d1c0b9a8877665544332211ffeedd"
CHINA = timezone(timedelta(hours=8))


class WeiboStandIn(StandIn):
    """One verified account. `called` is what messages taken are named: Weibo names none. `files` are by fid."""

    description: ClassVar[str] = __doc__

    def __init__(self, *, port: int = 0, access_token: str = ACCESS_TOKEN, app_secret: str = APP_SECRET) -> None:
        self.access_token, self.app_secret = access_token, app_secret
        self.called = ""
        self.files: dict[str, bytes] = {}
        self.fans = {FAN}
        super().__init__(port=port)

    def be_busy(self) -> float | None:
        """Answer the next message with "out of rate limit", which names no time."""
        self._orders.append("busy")
        return None

    def busy(self) -> Answer:
        return self.refusal(Refused(403, "User requests out of rate limit!", 10023))

    def refused_for_good(self) -> Refused:
        return Refused(400, "User does not exists!", 20003)

    def refusal(self, error: Refused) -> Answer:
        said = {"error": error.why, "error_code": error.code or 10016, "request": "/2/messages/reply.json"}
        return as_json(said, error.status)

    def signed_headers(self, body: bytes) -> dict[str, str]:
        return {"Content-Type": "application/json"}

    def signed_query(self) -> dict[str, str]:
        """Return the query by which a door knows that Weibo calls; the time is in milliseconds."""
        when, nonce = str(int(time.time() * 1000)), secrets.token_hex(5)
        return {"signature": signature(self.app_secret, when, nonce), "timestamp": when, "nonce": nonce}

    def deliver(self, document: Any, *, door: str = "") -> httpx.Response:
        """Call a door with JSON."""
        body = json.dumps(document, ensure_ascii=False).encode()
        url = f"{door or self.door}?{urlencode(self.signed_query())}"
        return httpx.post(url, content=body, headers=self.signed_headers(body), timeout=PATIENCE)

    def told(self, path: str, order: dict[str, Any]) -> httpx.Response:
        """`/_say {"text": …}`: a fan writes."""
        if path != "/_say":
            raise Refused(404, f"no order is called {path}")
        return self.deliver(message("text", order["text"]))

    # What it does with our calls ------------------------------------------------------------------------------

    def answer(self, call: Call) -> Answer:
        known = {
            ("POST", "/2/messages/reply.json"): self._reply,
            ("POST", "/oauth2/get_token_info"): self._token_info,
            ("GET", "/2/mss/msget"): self._file,
        }.get((call.method, call.path))
        if known is None:
            raise Refused(404, f"Request Api not found! {call.path}", 10020)
        return known(call)

    def _form(self, call: Call) -> dict[str, str]:
        if call.headers.get("content-type", "").split(";")[0] != "application/x-www-form-urlencoded":
            raise Refused(400, "Unsupport mediatype", 10007)
        return dict(parse_qsl(call.body.decode(), keep_blank_values=True))

    def _check(self, token: str | None) -> None:
        if token != self.access_token:
            raise Refused(403, "invalid_access_token", 21332)

    def _reply(self, call: Call) -> Answer:
        self._check(call.query.get("access_token"))
        form = self._form(call)
        if set(form) - {"save_sender_box"} != {"type", "data", "receiver_id"}:
            raise Refused(400, "miss required parameter", 10016)
        if form["receiver_id"] not in self.fans:
            raise self.refused_for_good()
        text, files = self._content(form["type"], json.loads(form["data"]))
        said = {"result": True, "receiver_id": int(form["receiver_id"]), "sender_id": int(ACCOUNT)}
        answer = as_json(said | {"type": form["type"], "data": form["data"]})
        return self.take(Taken(self.called, form["receiver_id"], text, files), answer)

    def _content(self, kind: str, data: Any) -> tuple[str, tuple[tuple[str, bytes], ...]]:
        if kind == "text" and set(data) == {"text"} and data["text"]:
            if len(data["text"]) > 300:
                raise Refused(400, "Text too long, please input text less than 300 characters!", 20012)
            return data["text"], ()
        if kind == "articles" and set(data) == {"articles"} and 0 < len(data["articles"]) <= 8:
            return "", tuple(_looked_at(card) for card in data["articles"])
        raise Refused(400, "Parameter (data)'s value invalid", 10017)

    def _token_info(self, call: Call) -> Answer:
        self._check(self._form(call).get("access_token"))
        known = {"uid": int(ACCOUNT), "appkey": "1112342334", "scope": None, "create_at": 1772600000}
        return as_json(known | {"expire_in": 30 * 86_400 + 5})

    def _file(self, call: Call) -> Answer:
        self._check(call.query.get("access_token"))
        if call.query.get("fid") not in self.files:
            raise Refused(404, "file not found", 20000)
        return Answer(self.files[call.query["fid"]], headers={"Content-Type": "image/jpeg"})


def message(kind: str, text: str, *, at: datetime | None = None, fan: str = FAN, **data: Any) -> dict[str, Any]:
    """Return what a fan wrote, or what happened."""
    when = (at or datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)).astimezone(CHINA)
    return {
        "type": kind,
        "receiver_id": int(ACCOUNT),
        "sender_id": int(fan),
        "created_at": when.strftime("%a %b %d %H:%M:%S %z %Y"),
        "text": text,
        "data": data,
    }


def _looked_at(card: Any) -> tuple[str, bytes]:
    """Return a card's name and the picture that its address hands out."""
    if set(card) != {"display_name", "summary", "image", "url"}:
        raise Refused(400, "Parameter (data)'s value invalid", 10017)
    return card["display_name"], fetch(card["image"]).data


if __name__ == "__main__":
    serve(WeiboStandIn, {"access_token": ACCESS_TOKEN, "app_secret": APP_SECRET})
