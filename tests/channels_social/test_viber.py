"""What Viber's own kinds of message mean, and what exactly Viber is asked."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from channels_social.signatures import hmac_sha256
from channels_social.viber.channel import ViberChannel
from channels_social.viber.client import download
from channels_social.viber.payloads import NOT_DELIVERED, UNSUBSCRIBED
from csplatform.gateway.contract import (
    AccountConfig,
    Download,
    Event,
    FileReference,
    Finding,
    HandleKind,
    InboundAttachment,
    InboundMessage,
    OutboundAttachment,
    OutboundMessage,
    Reachability,
    Receipt,
    ReceiptState,
    Sender,
)
from csplatform.gateway.errors import SendFailed, SendUnavailable, SendUncertain, WebhookRejected
from tests.contract.samples import PNG, SENT_AT
from tests.contract.test_viber import call, delivery, said
from tests.platforms.base import Answer, Refused, as_json
from tests.platforms.viber import AUTH_TOKEN, PERSON, ViberStandIn

OURS = "https://desk.example/hooks/token-of-ours/"
TOKEN = "4912661846655238145"
PICTURE = "https://dl-media.viber.com/1/share/2/long/a1/dd/cup.jpg?Expires=1"


@pytest.fixture
def platform() -> Iterator[ViberStandIn]:
    with ViberStandIn() as stand_in:
        stand_in.door = OURS
        yield stand_in


def account(platform: ViberStandIn | None = None, token: str = AUTH_TOKEN, **settings: str) -> AccountConfig:
    base = platform.url if platform else "http://127.0.0.1:9"
    return AccountConfig(4, "Shop", "shop", {"auth_token": token}, {"api_base": base, **settings}, webhook=OURS)


def parsed(document: dict[str, Any]) -> Event:
    (event,) = ViberChannel(account()).parse(delivery(document))
    return event


def out(text: str = "Hello", **fields: Any) -> OutboundMessage:
    return OutboundMessage(key="k-1", recipient=PERSON, text=text, **fields)


def file(name: str, content_type: str, data: bytes = PNG, size: int = 0) -> OutboundAttachment:
    def link(lifetime: timedelta) -> str:
        return f"https://desk.example/{lifetime.days}/{name}"

    return OutboundAttachment(name, content_type, size or len(data), lambda: data, link=link)


@pytest.mark.parametrize(
    ("content", "text", "files"),
    [
        ({"type": "text", "text": "批封廟根"}, "批封廟根", []),
        ({"type": "picture", "media": PICTURE, "text": "this"}, "this", [("cup.jpg", "image/jpeg", PICTURE)]),
        ({"type": "picture", "media": "https://x/download_photo?dlid=1"}, "", [("picture.jpg", "image/jpeg", "")]),
        ({"type": "video", "media": "https://x/a.mp4", "size": 9}, "", [("a.mp4", "video/mp4", "")]),
        (
            {"type": "file", "media": "https://x/1", "file_name": "счёт.pdf", "size": 9},
            "",
            [("счёт.pdf", "application/octet-stream", "https://x/1")],
        ),
        ({"type": "url", "media": "https://shop.example", "text": "https://shop.example"}, "https://shop.example", []),
        ({"type": "sticker", "sticker_id": 46105}, "❔ sticker 46105", []),
        ({"type": "sticker", "sticker_id": 1, "media": "https://x/1.png"}, "", [("1.png", "image/png", "")]),
        ({"type": "contact", "contact": {"name": "Yarden", "phone_number": "+97250"}}, "👤 Yarden +97250", []),
        ({"type": "location", "location": {"lat": 50.76891, "lon": 6.11499}}, "📍 geo:50.76891,6.11499", []),
        ({"type": "hologram"}, "❔ hologram", []),
    ],
)
def test_kinds_of_message(content: dict[str, Any], text: str, files: list[tuple[str, str, str]]) -> None:
    message = parsed(said(**content))
    assert isinstance(message, InboundMessage)
    assert message.text == text
    assert message.attachments == tuple(
        InboundAttachment(name, kind, FileReference(address or content["media"])) for name, kind, address in files
    )


def test_who_writes() -> None:
    sender = {"id": PERSON, "name": "Ada", "avatar": "http://avatar", "country": "GB", "language": "uk-UA"}
    assert parsed(call("message", sender=sender, message={"type": "text", "text": "Hi"})) == InboundMessage(
        external_id=TOKEN,
        sender=Sender(PERSON, HandleKind.SOCIAL, name="Ada", language="uk-UA"),
        text="Hi",
        sent_at=SENT_AT,
        metadata={"country": "GB"},
    )


def test_receipts() -> None:
    assert parsed(call("delivered", user_id=PERSON)) == Receipt(TOKEN, ReceiptState.DELIVERED, at=SENT_AT)
    assert parsed(call("seen", user_id=PERSON)) == Receipt(TOKEN, ReceiptState.READ, at=SENT_AT)
    failed = call("failed", user_id=PERSON)
    assert parsed(failed) == Receipt(TOKEN, ReceiptState.FAILED, at=SENT_AT, reason=NOT_DELIVERED)
    assert parsed(failed | {"desc": "no device"}) == Receipt(TOKEN, ReceiptState.FAILED, SENT_AT, reason="no device")


def test_who_may_be_written_to() -> None:
    assert parsed(call("subscribed", user={"id": PERSON, "name": "Ada"})) == Reachability(PERSON, True, SENT_AT)
    assert parsed(call("unsubscribed", user_id=PERSON)) == Reachability(PERSON, False, SENT_AT, UNSUBSCRIBED)


def test_the_vendors_own_signature() -> None:
    """Source: Viber/viber-bot-python, tests/api/test_api.py."""
    body = b'{"event":"webhook","timestamp":4977069964384421269,"message_token":1478683725125}'
    token = "44dafb7e0f40021e-61a47a1e6778d187-f2c5a676a07050b3"
    expected = "d21b343448c8aee33b8e93768ef6ceb64a6ba6163099973a2b8bd028fea510ef"
    assert hmac_sha256(token, body) == expected
    raw = replace(delivery({}), body=body, headers={"x-viber-content-signature": expected})
    ViberChannel(account(token=token)).verify(raw)
    for stale in (account(), account(token=token + "x")):  # another token than the one that signed
        with pytest.raises(WebhookRejected):
            ViberChannel(stale).verify(raw)
    with pytest.raises(WebhookRejected):
        ViberChannel(account(token=token)).verify(replace(raw, method="GET"))


def test_a_text_with_buttons(platform: ViberStandIn) -> None:
    result = ViberChannel(account(platform, sender_name="A name of far more than 28 letters")).send(
        out("ok?", quick_replies=("да", "<b> & co"))
    )
    assert platform.calls[0].json() == {
        "receiver": PERSON,
        "min_api_version": 1,
        "sender": {"name": "A name of far more than 28 l"},
        "type": "text",
        "text": "ok?",
        "keyboard": {
            "Type": "keyboard",
            "Buttons": [
                {"Columns": 6, "Rows": 1, "ActionType": "reply", "ActionBody": "да", "Text": "да"},
                {
                    "Columns": 6,
                    "Rows": 1,
                    "ActionType": "reply",
                    "ActionBody": "<b> & co",
                    "Text": "&lt;b&gt; &amp; co",
                },
            ],
        },
    }
    assert result.external_id == platform.taken[0].external_id


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        (file("a.jpg", "image/jpeg"), {"type": "picture", "text": ""}),
        (file("a.jpg", "image/jpeg", size=1_000_001), {"type": "file", "file_name": "a.jpg", "size": 1_000_001}),
        (file("a.mp4", "video/mp4", size=9), {"type": "video", "size": 9}),
        (file("a.mp4", "video/mp4", size=26_000_001), {"type": "file", "file_name": "a.mp4", "size": 26_000_001}),
        (
            file("x" * 300 + ".pdf", "application/pdf", size=9),
            {"type": "file", "size": 9, "file_name": "x" * 252 + ".pdf"},
        ),
    ],
)
def test_files_go_as_what_viber_shows(platform: ViberStandIn, given: OutboundAttachment, sent: dict[str, Any]) -> None:
    platform.answer = lambda _call: as_json({"status": 0, "message_token": 1})  # type: ignore[method-assign]
    ViberChannel(account(platform)).send(out("", attachments=(given,)))
    message = platform.calls[0].json()
    media = given.link(timedelta(days=30))
    assert message == {"receiver": PERSON, "min_api_version": 1, "sender": {"name": "Shop"}, "media": media} | sent


@pytest.mark.parametrize(
    ("status", "reason", "wait"),
    [
        (2, "Viber does not accept the token of this account.", None),
        (6, "The customer has not subscribed to this bot, or has unsubscribed.", None),
        (9, "Viber has blocked this bot, or no longer knows it.", None),
        (12, "Viber takes a hundred messages an hour to a customer who does not answer.", 3600),
        (24, "Viber wants this bot's messages to be paid for first.", None),
        (99, "Viber refused. (general error)", None),
    ],
)
def test_what_goes_wrong_comes_with_200(platform: ViberStandIn, status: int, reason: str, wait: float | None) -> None:
    said_no = as_json({"status": status, "status_message": "general error"})
    platform.answer = lambda _call: said_no  # type: ignore[method-assign]
    with pytest.raises(SendFailed) as failure:
        ViberChannel(account(platform)).send(out())
    assert failure.value.reason == reason
    assert getattr(failure.value, "retry_after", None) == wait
    assert isinstance(failure.value, SendUnavailable) is (wait is not None)


def test_an_answer_without_sense_leaves_it_open(platform: ViberStandIn) -> None:
    platform.answer = lambda _call: Answer(b"ok")  # type: ignore[method-assign]
    with pytest.raises(SendUncertain):
        ViberChannel(account(platform)).send(out())
    platform.answer = lambda _call: as_json({}, 429, {"Retry-After": "9"})  # type: ignore[method-assign]
    with pytest.raises(SendUnavailable) as busy:
        ViberChannel(account(platform)).send(out())
    assert busy.value.retry_after == 9


def test_files_of_customers(platform: ViberStandIn) -> None:
    platform.media["/share/cup.jpg"] = PNG
    assert download(account(platform), f"{platform.url}/share/cup.jpg") == Download(PNG)
    for gone in (f"{platform.url}/share/other.jpg", "http://169.254.169.254/latest", "file:///etc/passwd"):
        with pytest.raises(SendFailed, match="no longer has this file"):
            download(account(platform), gone)


def check(config: AccountConfig) -> list[Finding]:
    assert ViberChannel.abilities.check is not None
    return list(ViberChannel.abilities.check(config))


def failure_of(config: AccountConfig) -> str:
    (bad,) = [finding for finding in check(config) if finding.ok is False]
    return bad.words


def test_a_bot_that_works(platform: ViberStandIn) -> None:
    assert check(account(platform)) == [
        Finding("The token", True, "This is the bot “Shop”."),
        Finding("Viber calls us", True, "Viber calls the webhook address of this account."),
        Finding("What Viber tells us", True, "Everything this desk can show."),
    ]
    platform.event_types.remove("seen")
    assert check(account(platform))[-1].words == "Everything but seen."


def test_what_can_be_wrong_with_a_bot(platform: ViberStandIn) -> None:
    assert failure_of(account(platform, token="")) == "The token is missing."
    assert failure_of(account(platform, token="x")) == "Viber does not accept the token of this account."
    platform.door = "https://other.example/secret"
    assert (
        failure_of(account(platform)) == "Viber calls another address, on other.example. Tell it ours by set_webhook."
    )
    platform.door = ""
    assert failure_of(account(platform)).startswith("Viber does not know where to call.")
    platform.answer = lambda _call: platform.refusal(Refused(200, "notFound", 8))  # type: ignore[method-assign]
    assert failure_of(account(platform)) == "Viber has blocked this bot, or no longer knows it."
