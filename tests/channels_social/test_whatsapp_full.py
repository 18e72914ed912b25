"""WhatsApp beyond texts and files: templates, offered answers, small signs, and what the app on a phone said."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.test import Client

from channels_social.whatsapp.channel import WhatsAppChannel
from csplatform.common import clock
from csplatform.common.errors import InvalidInput
from csplatform.conversations.models import Conversation
from csplatform.flows import signals
from csplatform.flows.reply import reply
from csplatform.flows.template import send_template
from csplatform.gateway.contract import (
    AccountConfig,
    Echo,
    HandleKind,
    MessageDeleted,
    MessageEdited,
    OutboundMessage,
    Receipt,
    ReceiptState,
    Sender,
    Template,
    TemplateUse,
)
from csplatform.gateway.errors import SendFailed
from csplatform.gateway.models import ChannelAccount
from tests.channels_social.test_setup import OURS, check
from tests.channels_social.test_story import bring, state
from tests.contract.test_whatsapp import call, delivery
from tests.factories import make_account, make_user
from tests.platforms.whatsapp import ACCESS_TOKEN, APP_SECRET, BUSINESS, NUMBER, WhatsAppStandIn

SECRETS = {"access_token": ACCESS_TOKEN, "app_secret": APP_SECRET, "verify_token": "our word"}
AT = datetime(2023, 10, 11, 16, 53, 43, tzinfo=UTC)
BSUID = "US.13491208655302741918"
ABILITIES = WhatsAppChannel.abilities


def template(name: str, *components: dict[str, Any], language: str = "zh_CN", **more: str) -> dict[str, Any]:
    return {"name": name, "language": language, "status": "APPROVED", "components": list(components)} | more


ORDER = template(
    "order_update",
    {"type": "HEADER", "format": "TEXT", "text": "订单 {{1}}"},
    {"type": "BODY", "text": "{{2}}，您好！您的订单 {{1}} 已发货。"},
    {"type": "FOOTER", "text": "谢谢"},
    {
        "type": "BUTTONS",
        "buttons": [
            {"type": "QUICK_REPLY", "text": "好"},
            {"type": "URL", "text": "查看", "url": "https://shop.example/o/{{1}}"},
        ],
    },
)
NAMED = template("hello", {"type": "BODY", "text": "Hello {{name}}!"}, language="en", parameter_format="NAMED")
PICTURE = template("picture", {"type": "HEADER", "format": "IMAGE"}, {"type": "BODY", "text": "Look"})
COUPON = template(
    "coupon",
    {"type": "BODY", "text": "Code"},
    {"type": "BUTTONS", "buttons": [{"type": "COPY_CODE", "text": "Copy", "example": "X"}]},
)


@pytest.fixture
def cloud() -> Iterator[WhatsAppStandIn]:
    with WhatsAppStandIn() as stand_in:
        stand_in.webhooks = {"application": OURS}
        stand_in.templates = [PICTURE, COUPON, ORDER | {"status": "REJECTED", "name": "rejected"}, ORDER, NAMED]
        yield stand_in


def account(cloud: WhatsAppStandIn, **settings: Any) -> AccountConfig:
    kept = {"api_base": cloud.api_base, "business_account": BUSINESS, **settings}
    return AccountConfig(2, "Shop", NUMBER, SECRETS, kept, webhook=OURS)


def outbound(text: str = "Hello", **fields: Any) -> OutboundMessage:
    return OutboundMessage(key="3f1c-key", recipient="+972987654321", text=text, **fields)


# Templates


def test_templates_that_can_be_filled_in_are_offered(cloud: WhatsAppStandIn) -> None:
    assert ABILITIES.templates is not None
    assert ABILITIES.templates(account(cloud)) == [
        Template(
            "order_update",
            "zh_CN",
            "订单 {{header.1}}\n\n{{2}}，您好！您的订单 {{1}} 已发货。\n\n谢谢\n\n[好]\n[查看] https://shop.example/o/{{1.1}}",
            ("{{header.1}}", "{{1}}", "{{2}}", "{{1.1}}"),
        ),
        Template("hello", "en", "Hello {{name}}!", ("{{name}}",)),
    ]
    with pytest.raises(SendFailed, match="id of the WhatsApp Business Account"):
        ABILITIES.templates(account(cloud, business_account=""))
    assert check(WhatsAppChannel, account(cloud))[-1].words == "2 templates can be sent from here."


def test_a_template_is_filled_part_by_part(cloud: WhatsAppStandIn) -> None:
    use = TemplateUse("order_update", "zh_CN", ("A-1", "A-1", "王\n小  明", "a1"))
    WhatsAppChannel(account(cloud)).send(outbound(template=use))
    assert cloud.taken[0].text == "王 小 明，您好！您的订单 A-1 已发货。"
    assert cloud.calls[-1].json()["template"] == {
        "name": "order_update",
        "language": {"code": "zh_CN"},
        "components": [
            {"type": "header", "parameters": [{"type": "text", "text": "A-1"}]},
            {"type": "body", "parameters": [{"type": "text", "text": "A-1"}, {"type": "text", "text": "王 小 明"}]},
            {"type": "button", "sub_type": "url", "index": "1", "parameters": [{"type": "text", "text": "a1"}]},
        ],
    }
    WhatsAppChannel(account(cloud)).send(outbound(template=TemplateUse("hello", "en", ("Ada",))))
    assert cloud.taken[1].text == "Hello Ada!"
    for unknown in (TemplateUse("hello", "fr", ("Ada",)), TemplateUse("hello", "en"), TemplateUse("nothing", "en")):
        with pytest.raises(SendFailed, match="does not know this template"):
            WhatsAppChannel(account(cloud)).send(outbound(template=unknown))


# Answers that are offered


def test_few_short_answers_are_buttons(cloud: WhatsAppStandIn) -> None:
    WhatsAppChannel(account(cloud)).send(outbound("Which?", quick_replies=("Red", "Blue")))
    assert cloud.calls[0].json()["interactive"] == {
        "type": "button",
        "body": {"text": "Which?"},
        "action": {
            "buttons": [
                {"type": "reply", "reply": {"id": "Red", "title": "Red"}},
                {"type": "reply", "reply": {"id": "Blue", "title": "Blue"}},
            ]
        },
    }


@pytest.mark.parametrize(
    ("text", "replies"),
    [
        ("Which?", ("1", "2", "3", "4")),
        ("Which?", ("A colour that has a very long name",)),
        ("x" * 1025, ("Yes", "No")),
        ("Which?", tuple(str(number) for number in range(12))),
    ],
)
def test_many_or_long_answers_are_a_list(cloud: WhatsAppStandIn, text: str, replies: tuple[str, ...]) -> None:
    WhatsAppChannel(account(cloud)).send(outbound(text, quick_replies=replies, language="de"))
    assert cloud.taken[0].text == text
    action = cloud.calls[0].json()["interactive"]["action"]
    assert [row["id"] for row in action["sections"][0]["rows"]] == list(replies[:10])
    assert action["button"] == "Choose"


# Small signs


def test_typing_and_reading_name_the_message(cloud: WhatsAppStandIn) -> None:
    assert ABILITIES.answering is not None
    assert ABILITIES.mark_read is not None
    ABILITIES.answering(account(cloud), "+972987654321", "wamid.1")
    ABILITIES.mark_read(account(cloud), "+972987654321", "wamid.2")
    assert cloud.shown == [
        {"status": "read", "message_id": "wamid.1", "typing_indicator": {"type": "text"}},
        {"status": "read", "message_id": "wamid.2"},
    ]


# What is said with the app on a phone


def echoed(**message: Any) -> list[Any]:
    message = {"from": "972123456789", "to": "972987654321", "id": "wamid.e1", "timestamp": "1697043223"} | message
    contact = {"wa_id": "972987654321", "user_id": BSUID, "profile": {"name": "Ada"}}
    document = call(field="smb_message_echoes", contacts=[contact], message_echoes=[message])
    return list(WhatsAppChannel(AccountConfig(2, "Shop", NUMBER, {}, {})).parse(delivery(document)))


def test_what_the_phone_said_is_an_echo_to_the_person() -> None:
    ada = Sender(BSUID, HandleKind.SOCIAL, name="Ada")
    assert echoed(type="text", text={"body": "On its way"}) == [Echo("wamid.e1", ada, "On its way", sent_at=AT)]
    by_id = {"to": "", "to_user_id": BSUID}
    assert echoed(type="text", text={"body": "x"}, **by_id)[0].recipient == ada
    picture = echoed(type="image", image={"id": "77", "mime_type": "image/jpeg"})[0]
    assert (picture.text, picture.attachments[0].name) == ("", "image.jpg")


def test_what_the_phone_changed_or_took_back_is_said() -> None:
    edit = {"original_message_id": "wamid.0", "message": {"type": "text", "text": {"body": "new"}}}
    assert echoed(type="edit", edit=edit) == [MessageEdited("wamid.0", "new", edited_at=AT)]
    assert echoed(type="revoke", revoke={"original_message_id": "wamid.0"}) == [MessageDeleted("wamid.0", AT)]
    assert echoed(type="reaction", reaction={"message_id": "wamid.0", "emoji": "👍"}) == []
    assert echoed(type="a_kind_of_tomorrow") == []


# A story


@pytest.fixture
def number(cloud: WhatsAppStandIn, db: None) -> ChannelAccount:
    cache.clear()
    settings = {"api_base": cloud.api_base, "business_account": BUSINESS}
    return make_account("whatsapp", address=NUMBER, credentials=SECRETS, settings=settings)


def test_the_window_closes_and_a_template_opens_the_way(
    client: Client, cloud: WhatsAppStandIn, number: ChannelAccount, rung: Any
) -> None:
    with rung():
        bring(client, number.token, cloud, cloud.message(text={"body": "Hello"}))
    conversation = Conversation.objects.get()
    cloud.is_late = True
    with clock.frozen(clock.now() + timedelta(hours=25)):
        with pytest.raises(InvalidInput):
            reply(conversation.pk, by=make_user(), text="Late", key=uuid4())
        with rung():
            use = TemplateUse("hello", "en", ("Ada",))
            answer = send_template(conversation.pk, by=make_user(), use=use, key=uuid4())
    assert (state(answer), answer.text, cloud.taken[0].text) == ("accepted", "Hello Ada!", "Hello Ada!")


def test_what_broke_off_is_known_by_its_receipt(
    client: Client, cloud: WhatsAppStandIn, number: ChannelAccount, rung: Any
) -> None:
    with rung():
        bring(client, number.token, cloud, cloud.message(text={"body": "Hello"}))
    cloud.hang_up()
    with rung():
        answer = reply(Conversation.objects.get().pk, by=make_user(), text="Hi", key=uuid4())
    assert state(answer) == "uncertain"
    sent = cloud.taken[0].external_id
    key = cloud.calls[-1].json()["biz_opaque_callback_data"]
    for status, shown in [("sent", "accepted"), ("delivered", "delivered")]:
        with rung():
            stranger = cloud.status("wamid.other=", status, biz_opaque_callback_data="somebody else's")
            bring(client, number.token, cloud, stranger)
            bring(client, number.token, cloud, cloud.status(sent, status, biz_opaque_callback_data=key))
        assert state(answer) == shown
    assert answer.dispatches.get().external_id == sent


def test_an_agent_who_types_and_reads_is_shown(
    client: Client, cloud: WhatsAppStandIn, number: ChannelAccount, rung: Any
) -> None:
    cache.clear()
    with rung():
        bring(client, number.token, cloud, cloud.message(text={"body": "Hello"}))
    conversation = Conversation.objects.get()
    with rung():
        signals.typing(conversation, by=make_user())
    with rung():
        signals.read(conversation)
    asked = conversation.messages.get(kind="customer").external_id
    assert [(sign["message_id"], "typing_indicator" in sign) for sign in cloud.shown] == [(asked, True), (asked, False)]


def test_an_answer_from_the_phone_is_shown_in_the_same_conversation(
    client: Client, cloud: WhatsAppStandIn, number: ChannelAccount, rung: Any
) -> None:
    with rung():
        bring(client, number.token, cloud, cloud.message(text={"body": "Hello"}))
    echo = {"from": "972123456789", "to": "972987654321", "id": "wamid.e1=", "timestamp": "1772600800", "type": "text"}
    change = cloud.call(message_echoes=[echo | {"text": {"body": "From the phone"}}])
    change["entry"][0]["changes"][0]["field"] = "smb_message_echoes"
    with rung():
        bring(client, number.token, cloud, change)
    answer = Conversation.objects.get().messages.get(kind="reply")
    assert (answer.text, answer.author) == ("From the phone", None)


def test_a_receipt_carries_our_key() -> None:
    status = {"id": "wamid.9", "status": "sent", "timestamp": "1697043223", "biz_opaque_callback_data": "3f1c"}
    channel = WhatsAppChannel(AccountConfig(2, "Shop", NUMBER, {}, {}))
    assert channel.parse(delivery(call(statuses=[status]))) == [
        Receipt("wamid.9", ReceiptState.ACCEPTED, AT, key="3f1c")
    ]
