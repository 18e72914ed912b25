"""Signatures and sealed texts, by published vectors and by what must not pass; tokens; refusals and files."""

import json
import logging
import traceback
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from channels_social.tencent import calls
from channels_social.tencent.crypto import Keys, is_key, signature_of
from channels_social.tencent.xmlbody import read_xml
from channels_social.wechat.channel import WeChatChannel
from channels_social.wechat.client import api_of
from csplatform.gateway.contract import AccountConfig, OutboundMessage
from csplatform.gateway.errors import SendFailed, SendUncertain, Unreadable, WebhookRejected
from csplatform.gateway.models import ChannelAccount
from tests.contract.samples import RECEIVED_AT
from tests.contract.tencent import sealed_call
from tests.factories import make_account
from tests.platforms.tencent import AES_KEY, FORMER_KEY, TOKEN, seal
from tests.platforms.wechat import APP_ID, APP_SECRET, FOLLOWER, WeChatStandIn

VECTORS = Path(__file__).parents[3] / "shared" / "corpora" / "social" / "signature_vectors.jsonl"
KEYS = Keys(TOKEN, APP_ID, (AES_KEY,))
INNER = "<xml><MsgType>text</MsgType></xml>"


@pytest.fixture
def wechat() -> Iterator[WeChatStandIn]:
    with WeChatStandIn() as stand_in:
        yield stand_in


# Vectors


def vectors() -> list[dict[str, Any]]:
    if not VECTORS.is_file():
        return []
    return [row for row in map(json.loads, VECTORS.read_text().splitlines()) if row["provider"] == "wecom"]


def test_published_vectors() -> None:
    """Of the vendor's documents, by way of wechatpy's tests."""
    rows = vectors()
    if not rows:
        pytest.skip("../shared/corpora is absent")
    for row in rows:
        keys = Keys(row["secret"], row["corp_id"], (row["encoding_aes_key"],))
        assert keys.signed(row["signature"], row["timestamp"], row["nonce"], row["echostr"]) is row["valid"]
        assert keys.open(row["echostr"]).decode().isdigit()
        assert not keys.signed(row["signature"], row["timestamp"], row["nonce"] + "1", row["echostr"])


def test_documented_signature() -> None:
    """The order of the parts does not matter: they are sorted."""
    assert signature_of("token", "b", "a") == signature_of("token", "a", "b")
    assert signature_of("abc") == "a9993e364706816aba3e25717850c26c9cd0d89d"  # SHA-1 of "abc", FIPS 180-1


# What passes the door


@pytest.mark.parametrize("shift", [-3500, 0, 3500])
def test_call_of_late_passes(shift: int) -> None:
    raw = sealed_call(INNER, owner=APP_ID, at=int(RECEIVED_AT.timestamp()) + shift)
    calls.verify(raw, KEYS)
    assert calls.opened(raw, KEYS).text("MsgType") == "text"


@pytest.mark.parametrize("shift", [-3700, 3700, -(10**9)])
def test_stale_call_is_refused(shift: int) -> None:
    raw = sealed_call(INNER, owner=APP_ID, at=int(RECEIVED_AT.timestamp()) + shift)
    with pytest.raises(WebhookRejected, match="too old"):
        calls.verify(raw, KEYS)


def test_another_sealed_text_under_the_same_signature_is_refused() -> None:
    raw = sealed_call(INNER, owner=APP_ID)
    other = sealed_call("<xml><MsgType>event</MsgType></xml>", owner=APP_ID)
    with pytest.raises(WebhookRejected, match="signature"):
        calls.verify(replace(raw, body=other.body), KEYS)


@pytest.mark.parametrize("keys", [Keys("", APP_ID, (AES_KEY,)), Keys(TOKEN, "", (AES_KEY,)), Keys(TOKEN, APP_ID, ())])
def test_account_without_a_secret_takes_nothing(keys: Keys) -> None:
    with pytest.raises(WebhookRejected, match="no token, or no EncodingAESKey"):
        calls.verify(sealed_call(INNER, owner=APP_ID, token=keys.token), keys)


def test_clear_mode_is_refused() -> None:
    raw = replace(sealed_call(INNER, owner=APP_ID), body=INNER.encode())
    with pytest.raises(WebhookRejected, match="safe mode is off"):
        calls.verify(raw, KEYS)


# Keys change


def test_what_the_former_key_sealed_can_still_be_read() -> None:
    rotated = Keys(TOKEN, APP_ID, (FORMER_KEY, AES_KEY))
    for key in (AES_KEY, FORMER_KEY):
        raw = sealed_call(INNER, owner=APP_ID, aes_key=key)
        calls.verify(raw, rotated)
        assert calls.opened(raw, rotated).text("MsgType") == "text"
    with pytest.raises(Unreadable, match="EncodingAESKey"):
        calls.opened(sealed_call(INNER, owner=APP_ID, aes_key=FORMER_KEY), KEYS)


