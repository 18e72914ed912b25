"""From a signed call to the inbox and back to the platform, through the doors that production uses."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import Settings

from csplatform.contacts.models import Contact
from csplatform.conversations.models import Attachment, Conversation, Message
from csplatform.flows.reply import reply
from csplatform.gateway.models import ChannelAccount, InboundDelivery
from tests.contract.platform import Taken
from tests.contract.samples import PNG
from tests.factories import make_account, make_user
from tests.platforms.base import StandIn
from tests.platforms.telegram import SECRET, TOKEN, TelegramStandIn
from tests.platforms.whatsapp import ACCESS_TOKEN, APP_SECRET, NUMBER, WhatsAppStandIn

CORPUS = Path(__file__).parents[3] / "shared" / "corpora" / "social" / "whatsapp"
BSUID = "US.13491208655302741918"

pytestmark = pytest.mark.django_db


@pytest.fixture
def cloud() -> Iterator[WhatsAppStandIn]:
    with WhatsAppStandIn() as stand_in:
        yield stand_in


@pytest.fixture
def bot() -> Iterator[TelegramStandIn]:
    with TelegramStandIn() as stand_in:
        yield stand_in


@pytest.fixture
def number(cloud: WhatsAppStandIn) -> ChannelAccount:
    """A WhatsApp account at the stand-in."""
    secrets = {"access_token": ACCESS_TOKEN, "app_secret": APP_SECRET, "verify_token": "our word"}
    return make_account("whatsapp", address=NUMBER, credentials=secrets, settings={"api_base": cloud.api_base})


@pytest.fixture
def chat_bot(bot: TelegramStandIn) -> ChannelAccount:
    """A Telegram account at the stand-in."""
    secrets = {"bot_token": TOKEN, "webhook_secret": SECRET}
    return make_account("telegram", address="@shop_bot", credentials=secrets, settings={"api_base": bot.url})


def corpus(file: str, case: str) -> Any:
    path = CORPUS / f"{file}.json"
    if not path.is_file():
        pytest.skip("../shared/corpora is absent")
    return json.loads(path.read_text())[case]


def bring(client: Client, token: str, platform: StandIn, document: Any, **headers: str) -> int:
    """Let the platform call a door; returns the answer's status."""
    body = json.dumps(document, ensure_ascii=False).encode()
    signed = platform.signed_headers(body) | headers
    return client.post(f"/hooks/{token}/", body, content_type="application/json", headers=signed).status_code


def test_whatsapp_question_answer_and_receipts(
    client: Client, cloud: WhatsAppStandIn, number: ChannelAccount, rung: Any
) -> None:
    with rung():
        assert bring(client, number.token, cloud, corpus("message", "text")) == 200
    conversation = Conversation.objects.get()
    assert (conversation.account, conversation.handle.external_id) == (number, BSUID)
    assert conversation.contact.name == "Test Name"
    question = conversation.messages.get(kind="customer")
    assert (question.text, question.external_id) == ("Body Text", "wamid.xyzxyz")

    with rung():
        answer = reply(conversation.pk, by=make_user(), text="您的订单在路上 🚚", key=uuid4())
    (sent,) = cloud.taken
    assert cloud.calls[0].json() == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "biz_opaque_callback_data": str(answer.dispatches.get().key),
        "recipient": BSUID,
        "type": "text",
        "text": {"body": "您的订单在路上 🚚"},
    }
    assert state(answer) == "accepted"

    for status, shown in [("delivered", "delivered"), ("read", "read"), ("delivered", "read"), ("sent", "read")]:
        with rung():
            assert bring(client, number.token, cloud, cloud.status(sent.external_id, status)) == 200
        assert state(answer) == shown
    assert set(InboundDelivery.objects.values_list("state", flat=True)) == {"done"}


def test_whatsapp_reply_that_fails_later_says_why(
    client: Client, cloud: WhatsAppStandIn, number: ChannelAccount, rung: Any
) -> None:
    with rung():
        bring(client, number.token, cloud, cloud.message(text={"body": "Hello"}))
    with rung():
        answer = reply(Conversation.objects.get().pk, by=make_user(), text="Hi", key=uuid4())
    error = {"code": 131026, "title": "Message undeliverable"}
    with rung():
        bring(client, number.token, cloud, cloud.status(cloud.taken[0].external_id, "failed", errors=[error]))
    assert state(answer) == "failed"
    assert answer.state_reason.startswith("WhatsApp cannot reach this customer")


def test_whatsapp_picture_comes_in_and_goes_out(
    client: Client, cloud: WhatsAppStandIn, number: ChannelAccount, rung: Any
) -> None:
    cloud.media["65463453"] = ("", "image/png", PNG)
    with rung():
        bring(client, number.token, cloud, corpus("message", "image"))
    picture = Attachment.objects.get()
    assert (picture.content_type, content(picture), picture.error) == ("image/png", PNG, "")

    with rung():
        upload = SimpleUploadedFile("图.png", PNG, "image/png")
        reply(Conversation.objects.get().pk, by=make_user(), text="like this", key=uuid4(), files=[upload])
    assert cloud.taken == [Taken(cloud.taken[0].external_id, BSUID, "like this", (("图.png", PNG),))]


def test_customer_who_hides_the_number_stays_one_contact(
    client: Client, cloud: WhatsAppStandIn, number: ChannelAccount, rung: Any
) -> None:
    hidden = corpus("message", "text")
    value = hidden["entry"][0]["changes"][0]["value"]
    value["contacts"] = [{"profile": {"username": "ada99"}, "user_id": BSUID}]
    value["messages"][0] |= {"id": "wamid.later", "from_user_id": BSUID}
    del value["messages"][0]["from"]
    with rung():
        bring(client, number.token, cloud, corpus("message", "text"))
        bring(client, number.token, cloud, hidden)
    assert Contact.objects.count() == 1
    assert Conversation.objects.get().messages.filter(kind="customer").count() == 2


