"""The stand-ins for WeChat and WeCom are as strict as they claim."""

from typing import Any

import httpx
import pytest

from tests.platforms.tencent import TencentStandIn
from tests.platforms.wechat import FOLLOWER, WeChatStandIn
from tests.platforms.wecom import CUSTOMER, KF, WeComStandIn

TEXT = {"touser": FOLLOWER, "msgtype": "text", "text": {"content": "Hello"}}
KF_TEXT = {"touser": CUSTOMER, "open_kfid": KF, "msgid": "m-1", "msgtype": "text", "text": {"content": "Hello"}}
SYNC = {"open_kfid": KF, "limit": 100}


def post(stand_in: TencentStandIn, path: str, body: dict[str, Any]) -> int:
    """Return the code of the answer, which always comes with HTTP 200."""
    answer = httpx.post(f"{stand_in.url}{path}", params={"access_token": stand_in.access_token}, json=body)
    assert answer.status_code == 200
    return int(answer.json()["errcode"])


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, 0),
        ({"text": {"content": ""}}, 44004),
        ({"text": {"content": "好" * 683}}, 45002),
        ({"text": {"content": "x", "more": "y"}}, 40035),
        ({"extra": 1}, 40035),
        ({"touser": "oNobody"}, 45015),
        ({"msgtype": "file", "file": {"media_id": "1"}, "text": None}, 40035),
    ],
)
def test_wechat_is_strict(changes: dict[str, Any], code: int) -> None:
    with WeChatStandIn() as wechat:
        assert post(wechat, "/cgi-bin/message/custom/send", TEXT | changes) == code
        assert len(wechat.taken) == (0 if code else 1)


def test_wechat_wants_its_token_and_what_can_be_read() -> None:
    with WeChatStandIn() as wechat:
        url = f"{wechat.url}/cgi-bin/message/custom/send"
        assert httpx.post(url, json=TEXT).json()["errcode"] == 40001
        escaped = b'{"touser": "x", "msgtype": "text", "text": {"content": "\\u597d"}}'
        said = httpx.post(url, params={"access_token": wechat.access_token}, content=escaped).json()
        assert said["errcode"] == 47001


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, 0),
        ({"msgid": "x" * 33}, 40058),
        ({"msgid": "x:y"}, 40058),
        ({"open_kfid": "wkOther"}, 95000),
        ({"touser": "wmNobody"}, 40096),
        ({"text": {"content": "好" * 683}}, 45002),
    ],
)
def test_wecom_is_strict(changes: dict[str, Any], code: int) -> None:
    with WeComStandIn() as wecom:
        assert post(wecom, "/cgi-bin/kf/send_msg", KF_TEXT | changes) == code
        assert len(wecom.taken) == (0 if code else 1)


def test_wecom_is_not_asked_without_need() -> None:
    with WeComStandIn() as wecom:
        token = wecom.ring()["Token"]
        assert [post(wecom, "/cgi-bin/kf/sync_msg", SYNC) for _time in range(2)] == [0, 45009]
        assert [post(wecom, "/cgi-bin/kf/sync_msg", SYNC | {"token": token}) for _time in range(2)] == [0, 0]
        assert post(wecom, "/cgi-bin/kf/sync_msg", SYNC | {"token": "guess"}) == 95007
        assert post(wecom, "/cgi-bin/kf/sync_msg", SYNC | {"limit": 1001}) == 40058
