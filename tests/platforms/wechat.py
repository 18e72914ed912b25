"""A stand-in for a WeChat Official Account, with the rules of developers.weixin.qq.com/doc/service."""

from typing import Any, ClassVar

import httpx

from tests.contract.platform import Taken
from tests.platforms.base import Answer, Call, Refused, as_json, serve
from tests.platforms.tencent import AES_KEY, TOKEN, TencentStandIn, need, no, utf8_json

APP_ID = "wx8888888888888888"
APP_SECRET = "9f86d081884c7d659a2feaa0c55ad015"
ACCOUNT = "gh_7f083739789a"
FOLLOWER = "oABCD1example0follower000000"
TEMPLATE = {
    "template_id": "iPk5sOIt5X_flOVKn5GrTFpncEYTojx6ddbt8WYoV5s",
    "title": "发货通知",
    "content": "订单：{{keyword1.DATA}}\n快递：{{keyword2.DATA}}",
}


class WeChatStandIn(TencentStandIn):
    """One verified service account. `called` is what the next messages taken are named: WeChat names none."""

    description: ClassVar[str] = __doc__
    kinds = {
        "image": (frozenset({"image/jpeg", "image/png", "image/gif", "image/bmp"}), 10_000_000),
        "voice": (frozenset({"audio/amr", "audio/mpeg"}), 2_000_000),
        "video": (frozenset({"video/mp4"}), 10_000_000),
    }

    def __init__(
        self,
        *,
        port: int = 0,
        app_id: str = APP_ID,
        app_secret: str = APP_SECRET,
        token: str = TOKEN,
        aes_key: str = AES_KEY,
    ) -> None:
        self.called = ""
        self.unfollowed: set[str] = set()
        self._last = 24_000_000_000_000_000
        super().__init__(port=port, owner=app_id, secret=app_secret, token=token, aes_key=aes_key)
        self.left[FOLLOWER] = 5

    def refused_for_good(self) -> Refused:
        return no(45015, "response out of time limit or subscription is canceled")

    def told(self, path: str, order: dict[str, Any]) -> httpx.Response:
        """`/_say {"text": …, "openid": …}`: a follower writes."""
        if path != "/_say":
            raise Refused(404, f"no order is called {path}")
        return self.deliver(self.text(order["text"], person=order.get("openid", FOLLOWER)))

    # What it calls our door with ------------------------------------------------------------------------------

    def text(self, text: str, *, person: str = FOLLOWER, at: int = 1772600767) -> dict[str, Any]:
        """Return what somebody wrote."""
        return self.message("text", person=person, at=at, Content=text)

    def message(self, kind: str, *, person: str = FOLLOWER, at: int = 1772600767, **content: Any) -> dict[str, Any]:
        """Return a message of any kind; the sender may be given five answers again."""
        self._last += 1
        self.left[person] = 5
        head = {"ToUserName": ACCOUNT, "FromUserName": person, "CreateTime": at, "MsgType": kind}
        return {**head, **content, "MsgId": self._last}

    def event(self, event: str, *, person: str = FOLLOWER, at: int = 1772600800, **content: Any) -> dict[str, Any]:
        """Return something that happened."""
        head = {"ToUserName": ACCOUNT, "FromUserName": person, "CreateTime": at, "MsgType": "event"}
        return {**head, "Event": event, **content}

    # What it does with our calls ------------------------------------------------------------------------------

    def answer(self, call: Call) -> Answer:
        if (call.method, call.path) == ("POST", "/cgi-bin/stable_token"):
            return self._granted(utf8_json(call))
        if (call.method, call.path) == ("GET", "/film.mp4"):
            return Answer(b"a film", headers={"Content-Type": "video/mp4"})
        known = {
            ("POST", "/cgi-bin/message/custom/send"): self._send,
            ("POST", "/cgi-bin/message/custom/typing"): self._typing,
            ("POST", "/cgi-bin/message/template/send"): self._send_template,
            ("POST", "/cgi-bin/openapi/quota/get"): self._quota,
            ("POST", "/cgi-bin/media/upload"): self.upload,
            ("GET", "/cgi-bin/media/get"): self.hand_out,
            ("GET", "/cgi-bin/user/info"): self._person,
            ("GET", "/cgi-bin/template/get_all_private_template"): lambda _call: as_json({"template_list": [TEMPLATE]}),
        }.get((call.method, call.path))
        if known is None:
            raise Refused(404, f"nothing is at {call.path}")
        self.check_token(call)
        return known(call)

    def hand_out(self, call: Call) -> Answer:
        """Of a film it only tells the address."""
        if self.media.get(call.query.get("media_id", ""), ("", "", b"", ""))[3] == "video":
            return as_json({"video_url": f"{self.url}/film.mp4"})
        return super().hand_out(call)

    def _granted(self, asked: Any) -> Answer:
        need(set(asked) <= {"grant_type", "appid", "secret", "force_refresh"}, 40002, "known fields")
        need(asked.get("grant_type") == "client_credential", 40002, "grant_type")
        if asked.get("appid") != self.owner:
            raise no(40013, "invalid appid")
        if asked.get("secret") != self.secret:
            raise no(40125, "invalid appsecret")
        return as_json({"access_token": self.access_token, "expires_in": 7200})

    def _send(self, call: Call) -> Answer:
        message = utf8_json(call)
        kind = message.get("msgtype")
        need(set(message) == {"touser", "msgtype", kind}, 40035, "touser, msgtype and the content")
        text, files = self._content(kind, message[kind])
        person = message["touser"]
        if person in self.unfollowed or person not in self.left:
            raise self.refused_for_good()
        return self.spend(Taken(self.called, person, text, files), as_json({"errcode": 0, "errmsg": "ok"}))

    def _content(self, kind: str, content: Any) -> tuple[str, tuple[tuple[str, bytes], ...]]:
        if kind == "text":
            need(isinstance(content, dict) and set(content) == {"content"}, 40035, "text.content")
            return _sized(content["content"]), ()
        if kind == "msgmenu":
            need(set(content) == {"head_content", "list", "tail_content"}, 40035, "msgmenu")
            need(all(set(entry) == {"id", "content"} and entry["content"] for entry in content["list"]), 40035, "list")
            return _sized(content["head_content"]), ()
        need(kind in self.kinds, 40008, "invalid message type")
        extra = frozenset({"title", "description", "thumb_media_id"} if kind == "video" else ())
        return "", (self.file_of(kind, content, extra),)

    def _typing(self, call: Call) -> Answer:
        asked = utf8_json(call)
        need(set(asked) == {"touser", "command"} and asked["command"] in {"Typing", "CancelTyping"}, 45072, "command")
        if asked["touser"] not in self.left:
            raise no(45080, "no interaction in the last 30 seconds")
        return as_json({"errcode": 0, "errmsg": "ok"})

    def _send_template(self, call: Call) -> Answer:
        asked = utf8_json(call)
        need(set(asked) == {"touser", "template_id", "data"}, 47003, "touser, template_id and data")
        if asked["template_id"] != TEMPLATE["template_id"]:
            raise no(40037, "invalid template_id")
        need(set(asked["data"]) == {"keyword1", "keyword2"}, 47003, "data")
        text = TEMPLATE["content"]
        for name, entry in asked["data"].items():
            text = text.replace(f"{{{{{name}.DATA}}}}", entry["value"])
        self._last += 1
        said = {"errcode": 0, "errmsg": "ok", "msgid": self._last}
        return self.take(Taken(str(self._last), asked["touser"], text), as_json(said))

    def _quota(self, call: Call) -> Answer:
        need(utf8_json(call) == {"cgi_path": "/cgi-bin/message/custom/send"}, 76021, "cgi_path not found")
        return as_json({"errcode": 0, "errmsg": "ok", "quota": {"daily_limit": 500000, "used": 12, "remain": 499988}})

    def _person(self, call: Call) -> Answer:
        person = call.query.get("openid", "")
        need(person in self.left, 40003, "openid")
        if person in self.unfollowed:
            return as_json({"subscribe": 0, "openid": person})
        known = {"subscribe": 1, "openid": person, "nickname": "", "language": "zh_CN", "remark": "老客户 Ada"}
        return as_json(known)


def _sized(text: Any) -> str:
    need(isinstance(text, str) and text, 44004, "empty content")
    if len(text.encode()) > 2048:
        raise no(45002, "content size out of limit")
    return str(text)


if __name__ == "__main__":
    serve(WeChatStandIn, {"app_id": APP_ID, "app_secret": APP_SECRET, "token": TOKEN, "aes_key": AES_KEY})