def test_same_webhook_ten_times_is_one_message(
    client: Client, cloud: WhatsAppStandIn, number: ChannelAccount, rung: Any
) -> None:
    document = cloud.message(text={"body": "Hello"})
    with rung():
        assert [bring(client, number.token, cloud, document) for _time in range(10)] == [200] * 10
    assert Message.objects.filter(kind="customer").count() == 1
    assert Contact.objects.count() == 1
    assert list(InboundDelivery.objects.values_list("state", flat=True)) == ["done"] * 10


@pytest.mark.parametrize("platform", ["whatsapp", "telegram"])
@pytest.mark.parametrize(
    ("case", "status"), [("forged", 403), ("unsigned", 403), ("unknown token", 404), ("oversized", 413)]
)
def test_what_is_refused_leaves_nothing(
    client: Client, settings: Settings, request: pytest.FixtureRequest, platform: str, case: str, status: int
) -> None:
    stand_in = request.getfixturevalue({"whatsapp": "cloud", "telegram": "bot"}[platform])
    account = request.getfixturevalue({"whatsapp": "number", "telegram": "chat_bot"}[platform])
    document = stand_in.message(text={"body": "x"}) if platform == "whatsapp" else stand_in.message("x")
    header = {"whatsapp": "X-Hub-Signature-256", "telegram": "X-Telegram-Bot-Api-Secret-Token"}[platform]
    headers = {"forged": {header: "sha256=" + "0" * 64}, "unsigned": {header: ""}}.get(case, {})
    if case == "oversized":
        document["padding"] = "x" * settings.MAX_WEBHOOK_BYTES
    token = "no-such-token" if case == "unknown token" else account.token
    assert bring(client, token, stand_in, document, **headers) == status
    assert not InboundDelivery.objects.exists()
    assert not Message.objects.exists()


def test_call_for_a_number_without_account_is_quarantined(
    client: Client, cloud: WhatsAppStandIn, number: ChannelAccount, rung: Any
) -> None:
    document = cloud.message(text={"body": "Hello"})
    document["entry"][0]["changes"][0]["value"]["metadata"]["phone_number_id"] = "999"
    with rung():
        assert bring(client, number.token, cloud, document) == 200
    delivery = InboundDelivery.objects.get()
    assert (delivery.state, "phone number id 999" in delivery.error) == ("quarantined", True)
    assert not Message.objects.exists()


def test_meta_may_test_the_address(client: Client, number: ChannelAccount) -> None:
    query = {"hub.mode": "subscribe", "hub.challenge": "1158201444", "hub.verify_token": "our word"}
    answer = client.get(f"/hooks/{number.token}/", query)
    assert (answer.status_code, answer.content) == (200, b"1158201444")
    assert client.get(f"/hooks/{number.token}/", query | {"hub.verify_token": "guess"}).status_code == 403


def test_telegram_text_and_photo_in_and_image_out(
    client: Client, bot: TelegramStandIn, chat_bot: ChannelAccount, rung: Any
) -> None:
    bot.files["AgACphoto"] = PNG
    with rung():
        assert bring(client, chat_bot.token, bot, bot.message("これは何ですか")) == 200
        photo = bot.message(photo=[{"file_id": "thumb"}, {"file_id": "AgACphoto"}], caption="この写真です")
        assert bring(client, chat_bot.token, bot, photo) == 200
    conversation = Conversation.objects.get()
    said = conversation.messages.filter(kind="customer").order_by("seq")
    assert [message.text for message in said] == ["これは何ですか", "この写真です"]
    picture = Attachment.objects.get()
    assert (picture.message, picture.content_type, content(picture)) == (said[1], "image/png", PNG)

    with rung():
        upload = SimpleUploadedFile("answer.png", PNG, "image/png")
        answer = reply(conversation.pk, by=make_user(), text="こちらです", key=uuid4(), files=[upload])
    (taken,) = bot.taken
    assert (taken.recipient, taken.text, taken.files) == ("5551", "こちらです", (("answer.png", PNG),))
    assert bot.calls[-1].path.endswith("/sendPhoto")
    assert state(answer) == "accepted"
    assert answer.dispatches.get().external_id == taken.external_id


def test_telegram_edit_changes_the_message(
    client: Client, bot: TelegramStandIn, chat_bot: ChannelAccount, rung: Any
) -> None:
    first = bot.message("order 1234")
    edited = first["message"] | {"text": "order 1235", "edit_date": first["message"]["date"] + 30}
    with rung():
        bring(client, chat_bot.token, bot, first)
    with rung():
        bring(client, chat_bot.token, bot, bot.update(edited_message=edited))
    message = Message.objects.get(kind="customer")
    assert (message.text, message.edited_at is not None) == ("order 1235", True)


def test_telegram_blocked_bot_is_said(
    client: Client, bot: TelegramStandIn, chat_bot: ChannelAccount, rung: Any
) -> None:
    with rung():
        bring(client, chat_bot.token, bot, bot.message("bye"))
    bot.refuse()
    with rung():
        answer = reply(Conversation.objects.get().pk, by=make_user(), text="Wait!", key=uuid4())
    assert state(answer) == "failed"
    assert answer.state_reason == "The customer has blocked this bot, or never started it."


def content(attachment: Attachment) -> bytes:
    with attachment.file.open("rb") as file:
        return bytes(file.read())


def state(message: Message) -> str:
    message.refresh_from_db()
    return message.state
