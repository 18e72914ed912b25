"""What other systems' calls mean, and what they are told."""

import base64
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from channels_social.api.channel import ApiChannel
from channels_social.standard_webhooks import key_of, signed_headers
from csplatform.gateway.contract import (
    AccountConfig,
    Echo,
    Event,
    FileBytes,
    FileReference,
    Finding,
    HandleKind,
    InboundAttachment,
    InboundMessage,
    MessageDeleted,
    MessageEdited,
    OutboundMessage,
    RawDelivery,
    Reachability,
    Reaction,
    Receipt,
    ReceiptState,
    ReceiptUpTo,
    Sender,
    Typing,
)
from csplatform.gateway.errors import SendFailed, SendUnavailable, SendUncertain, WebhookRejected
from tests.channels_social.test_setup import check, failure
from tests.contract.samples import PNG, RECEIVED_AT, a_picture
from tests.contract.test_api import SIGNED_AT, delivery
from tests.platforms.fetching import FileHost
from tests.platforms.own_system import INBOUND, OUTBOUND, OwnSystem, call

AT = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
ADA = Sender("ada", HandleKind.SOCIAL, name="Ada", language="en-GB")
WHO = {"id": "ada", "name": "Ada", "language": "en-GB"}
NEW = "whsec_" + base64.b64encode(b"what shall be the secret from now on").decode()


@pytest.fixture
def shop() -> Iterator[OwnSystem]:
    with OwnSystem() as stand_in:
        yield stand_in


def account(url: str = "http://127.0.0.1:9/x", settings: dict[str, Any] | None = None, **secrets: str) -> AccountConfig:
    kept = {"inbound_secret": INBOUND, "outbound_secret": OUTBOUND} | secrets
    return AccountConfig(4, "Shop", "shop", kept, {"url": url, **(settings or {})})


def parse(kind: str, **data: Any) -> list[Event]:
    return ApiChannel(account()).parse(delivery(call(kind, **data)))


def outbound(text: str = "Hello", **fields: Any) -> OutboundMessage:
    return OutboundMessage(**{"key": "3f1c", "recipient": "ada", "text": text} | fields)


# Whom it believes


def test_signature_is_the_one_of_the_specification() -> None:
    """The vector of the project's own libraries."""
    at = datetime.fromtimestamp(1614265330, UTC)
    headers = {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    raw = RawDelivery(b'{"test": 2432232314}', headers, {}, "POST", at + timedelta(seconds=300))
    believer = ApiChannel(account(inbound_secret="whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"))
    believer.verify(raw)
    key = key_of("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    assert signed_headers([key], headers["webhook-id"], 1614265330, raw.body) == headers
    for name, value in [("webhook-id", "msg_other"), ("webhook-timestamp", "1614265331"), ("webhook-id", "")]:
        with pytest.raises(WebhookRejected):
            believer.verify(replace(raw, headers=headers | {name: value}))


@pytest.mark.parametrize(("late", "believed"), [(-301, False), (-300, True), (300, True), (301, False)])
def test_calls_are_believed_for_five_minutes(late: int, believed: bool) -> None:
    raw = delivery(call("message.deleted", id="m"), at=SIGNED_AT + late)
    if believed:
        ApiChannel(account()).verify(raw)
        return
    with pytest.raises(WebhookRejected, match="five minutes"):
        ApiChannel(account()).verify(raw)


def test_secret_is_replaced_without_a_gap() -> None:
    old = delivery(call("message.deleted", id="m"))
    new = delivery(call("message.deleted", id="m"), secret=NEW)
    both = ApiChannel(account(inbound_secret_new=NEW))
    both.verify(old)
    both.verify(new)
    only_new = ApiChannel(account(inbound_secret=NEW))
    only_new.verify(new)
    for channel, raw in [(only_new, old), (ApiChannel(account()), new)]:
        with pytest.raises(WebhookRejected):
            channel.verify(raw)
    name = "webhook-signature"
    signed_twice = replace(old, headers=old.headers | {name: f"v1a,x {old.headers[name]}"})
    ApiChannel(account()).verify(signed_twice)
    only_at_the_end = replace(old, headers=old.headers | {name: "v1,x " * 50 + old.headers[name]})
    with pytest.raises(WebhookRejected):
        ApiChannel(account()).verify(only_at_the_end)


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_c2hvcnQ=", "whsec_%%%%", "a word that is no Base64"])
def test_secret_that_is_none_opens_to_nobody(secret: str) -> None:
    assert key_of(secret) == b""
    with pytest.raises(WebhookRejected, match="no usable secret"):
        ApiChannel(account(inbound_secret=secret)).verify(delivery(call("message.deleted", id="m")))


# What it is told


def test_message() -> None:
    content = base64.b64encode(PNG).decode()
    files = [
        {"name": "图.png", "content_type": "image/png", "content": content},
        {"name": "plan", "url": "https://shop.example/plan"},
    ]
    kept = {"order": 1234, "vip": True, "tags": ["x"], "note": "a\0b"}
    about = {"metadata": kept, "button": "yes", "subject": "Order", "reply_to": "m-0", "automatic": True}
    sent_at = "2026-03-04T06:06:06+01:00"
    assert parse("message.created", id="m-1", from_=WHO, text="Hi", sent_at=sent_at, attachments=files, **about) == [
        InboundMessage(
            external_id="m-1",
            sender=ADA,
            text="Hi",
            sent_at=AT - timedelta(seconds=1),
            subject="Order",
            attachments=(
                InboundAttachment("图.png", "image/png", FileBytes(PNG)),
                InboundAttachment("plan", "application/octet-stream", FileReference("https://shop.example/plan")),
            ),
            thread_refs=("m-0",),
            automatic=True,
            metadata={"order": 1234, "vip": True, "note": "ab", "button": "yes"},
        )
    ]


@pytest.mark.parametrize(
    ("who", "sender"),
    [
        ({"id": 77}, Sender("77", HandleKind.SOCIAL)),
        ({"id": "+442079460000", "kind": "phone"}, Sender("+442079460000", HandleKind.PHONE)),
        ({"id": "Ada@Shop.example", "kind": "email"}, Sender("ada@shop.example", HandleKind.EMAIL)),
    ],
)
def test_who_wrote(who: dict[str, Any], sender: Sender) -> None:
    (event,) = parse("message.created", id="m", from_=who, text="Hi")
    assert isinstance(event, InboundMessage)
    assert event.sender == sender


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ({"location": {"latitude": 1.5, "longitude": 2, "title": "Shop"}}, "📍 Shop\ngeo:1.5,2"),
        ({"contact": {"name": "Bob", "phones": ["+1555"]}, "text": "him"}, "him\n👤 Bob +1555"),
    ],
)
def test_places_and_people(said: dict[str, Any], text: str) -> None:
    (event,) = parse("message.created", id="m", from_=WHO, **said)
    assert isinstance(event, InboundMessage)
    assert event.text == text


