"""What WeChat's calls mean, and what WeChat is asked and answers."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from channels_social.wechat.channel import WeChatChannel
from csplatform.gateway.contract import (
    AccountConfig,
    FileReference,
    Finding,
    HttpAnswer,
    InboundMessage,
    OutboundAttachment,
    OutboundMessage,
    Profile,
    RawDelivery,
    Reachability,
    Receipt,
    ReceiptState,
    TemplateUse,
)
from csplatform.gateway.cutting import cut
from csplatform.gateway.errors import SendFailed, SendUnavailable, SendUncertain, WebhookRejected
from tests.contract.samples import PNG, RECEIVED_AT, a_picture
from tests.contract.test_wechat import delivery, text
from tests.platforms.base import multipart
from tests.platforms.tencent import AES_KEY, TOKEN, signature
from tests.platforms.wechat import APP_ID, APP_SECRET, FOLLOWER, TEMPLATE, WeChatStandIn

AT = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
TAKEN = str(TEMPLATE["template_id"])


@pytest.fixture
def wechat() -> Iterator[WeChatStandIn]:
    with WeChatStandIn() as stand_in:
        yield stand_in


def account(wechat: WeChatStandIn | None = None, **secrets: str) -> AccountConfig:
    kept = {"app_secret": APP_SECRET, "token": TOKEN, "aes_key": AES_KEY} | secrets
    return AccountConfig(0, "Shop", APP_ID, kept, {"api_base": wechat.url if wechat else "http://127.0.0.1:9"})


def parse(**fields: Any) -> list[Any]:
    return list(WeChatChannel(account()).parse(delivery(**text(**fields))))


def happened(event: str, **fields: Any) -> list[Any]:
    return parse(MsgType="event", Content=None, MsgId=None, Event=event, **fields)


# WeChat tests the address


def knock(**changes: str) -> RawDelivery:
    when = str(int(RECEIVED_AT.timestamp()))
    query = {
        "signature": signature(TOKEN, when, "7"),
        "timestamp": when,
        "nonce": "7",
        "echostr": "5837397576500011341",
    }
    return RawDelivery(b"", {}, query | changes, "GET", RECEIVED_AT)


def test_echostr_is_said_back() -> None:
    assert WeChatChannel(account()).handshake(knock()) == HttpAnswer(b"5837397576500011341")


@pytest.mark.parametrize("changes", [{"signature": ""}, {"nonce": "8"}, {"timestamp": "1"}, {"signature": "é"}])
def test_echostr_is_not_said_to_others(changes: dict[str, str]) -> None:
    with pytest.raises(WebhookRejected):
        WeChatChannel(account()).handshake(knock(**changes))
    with pytest.raises(WebhookRejected):
        WeChatChannel(account(token="")).handshake(knock())


# What was said


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        (
            {"MsgType": "location", "Location_X": "23.13", "Location_Y": "113.3", "Label": "广州"},
            "📍 广州\ngeo:23.13,113.3",
        ),
        ({"MsgType": "link", "Title": "Shoes", "Url": "https://s.example"}, "🔗 Shoes\nhttps://s.example"),
        ({"MsgType": "voice", "MediaId": "m", "Format": "amr", "Recognition": "你好吗"}, "你好吗"),
        ({"MsgType": "file", "Title": "a.pdf"}, "❔ file"),
        ({"MsgType": "a_kind_of_tomorrow"}, "❔ a_kind_of_tomorrow"),
    ],
)
def test_words(fields: dict[str, Any], words: str) -> None:
    (event,) = parse(**fields)
    assert (event.text, event.sender.external_id, event.sent_at) == (words, FOLLOWER, AT)


@pytest.mark.parametrize(
    ("kind", "name", "content_type"),
    [
        ("image", "image.jpg", "image/jpeg"),
        ("voice", "voice.amr", "audio/amr"),
        ("video", "video.mp4", "video/mp4"),
        ("shortvideo", "video.mp4", "video/mp4"),
    ],
)
def test_files(kind: str, name: str, content_type: str) -> None:
    (event,) = parse(MsgType=kind, MediaId="media-1", PicUrl="http://mmbiz.example/x")
    (file,) = event.attachments
    assert (file.name, file.content_type, file.content) == (name, content_type, FileReference("media-1"))


def test_button_of_a_menu_that_we_sent_is_what_it_says() -> None:
    (event,) = parse(Content="满意", bizmsgmenuid="2")
    assert (event.text, event.metadata) == ("满意", {"button": "2"})


def test_press_of_the_accounts_menu_is_a_message_and_its_repetition_the_same_one() -> None:
    first, again = happened("CLICK", EventKey="TALK_TO_US"), happened("CLICK", EventKey="TALK_TO_US")
    assert first == again
    (event,) = first
    assert isinstance(event, InboundMessage)
    assert (event.text, event.external_id) == ("TALK_TO_US", f"{FOLLOWER}:1772600767:CLICK")
    assert event.pressed  # which opens one minute, and not two days
    (scanned,) = happened("scancode_waitmsg", EventKey="scan", ScanCodeInfo={"ScanType": "qrcode", "ScanResult": "42"})
    assert (scanned.text, scanned.metadata) == ("42", {"button": "scan"})


def test_following_and_leaving() -> None:
    assert happened("subscribe", EventKey="qrscene_1") == [Reachability(FOLLOWER, True, AT)]
    reason = "The customer no longer follows this WeChat account."
    assert happened("unsubscribe") == [Reachability(FOLLOWER, False, AT, reason)]


@pytest.mark.parametrize(
    ("status", "state", "reason"),
    [
        ("success", ReceiptState.DELIVERED, ""),
        ("failed:user block", ReceiptState.FAILED, "The customer has turned messages of this kind off."),
        ("failed: system failed", ReceiptState.FAILED, "WeChat refused."),
    ],
)
def test_template_has_receipts(status: str, state: ReceiptState, reason: str) -> None:
    assert happened("TEMPLATESENDJOBFINISH", MsgID="200163836", Status=status) == [
        Receipt("200163836", state, AT, reason=reason)
    ]


# What is sent


def outbound(text: str = "Hello", **fields: Any) -> OutboundMessage:
    return OutboundMessage(key="k", recipient=FOLLOWER, text=text, **fields)


def a_file(name: str, content_type: str, size: int = 5) -> OutboundAttachment:
    link = "https://desk.example/files/x.pdf"
    return OutboundAttachment(name, content_type, size, open=lambda: b"x" * size, link=lambda _life: link)


def test_text_goes_unescaped_under_our_own_key(wechat: WeChatStandIn) -> None:
    result = WeChatChannel(account(wechat)).send(outbound("您好 👋"))
    assert result.external_id == "k"
    said = wechat.calls[-1]
    assert said.json() == {"touser": FOLLOWER, "msgtype": "text", "text": {"content": "您好 👋"}}
    assert "您好 👋".encode() in said.body


def test_long_text_is_cut_by_bytes(wechat: WeChatStandIn) -> None:
    parts = cut("好" * 1000, (), WeChatChannel.abilities)
    assert [len(part.text.encode()) for part in parts] == [2046, 954]


def test_question_has_buttons(wechat: WeChatStandIn) -> None:
    WeChatChannel(account(wechat)).send(outbound("满意吗？", quick_replies=("满意", "不" * 60)))
    menu = wechat.calls[-1].json()["msgmenu"]
    assert menu["head_content"] == "满意吗？"
    assert menu["list"] == [{"id": "1", "content": "满意"}, {"id": "2", "content": "不" * 42}]


@pytest.mark.parametrize(
    ("attachment", "kind"),
    [
        (a_picture("图.png"), "image"),
        (a_file("a.mp3", "audio/mpeg"), "voice"),
        (a_file("v.mp4", "video/mp4"), "video"),
    ],
)
def test_file_is_handed_over_then_sent_as_what_it_is(
    wechat: WeChatStandIn, attachment: OutboundAttachment, kind: str
) -> None:
    WeChatChannel(account(wechat)).send(outbound("", attachments=(attachment,)))
    upload, message = [call for call in wechat.calls if "stable_token" not in call.path]
    assert (upload.query["type"], multipart(upload)["media"].filename) == (kind, attachment.name)
    assert message.json()["msgtype"] == kind
    assert wechat.taken[0].files == ((attachment.name, attachment.open()),)


@pytest.mark.parametrize(
    "attachment", [a_file("账单.pdf", "application/pdf"), a_file("a.mp3", "audio/mpeg", 2_000_001)]
)
def test_file_that_wechat_does_not_carry_goes_as_an_address(
    wechat: WeChatStandIn, attachment: OutboundAttachment
) -> None:
    WeChatChannel(account(wechat)).send(outbound("", attachments=(attachment,)))
    assert wechat.taken[0].text == f"📎 {attachment.name}\nhttps://desk.example/files/x.pdf"


def test_tiny_file_is_refused_before_it_is_sent(wechat: WeChatStandIn) -> None:
    with pytest.raises(SendFailed, match="less than 5 bytes"):
        WeChatChannel(account(wechat)).send(outbound("", attachments=(a_file("a.png", "image/png", 4),)))
    assert wechat.calls == []


def test_quota_of_five_is_said(wechat: WeChatStandIn) -> None:
    channel = WeChatChannel(account(wechat))
    for _number in range(5):
        channel.send(outbound())
    with pytest.raises(SendFailed, match="no more answers until the customer writes") as failure:
        channel.send(outbound())
    assert (failure.value.code, type(failure.value)) == ("45047", SendFailed)
    wechat.text("and now?")
    channel.send(outbound())
    assert len(wechat.taken) == 6


def test_whoever_left_is_said(wechat: WeChatStandIn) -> None:
    wechat.unfollowed.add(FOLLOWER)
    with pytest.raises(SendFailed, match="too long ago, or does not follow"):
        WeChatChannel(account(wechat)).send(outbound())


@pytest.mark.parametrize(
    ("status", "failure"),
    [(500, SendUnavailable), (504, SendUncertain), (200, SendUncertain), (418, SendFailed)],
)
def test_answers_of_something_in_between(wechat: WeChatStandIn, status: int, failure: type[Exception]) -> None:
    wechat.fail(status)
    with pytest.raises(failure) as caught:
        WeChatChannel(account(wechat)).send(outbound())
    assert type(caught.value) is failure


# Templates


def test_templates_are_offered_and_sent_with_their_places_filled(wechat: WeChatStandIn) -> None:
    ask = WeChatChannel.abilities.templates
    assert ask is not None
    (template,) = ask(account(wechat))
    assert template.text == "发货通知\n订单：{{keyword1.DATA}}\n快递：{{keyword2.DATA}}"
    assert template.parameters == ("{{keyword1.DATA}}", "{{keyword2.DATA}}")
    use = TemplateUse(template.name, template.language, ("A-1", "顺丰"))
    result = WeChatChannel(account(wechat)).send(outbound(template=use))
    assert (wechat.taken[0].text, result.external_id) == ("订单：A-1\n快递：顺丰", wechat.taken[0].external_id)


@pytest.mark.parametrize("use", [TemplateUse("unknown", "zh-CN", ()), TemplateUse(TAKEN, "zh-CN", ("one",))])
def test_template_that_does_not_fit_is_not_sent(wechat: WeChatStandIn, use: TemplateUse) -> None:
    with pytest.raises(SendFailed, match="does not know this template"):
        WeChatChannel(account(wechat)).send(outbound(template=use))
    assert wechat.taken == []


# What is asked


def test_profile_typing_and_films(wechat: WeChatStandIn) -> None:
    abilities = WeChatChannel.abilities
    assert abilities.profile
    assert abilities.typing
    assert abilities.download
    assert abilities.profile(account(wechat), FOLLOWER) == Profile("老客户 Ada", "zh-CN")
    wechat.unfollowed.add(FOLLOWER)
    assert abilities.profile(account(wechat), FOLLOWER) == Profile()
    abilities.typing(account(wechat), FOLLOWER)
    assert wechat.calls[-1].json() == {"touser": FOLLOWER, "command": "Typing"}
    wechat.media |= {"p": ("p.png", "image/png", PNG, "image"), "v": ("v.mp4", "video/mp4", b"", "video")}
    assert abilities.download(account(wechat), "p").data == PNG
    film = abilities.download(account(wechat), "v")
    assert (film.data, film.content_type) == (b"a film", "video/mp4")


# The live test


def check(config: AccountConfig) -> list[Finding]:
    assert WeChatChannel.abilities.check is not None
    return list(WeChatChannel.abilities.check(config))


def test_an_account_that_works(wechat: WeChatStandIn) -> None:
    words = "WeChat does not tell whom it calls. Write to the account, and see whether it comes in."
    assert check(account(wechat)) == [
        Finding("The AppSecret and the right to answer", True, "WeChat takes 499988 more answers today."),
        Finding("The token and the EncodingAESKey", True),
        Finding("WeChat calls us", None, words),
    ]
    assert wechat.taken == []


@pytest.mark.parametrize(
    ("secrets", "words"),
    [
        ({"app_secret": ""}, "The AppSecret is missing."),
        ({"app_secret": "guess"}, "WeChat does not accept the AppID and the AppSecret of this account."),
        ({"token": ""}, "The token is missing, so every call is turned away."),
        ({"aes_key": ""}, "The EncodingAESKey is missing, so every call is turned away."),
        ({"aes_key": "short"}, "An EncodingAESKey has 43 letters and digits; this one does not."),
        ({"former_aes_key": "short"}, "An EncodingAESKey has 43 letters and digits; this one does not."),
    ],
)
def test_what_is_wrong_with_an_account_is_said(wechat: WeChatStandIn, secrets: dict[str, str], words: str) -> None:
    (bad,) = [finding for finding in check(account(wechat, **secrets)) if finding.ok is False]
    assert bad.words == words


def test_window_is_two_days_and_five_answers() -> None:
    abilities = WeChatChannel.abilities
    assert (abilities.reply_window, abilities.reply_quota) == (timedelta(hours=48), 5)
    assert replace(abilities).thanks == "success"
