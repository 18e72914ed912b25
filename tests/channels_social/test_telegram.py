"""What Telegram's updates mean, and what its Bot API is asked and answers."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from channels_social.telegram.channel import TelegramChannel
from csplatform.gateway.contract import (
    AccountConfig,
    FileReference,
    HandleKind,
    InboundAttachment,
    InboundMessage,
    MessageEdited,
    OutboundAttachment,
    OutboundMessage,
    Reaction,
    Sender,
)
from csplatform.gateway.errors import SendFailed, SendUnavailable, SendUncertain, WebhookRejected
from tests.contract.samples import PNG, RECEIVED_AT, a_picture
from tests.contract.test_telegram import delivery
from tests.platforms.base import multipart
from tests.platforms.telegram import SECRET, TOKEN, TelegramStandIn

ADA = {"id": 5551, "is_bot": False, "first_name": "Ada", "last_name": "Lovelace", "language_code": "zh-hans"}
CHAT = {"id": 5551, "type": "private", "first_name": "Ada"}
AT = 1772600767
SENDER = Sender("5551", HandleKind.SOCIAL, name="Ada Lovelace", language="zh-hans")


@pytest.fixture
def bot() -> Iterator[TelegramStandIn]:
    with TelegramStandIn() as stand_in:
        yield stand_in


def account(base: str = "http://127.0.0.1:9", **settings: Any) -> AccountConfig:
    secrets = {"bot_token": TOKEN, "webhook_secret": SECRET}
    return AccountConfig(1, "Bot", "@shop_bot", secrets, {"api_base": base, **settings})


def parse(**update: Any) -> list[Any]:
    return list(TelegramChannel(account()).parse(delivery({"update_id": 9, **update})))


def message(**fields: Any) -> dict[str, Any]:
    return {"message_id": 77, "from": ADA, "chat": CHAT, "date": AT, **fields}


def understood(**fields: Any) -> InboundMessage:
    (event,) = parse(message=message(**fields))
    assert isinstance(event, InboundMessage)
    return event


def test_text_says_who_where_and_when() -> None:
    assert understood(text="你好", reply_to_message={"message_id": 70}) == InboundMessage(
        external_id="5551:77",
        sender=SENDER,
        text="你好",
        sent_at=datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC),
        thread_refs=("5551:70",),
    )


@pytest.mark.parametrize(
    ("fields", "attachment"),
    [
        ({"photo": [{"file_id": "small"}, {"file_id": "large"}]}, ("photo.jpg", "image/jpeg", "large")),
        (
            {"document": {"file_id": "d", "file_name": "发票.pdf", "mime_type": "application/pdf"}},
            ("发票.pdf", "application/pdf", "d"),
        ),
        ({"document": {"file_id": "d"}}, ("document", "application/octet-stream", "d")),
        ({"voice": {"file_id": "v", "mime_type": "audio/ogg"}}, ("voice.ogg", "audio/ogg", "v")),
        ({"video": {"file_id": "v"}}, ("video.mp4", "video/mp4", "v")),
        ({"video_note": {"file_id": "n"}}, ("video.mp4", "video/mp4", "n")),
        (
            {"audio": {"file_id": "a", "file_name": "song.m4a", "mime_type": "audio/mp4"}},
            ("song.m4a", "audio/mp4", "a"),
        ),
        ({"animation": {"file_id": "gif"}, "document": {"file_id": "gif"}}, ("animation.mp4", "video/mp4", "gif")),
        ({"sticker": {"file_id": "s", "emoji": "😀"}}, ("sticker.webp", "image/webp", "s")),
        ({"sticker": {"file_id": "s", "is_video": True}}, ("sticker.webm", "video/webm", "s")),
        ({"sticker": {"file_id": "s", "is_animated": True}}, ("sticker.tgs", "application/x-tgsticker", "s")),
    ],
)
def test_media_become_one_attachment_to_fetch(fields: dict[str, Any], attachment: tuple[str, str, str]) -> None:
    name, content_type, file_id = attachment
    event = understood(**fields, caption="see here")
    assert event.text == "see here"
    assert event.attachments == (InboundAttachment(name, content_type, FileReference(file_id)),)


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"location": {"latitude": 31.2304, "longitude": 121.4737}}, "📍 geo:31.2304,121.4737"),
        (
            {
                "venue": {"title": "Shop", "address": "1 Road", "location": {"latitude": 1.5, "longitude": -2}},
                "location": {"latitude": 1.5, "longitude": -2},
            },
            "📍 Shop\n1 Road\ngeo:1.5,-2",
        ),
        ({"contact": {"first_name": "Bob", "phone_number": "+15550001"}}, "👤 Bob +15550001"),
        ({"dice": {"emoji": "🎲", "value": 3}}, "🎲"),
        ({"poll": {"question": "?"}}, "❔ poll"),
    ],
)
def test_what_is_not_text_is_said_without_words(fields: dict[str, Any], text: str) -> None:
    event = understood(**fields)
    assert (event.text, event.attachments) == (text, ())


def test_album_and_forward_are_remembered() -> None:
    event = understood(photo=[{"file_id": "p"}], media_group_id="13", forward_origin={"type": "user"})
    assert event.metadata == {"album": "13", "forwarded": True}


def test_edit_names_the_message_and_its_new_text() -> None:
    edited = message(caption="new words", edit_date=AT + 60, photo=[{"file_id": "p"}])
    assert parse(edited_message=edited) == [
        MessageEdited("5551:77", "new words", edited_at=datetime(2026, 3, 4, 5, 7, 7, tzinfo=UTC))
    ]


def test_live_location_is_not_followed() -> None:
    moved = message(location={"latitude": 1, "longitude": 2, "live_period": 900}, edit_date=AT + 60)
    assert parse(edited_message=moved) == []


def test_button_says_what_stands_on_it() -> None:
    keyboard = {"inline_keyboard": [[{"text": "No", "callback_data": "n"}, {"text": "是的", "callback_data": "y"}]]}
    pressed = {"message_id": 80, "chat": CHAT, "date": AT, "reply_markup": keyboard}
    (event,) = parse(callback_query={"id": "4382", "from": ADA, "message": pressed, "data": "y"})
    assert event == InboundMessage(
        external_id="5551:button:4382",
        sender=SENDER,
        text="是的",
        sent_at=RECEIVED_AT,
        thread_refs=("5551:80",),
        metadata={"button": "y"},
    )


def test_button_that_is_gone_says_its_data() -> None:
    pressed = {"message_id": 80, "chat": CHAT, "date": 0}
    (event,) = parse(callback_query={"id": "1", "from": ADA, "message": pressed, "data": "order-7"})
    assert event.text == "order-7"


@pytest.mark.parametrize(
    ("reactions", "emoji"),
    [
        ([{"type": "emoji", "emoji": "👍"}], "👍"),
        ([], ""),
        ([{"type": "custom_emoji", "custom_emoji_id": "5"}], "❔"),
        ([{"type": "paid"}], "⭐"),
    ],
)
def test_reaction_names_the_message(reactions: list[dict[str, str]], emoji: str) -> None:
    change = {"chat": CHAT, "message_id": 78, "user": ADA, "date": AT, "old_reaction": [], "new_reaction": reactions}
    at = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
    assert parse(message_reaction=change) == [Reaction("5551:78", SENDER, emoji, at=at)]


@pytest.mark.parametrize("kind", ["group", "supergroup", "channel"])
def test_groups_are_left_out(kind: str) -> None:
    group = {"id": -100, "type": kind, "title": "Friends"}
    assert parse(message=message(chat=group, text="hi all")) == []
    assert parse(edited_message=message(chat=group, text="hi all", edit_date=AT)) == []


def test_only_post_is_telegram() -> None:
    with pytest.raises(WebhookRejected):
        TelegramChannel(account()).verify(replace(delivery({}), method="GET"))


def outbound(text: str = "Hello", **fields: Any) -> OutboundMessage:
    return OutboundMessage(key="k", recipient="5551", text=text, **fields)


def test_answer_quotes_the_customers_message(bot: TelegramStandIn) -> None:
    result = TelegramChannel(account(bot.url)).send(outbound(reply_to="5551:77"))
    assert result.external_id == bot.taken[0].external_id
    assert bot.calls[0].path == f"/bot{TOKEN}/sendMessage"
    assert bot.calls[0].json() == {
        "chat_id": "5551",
        "text": "Hello",
        "reply_parameters": {"message_id": 77, "allow_sending_without_reply": True},
    }


@pytest.mark.parametrize("reply_to", ["5551:button:4382", "9:77", ""])
def test_what_is_no_message_of_this_chat_is_not_quoted(bot: TelegramStandIn, reply_to: str) -> None:
    TelegramChannel(account(bot.url)).send(outbound(reply_to=reply_to))
    assert "reply_parameters" not in bot.calls[0].json()


def test_picture_is_sent_as_photo_and_quotes(bot: TelegramStandIn) -> None:
    TelegramChannel(account(bot.url)).send(outbound("", attachments=(a_picture(),), reply_to="5551:77"))
    form = multipart(bot.calls[0])
    assert bot.calls[0].path.endswith("/sendPhoto")
    assert sorted(form) == ["chat_id", "photo", "reply_parameters"]
    assert (form["photo"].content_type, form["photo"].data) == ("image/png", PNG)
    assert json.loads(form["reply_parameters"].data)["message_id"] == 77


def test_everything_else_and_large_pictures_are_documents(bot: TelegramStandIn) -> None:
    paper = OutboundAttachment("发票 “a”.pdf", "application/pdf", 8, open=lambda: b"%PDF-1.7")
    large = OutboundAttachment("big.png", "image/png", 10_000_001, open=lambda: PNG)
    for attachment in (paper, large):
        TelegramChannel(account(bot.url)).send(outbound("here", attachments=(attachment,)))
    assert [call.path.rpartition("/")[2] for call in bot.calls] == ["sendDocument", "sendDocument"]
    assert [taken.files for taken in bot.taken] == [(("发票 “a”.pdf", b"%PDF-1.7"),), (("big.png", PNG),)]


def test_silence_leaves_it_open(bot: TelegramStandIn) -> None:
    bot.hang()
    with pytest.raises(SendUncertain):
        TelegramChannel(account(bot.url, timeout=0.3)).send(outbound())
    assert len(bot.taken) == 1


@pytest.mark.parametrize(("status", "failure"), [(500, SendUnavailable), (503, SendUnavailable), (502, SendUncertain)])
def test_server_errors(bot: TelegramStandIn, status: int, failure: type[Exception]) -> None:
    bot.fail(status)
    with pytest.raises(failure):
        TelegramChannel(account(bot.url)).send(outbound())


def test_success_without_sense_leaves_it_open(bot: TelegramStandIn) -> None:
    bot.fail(200)
    with pytest.raises(SendUncertain):
        TelegramChannel(account(bot.url)).send(outbound())


@pytest.mark.parametrize(
    ("recipient", "token", "reason", "code"),
    [
        ("@nobody", TOKEN, "Telegram does not know this customer, or they never started the bot.", "400"),
        ("5551", "123:revoked", "Telegram does not accept the bot token of this account.", "401"),
        ("5551", "", "The channel account has no usable access token.", "bot_token"),
        ("5551", "not\nprintable", "The channel account has no usable access token.", "bot_token"),
    ],
)
def test_refusals_say_what_to_do(bot: TelegramStandIn, recipient: str, token: str, reason: str, code: str) -> None:
    config = replace(account(bot.url), credentials={"bot_token": token})
    with pytest.raises(SendFailed) as failure:
        TelegramChannel(config).send(replace(outbound(), recipient=recipient))
    assert type(failure.value) is SendFailed
    assert (failure.value.reason, failure.value.code) == (reason, code)
    assert bot.taken == []


def test_two_attachments_at_once_are_refused(bot: TelegramStandIn) -> None:
    with pytest.raises(SendFailed):
        TelegramChannel(account(bot.url)).send(outbound(attachments=(a_picture(), a_picture())))
    assert bot.calls == []


def test_address_that_is_none_is_said() -> None:
    with pytest.raises(SendFailed) as failure:
        TelegramChannel(account("no address")).send(outbound())
    assert type(failure.value) is SendFailed


def download(base: str, ref: str) -> bytes:
    fetcher = TelegramChannel.abilities.download
    assert fetcher is not None
    return fetcher(account(base), ref).data


def test_file_is_fetched_in_two_steps(bot: TelegramStandIn) -> None:
    bot.files["AgACphoto"] = PNG
    assert download(bot.url, "AgACphoto") == PNG
    assert [call.path for call in bot.calls] == [
        f"/bot{TOKEN}/getFile",
        f"/file/bot{TOKEN}/photos/AgACphoto.jpg",
    ]


def test_file_that_is_gone_is_lost_and_a_silent_platform_is_asked_again(bot: TelegramStandIn) -> None:
    with pytest.raises(SendFailed) as failure:
        download(bot.url, "AgACphoto")
    assert type(failure.value) is SendFailed
    bot.files["huge"] = bytes(20_000_001)
    with pytest.raises(SendFailed, match="file is too big"):
        download(bot.url, "huge")
    bot.stop()
    with pytest.raises(SendUnavailable):
        download(bot.url, "AgACphoto")