@pytest.mark.parametrize(
    ("kind", "data", "event"),
    [
        ("message.edited", {"id": "m", "text": "new"}, MessageEdited("m", "new", AT)),
        ("message.deleted", {"id": "m"}, MessageDeleted("m", AT)),
        ("message.reaction", {"id": "m", "from_": WHO, "emoji": "🎉"}, Reaction("m", ADA, "🎉", AT)),
        ("message.reaction", {"id": "m", "from_": WHO}, Reaction("m", ADA, "", AT)),
        ("message.answered", {"id": "k", "to": WHO, "text": "Hi"}, Echo("k", ADA, "Hi", AT, key="k")),
        ("message.accepted", {"id": "k"}, Receipt("k", ReceiptState.ACCEPTED, AT)),
        ("message.delivered", {"id": "k"}, Receipt("k", ReceiptState.DELIVERED, AT)),
        ("message.read", {"id": "k"}, Receipt("k", ReceiptState.READ, AT)),
        (
            "message.failed",
            {"id": "k", "reason": "no such number", "permanent": True},
            Receipt("k", ReceiptState.FAILED, AT, reason="no such number", permanent=True),
        ),
        ("messages.read", {"from_": WHO}, ReceiptUpTo("ada", ReceiptState.READ, AT)),
        (
            "messages.read",
            {"from_": WHO, "until": "2026-03-04T05:06:00Z"},
            ReceiptUpTo("ada", ReceiptState.READ, AT - timedelta(seconds=7)),
        ),
        ("person.typing", {"from_": WHO}, Typing(ADA, AT)),
        ("person.reachable", {"from_": WHO}, Reachability("ada", True, AT)),
        ("person.unreachable", {"from_": WHO, "reason": "left"}, Reachability("ada", False, AT, reason="left")),
    ],
)
def test_events(kind: str, data: dict[str, Any], event: Event) -> None:
    assert parse(kind, **data) == [event]


# What it tells


def test_everything_of_a_message_is_told(shop: OwnSystem) -> None:
    with FileHost() as host:
        message = outbound(
            "您好",
            attachments=(host.hosting(a_picture()),),
            quick_replies=("Yes", "No"),
            reply_to="m-1",
            thread_name="77",
            language="zh",
        )
        assert ApiChannel(account(shop.address)).send(message).external_id == "3f1c"
    said = shop.calls[0].json()
    assert (said["type"], shop.calls[0].headers["webhook-id"]) == ("message.created", "3f1c")
    (file,) = said["data"].pop("attachments")
    assert (file["name"], file["content_type"], file["size"]) == ("picture.png", "image/png", len(PNG))
    assert said["data"] == {
        "id": "3f1c",
        "to": "ada",
        "text": "您好",
        "quick_replies": ["Yes", "No"],
        "reply_to": "m-1",
        "conversation": "77",
        "language": "zh",
        "automatic": False,
    }


