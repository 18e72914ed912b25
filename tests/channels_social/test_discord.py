"""What Discord's dispatches mean, and what its REST API is asked and answers."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from channels_social.discord.channel import DiscordChannel
from channels_social.discord.client import RestApi
from channels_social.discord.ids import key_of, moment_of, nonce_of
from channels_social.discord.limits import route_of, seconds
from channels_social.signatures import ed25519_signed
from csplatform.gateway.contract import (
    AccountConfig,
    Echo,
    FileReference,
    Finding,
    HandleKind,
    HttpAnswer,
    InboundAttachment,
    InboundMessage,
    MessageDeleted,
    MessageEdited,
    OutboundMessage,
    Profile,
    Reaction,
    Sender,
    Typing,
)
from csplatform.gateway.errors import SendFailed, SendPaced, SendUnavailable, SendUncertain, WebhookRejected
from tests.channels_social.test_setup import check, failure
from tests.contract.samples import PNG, RECEIVED_AT, a_picture
from tests.contract.test_discord import a_message, by_webhook, delivery
from tests.platforms.base import multipart
from tests.platforms.discord import BOT, CHANNEL, PUBLIC_KEY, TOKEN, DiscordStandIn

AT = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
ID, OTHER_ID, USER = "1345000000000000001", "1345000000000000002", "1200000000000000001"
ADA = Sender(CHANNEL, HandleKind.SOCIAL, name="Ada")
SOMEBODY = Sender(CHANNEL, HandleKind.SOCIAL)


@pytest.fixture
def discord() -> Iterator[DiscordStandIn]:
    with DiscordStandIn() as stand_in:
        yield stand_in


def account(discord: DiscordStandIn | None = None, **settings: Any) -> AccountConfig:
    base = {"api_base": discord.api_base, "cdn_base": discord.url} if discord else {"api_base": "http://127.0.0.1:9"}
    return AccountConfig(5, "Shop", BOT, {"bot_token": TOKEN}, {**base, **settings})


def parse(kind: str, **data: Any) -> list[Any]:
    return list(DiscordChannel(account()).parse(delivery(kind, data)))


def outbound(text: str = "Hello", **fields: Any) -> OutboundMessage:
    return OutboundMessage(**{"key": str(uuid4()), "recipient": CHANNEL, "text": text} | fields)


# What was said


def test_message() -> None:
    ada = {"id": USER, "username": "ada99", "global_name": "Ada"}
    text = f"<@{BOT}> and <@!7>: <:shop:123> <a:party:9> 你好"
    answered = {"message_reference": {"message_id": OTHER_ID, "channel_id": CHANNEL}}
    mentioned = [{"id": BOT, "username": "shop"}]
    assert parse("MESSAGE_CREATE", **a_message(author=ada, content=text, mentions=mentioned, type=19, **answered)) == [
        InboundMessage(
            external_id=ID,
            sender=ADA,
            text="@shop and @7: :shop: :party: 你好",
            sent_at=AT,
            thread_refs=(OTHER_ID,),
            metadata={"user": USER, "username": "ada99"},
        )
    ]


def test_files_stickers_and_what_was_forwarded() -> None:
    file = {"id": "77", "filename": "发票.pdf", "content_type": "application/pdf; x=y", "url": "https://cdn.example"}
    inner = {"content": "theirs", "attachments": [{"id": "78", "filename": "a.bin"}]}
    stickers = [{"id": "5", "name": "wave", "format_type": 3}, {"id": "6", "name": "", "format_type": 9}]
    fields = {"attachments": [file], "sticker_items": stickers, "message_snapshots": [{"message": inner}]}
    reference = {"type": 1, "message_id": OTHER_ID}
    (event,) = parse("MESSAGE_CREATE", **a_message(content="", message_reference=reference, **fields))
    assert (event.text, event.thread_refs, event.metadata["forwarded"]) == ("theirs", (), True)
    assert event.attachments == (
        InboundAttachment("发票.pdf", "application/pdf", FileReference(f"{CHANNEL}/{ID}/77")),
        InboundAttachment("wave.json", "application/json", FileReference("sticker/5.json")),
        InboundAttachment("sticker.png", "image/png", FileReference("sticker/6.png")),
        InboundAttachment("a.bin", "application/octet-stream", FileReference(f"{CHANNEL}/{ID}/78")),
    )


@pytest.mark.parametrize(
    ("fields", "text"),
    [({"poll": {"question": {"text": "Tea?"}}}, "📊 Tea?"), ({}, "❔"), ({"embeds": [{"title": "x"}]}, "❔")],
)
def test_what_cannot_be_shown_leaves_a_sign(fields: dict[str, Any], text: str) -> None:
    (event,) = parse("MESSAGE_CREATE", **a_message(content="", **fields))
    assert event.text == text


def test_what_the_bot_said_comes_back_with_our_key() -> None:
    key = str(uuid4())
    bot = {"id": BOT, "username": "shop", "bot": True}
    said = a_message(author=bot, nonce=nonce_of(key))
    assert parse("MESSAGE_CREATE", **said) == [Echo(ID, SOMEBODY, "Hi", AT, key=key)]
    assert parse("MESSAGE_CREATE", **said | {"nonce": 7}) == [Echo(ID, SOMEBODY, "Hi", AT)]
    assert parse("MESSAGE_UPDATE", **said | {"edited_timestamp": "2026-03-04T05:06:07Z"}) == []


def test_edits_and_what_only_looks_like_one() -> None:
    edited = a_message(content="new", edited_timestamp="2026-03-04T05:06:07+00:00")
    assert parse("MESSAGE_UPDATE", **edited) == [MessageEdited(ID, "new", AT)]
    assert parse("MESSAGE_UPDATE", **a_message(edited_timestamp=None)) == []
    assert parse("MESSAGE_UPDATE", id=ID, channel_id=CHANNEL, embeds=[]) == []


def test_what_is_taken_back_reacted_to_and_typed() -> None:
    where = {"channel_id": CHANNEL, "user_id": USER, "message_id": ID}
    custom, plain = {"id": "9", "name": "shop"}, {"id": None, "name": "🎉"}
    assert parse("MESSAGE_DELETE", id=ID, channel_id=CHANNEL) == [MessageDeleted(ID, RECEIVED_AT)]
    assert parse("MESSAGE_REACTION_ADD", **where, emoji=plain) == [Reaction(ID, SOMEBODY, "🎉", RECEIVED_AT)]
    assert parse("MESSAGE_REACTION_ADD", **where, emoji=custom) == [Reaction(ID, SOMEBODY, ":shop:", RECEIVED_AT)]
    assert parse("MESSAGE_REACTION_REMOVE", **where, emoji=plain) == [Reaction(ID, SOMEBODY, "", RECEIVED_AT)]
    assert parse("TYPING_START", **where, timestamp=1772600767) == [Typing(SOMEBODY, AT)]
    for kind in ("MESSAGE_REACTION_ADD", "MESSAGE_REACTION_REMOVE", "TYPING_START"):
        assert parse(kind, **where | {"user_id": BOT}, emoji=plain, timestamp=1) == []
        assert parse(kind, **where, guild_id="1") == []


def test_pressed_button_is_what_it_says() -> None:
    row = {"type": 1, "components": [{"type": 2, "custom_id": "reply:0", "label": "Yes"}]}
    pressed = {
        "id": "1478627640000000000",
        "type": 3,
        "channel_id": CHANNEL,
        "user": {"id": USER, "global_name": "Ada"},
    }
    pressed |= {"message": a_message(id=OTHER_ID, components=[row]), "data": {"custom_id": "reply:0"}}
    (event,) = parse("INTERACTION_CREATE", **pressed)
    assert (event.external_id, event.sender, event.text) == ("button:1478627640000000000", ADA, "Yes")
    assert (event.thread_refs, event.metadata) == ((OTHER_ID,), {"button": "reply:0"})
    assert event.sent_at == moment_of("1478627640000000000")
    (chosen,) = parse("INTERACTION_CREATE", **pressed | {"data": {"custom_id": "menu", "values": ["red", "blue"]}})
    assert chosen.text == "red, blue"
    assert parse("INTERACTION_CREATE", **pressed | {"type": 5}) == []


def test_ids() -> None:
    assert moment_of("175928847299117063") == datetime(2016, 4, 30, 11, 18, 25, 796000, tzinfo=UTC)  # Discord's example
    key = str(uuid4())
    assert (len(nonce_of(key)), key_of(nonce_of(key))) == (22, key)
    assert (len(nonce_of("3f1c-key-of-ours")), key_of(nonce_of("3f1c-key-of-ours"))) == (25, "")
    assert [key_of(nonce) for nonce in ("", "1234567890", "A" * 23, "é")] == [""] * 4


# What is pressed, by webhook


@pytest.mark.parametrize(
    ("key", "signature", "message"),
    [
        (
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
            (
                "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
                "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
            ),
            b"\x72",
        ),
        (
            "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
            (
                "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
                "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"
            ),
            b"\xaf\x82",
        ),
    ],
)
def test_signatures_are_those_of_rfc_8032(key: str, signature: str, message: bytes) -> None:
    assert ed25519_signed(key, signature, message)
    assert not ed25519_signed(key, signature, message + b"x")
    assert not ed25519_signed(key[2:], signature, message)
    assert not ed25519_signed("no key", signature, message)
    assert not ed25519_signed(key, "é", message)


def of_application(**secrets: str) -> DiscordChannel:
    return DiscordChannel(replace(account(), credentials={"public_key": PUBLIC_KEY} | secrets))


def test_ping_is_answered_and_a_forged_one_by_401() -> None:
    ping = by_webhook(b'{"application_id": "1", "id": "2", "token": "x", "type": 1, "version": 1}')
    assert of_application().handshake(ping) == HttpAnswer(b'{"type": 1}', content_type="application/json")
    forged = replace(ping, headers=ping.headers | {"x-signature-ed25519": "00" * 64})
    for channel, raw in [
        (of_application(), forged),
        (of_application(), replace(ping, headers={})),
        (of_application(public_key="0" * 64), ping),  # the key of another application, or of one that got a new one
        (of_application(public_key=""), ping),
    ]:
        answer = channel.handshake(raw)
        assert answer is not None
        assert answer.status == 401
        with pytest.raises(WebhookRejected):
            channel.verify(raw)


@pytest.mark.parametrize(("late", "believed"), [(-301, False), (-300, True), (300, True), (301, False)])
def test_calls_are_believed_for_five_minutes(late: int, believed: bool) -> None:
    raw = by_webhook(b"{}", at=int(RECEIVED_AT.timestamp()) + late)
    assert (of_application().handshake(raw) is None) is believed


def test_pressed_button_comes_by_webhook_too() -> None:
    row = {"type": 1, "components": [{"type": 2, "custom_id": "reply:0", "label": "Yes"}]}
    pressed = {"id": "1478627640000000000", "type": 3, "application_id": "1", "channel_id": CHANNEL, "version": 1}
    pressed |= {"user": {"id": USER, "global_name": "Ada"}, "data": {"custom_id": "reply:0"}, "token": "x"}
    pressed |= {"message": a_message(id=OTHER_ID, components=[row])}
    raw = by_webhook(json.dumps(pressed).encode())
    (event,) = of_application().parse(raw)
    assert isinstance(event, InboundMessage)
    assert (event.text, event.sender, event.external_id) == ("Yes", ADA, "button:1478627640000000000")
    assert of_application().handshake(raw) is None
    assert of_application().parse(by_webhook(json.dumps(pressed | {"guild_id": "1"}).encode())) == []
    assert json.loads(DiscordChannel.abilities.thanks) == {"type": 6}


# What is sent and asked


def test_text_goes_out_once_and_calls_nobody(discord: DiscordStandIn) -> None:
    message = outbound("@everyone look", reply_to=ID, quick_replies=("Yes", "n" * 90, "c", "d", "e", "f"))
    sent = DiscordChannel(account(discord)).send(message)
    again = DiscordChannel(account(discord)).send(message)
    assert (sent, len(discord.taken)) == (again, 1)
    body = discord.calls[0].json()
    rows = body.pop("components")
    assert body == {
        "content": "@everyone look",
        "nonce": nonce_of(message.key),
        "enforce_nonce": True,
        "allowed_mentions": {"parse": []},
        "message_reference": {"message_id": ID, "fail_if_not_exists": False},
    }
    assert [[button["label"][:3] for button in row["components"]] for row in rows] == [
        ["Yes", "nnn", "c", "d", "e"],
        ["f"],
    ]


def test_file_goes_with_its_text(discord: DiscordStandIn) -> None:
    DiscordChannel(account(discord)).send(outbound("see", attachments=(a_picture("图.png"),)))
    assert discord.taken[0].files == (("图.png", PNG),)
    assert multipart(discord.calls[0])["files[0]"].content_type == "image/png"


@pytest.mark.parametrize(
    ("status", "code", "reason", "dead"),
    [
        (403, 50007, "This person takes no messages from the bot", False),
        (403, 50278, "This person takes no messages from the bot", False),
        (404, 10003, "This direct message no longer exists", True),
        (401, 0, "Discord does not accept the bot token", False),
        (413, 40005, "it is too large", False),
        (400, 50035, "something in it is not allowed", False),
        (400, 99999, r"Discord refused. \(new\)", False),
    ],
)
def test_noes(discord: DiscordStandIn, status: int, code: int, reason: str, dead: bool) -> None:
    discord.say_no(status, code, "new")
    with pytest.raises(SendFailed, match=reason) as caught:
        DiscordChannel(account(discord)).send(outbound())
    assert type(caught.value) is SendFailed
    assert (caught.value.code, caught.value.dead_address) == (str(code or status), dead)


@pytest.mark.parametrize(
    ("status", "failure"),
    [(500, SendUnavailable), (504, SendUncertain), (200, SendUncertain), (418, SendFailed)],
)
def test_answers_of_something_in_between(discord: DiscordStandIn, status: int, failure: type[Exception]) -> None:
    discord.fail(status)
    with pytest.raises(failure) as caught:
        DiscordChannel(account(discord)).send(outbound())
    assert type(caught.value) is failure


def test_opening_too_fast_is_tried_again(discord: DiscordStandIn) -> None:
    discord.say_no(400, 40003, "too fast")
    with pytest.raises(SendUnavailable):
        DiscordChannel(account(discord)).send(outbound())


def test_empty_bucket_is_known_beforehand_and_each_channel_has_its_own(discord: DiscordStandIn) -> None:
    channel = DiscordChannel(account(discord))
    for _time in range(5):
        channel.send(outbound())
    with pytest.raises(SendPaced) as paced:
        channel.send(outbound())
    assert 0 < (paced.value.retry_after or 0) <= 5
    assert len(discord.calls) == 5
    channel.send(outbound(recipient="1100000000000000002"))
    another = DiscordChannel(replace(account(discord), credentials={"bot_token": "of-another-bot"}))
    with pytest.raises(SendFailed, match="bot token"):  # it was tried: buckets belong to a bot
        another.send(outbound())


def test_limit_of_everything_holds_for_everything(discord: DiscordStandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    busy = replace(discord.busy(), headers={"X-RateLimit-Global": "true", "Retry-After": "60"})
    monkeypatch.setattr(discord, "busy", lambda: busy)
    discord.be_busy()
    with pytest.raises(SendUnavailable) as refused:
        DiscordChannel(account(discord)).send(outbound())
    assert refused.value.retry_after == 1.5
    with pytest.raises(SendPaced):
        RestApi(account(discord)).show_typing("1100000000000000002")


def test_routes_and_seconds() -> None:
    assert route_of("GET", "channels/7/messages/8") == "GET:channels/7/messages/*"
    assert route_of("GET", "users/@me") == "GET:users/@me"
    assert [seconds(value) for value in ("1.5", 2, "soon", None, -1, "1e9")] == [1.5, 2.0, None, None, None, 3600.0]


@pytest.mark.parametrize("recipient", ["ada", "7/../8", "", "١"])
def test_only_a_channel_is_written_to(discord: DiscordStandIn, recipient: str) -> None:
    with pytest.raises(SendFailed):
        DiscordChannel(account(discord)).send(outbound(recipient=recipient))
    assert discord.calls == []


def test_files_are_fetched_by_an_address_named_anew(discord: DiscordStandIn) -> None:
    fetcher = DiscordChannel.abilities.download
    assert fetcher is not None
    file = {"id": "77", "filename": "a.png", "url": f"{discord.url}/attachments/a.png"}
    message = discord.say(attachments=[file])
    forwarded = discord.say(message_snapshots=[{"message": {"attachments": [file | {"id": "78"}]}}])
    discord.content |= {"/attachments/a.png": ("image/png", PNG), "/stickers/5.gif": ("image/gif", b"GIF")}
    for reference, data in [
        (f"{CHANNEL}/{message['id']}/77", PNG),
        (f"{CHANNEL}/{forwarded['id']}/78", PNG),
        ("sticker/5.gif", b"GIF"),
    ]:
        assert fetcher(account(discord), reference).data == data
    for gone in (f"{CHANNEL}/{message['id']}/99", f"{CHANNEL}/1/77", "sticker/6.gif"):
        with pytest.raises(SendFailed) as caught:
            fetcher(account(discord), gone)
        assert type(caught.value) is SendFailed


def test_typing_and_profile(discord: DiscordStandIn) -> None:
    abilities = DiscordChannel.abilities
    assert abilities.typing is not None
    assert abilities.profile is not None
    abilities.typing(account(discord), CHANNEL)
    assert discord.typed == [CHANNEL]
    assert abilities.profile(account(discord), CHANNEL) == Profile("Ada")


# Setting it up


def test_a_bot_that_works_and_what_can_be_wrong(discord: DiscordStandIn) -> None:
    assert check(DiscordChannel, account(discord)) == [
        Finding("The bot token", True, "This is the bot shop."),
        Finding("The bot", True),
        Finding("The Gateway", True, "1000 sessions may begin until tomorrow."),
    ]
    discord.sessions_left = 0
    assert failure(DiscordChannel, account(discord))[0] == "The Gateway"
    wrong = replace(account(discord), address="7")
    assert failure(DiscordChannel, wrong) == ("The bot", f"The user id of this token's bot is {BOT}: enter that.")
    for token, words in [
        ("", "The bot token is missing."),
        ("x", "Discord does not accept the bot token of this account."),
    ]:
        assert failure(DiscordChannel, replace(account(discord), credentials={"bot_token": token}))[1] == words
    discord.stop()
    assert failure(DiscordChannel, account(discord))[1] == "The platform cannot be reached."
