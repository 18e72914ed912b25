"""What Telegram says beside messages, how files and buttons go, and a customer who blocks the bot."""

from collections.abc import Iterator
from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client

from channels_social.telegram.channel import TelegramChannel
from channels_social.telegram.client import typing
from channels_social.telegram.payloads import BLOCKED
from csplatform.contacts.models import Handle
from csplatform.conversations.models import Attachment, Conversation, Message
from csplatform.flows.reply import reply
from csplatform.gateway.contract import InboundMessage, OutboundAttachment, OutboundMessage, Reachability
from csplatform.gateway.errors import SendFailed
from csplatform.gateway.models import InboundDelivery
from tests.channels_social.test_story import bring, content, state
from tests.channels_social.test_telegram import account, message, outbound, parse
from tests.contract.samples import PNG, SENT_AT
from tests.factories import make_account, make_user
from tests.platforms.base import Refused, multipart
from tests.platforms.telegram import SECRET, TOKEN, TelegramStandIn


@pytest.fixture
def bot() -> Iterator[TelegramStandIn]:
    with TelegramStandIn() as stand_in:
        yield stand_in


def test_who_blocks_the_bot_and_who_starts_it_again(bot: TelegramStandIn) -> None:
    assert parse(**bot.membership("kicked")) == [Reachability("5551", False, SENT_AT, reason=BLOCKED)]
    assert parse(**bot.membership("member")) == [Reachability("5551", True, SENT_AT)]
    group = bot.membership("member")["my_chat_member"] | {"chat": {"id": -100, "type": "supergroup"}}
    assert parse(my_chat_member=group) == []


def test_the_link_that_somebody_came_by() -> None:
    (event,) = parse(message=message(text="/start order-77"))
    assert isinstance(event, InboundMessage)
    assert (event.text, event.metadata) == ("/start order-77", {"referral": "order-77"})
    assert parse(message=message(text="/start"))[0].metadata == {}


@pytest.mark.parametrize(
    ("content_type", "method", "field"),
    [
        ("video/mp4", "sendVideo", "video"),
        ("audio/mpeg", "sendAudio", "audio"),
        ("audio/ogg", "sendVoice", "voice"),
        ("image/gif", "sendAnimation", "animation"),
        ("image/svg+xml", "sendDocument", "document"),
    ],
)
def test_files_go_as_what_they_are(bot: TelegramStandIn, content_type: str, method: str, field: str) -> None:
    file = OutboundAttachment("a.bin", content_type, 3, open=lambda: b"abc")
    TelegramChannel(account(bot.url)).send(outbound("see", attachments=(file,), quick_replies=("ok",)))
    form = multipart(bot.calls[0])
    assert bot.calls[0].path.endswith(f"/{method}")
    assert sorted(form) == sorted(["caption", "chat_id", field, "reply_markup"])
    assert (bot.taken[0].text, bot.taken[0].files) == ("see", (("a.bin", b"abc"),))


def test_quick_replies_are_a_keyboard_that_leaves(bot: TelegramStandIn) -> None:
    message = OutboundMessage(key="k", recipient="5551", text="ok?", quick_replies=("是", "不是"))
    TelegramChannel(account(bot.url)).send(message)
    rows = [[{"text": "是"}], [{"text": "不是"}]]
    keyboard = {"keyboard": rows, "one_time_keyboard": True, "resize_keyboard": True}
    assert bot.calls[0].json() == {"chat_id": "5551", "text": "ok?", "reply_markup": keyboard}


def test_typing_is_shown(bot: TelegramStandIn) -> None:
    typing(account(bot.url), "5551")
    assert bot.signs == [("5551", "typing")]


@pytest.mark.parametrize(
    ("status", "said", "reason"),
    [
        (403, "Forbidden: user is deactivated", "The customer has deleted their Telegram account."),
        (403, "Forbidden: bot was blocked by the user", "The customer has blocked this bot, or never started it."),
        (413, "Request Entity Too Large", "Telegram finds this file too large."),
        (400, "Bad Request: chat not found", "Telegram does not know this customer, or they never started the bot."),
        (400, "Bad Request: odd", "Telegram refused. (Bad Request: odd)"),
    ],
)
def test_refusals_in_words(bot: TelegramStandIn, status: int, said: str, reason: str) -> None:
    no = bot.refusal(Refused(status, said))
    bot.answer = lambda _call: no  # type: ignore[method-assign]
    for attempt in (
        lambda: TelegramChannel(account(bot.url)).send(outbound()),
        lambda: typing(account(bot.url), "5551"),
    ):
        with pytest.raises(SendFailed) as failure:
            attempt()
        assert failure.value.reason == reason


@pytest.mark.django_db
def test_the_command_tells_telegram_where_to_call(bot: TelegramStandIn, settings: Any) -> None:
    settings.PUBLIC_URL = "https://desk.example"
    secrets = {"bot_token": TOKEN, "webhook_secret": SECRET}
    ours = make_account("telegram", address="@shop_bot", credentials=secrets, settings={"api_base": bot.url})
    said = StringIO()
    call_command("enter_telegram_webhook", "@shop_bot", stdout=said)
    assert bot.door == f"https://desk.example/hooks/{ours.token}/"
    assert said.getvalue().startswith("Telegram calls the webhook address")
    with pytest.raises(CommandError, match="no Telegram account"):
        call_command("enter_telegram_webhook", "@other_bot")
    settings.PUBLIC_URL = "http://desk.example"
    with pytest.raises(CommandError, match="An HTTPS URL must be provided"):
        call_command("enter_telegram_webhook", "@shop_bot")


@pytest.mark.django_db
def test_a_telegram_customer(client: Client, bot: TelegramStandIn, rung: Any) -> None:
    secrets = {"bot_token": TOKEN, "webhook_secret": SECRET}
    ours = make_account("telegram", address="@shop_bot", credentials=secrets, settings={"api_base": bot.url})

    def told(update: dict[str, Any]) -> None:
        with rung():
            assert bring(client, ours.token, bot, update) == 200

    bot.files |= {"one": PNG, "two": PNG}
    album = [bot.message(photo=[{"file_id": name}], media_group_id="13") for name in ("one", "two")]
    for update in [*album, album[0]]:  # the first of them once more
        told(update)
    conversation = Conversation.objects.get()
    assert [content(picture) for picture in Attachment.objects.all()] == [PNG, PNG]

    with rung():
        upload = SimpleUploadedFile("答.png", PNG, "image/png")
        answer = reply(conversation.pk, by=make_user(), text="好的", key=uuid4(), files=[upload])
    assert [(one.text, one.files) for one in bot.taken] == [("好的", (("答.png", PNG),))]

    edited = album[0]["message"] | {"caption": "这个", "edit_date": 1772600800}
    told(bot.update(edited_message=edited))
    assert Message.objects.filter(kind="customer").order_by("seq").first().text == "这个"  # type: ignore[union-attr]

    told(bot.membership("kicked", at=1772600900))
    assert Handle.objects.get().paused_at is not None
    told(bot.membership("member", at=1772600950))
    assert Handle.objects.get().paused_at is None
    assert state(answer) == "accepted"
    assert InboundDelivery.objects.exclude(state="done").count() == 0