def test_calls_are_signed_with_both_secrets_while_one_is_replaced(shop: OwnSystem) -> None:
    replaced = account(shop.address, outbound_secret_new=NEW)
    ApiChannel(replaced).send(outbound())
    shop.outbound = NEW
    ApiChannel(replaced).send(outbound(key="4a"))
    assert [len(one.headers["webhook-signature"].split(" ")) for one in shop.calls] == [2, 2]
    assert len(shop.taken) == 2


@pytest.mark.parametrize(
    ("status", "why", "failure", "reason"),
    [
        (422, "nobody is called that", SendFailed, r"The other system refused. \(nobody is called that\)"),
        (400, "", SendFailed, r"The other system refused. \(HTTP 400\)"),
        (302, "", SendFailed, r"The other system refused. \(HTTP 302\)"),
        (401, "no", SendFailed, "does not believe the signature"),
        (403, "no", SendFailed, "does not believe the signature"),
        (410, "moved", SendFailed, "takes no more messages"),
        (408, "", SendUnavailable, "come again later"),
        (425, "", SendUnavailable, "come again later"),
        (500, "", SendUnavailable, "problems of its own"),
        (503, "", SendUnavailable, "problems of its own"),
        (504, "", SendUncertain, "may have taken"),
    ],
)
def test_noes(shop: OwnSystem, status: int, why: str, failure: type[Exception], reason: str) -> None:
    shop.say_no(status, why)
    with pytest.raises(failure, match=reason) as caught:
        ApiChannel(account(shop.address)).send(outbound())
    assert type(caught.value) is failure


@pytest.mark.parametrize(
    ("settings", "secrets", "reason"),
    [
        ({"url": ""}, {}, "does not say where messages go"),
        ({}, {"outbound_secret": "secret"}, "no usable secret"),
        ({"url": "nowhere"}, {}, "not a valid one"),
    ],
)
def test_unfinished_account_says_so(settings: dict[str, Any], secrets: dict[str, str], reason: str) -> None:
    with pytest.raises(SendFailed, match=reason) as caught:
        ApiChannel(account(settings=settings, **secrets)).send(outbound())
    assert type(caught.value) is SendFailed


def test_signs_of_life(shop: OwnSystem) -> None:
    abilities = ApiChannel.abilities
    assert abilities.typing is not None
    assert abilities.mark_read is not None
    abilities.typing(account(shop.address), "ada")
    abilities.mark_read(account(shop.address), "ada", "m-1")
    assert shop.told_of == [("agent.typing", {"to": "ada"}), ("message.read", {"id": "m-1", "to": "ada"})]
    assert len({one.headers["webhook-id"] for one in shop.calls}) == 2


def test_files_come_from_known_hosts_only() -> None:
    fetcher = ApiChannel.abilities.download
    assert fetcher is not None
    with FileHost() as host:
        address = host.hosting(a_picture()).link(timedelta(hours=1))
        found = fetcher(account("http://127.0.0.1:9/x"), address)
        assert (found.data, found.content_type) == (PNG, "image/png")
        elsewhere = account("https://shop.example/x", {"file_hosts": ["cdn.shop.example"]})
        with pytest.raises(SendFailed, match="not among those"):
            fetcher(elsewhere, address)
        listed = account("https://shop.example/x", {"file_hosts": ["127.0.0.1"]})
        assert fetcher(listed, address).data == PNG
    for odd in ["no address", "http://[", "https://", "file:///etc/passwd"]:
        with pytest.raises(SendFailed):
            fetcher(account(), odd)


# Setting it up


def test_a_system_that_works(shop: OwnSystem) -> None:
    assert check(ApiChannel, account(shop.address)) == [
        Finding("The secret for incoming calls", True),
        Finding("The secret for outgoing calls", True),
        Finding("The address to call", True, "Calls to it are not encrypted: only signed."),
        Finding("The other system answers", True),
        Finding("It checks signatures", True),
    ]
    assert shop.told_of == [("ping", {})]


def test_what_can_be_wrong(shop: OwnSystem) -> None:
    def words(**changes: Any) -> str:
        return failure(ApiChannel, account(**{"url": shop.address} | changes))[1]

    assert words(inbound_secret="") == "The secret is missing."
    malformed = "This is no secret of the form whsec_ and at least 24 bytes in Base64."
    assert words(outbound_secret="whsec_short") == malformed
    assert words(url="") == "The address is missing."
    assert words(url=f"{shop.url}/other") == "The other system refused. (nothing is here)"
    assert words(outbound_secret=NEW).startswith("The other system does not believe the signature")
    shop.trusting = True
    assert words() == "It took a call that was signed with a wrong secret: anybody could call it."
    shop.stop()
    assert words() == "The platform cannot be reached."


def test_nothing_is_believed_by_get() -> None:
    with pytest.raises(WebhookRejected, match="POST"):
        ApiChannel(account()).verify(replace(delivery(call("ping")), method="GET", received_at=RECEIVED_AT))
