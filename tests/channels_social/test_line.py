"""What LINE's own kinds of message mean, and what exactly LINE is asked."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from channels_social.line.channel import SIGNATURE_HEADER, LineChannel
from channels_social.line.client import download, profile, typing
from channels_social.line.media import milliseconds
from channels_social.line.payloads import UNFOLLOWED
from channels_social.signatures import hmac_sha256_base64
from csplatform.gateway.contract import (
    AccountConfig,
    Download,
    Event,
    FileReference,
    Finding,
    HandleKind,
    InboundAttachment,
    InboundMessage,
    MessageDeleted,
    MessageEdited,
    OutboundAttachment,
    OutboundMessage,
    Profile,
    Reachability,
    Sender,
)
from csplatform.gateway.errors import SendFailed, SendUnavailable, WebhookRejected
from tests.contract.samples import PNG, SENT_AT
from tests.contract.test_line import call, delivery, event
from tests.platforms.base import Answer, Refused, as_json
from tests.platforms.line import ACCESS_TOKEN, CHANNEL_ID, CHANNEL_SECRET, PERSON, LineStandIn

SOCIAL = Path(__file__).parents[3] / "shared" / "corpora" / "social"
OURS = "https://desk.example/hooks/token-of-ours/"
SENDER = Sender(PERSON, HandleKind.SOCIAL)


@pytest.fixture
def platform() -> Iterator[LineStandIn]:
    with LineStandIn() as stand_in:
        stand_in.door = OURS
        yield stand_in


def account(platform: LineStandIn | None = None, **secrets: str) -> AccountConfig:
    base = platform.url if platform else "http://127.0.0.1:9"
    kept = {"channel_secret": CHANNEL_SECRET, "access_token": ACCESS_TOKEN} | secrets
    return AccountConfig(0, "Shop", CHANNEL_ID, kept, {"api_base": base, "sticker_base": base}, webhook=OURS)


def parsed(*events: dict[str, Any]) -> list[Event]:
    return LineChannel(account()).parse(delivery(call(*events)))


def said(**content: Any) -> InboundMessage:
    (message,) = parsed(event(message={"id": "325708", **content}))
    assert isinstance(message, InboundMessage)
    return message


def out(text: str = "Hello", **fields: Any) -> OutboundMessage:
    return OutboundMessage(key="k-1", recipient=PERSON, text=text, **fields)


def file(name: str, content_type: str, data: bytes = PNG, size: int = 0) -> OutboundAttachment:
    def link(lifetime: timedelta) -> str:
        return f"https://desk.example/{lifetime.days}/{name}"

    return OutboundAttachment(name, content_type, size or len(data), lambda: data, link=link)


# What customers do ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "text", "files"),
    [
        ({"type": "text", "text": "(moon)", "emojis": [{"index": 0, "length": 6}]}, "(moon)", []),
        ({"type": "image", "contentProvider": {"type": "line"}}, "", [("image.jpg", "image/jpeg", "image:325708")]),
        ({"type": "video", "contentProvider": {"type": "line"}}, "", [("video.mp4", "video/mp4", "video:325708")]),
        ({"type": "audio", "contentProvider": {"type": "line"}}, "", [("audio.m4a", "audio/mp4", "audio:325708")]),
        (
            {"type": "image", "contentProvider": {"type": "external", "originalContentUrl": "https://example.com/a"}},
            "https://example.com/a",
            [],
        ),
        (
            {"type": "file", "fileName": "発票.pdf", "fileSize": 2138},
            "",
            [("発票.pdf", "application/octet-stream", "file:325708")],
        ),
        (
            {"type": "sticker", "packageId": "446", "stickerId": "1988", "text": "やったー"},
            "やったー",
            [("sticker.png", "image/png", "sticker:1988")],
        ),
        (
            {"type": "location", "title": "LINE", "address": "東京", "latitude": 35.67966, "longitude": 139.73669},
            "📍 LINE\n東京\ngeo:35.67966,139.73669",
            [],
        ),
        ({"type": "hologram"}, "❔ hologram", []),
    ],
)
def test_kinds_of_message(content: dict[str, Any], text: str, files: list[tuple[str, str, str]]) -> None:
    message = said(**content)
    assert message.text == text
    assert message.attachments == tuple(
        InboundAttachment(name, kind, FileReference(reference)) for name, kind, reference in files
    )


def test_what_surrounds_a_message() -> None:
    assert said(type="text", text="this", quotedMessageId="99").thread_refs == ("99",)
    album = {"type": "image", "contentProvider": {"type": "line"}, "imageSet": {"id": "E005", "index": 1, "total": 2}}
    assert said(**album).metadata == {"album": "E005"}


def test_what_else_people_do() -> None:
    assert parsed(event("unsend", unsend={"messageId": "325708"})) == [MessageDeleted("325708", deleted_at=SENT_AT)]
    edited = event("messageEdited", message={"id": "325708", "type": "text", "text": "better"})
    assert parsed(edited) == [MessageEdited("325708", "better", edited_at=SENT_AT)]
    assert parsed(event("follow", follow={"isUnblocked": True})) == [Reachability(PERSON, True, SENT_AT)]
    assert parsed(event("unfollow")) == [Reachability(PERSON, False, SENT_AT, UNFOLLOWED)]


@pytest.mark.parametrize(
    ("params", "text"),
    [
        (None, "action=buy&item=1"),
        ({"datetime": "2017-12-25T01:00"}, "2017-12-25T01:00"),
        ({"date": "2013-04-01"}, "2013-04-01"),
        ({"newRichMenuAliasId": "page-2", "status": "SUCCESS"}, ""),
    ],
)
def test_buttons(params: dict[str, str] | None, text: str) -> None:
    found = parsed(event("postback", postback={"data": "action=buy&item=1", "params": params}))
    expected = InboundMessage(
        "postback:01FZ74A0TD", SENDER, text=text, sent_at=SENT_AT, metadata={"button": "action=buy&item=1"}
    )
    assert found == ([expected] if text else [])


@pytest.mark.corpora
@pytest.mark.skipif(not SOCIAL.is_dir(), reason="../shared/corpora is absent")
def test_every_event_of_the_corpora() -> None:
    events = json.loads((SOCIAL / "line" / "webhook.json").read_text())["events"]
    kinds = {
        "message": InboundMessage,
        "messageEdited": MessageEdited,
        "follow": Reachability,
        "unfollow": Reachability,
        "postback": InboundMessage,
    }
    for given in events:
        found = parsed(given)
        wanted = kinds.get(given["type"]) if given["source"]["type"] == "user" else None
        assert [type(one) for one in found] == ([wanted] if wanted else []), given
    first = parsed(events[0])[0]
    at = datetime(2016, 5, 7, 13, 57, 59, 859_000, tzinfo=UTC)
    assert first == InboundMessage("325708", SENDER, text="Hello, world", sent_at=at)


@pytest.mark.corpora
@pytest.mark.skipif(not SOCIAL.is_dir(), reason="../shared/corpora is absent")
def test_the_vendors_own_signature() -> None:
    lines = (SOCIAL / "signature_vectors.jsonl").read_text().splitlines()
    (vector,) = [one for one in map(json.loads, lines) if one["provider"] == "line"]
    assert hmac_sha256_base64(vector["secret"], vector["body"].encode()) == vector["signature"]


def test_a_new_secret_ends_the_old_one() -> None:
    raw = delivery(call())
    LineChannel(account()).verify(raw)
    with pytest.raises(WebhookRejected):
        LineChannel(account(channel_secret="another")).verify(raw)
    with pytest.raises(WebhookRejected):
        LineChannel(account()).verify(replace(raw, method="GET"))
    assert SIGNATURE_HEADER in raw.headers


# What we do --------------------------------------------------------------------------------------------------


def test_a_text_with_buttons_is_pushed_under_a_key_of_its_own(platform: LineStandIn) -> None:
    choices = ("はい", "an answer of more than twenty")
    LineChannel(account(platform)).send(out("ok?", quick_replies=choices))
    (pushed,) = platform.calls
    assert pushed.json() == {
        "to": PERSON,
        "messages": [
            {
                "type": "text",
                "text": "ok?",
                "quickReply": {
                    "items": [
                        {"type": "action", "action": {"type": "message", "label": "はい", "text": "はい"}},
                        {
                            "type": "action",
                            "action": {
                                "type": "message",
                                "label": "an answer of more t…",
                                "text": "an answer of more than twenty",
                            },
                        },
                    ]
                },
            }
        ],
    }
    again = LineChannel(account(platform)).send(out("ok?", quick_replies=choices))
    assert [again.external_id] == [taken.external_id for taken in platform.taken]
    keys = {one.headers["x-line-retry-key"] for one in platform.calls}
    assert len(keys) == 1


M4A = b"....ftypM4A ....moov....mvhd" + bytes(12) + (1000).to_bytes(4) + (2500).to_bytes(4)


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        (file("a.jpg", "image/jpeg"), {"type": "image", "previewImageUrl": "https://desk.example/30/a.jpg"}),
        (file("a.jpg", "image/jpeg", size=5_000_000), {"type": "image", "previewImageUrl": "/channels_social/picture"}),
        (file("a.mp4", "video/mp4"), {"type": "video", "previewImageUrl": "/channels_social/film"}),
        (file("a.m4a", "audio/mp4", M4A), {"type": "audio", "duration": 2500}),
        (file("a.m4a", "audio/mp4"), {"type": "text", "text": "📎 a.m4a\nhttps://desk.example/30/a.m4a"}),
        (file("a.jpg", "image/jpeg", size=10_000_001), {"type": "text"}),
        (
            file("発票.pdf", "application/pdf"),
            {"type": "text", "text": "📎 発票.pdf\nhttps://desk.example/30/発票.pdf"},
        ),
    ],
)
def test_files_go_as_what_line_shows(platform: LineStandIn, given: OutboundAttachment, sent: dict[str, Any]) -> None:
    platform.answer = lambda _call: as_json({"sentMessages": [{"id": "1"}]})  # type: ignore[method-assign]
    LineChannel(account(platform)).send(out("", attachments=(given,)))
    (message,) = platform.calls[0].json()["messages"]
    assert message["type"] == sent["type"]
    assert message.get("duration") == sent.get("duration")
    assert sent.get("text", message.get("text")) == message.get("text")
    assert sent.get("previewImageUrl", "") in message.get("previewImageUrl", "")
    assert message.get("originalContentUrl", given.link(timedelta(days=30))) == given.link(timedelta(days=30))


def test_how_long_a_sound_plays() -> None:
    long = b"mvhd\x01" + bytes(19) + (48_000).to_bytes(4) + (96_000).to_bytes(8)
    assert [milliseconds(data) for data in (long, b"mvhd", b"mvhd" + bytes(40), b"")] == [2000, 0, 0, 0]


@pytest.mark.parametrize(
    ("answer", "reason", "retried"),
    [
        (Refused(401, "Authentication failed"), "LINE does not accept the access token of this account.", False),
        (Refused(403, "Not allowed"), "LINE does not allow this account to do that.", False),
        (Refused(429, "You have reached your monthly limit."), "The account's messages of this month are used", False),
        (Refused(429, "The API rate limit has been exceeded."), "LINE asks to slow down.", True),
        (Refused(400, "The request body has 1 error(s)"), "LINE refused. (The request body has 1 error(s))", False),
        (Refused(500, "Internal server error"), "The platform has problems of its own at the moment.", True),
    ],
)
def test_what_goes_wrong(platform: LineStandIn, answer: Refused, reason: str, retried: bool) -> None:
    platform.answer = lambda _call: platform.refusal(answer)  # type: ignore[method-assign]
    with pytest.raises(SendFailed) as failure:
        LineChannel(account(platform)).send(out())
    assert failure.value.reason.startswith(reason)
    assert isinstance(failure.value, SendUnavailable) is retried


def test_without_a_long_lived_token_one_is_asked_for(platform: LineStandIn) -> None:
    LineChannel(account(platform, access_token="")).send(out())
    assert [one.path for one in platform.calls] == ["/oauth2/v3/token", "/v2/bot/message/push"]
    with pytest.raises(SendFailed, match="no access token for this channel ID"):
        LineChannel(account(platform, access_token="", channel_secret="wrong")).send(out())


def test_who_somebody_is_and_that_somebody_types(platform: LineStandIn) -> None:
    assert profile(account(platform), PERSON) == Profile("阿达", "zh-TW")
    with pytest.raises(SendFailed, match="no friend of the account"):
        profile(account(platform), "Uffffffffffffffffffffffffffffffff")
    typing(account(platform), PERSON)
    assert platform.signs == [PERSON]


def test_files_of_customers(platform: LineStandIn) -> None:
    platform.media = {"7": ("video/mp4", b"film"), "1988": ("image/png", PNG)}
    assert download(account(platform), "sticker:1988") == Download(PNG, "image/png")
    assert download(account(platform), "video:7") == Download(b"film", "video/mp4")
    platform.converting["7"] = "processing"
    with pytest.raises(SendUnavailable) as later:
        download(account(platform), "video:7")
    assert later.value.retry_after == 5
    platform.converting["7"] = "failed"
    for gone in ("video:7", "image:8"):
        with pytest.raises(SendFailed, match="no longer has this file"):
            download(account(platform), gone)


# The live test -------------------------------------------------------------------------------------------------


def check(config: AccountConfig) -> list[Finding]:
    assert LineChannel.abilities.check is not None
    return list(LineChannel.abilities.check(config))


def failure(config: AccountConfig) -> str:
    (bad,) = [finding for finding in check(config) if finding.ok is False]
    return bad.words


def test_an_account_that_works(platform: LineStandIn) -> None:
    assert check(account(platform)) == [
        Finding("The channel", True, "This is “Shop”, @216ruabc."),
        Finding("LINE calls us", True, "LINE calls the webhook address of this account."),
        Finding("Messages of this month", True, "312 of 500 sent."),
    ]
    platform.quota = {"type": "none"}
    assert check(account(platform))[-1].words == "312 sent, without a limit."


def test_what_can_be_wrong_with_an_account(platform: LineStandIn) -> None:
    assert failure(account(platform, channel_secret="")).startswith("The channel secret is missing")
    assert failure(account(platform, access_token="x")) == "LINE does not accept the access token of this account."
    platform.used = 500
    assert failure(account(platform)) == "All 500 messages are used up, so no answer reaches anybody."
    platform.is_called = False
    assert failure(account(platform)).startswith("LINE knows our address and does not call it.")
    platform.door = "https://other.example/secret"
    assert failure(account(platform)) == "LINE calls another address, on other.example. Enter ours under Messaging API."
    platform.door = ""
    assert failure(account(platform)).startswith("LINE does not know where to call.")
    platform.answer = lambda _call: Answer(b"<html>")  # type: ignore[method-assign]
    assert failure(account(platform)) == "The platform's answer makes no sense."
