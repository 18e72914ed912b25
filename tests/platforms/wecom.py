"""A stand-in for WeCom's customer service (微信客服), with the rules of developer.work.weixin.qq.com."""

import re
import secrets
import time
from typing import Any, ClassVar

import httpx

from tests.contract.platform import Taken
from tests.platforms.base import Answer, Call, Refused, as_json, serve
from tests.platforms.tencent import AES_KEY, TOKEN, TencentStandIn, need, no, utf8_json

CORPORATION = "ww1234567890abcdef"
SECRET = "SecretOfTheSelfBuiltApp-0123456789abcdefghi"
KF = "wkAJ2GCAAASSm4_FhToWMFea0xAFfd3Q"
CUSTOMER = "wmAJ2GCAAAme1XQRC-NI-q0_ZM9ukoAw"
COLLEAGUE = "ZhangSan"
# Seconds between questions without a token.
STRICT = 60
_ID = re.compile(r"[0-9A-Za-z_-]{1,32}")


class WeComStandIn(TencentStandIn):
    """One corporation with one customer service account; `items` is all that sync_msg can tell.

    `page` is the most items it tells at once; it begins with an empty page where `hesitates`.
    """

    description: ClassVar[str] = __doc__
    stale = (40014, "invalid access_token")
    used_up = (95001, "send msg count limit")
    kinds = {
        "image": (frozenset({"image/jpeg", "image/png"}), 10_000_000),
        "voice": (frozenset({"audio/amr"}), 2_000_000),
        "video": (frozenset({"video/mp4"}), 10_000_000),
        "file": (frozenset(), 20_000_000),
    }

    def __init__(
        self,
        *,
        port: int = 0,
        corp_id: str = CORPORATION,
        secret: str = SECRET,
        token: str = TOKEN,
        aes_key: str = AES_KEY,
    ) -> None:
        self.items: list[dict[str, Any]] = []
        self.page, self.hesitates = 1000, False
        # Whom a colleague serves in the WeCom app.
        self.served: set[str] = set()
        self.may_manage = True
        self._tokens: set[str] = set()
        self._tokenless = 0.0
        super().__init__(port=port, owner=corp_id, secret=secret, token=token, aes_key=aes_key)
        self.left[CUSTOMER] = 5

    def refused_for_good(self) -> Refused:
        return no(95002, "send msg time limit")

    def told(self, path: str, order: dict[str, Any]) -> httpx.Response:
        """`/_say {"text": …, "person": …}`: a customer writes."""
        if path != "/_say":
            raise Refused(404, f"no order is called {path}")
        self.say(order["text"], person=order.get("person", CUSTOMER))
        return self.deliver(self.ring())

    # What happens over there ----------------------------------------------------------------------------------

    def say(self, text: str, **fields: Any) -> str:
        """Have the customer write; returns the message's id."""
        return self.happen("text", {"content": text}, **fields)

    def happen(self, kind: str, content: Any, *, person: str = CUSTOMER, origin: int = 3, at: int = 1772600767) -> str:
        """Add an item of any kind, of the customer (3) or a colleague (5)."""
        msgid = f"4gw7MepFLfgF2VC5npN-longer-than-ours-{len(self.items):06}"
        head = {"msgid": msgid, "open_kfid": KF, "external_userid": person, "send_time": at, "origin": origin}
        self.items.append(
            {**head, "msgtype": kind, kind: content} | ({"servicer_userid": COLLEAGUE} if origin == 5 else {})
        )
        if origin == 3:
            self.left[person] = 5
        return msgid

    def event(self, kind: str, *, at: int = 1772600790, **fields: Any) -> None:
        """Add an event."""
        event = {"event_type": kind, "open_kfid": KF, "external_userid": CUSTOMER, **fields}
        msgid = f"event-{len(self.items):06}"
        self.items.append({"msgid": msgid, "send_time": at, "origin": 4, "msgtype": "event", "event": event})

    def ring(self, *, open_kfid: str = KF) -> dict[str, Any]:
        """Return the call that says that there is something."""
        token = f"ENC{secrets.token_hex(20)}"
        self._tokens.add(token)
        head = {"ToUserName": self.owner, "CreateTime": int(time.time()), "MsgType": "event"}
        return {**head, "Event": "kf_msg_or_event", "Token": token, "OpenKfId": open_kfid}

    # What it does with our calls ------------------------------------------------------------------------------

    def answer(self, call: Call) -> Answer:
        if (call.method, call.path) == ("GET", "/cgi-bin/gettoken"):
            return self._granted(call)
        known = {
            ("POST", "/cgi-bin/kf/sync_msg"): self._sync,
            ("POST", "/cgi-bin/kf/send_msg"): self._send,
            ("POST", "/cgi-bin/kf/customer/batchget"): self._customers,
            ("POST", "/cgi-bin/kf/account/list"): self._accounts,
            ("POST", "/cgi-bin/media/upload"): self.upload,
            ("GET", "/cgi-bin/media/get"): self.hand_out,
        }.get((call.method, call.path))
        if known is None:
            raise Refused(404, f"nothing is at {call.path}")
        self.check_token(call)
        return known(call)

    def _granted(self, call: Call) -> Answer:
        if call.query.get("corpid") != self.owner:
            raise no(40013, "invalid corpid")
        if call.query.get("corpsecret") != self.secret:
            raise no(40001, "invalid credential")
        return as_json({"errcode": 0, "errmsg": "ok", "access_token": self.access_token, "expires_in": 7200})

    def _sync(self, call: Call) -> Answer:
        asked = utf8_json(call)
        need(set(asked) <= {"cursor", "token", "limit", "voice_format", "open_kfid"}, 40058, "known fields")
        need(asked.get("open_kfid") == KF, 95000, "open_kfid")
        need(0 < asked.get("limit", 1000) <= 1000, 40058, "limit")
        self._check_signal(asked.get("token"))
        begin = asked.get("cursor", "at-0")
        need(re.fullmatch(r"at-\d+", begin), 40058, "cursor")
        start = int(begin.removeprefix("at-"))
        hesitates, self.hesitates = self.hesitates, False
        end = start if hesitates else min(len(self.items), start + min(self.page, asked.get("limit", 1000)))
        said = {"errcode": 0, "errmsg": "ok", "next_cursor": f"at-{end}", "msg_list": self.items[start:end]}
        return as_json(said | {"has_more": 1 if end < len(self.items) else 0})

    def _check_signal(self, token: str | None) -> None:
        """Answer without a token only now and then."""
        if token is None:
            if time.monotonic() - self._tokenless < STRICT and self._tokenless:
                raise no(45009, "api freq out of limit")
            self._tokenless = time.monotonic()
        elif token not in self._tokens:
            raise no(95007, "invalid msg token")

    def _send(self, call: Call) -> Answer:
        message = utf8_json(call)
        kind = message.get("msgtype")
        need(
            set(message) == {"touser", "open_kfid", "msgid", "msgtype", kind},
            40058,
            "touser, open_kfid, msgid, msgtype",
        )
        need(message["open_kfid"] == KF, 95000, "open_kfid")
        need(_ID.fullmatch(message["msgid"]), 40058, "msgid")
        text, files = self._content(kind, message[kind])
        person = message["touser"]
        need(person in self.left, 40096, "external userid")
        if person in self.served:
            raise no(95018, "send msg session status invalid")
        taken = Taken(message["msgid"], person, text, files)
        return self.spend(taken, as_json({"errcode": 0, "errmsg": "ok", "msgid": message["msgid"]}))

    def _content(self, kind: str, content: Any) -> tuple[str, tuple[tuple[str, bytes], ...]]:
        if kind == "text":
            need(set(content) == {"content"}, 40058, "text.content")
            return _sized(content["content"], 2048), ()
        if kind == "msgmenu":
            need(
                set(content) <= {"head_content", "list", "tail_content"} and len(content["list"]) <= 10,
                40058,
                "msgmenu",
            )
            for entry in content["list"]:
                need(set(entry) == {"type", "click"} and entry["type"] == "click", 95009, "list.type")
                need(set(entry["click"]) == {"id", "content"}, 40058, "list.click")
                _sized(entry["click"]["content"], 128)
            return _sized(content["head_content"], 1024), ()
        need(kind in self.kinds, 40008, "invalid message type")
        return "", (self.file_of(kind, content, frozenset()),)

    def _customers(self, call: Call) -> Answer:
        asked = utf8_json(call)
        ids = asked["external_userid_list"]
        need(0 < len(ids) <= 100, 40058, "external_userid_list")
        known = [one for one in ids if one in self.left]
        found = [{"external_userid": one, "nickname": "小艾", "avatar": "", "gender": 2} for one in known]
        unknown = [one for one in ids if one not in self.left]
        return as_json({"errcode": 0, "errmsg": "ok", "customer_list": found, "invalid_external_userid": unknown})

    def _accounts(self, call: Call) -> Answer:
        asked = utf8_json(call)
        need(0 < asked["limit"] <= 100, 40058, "limit")
        all_of_them = [{"open_kfid": f"wkOther{number:04}", "name": "Other"} for number in range(100)]
        all_of_them.append({"open_kfid": KF, "name": "售后", "manage_privilege": self.may_manage})
        page = all_of_them[asked["offset"] : asked["offset"] + asked["limit"]]
        return as_json({"errcode": 0, "errmsg": "ok", "account_list": page})


def _sized(text: Any, most: int) -> str:
    need(isinstance(text, str) and text, 40058, "a text")
    if len(text.encode()) > most:
        raise no(45002, "content size out of limit")
    return str(text)


if __name__ == "__main__":
    serve(WeComStandIn, {"corp_id": CORPORATION, "secret": SECRET, "token": TOKEN, "aes_key": AES_KEY})