SPOILT = {
    "nothing": "",
    "short": "AAAA",
    "no Base64": "!",
    "no ASCII": "é",
    "cut off": seal(b"", owner="wx0")[:-4],
    "longer": seal(b"x", owner="wx0") + "==",
}


@pytest.mark.parametrize("sealed", SPOILT.values(), ids=SPOILT)
def test_what_cannot_be_opened_is_unreadable(sealed: str) -> None:
    with pytest.raises(Unreadable):
        KEYS.open(sealed)


@pytest.mark.parametrize(("key", "good"), [(AES_KEY, True), (AES_KEY[1:], False), ("é" * 43, False), ("", False)])
def test_form_of_a_key(key: str, good: bool) -> None:
    assert is_key(key) is good


# XML


def test_xml_is_read_with_its_lists_and_objects() -> None:
    read = read_xml(b"<xml><A>1 &amp; 2</A><B><C>x</C><C>y</C></B><D><![CDATA[<d>]]></D><E/></xml>")
    assert read.values == {"A": "1 & 2", "B": {"C": ["x", "y"]}, "D": "<d>", "E": ""}


def test_document_types_are_refused() -> None:
    bomb = b'<!DOCTYPE b [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><xml><A>&b;</A></xml>'
    with pytest.raises(Unreadable, match="document type"):
        read_xml(bomb)


# Tokens


def account_at(wechat: WeChatStandIn, **fields: Any) -> ChannelAccount:
    secrets = {"app_secret": APP_SECRET, "token": TOKEN, "aes_key": AES_KEY}
    fields = {"address": APP_ID, "credentials": secrets, "settings": {"api_base": wechat.url}} | fields
    return make_account("wechat", **fields)


def say(account: AccountConfig, text: str = "Hello") -> None:
    WeChatChannel(account).send(OutboundMessage(key="k", recipient=FOLLOWER, text=text))


def asked(wechat: WeChatStandIn) -> list[str]:
    return [call.path.rsplit("/", 1)[-1] for call in wechat.calls]


@pytest.mark.django_db
def test_token_is_asked_for_once_and_kept_encrypted(wechat: WeChatStandIn) -> None:
    account = account_at(wechat)
    say(account.config)
    account.refresh_from_db()
    say(account.config)
    assert asked(wechat) == ["stable_token", "send", "send"]
    assert account.credentials["oauth_access_token"] == wechat.access_token
    assert wechat.calls[0].json() == {
        "grant_type": "client_credential",
        "appid": APP_ID,
        "secret": APP_SECRET,
        "force_refresh": False,
    }


def test_token_stands_neither_in_the_log_nor_in_an_error(
    wechat: WeChatStandIn, caplog: pytest.LogCaptureFixture
) -> None:
    account = AccountConfig(0, "Shop", APP_ID, {"app_secret": APP_SECRET}, {"api_base": wechat.url})
    with caplog.at_level(logging.INFO):
        say(account)
        wechat.hang_up()
        with pytest.raises(SendUncertain) as failure:
            say(account)
    assert len(wechat.taken) == 2
    said = caplog.text + "".join(traceback.format_exception(failure.value))
    assert wechat.access_token not in said
    assert APP_SECRET not in said


@pytest.mark.django_db
def test_token_that_has_been_dropped_is_asked_for_again(wechat: WeChatStandIn) -> None:
    account = account_at(wechat)
    say(account.config)
    wechat.expire_token()
    say(account.config)
    assert asked(wechat) == ["stable_token", "send", "send", "stable_token", "send"]
    assert len(wechat.taken) == 2


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changes", "reason", "code"),
    [
        ({"address": "wx0"}, "WeChat does not accept the AppID and the AppSecret of this account.", "40013"),
        (
            {"credentials": {"app_secret": "guess"}},
            "WeChat does not accept the AppID and the AppSecret of this account.",
            "40125",
        ),
        ({"credentials": {}}, "The channel account has no usable access token.", "app_secret"),
    ],
)
def test_account_that_gets_no_token_says_why(
    wechat: WeChatStandIn, changes: dict[str, Any], reason: str, code: str
) -> None:
    account = account_at(wechat, **changes)
    with pytest.raises(SendFailed) as failure:
        say(account.config)
    assert (failure.value.reason, failure.value.code) == (reason, code)
    assert wechat.taken == []


# Files


def test_small_text_file_is_a_file_and_a_refusal_is_none(wechat: WeChatStandIn) -> None:
    account = AccountConfig(0, "Shop", APP_ID, {"app_secret": APP_SECRET}, {"api_base": wechat.url})
    wechat.media["f1"] = ("价目 表.json", "application/json", b'{"errcode": 0, "price": 12}', "file")
    found = api_of(account).file("f1")
    assert (found.data, found.name) == (b'{"errcode": 0, "price": 12}', "价目 表.json")
    with pytest.raises(SendFailed, match="does not take this file") as failure:
        api_of(account).file("f2")
    assert failure.value.code == "40007"
