"""What WeCom's items and calls mean, and what WeCom is asked and answers."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from channels_social.wecom.channel import WeComChannel
from csplatform.gateway.contract import (
    AccountConfig,
    Echo,
    FileReference,
    Finding,
    HandleKind,
    HttpAnswer,
    MessageDeleted,
    OutboundAttachment,
    OutboundMessage,
    Profile,
    RawDelivery,
    Receipt,
    ReceiptState,
    Sender,
)
from csplatform.gateway.errors import SendFailed, SendUnavailable, SendUncertain, WebhookRejected
from tests.contract.samples import RECEIVED_AT, a_picture
from tests.contract.tencent import NONCE, call_of
from tests.contract.test_wecom import event, fetched, item
from tests.platforms.tencent import AES_KEY, TOKEN, seal, signature
from tests.platforms.wecom import CORPORATION, CUSTOMER, KF, SECRET, WeComStandIn

AT = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
KEY = "0d3ee2c3-7c5f-4e4b-9c39-0f6d0d6f5b11"
RING = {"MsgType": "event", "Event": "kf_msg_or_event", "Token": "t", "OpenKfId": KF}


@pytest.fixture
def wecom() -> Iterator[WeComStandIn]:
    with WeComStandIn() as stand_in:
        yield stand_in


def account(wecom: WeComStandIn | None = None, **secrets: str) -> AccountConfig:
    kept = {"secret": SECRET, "token": TOKEN, "aes_key": AES_KEY} | secrets
    base = wecom.url if wecom else "http://127.0.0.1:9"
    return AccountConfig(0, "Shop", KF, kept, {"corp_id": CORPORATION, "api_base": base})


def parse(document: dict[str, Any]) -> list[Any]:
    return list(WeComChannel(account()).parse(fetched(document)))


# WeCom tests the address, and rings


def knock(owner: str = CORPORATION, **changes: str) -> RawDelivery:
    when, word = str(int(RECEIVED_AT.timestamp())), seal(b"1616140317555161061", owner=owner)
    query = {"timestamp": when, "nonce": NONCE, "echostr": word}
    query["msg_signature"] = signature(TOKEN, when, NONCE, word)
    return RawDelivery(b"", {}, query | changes, "GET", RECEIVED_AT)


def test_word_is_opened_and_said_back() -> None:
    assert WeComChannel(account()).handshake(knock()) == HttpAnswer(b"1616140317555161061")


@pytest.mark.parametrize(
    ("raw", "secrets"),
    [
        (knock(msg_signature=""), {}),
        (knock(nonce="1"), {}),
        (knock(echostr="AAAA"), {}),
        (knock(owner="ww0"), {}),
        (knock(), {"token": ""}),
        (knock(), {"aes_key": ""}),
        (knock(), {"aes_key": AES_KEY[::-1]}),
    ],
)
def test_word_is_not_said_to_others(raw: RawDelivery, secrets: dict[str, str]) -> None:
    with pytest.raises(WebhookRejected):
        WeComChannel(account(**secrets)).handshake(raw)


def test_ring_is_believed_where_it_is_signed() -> None:
    WeComChannel(account()).verify(call_of(RING, owner=CORPORATION))


@pytest.mark.parametrize("forged", ["", "0" * 40, "é"])
def test_ring_is_not_believed_where_it_is_not_signed(forged: str) -> None:
    raw = call_of(RING, owner=CORPORATION)
    for query in (raw.query | {"msg_signature": forged}, raw.query | {"timestamp": "1772600700"}, {}):
        with pytest.raises(WebhookRejected):
            WeComChannel(account()).verify(replace(raw, query=query))
    with pytest.raises(WebhookRejected):
        WeComChannel(account()).verify(replace(raw, method="SYNC"))


# What was said


@pytest.mark.parametrize(
    ("kind", "content", "words"),
    [
        ("location", {"latitude": 23.1, "longitude": 113.3, "name": "广州塔"}, "📍 广州塔\ngeo:23.1,113.3"),
        ("link", {"title": "鞋", "desc": "", "url": "https://s.example"}, "🔗 鞋\nhttps://s.example"),
        ("business_card", {"userid": "ZhangSan"}, "👤 ZhangSan"),
        ("miniprogram", {"title": "商城", "pagepath": "/p?id=1"}, "🔗 商城\n/p?id=1"),
        ("channels_shop_product", {"title": "鞋", "shop_nickname": "店"}, "🛒 鞋\n店"),
        ("channels_shop_order", {"order_id": "37", "product_titles": "鞋", "price_wording": "¥1"}, "🛒 37\n鞋\n¥1"),
        ("channels", {"nickname": "店", "title": "新品"}, "🎬 店\n新品"),
        ("msgmenu", {"head_content": "好吗", "list": [{"type": "click", "click": {"content": "好"}}]}, "好吗\n• 好"),
        ("a_kind_of_tomorrow", {}, "❔ a_kind_of_tomorrow"),
    ],
)
def test_words(kind: str, content: dict[str, Any], words: str) -> None:
    (said,) = parse(item(kind, content))
    assert (said.text, said.sender.external_id, said.sent_at) == (words, CUSTOMER, AT)


def test_conversation_that_was_passed_on_is_read_line_by_line() -> None:
    first = {"sender_name": "A", "msgtype": "text", "msg_content": json.dumps({"text": {"content": "你好"}})}
    other = {"sender_name": "B", "msgtype": "image", "msg_content": "{}"}
    (said,) = parse(item("merged_msg", {"title": "聊天记录", "item": [first, other]}))
    assert said.text == "💬 聊天记录\nA: 你好\nB: ❔ image"


def test_button_is_what_it_says() -> None:
    (said,) = parse(item(content={"content": "满意", "menu_id": "2"}))
    assert (said.text, said.metadata) == ("满意", {"button": "2"})


@pytest.mark.parametrize(
    ("kind", "name"), [("image", "image.jpg"), ("voice", "voice.amr"), ("video", "video.mp4"), ("file", "")]
)
def test_files(kind: str, name: str) -> None:
    (said,) = parse(item(kind, {"media_id": "m-7"}))
    (file,) = said.attachments
    assert (file.name, file.content) == (name, FileReference("m-7"))


def test_answer_of_a_colleague_is_an_echo() -> None:
    person = Sender(CUSTOMER, HandleKind.SOCIAL)
    assert parse(item(origin=5, servicer_userid="ZhangSan")) == [Echo("m-1", person, "你好", AT)]


@pytest.mark.parametrize("kind", ["user_recall_msg", "servicer_recall_msg"])
def test_what_is_taken_back(kind: str) -> None:
    assert parse(event(kind, recall_msgid="m-0")) == [MessageDeleted("m-0", AT)]


@pytest.mark.parametrize(
    ("fail_type", "reason"),
    [
        (4, "More than 48 hours have passed since the customer wrote; WeCom takes no answer any more."),
        (6, "WeCom takes no more answers until the customer writes again."),
        (10, "The customer does not accept messages of this account."),
        (99, "WeCom refused."),
    ],
)
def test_what_did_not_arrive_says_why(fail_type: int, reason: str) -> None:
    failed = event("msg_send_fail", fail_msgid="m-0", fail_type=fail_type)
    assert parse(failed) == [Receipt("m-0", ReceiptState.FAILED, AT, reason=reason)]


# What is sent


def outbound(text: str = "Hello", **fields: Any) -> OutboundMessage:
    return OutboundMessage(key=KEY, recipient=CUSTOMER, text=text, **fields)


def a_file(name: str, content_type: str, size: int = 5) -> OutboundAttachment:
    return OutboundAttachment(name, content_type, size, open=lambda: b"x" * size)


def test_text_goes_under_an_id_that_is_known_ahead(wecom: WeComStandIn) -> None:
    ahead = WeComChannel.abilities.name_ahead
    assert ahead is not None
    result = WeComChannel(account(wecom)).send(outbound("您好 👋"))
    assert result.external_id == ahead(account(), KEY) == "0d3ee2c37c5f4e4b9c390f6d0d6f5b11"
    assert wecom.calls[-1].json() == {
        "touser": CUSTOMER,
        "open_kfid": KF,
        "msgid": result.external_id,
        "msgtype": "text",
        "text": {"content": "您好 👋"},
    }


def test_question_has_buttons(wecom: WeComStandIn) -> None:
    WeComChannel(account(wecom)).send(outbound("满意吗？", quick_replies=("满意", "不" * 60)))
    first, second = wecom.calls[-1].json()["msgmenu"]["list"]
    assert first == {"type": "click", "click": {"id": "1", "content": "满意"}}
    assert second["click"]["content"] == "不" * 42
    with pytest.raises(SendFailed, match="1,024 bytes"):
        WeComChannel(account(wecom)).send(outbound("好" * 400, quick_replies=("1",)))


@pytest.mark.parametrize(
    ("attachment", "kind"),
    [
        (a_picture("图.png"), "image"),
        (a_file("a.amr", "audio/amr"), "voice"),
        (a_file("a.mp3", "audio/mpeg"), "file"),
        (a_file("账单.pdf", "application/pdf"), "file"),
        (a_file("v.mp4", "video/mp4"), "video"),
    ],
)
def test_file_goes_as_what_it_is(wecom: WeComStandIn, attachment: OutboundAttachment, kind: str) -> None:
    WeComChannel(account(wecom)).send(outbound("", attachments=(attachment,)))
    assert wecom.calls[-1].json()["msgtype"] == kind
    assert wecom.taken[0].files == ((attachment.name, attachment.open()),)


def test_customer_whom_a_colleague_serves_is_not_interrupted(wecom: WeComStandIn) -> None:
    wecom.served.add(CUSTOMER)
    with pytest.raises(SendFailed, match="A colleague serves this customer in the WeCom app") as failure:
        WeComChannel(account(wecom)).send(outbound())
    assert (failure.value.code, wecom.taken) == ("95018", [])


def test_customer_nobody_knows_is_gone_for_good(wecom: WeComStandIn) -> None:
    with pytest.raises(SendFailed, match="does not know this customer") as failure:
        WeComChannel(account(wecom)).send(replace(outbound(), recipient="wmNobody"))
    assert failure.value.dead_address


def test_quota_of_five_is_said(wecom: WeComStandIn) -> None:
    channel = WeComChannel(account(wecom))
    for _number in range(5):
        channel.send(outbound())
    with pytest.raises(SendFailed, match="no more answers until the customer writes again"):
        channel.send(outbound())
    assert len(wecom.taken) == 5


@pytest.mark.parametrize(
    ("status", "failure"),
    [(500, SendUnavailable), (504, SendUncertain), (200, SendUncertain), (418, SendFailed)],
)
def test_answers_of_something_in_between(wecom: WeComStandIn, status: int, failure: type[Exception]) -> None:
    wecom.fail(status)
    with pytest.raises(failure) as caught:
        WeComChannel(account(wecom)).send(outbound())
    assert type(caught.value) is failure


# What is asked


def test_profile_and_files_with_their_names(wecom: WeComStandIn) -> None:
    abilities = WeComChannel.abilities
    assert abilities.profile
    assert abilities.download
    assert abilities.profile(account(wecom), CUSTOMER) == Profile("小艾")
    assert abilities.profile(account(wecom), "wmNobody") == Profile()
    wecom.media["f"] = ("合同.pdf", "application/octet-stream", b"%PDF-1", "file")
    found = abilities.download(account(wecom), "f")
    assert (found.data, found.name) == (b"%PDF-1", "合同.pdf")


def check(config: AccountConfig) -> list[Finding]:
    assert WeComChannel.abilities.check is not None
    return list(WeComChannel.abilities.check(config))


def test_an_account_that_works(wecom: WeComStandIn) -> None:
    words = "WeCom does not tell whom it calls. Write to the account, and see whether it comes in."
    assert check(account(wecom)) == [
        Finding("The secret and the customer service account", True, "This is “售后”."),
        Finding("The token and the EncodingAESKey", True),
        Finding("WeCom calls us", None, words),
    ]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"secret": ""}, "The secret of the app is missing."),
        ({"secret": "guess"}, "WeCom does not accept the corporation's id and the app's secret of this account."),
        ({"token": ""}, "The token is missing, so every call is turned away."),
        ({"aes_key": "short"}, "An EncodingAESKey has 43 letters and digits; this one does not."),
    ],
)
def test_what_is_wrong_with_the_secrets_is_said(wecom: WeComStandIn, changes: dict[str, str], words: str) -> None:
    (bad,) = [finding for finding in check(account(wecom, **changes)) if finding.ok is False]
    assert bad.words == words


def test_what_is_wrong_with_the_account_is_said(wecom: WeComStandIn) -> None:
    (unknown, *_rest) = check(replace(account(wecom), address="wkNobodys"))
    assert unknown.words == "WeCom knows no customer service account with this id, or the app may not use it."
    wecom.may_manage = False
    (forbidden, *_rest) = check(account(wecom))
    assert forbidden.words.startswith("The app may see “售后” but not serve it.")
