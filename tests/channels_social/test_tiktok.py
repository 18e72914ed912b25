"""What TikTok's own kinds of message mean, and what exactly TikTok is asked."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from channels_social.tiktok.channel import SIGNATURE_HEADER, TikTokChannel
from channels_social.tiktok.client import download, mark_read, renew, typing
from csplatform.gateway.contract import (
    AccountConfig,
    Download,
    Echo,
    Event,
    FileReference,
    Finding,
    HandleKind,
    InboundAttachment,
    InboundMessage,
    OutboundAttachment,
    OutboundMessage,
    Reaction,
    ReceiptState,
    ReceiptUpTo,
    Sender,
)
from csplatform.gateway.errors import SendFailed, SendUnavailable, SendUncertain, WebhookRejected
from tests.contract.samples import PNG, RECEIVED_AT, SENT_AT
from tests.contract.test_tiktok import delivery
from tests.platforms.base import Refused
from tests.platforms.tiktok import (
    ACCESS_TOKEN,
    APP_ID,
    APP_SECRET,
    BUSINESS,
    CONVERSATION,
    REFRESH_TOKEN,
    TikTokStandIn,
    content,
    event,
    signature,
)

OURS = "https://desk.example/hooks/token-of-ours/"
ADA = Sender(CONVERSATION, HandleKind.SOCIAL, name="ada")


@pytest.fixture
def platform() -> Iterator[TikTokStandIn]:
    with TikTokStandIn() as stand_in:
        stand_in.calls_us_at = OURS
        yield stand_in


def account(platform: TikTokStandIn | None = None, /, **secrets: str) -> AccountConfig:
    base = platform.api_base if platform else "http://127.0.0.1:9"
    kept = {"app_id": APP_ID, "app_secret": APP_SECRET, "access_token": ACCESS_TOKEN} | secrets
    return AccountConfig(0, "Shop", BUSINESS, kept, {"api_base": base}, webhook=OURS)


def parsed(kind: str = "im_receive_msg", *, ours: bool = False, **members: Any) -> list[Event]:
    return TikTokChannel(account()).parse(delivery(event(kind, content("m-1", ours=ours, **members))))


def said(**members: Any) -> InboundMessage:
    (found,) = parsed(**members)
    assert isinstance(found, InboundMessage)
    return found


def out(text: str = "Hello", **fields: Any) -> OutboundMessage:
    return OutboundMessage(key="k-1", recipient=CONVERSATION, text=text, **fields)


def file(name: str, content_type: str, size: int = len(PNG)) -> OutboundAttachment:
    def link(lifetime: timedelta) -> str:
        return f"https://desk.example/{lifetime.days}/{name}"

    return OutboundAttachment(name, content_type, size, lambda: PNG, link=link)


# What customers do ------------------------------------------------------------------------------------------

QUESTION = {"elements": [{"title": "Which?", "buttons": [{"type": "REPLY", "text": "This", "id": "1"}]}]}


@pytest.mark.parametrize(
    ("members", "text"),
    [
        ({"type": "text", "text": {"body": "注文 👍"}}, "注文 👍"),
        (
            {"type": "share_post", "share_post": {"video_id": "7", "embed_url": "https://www.tiktok.com/player/v1/7"}},
            "🔗 https://www.tiktok.com/player/v1/7",
        ),
        ({"type": "sticker", "sticker": {"url": "https://p16.example/s.webp"}}, "🔗 https://p16.example/s.webp"),
        ({"type": "sticker", "sticker": {}}, "❔ sticker"),
        ({"type": "template", "template": QUESTION}, "Which?\n• This"),
        ({"type": "emoji", "emoji": {}}, "❔ emoji"),
        ({"type": "hologram"}, "❔ hologram"),
    ],
)
def test_kinds_of_message(members: dict[str, Any], text: str) -> None:
    assert said(**members).text == text


@pytest.mark.parametrize(
    ("kind", "name", "content_type"),
    [("image", "picture.jpg", "image/jpeg"), ("video", "video.mp4", "video/mp4")],
)
def test_pictures_and_films(kind: str, name: str, content_type: str) -> None:
    found = said(type=kind, **{kind: {"media_id": "v07"}})
    reference = FileReference(f"{kind.upper()} {CONVERSATION} m-1 v07")
    assert (found.text, found.attachments) == ("", (InboundAttachment(name, content_type, reference),))


def test_what_surrounds_a_message() -> None:
    text = {"type": "text", "text": {"body": "Yes"}}
    assert said(**text) == InboundMessage("m-1", ADA, text="Yes", sent_at=SENT_AT)
    assert said(**text, referenced_message_info={"referenced_message_id": "m-0"}).thread_refs == ("m-0",)
    assert said(**text, reply_source_payload={"reply_source_unique_id": "reply-0"}).metadata == {"button": "reply-0"}
    assert said(**text, referral={"ad_id": "9", "odd": 7}).metadata == {"referral": {"ad_id": "9"}}


def test_what_the_account_says_elsewhere_comes_back() -> None:
    back = Echo("m-1", Sender(CONVERSATION, HandleKind.SOCIAL, name="ada"), text="Yes", sent_at=SENT_AT)
    assert parsed("im_send_msg", ours=True, type="text", text={"body": "Yes"}) == [back]


def test_reading() -> None:
    read = {"last_read_timestamp": int(SENT_AT.timestamp() * 1000)}
    assert parsed("im_mark_read_msg", read=read) == [ReceiptUpTo(CONVERSATION, ReceiptState.READ, until=SENT_AT)]


def test_reactions() -> None:
    put = {"operation": "ADD", "type": "EMOJI", "emoji": "❤️", "original_msg_id": "m-0"}
    drawn = put | {"type": "AI_EMOJI", "ai_emoji_url": "https://p16.example/e.webp"}
    assert parsed(type="reaction", reaction=[put, drawn, put | {"operation": "REMOVE"}]) == [
        Reaction("m-0", ADA, "❤️", at=SENT_AT),
        Reaction("m-0", ADA, "", at=SENT_AT),
    ]
    assert parsed("im_send_msg", ours=True, type="reaction", reaction=[put]) == []


# Whom we believe ---------------------------------------------------------------------------------------------


def test_a_call_that_is_old_or_signed_with_another_secret() -> None:
    raw = delivery(event("im_receive_msg", content("m-1", type="text", text={"body": "x"})))
    TikTokChannel(account()).verify(raw)
    TikTokChannel(account()).verify(replace(raw, received_at=RECEIVED_AT + timedelta(seconds=299)))
    at = int(RECEIVED_AT.timestamp())
    undated = {SIGNATURE_HEADER: signature(raw.body, at).partition(",")[2]}
    for stale in (
        replace(raw, received_at=RECEIVED_AT + timedelta(seconds=301)),
        replace(raw, headers=undated),
        replace(raw, headers={SIGNATURE_HEADER: signature(raw.body, at).replace(f"t={at}", f"t={at + 1}")}),
        replace(raw, method="GET"),
    ):
        with pytest.raises(WebhookRejected):
            TikTokChannel(account()).verify(stale)
    for other in (account(app_secret="another"), account(app_secret="")):
        with pytest.raises(WebhookRejected):
            TikTokChannel(other).verify(raw)


# What we do --------------------------------------------------------------------------------------------------


def body_of(platform: TikTokStandIn, message: OutboundMessage) -> dict[str, Any]:
    TikTokChannel(account(platform)).send(message)
    body = platform.calls[-1].json()
    assert isinstance(body, dict)
    envelope = ("business_id", "recipient_type", "recipient")
    assert [body.pop(name) for name in envelope] == [BUSINESS, "CONVERSATION", CONVERSATION]
    return body


def test_answers_are_buttons_where_they_fit(platform: TikTokStandIn) -> None:
    assert body_of(platform, out("ok?", quick_replies=("はい", "No"))) == {
        "message_type": "TEMPLATE",
        "template": {
            "type": "QA_BUTTON_CARD",
            "title": "ok?",
            "buttons": [
                {"type": "REPLY", "title": "はい", "id": "reply-0"},
                {"type": "REPLY", "title": "No", "id": "reply-1"},
            ],
        },
    }
    long = body_of(platform, out("x" * 41, quick_replies=("Yes", "No")))
    assert long == {"message_type": "TEXT", "text": {"body": "x" * 41 + "\n• Yes\n• No"}}
    wide = body_of(platform, out("ok?", quick_replies=("an answer of more than twenty",)))
    assert wide["text"] == {"body": "ok?\n• an answer of more than twenty"}
    body_of(platform, out("x" * 5_700, quick_replies=("y" * 100, "z" * 100, "w" * 100)))
    assert len(platform.taken) == 4


def test_a_quotation(platform: TikTokStandIn) -> None:
    quoted = {"referenced_message_info": {"referenced_message_id": "m-0"}}
    assert body_of(platform, out("so", reply_to="m-0")) == {"message_type": "TEXT", "text": {"body": "so"}, **quoted}


@pytest.mark.parametrize(
    "given", [file("発票.pdf", "application/pdf"), file("a.png", "image/png", 3_000_001), file("a.gif", "image/gif")]
)
def test_what_tiktok_does_not_carry_goes_as_an_address(platform: TikTokStandIn, given: OutboundAttachment) -> None:
    text = f"📎 {given.name}\nhttps://desk.example/30/{given.name}"
    assert body_of(platform, out("", attachments=(given,))) == {"message_type": "TEXT", "text": {"body": text}}


def test_after_ten_messages_the_customer_has_to_write_again(platform: TikTokStandIn) -> None:
    channel = TikTokChannel(account(platform))
    for _time in range(10):
        channel.send(out())
    with pytest.raises(SendFailed, match="they wrote too long ago, or were answered enough"):
        channel.send(out())
    platform.said(type="text", text={"body": "still there?"})
    channel.send(out())
    assert len(platform.taken) == 11


@pytest.mark.parametrize(
    ("no", "error", "reason"),
    [
        (Refused(200, "no permission", 40001), SendFailed, "The app at TikTok may not do that"),
        (Refused(200, "text.body is missing", 40002), SendFailed, "TikTok refused. (text.body is missing)"),
        (Refused(200, "no such thing", 40007), SendFailed, "TikTok does not know this conversation any more."),
        (Refused(200, "blocked", 40064), SendFailed, "TikTok lets nobody write to this customer now"),
        (
            Refused(200, "You are sending messages too fast. Take a rest.", 40064),
            SendUnavailable,
            "TikTok asks to slow",
        ),
        (Refused(200, "no such file type", 40908), SendFailed, "TikTok does not take this file."),
        (Refused(200, "Access token is incorrect", 40105), SendFailed, "TikTok does not accept the access token"),
        (Refused(200, "System error, please retry", 51065), SendUnavailable, "The platform has problems of its own"),
        (Refused(200, "System error", 50000), SendUncertain, "it may have taken the message"),
        (Refused(404, "nothing here", 40007), SendFailed, "TikTok does not know this conversation"),
    ],
)
def test_what_goes_wrong(platform: TikTokStandIn, no: Refused, error: type[Exception], reason: str) -> None:
    platform.no = no
    platform.refuse()
    with pytest.raises(error) as failure:
        TikTokChannel(account(platform)).send(out())
    assert type(failure.value) is error
    assert reason in str(failure.value)


def test_an_access_is_renewed(platform: TikTokStandIn) -> None:
    kept = {"app_id": APP_ID, "app_secret": APP_SECRET, "oauth_refresh_token": REFRESH_TOKEN}
    granted = renew(account(platform), kept)
    assert (granted.access_token, granted.refresh_token) == (platform.access_token, platform.refresh_token)
    with pytest.raises(SendFailed, match="no longer renews"):  # a refresh token is good once
        renew(account(platform), kept)


def test_files_and_signs(platform: TikTokStandIn) -> None:
    platform.files["/v07"] = PNG
    assert download(account(platform), f"IMAGE {CONVERSATION} m-1 v07") == Download(PNG, "image/webp")
    for gone in (f"IMAGE {CONVERSATION} m-1 v08", "nonsense"):
        with pytest.raises(SendFailed):
            download(account(platform), gone)
    typing(account(platform), CONVERSATION)
    mark_read(account(platform), CONVERSATION, "m-1")
    assert platform.signs == ["TYPING", "MARK_READ"]


# The live test -------------------------------------------------------------------------------------------------


def check(config: AccountConfig) -> list[Finding]:
    assert TikTokChannel.abilities.check is not None
    return list(TikTokChannel.abilities.check(config))


def failure(config: AccountConfig) -> str:
    (bad,) = [finding for finding in check(config) if finding.ok is False]
    return bad.words


def test_an_account_that_works(platform: TikTokStandIn) -> None:
    assert check(account(platform)) == [
        Finding("The account", True, "This is “The Shop”, @shop."),
        Finding("The app secret", True),
        Finding("TikTok calls us", True, "TikTok calls the webhook address of this account."),
    ]


def test_what_can_be_wrong_with_an_account(platform: TikTokStandIn) -> None:
    words = "TikTok does not accept the access token of this account."
    assert failure(account(platform, access_token="x")) == words
    assert failure(account(platform, app_secret="")).startswith("The app secret is missing")
    platform.calls_us_at = "https://other.example/secret"
    assert failure(account(platform)) == "TikTok calls another address, on other.example. Give it ours."
    platform.calls_us_at = ""
    assert failure(account(platform)).startswith("TikTok does not know where to call.")
