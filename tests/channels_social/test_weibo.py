"""What Weibo's calls mean, what Weibo is asked and answers, and one story through the real door."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from django.test import Client

from channels_social.weibo.channel import WeiboChannel
from csplatform.contacts.models import Handle
from csplatform.conversations.models import Attachment, Conversation, Message
from csplatform.flows.reply import reply
from csplatform.gateway.contract import (
    AccountConfig,
    FileReference,
    Finding,
    HttpAnswer,
    OutboundAttachment,
    OutboundMessage,
    RawDelivery,
    Reachability,
)
from csplatform.gateway.errors import SendFailed, SendUnavailable, SendUncertain, WebhookRejected
from tests.channels_social.test_story import content, state
from tests.contract.samples import PNG, RECEIVED_AT
from tests.contract.test_weibo import delivery
from tests.factories import make_account, make_user
from tests.platforms.tencent import signature
from tests.platforms.weibo import ACCESS_TOKEN, ACCOUNT, APP_SECRET, FAN, WeiboStandIn, message

AT = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


@pytest.fixture
def weibo() -> Iterator[WeiboStandIn]:
    with WeiboStandIn() as stand_in:
        yield stand_in


def account(weibo: WeiboStandIn | None = None, **secrets: str) -> AccountConfig:
    kept = {"access_token": ACCESS_TOKEN, "app_secret": APP_SECRET} | secrets
    return AccountConfig(0, "Shop", ACCOUNT, kept, {"api_base": weibo.url if weibo else "http://127.0.0.1:9"})


def parse(*said: Any, **data: Any) -> list[Any]:
    return list(WeiboChannel(account()).parse(delivery(message(*said, **data))))


# Weibo tests the address, and calls


def knock(**changes: str) -> RawDelivery:
    when = str(int(RECEIVED_AT.timestamp() * 1000))
    query = {"timestamp": when, "nonce": "7", "signature": signature(APP_SECRET, when, "7"), "echostr": "583"}
    return RawDelivery(b"", {}, query | changes, "GET", RECEIVED_AT)


def test_word_is_said_back_to_weibo_alone() -> None:
    assert WeiboChannel(account()).handshake(knock()) == HttpAnswer(b"583")
    for raw in (knock(signature=""), knock(nonce="8")):
        with pytest.raises(WebhookRejected):
            WeiboChannel(account()).handshake(raw)


def test_call_of_yesterday_is_refused() -> None:
    when = str(int(RECEIVED_AT.timestamp() * 1000) - 86_400_000)
    query = {"timestamp": when, "nonce": "7", "signature": signature(APP_SECRET, when, "7")}
    with pytest.raises(WebhookRejected, match="too old"):
        WeiboChannel(account()).verify(replace(delivery(message("text", "x")), query=query))


# What was said


def test_words_and_files() -> None:
    (place,) = parse("position", "我在这里", latitude="39.98", longitude="116.3")
    assert (place.text, place.sent_at) == ("📍 我在这里\ngeo:39.98,116.3", AT)
    (picture,) = parse("image", "分享图片", vfid=821804459, tovfid=821804469)
    assert picture.attachments[0].content == FileReference("821804469")
    (other,) = parse("a_kind_of_tomorrow", "")
    assert (other.text, other.metadata) == ("❔ a_kind_of_tomorrow", {"unsupported": "a_kind_of_tomorrow"})
    (plain,) = WeiboChannel(account()).parse(delivery(message("text", "x") | {"data": ""}))
    assert plain.text == "x"  # type: ignore[union-attr]


def test_two_of_one_second_are_told_apart_and_a_repetition_is_not() -> None:
    (first,), (again,), (second,) = parse("text", "one"), parse("text", "one"), parse("text", "two")
    assert first == again
    assert (first.external_id, first.fingerprint == second.fingerprint) == (second.external_id, False)


def test_what_happens() -> None:
    (click,) = parse("event", "菜单", subtype="click", key="HELP")
    assert (click.text, click.metadata) == ("HELP", {"button": "HELP"})
    assert parse("event", "关注事件消息", subtype="follow") == [Reachability(FAN, True, AT)]
    reason = "The customer no longer follows this Weibo account."
    assert parse("event", "取消关注", subtype="unfollow") == [Reachability(FAN, False, AT, reason)]


# What is sent


def outbound(text: str = "Hello", **fields: Any) -> OutboundMessage:
    return OutboundMessage(key="k", recipient=FAN, text=text, **fields)


def test_file_goes_as_its_address(weibo: WeiboStandIn) -> None:
    file = OutboundAttachment(
        "账单.pdf", "application/pdf", 5, open=lambda: b"12345", link=lambda _for: "https://x/y.pdf"
    )
    WeiboChannel(account(weibo)).send(outbound("", attachments=(file,)))
    assert weibo.taken[0].text == "📎 账单.pdf\nhttps://x/y.pdf"


@pytest.mark.parametrize(
    ("status", "failure"),
    [(500, SendUnavailable), (504, SendUncertain), (200, SendUncertain), (418, SendFailed)],
)
def test_answers_of_something_in_between(weibo: WeiboStandIn, status: int, failure: type[Exception]) -> None:
    weibo.fail(status)
    with pytest.raises(failure) as caught:
        WeiboChannel(account(weibo)).send(outbound())
    assert type(caught.value) is failure


def test_refusals_say_what_to_do(weibo: WeiboStandIn) -> None:
    with pytest.raises(SendFailed, match="does not accept the access token"):
        WeiboChannel(account(weibo, access_token="old")).send(outbound())
    with pytest.raises(SendFailed, match="does not know this person") as failure:
        WeiboChannel(account(weibo)).send(replace(outbound(), recipient="1"))
    assert failure.value.dead_address


# The live test


def check(config: AccountConfig) -> list[Finding]:
    assert WeiboChannel.abilities.check is not None
    return list(WeiboChannel.abilities.check(config))


def test_account_that_works(weibo: WeiboStandIn) -> None:
    words = "Weibo does not tell whom it calls. Write to the account, and see whether it comes in."
    assert check(account(weibo)) == [
        Finding("The access token", True, "It holds for 30 more days."),
        Finding("The app secret", True),
        Finding("Weibo calls us", None, words),
    ]


def test_what_is_wrong_is_said(weibo: WeiboStandIn) -> None:
    cases = [
        (account(weibo, access_token=""), "The access token is missing."),
        (
            account(weibo, access_token="old"),
            "Weibo does not accept the access token of this account, or it has expired.",
        ),
        (replace(account(weibo), address="7"), f"This is the access token of the account {ACCOUNT}."),
        (account(weibo, app_secret=""), "The app secret is missing, so every call of Weibo is turned away."),
    ]
    for config, words in cases:
        assert [finding.words for finding in check(config) if finding.ok is False] == [words]


# The story


@pytest.mark.django_db
def test_question_picture_answer_and_leaving(client: Client, weibo: WeiboStandIn, rung: Any) -> None:
    secrets = {"access_token": ACCESS_TOKEN, "app_secret": APP_SECRET}
    door = make_account("weibo", address=ACCOUNT, credentials=secrets, settings={"api_base": weibo.url})

    def bring(document: dict[str, Any], **changes: str) -> tuple[int, bytes]:
        url = f"/hooks/{door.token}/?{urlencode(weibo.signed_query() | changes)}"
        with rung():
            answer = client.post(url, json.dumps(document), content_type="application/json")
        return answer.status_code, answer.content

    assert bring(message("text", "x"), signature="0" * 40)[0] == 403
    weibo.files["42"] = PNG
    for document in (message("text", "在吗？"), message("text", "在吗？"), message("image", "分享图片", tovfid=42)):
        assert bring(document) == (200, b"")
    conversation = Conversation.objects.get()
    said = Message.objects.filter(kind="customer").order_by("seq").values_list("text", flat=True)
    assert list(said) == ["在吗？", "分享图片"]
    assert content(Attachment.objects.get()) == PNG

    with rung():
        answer = reply(conversation.pk, by=make_user(), text="在的", key=uuid4())
    assert (state(answer), weibo.taken[0].text) == ("accepted", "在的")
    bring(message("event", "取消关注", subtype="unfollow"))
    assert Handle.objects.get(external_id=FAN).paused_at is not None
