"""What is said to the bot where everybody reads, and how it is answered there and in private."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from channels_social.telegram.channel import TelegramChannel
from csplatform.contacts.models import Handle
from csplatform.conversations.models import Conversation
from csplatform.flows.reply import reply
from csplatform.gateway.contract import HandleKind, InboundMessage, MessageEdited, OutboundMessage, Sender
from csplatform.gateway.models import InboundDelivery
from tests.channels_social.test_story import bring, state
from tests.channels_social.test_telegram import account, message, parse
from tests.contract.samples import SENT_AT
from tests.factories import make_account, make_user
from tests.platforms.telegram import SECRET, TOKEN, TelegramStandIn

GROUP = {"id": -100500, "type": "supergroup", "title": "Friends of the shop"}
PLACE = "public:-100500:5551"
OF_BOT = {"message_id": 70, "from": {"id": 1, "is_bot": True, "first_name": "Shop", "username": "shop_bot"}}
OF_BOB = {"message_id": 70, "from": {"id": 7, "is_bot": False, "first_name": "Bob"}}


@pytest.fixture
def bot() -> Iterator[TelegramStandIn]:
    with TelegramStandIn() as stand_in:
        yield stand_in


def test_who_asks_in_a_group() -> None:
    (event,) = parse(message=message(chat=GROUP, text="@Shop_Bot 我的包裹呢？"))
    assert event == InboundMessage(
        external_id="-100500:77",
        sender=Sender(PLACE, HandleKind.PUBLIC, name="Ada Lovelace", language="zh-hans", private="5551"),
        text="@Shop_Bot 我的包裹呢？",
        sent_at=SENT_AT,
        bulk=True,
        metadata={"public": PLACE},
    )


@pytest.mark.parametrize(
    ("said", "is_read"),
    [
        ({"text": "/help@shop_bot"}, True),
        ({"caption": "see @shop_bot", "photo": [{"file_id": "p"}]}, True),
        ({"text": "and this?", "reply_to_message": OF_BOT}, True),
        ({"text": "and this?", "reply_to_message": OF_BOB}, False),
        ({"text": "@shop_bottle"}, False),
        ({"text": "hello all"}, False),
        ({"text": "@shop_bot", "from": {"id": 8, "is_bot": True, "first_name": "Other"}}, False),
        ({"text": "@shop_bot", "chat": {"id": -1, "type": "channel"}}, False),
    ],
)
def test_only_what_is_addressed_to_the_bot_is_read(said: dict[str, Any], is_read: bool) -> None:
    assert len(parse(message=message(**{"chat": GROUP} | said))) == is_read


def test_edits_of_what_was_said_to_it() -> None:
    edited = message(chat=GROUP, text="@shop_bot better", edit_date=1772600767)
    assert parse(edited_message=edited) == [MessageEdited("-100500:77", "@shop_bot better", edited_at=SENT_AT)]
    assert parse(edited_message=edited | {"text": "never mind"}) == []


def test_an_answer_goes_to_the_group_below_the_question(bot: TelegramStandIn) -> None:
    answer = OutboundMessage(key="k", recipient=PLACE, text="Soon", reply_to="-100500:77", quick_replies=("ok",))
    assert TelegramChannel(account(bot.url)).send(answer).external_id == bot.taken[0].external_id
    assert bot.calls[0].json() == {
        "chat_id": "-100500",
        "text": "Soon",
        "reply_parameters": {"message_id": 77, "allow_sending_without_reply": True},
    }


@pytest.mark.django_db
def test_answered_in_the_group_and_in_private(client: Client, bot: TelegramStandIn, rung: Any) -> None:
    secrets = {"bot_token": TOKEN, "webhook_secret": SECRET}
    ours = make_account("telegram", address="@shop_bot", credentials=secrets, settings={"api_base": bot.url})
    with rung():
        question = bot.message("@shop_bot where is my cup?")
        question["message"]["chat"] = GROUP
        assert bring(client, ours.token, bot, question) == 200
    conversation = Conversation.objects.get()
    assert (conversation.handle.kind, conversation.handle.external_id) == (HandleKind.PUBLIC, PLACE)
    private = Handle.objects.get(external_id="5551")
    assert private.contact == conversation.contact
    with rung():
        public = reply(conversation.pk, by=make_user(), text="On its way", key=uuid4())
    assert [(one.recipient, one.text) for one in bot.taken] == [("-100500", "On its way")]
    assert bot.calls[-1].json()["reply_parameters"]["message_id"] == question["message"]["message_id"]
    assert state(public) == "accepted"
    assert InboundDelivery.objects.exclude(state="done").count() == 0
