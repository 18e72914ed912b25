"""WeCom through the real door: a ring, what is fetched then, answers, a colleague's answer, taking back, failing."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from channels_social.wecom import sync
from csplatform.conversations.models import Attachment, Conversation, Message
from csplatform.doors import polling
from csplatform.flows.reply import reply
from csplatform.flows.window import window_of
from csplatform.gateway.models import ChannelAccount, InboundDelivery
from tests.channels_social.test_story import content, state
from tests.contract.samples import PNG
from tests.factories import make_account, make_user
from tests.platforms.tencent import AES_KEY, TOKEN
from tests.platforms.wecom import CORPORATION, CUSTOMER, KF, SECRET, WeComStandIn

pytestmark = pytest.mark.django_db


@pytest.fixture
def wecom() -> Iterator[WeComStandIn]:
    with WeComStandIn() as stand_in:
        yield stand_in


@pytest.fixture
def account(wecom: WeComStandIn) -> ChannelAccount:
    secrets = {"secret": SECRET, "token": TOKEN, "aes_key": AES_KEY}
    settings = {"corp_id": CORPORATION, "api_base": wecom.url}
    return make_account("wecom", address=KF, credentials=secrets, settings=settings)


@pytest.fixture
def ring(client: Client, wecom: WeComStandIn, account: ChannelAccount, rung: Any) -> Any:
    """Let WeCom ring at the door."""

    def at_the_door(fields: dict[str, Any] | None = None, **changes: str) -> Any:
        query, body = wecom.sealed(fields or wecom.ring())
        with rung():
            return client.post(f"/hooks/{account.token}/?{urlencode(query | changes)}", body, content_type="text/xml")

    return at_the_door


def asked(wecom: WeComStandIn) -> list[Any]:
    return [call.json() for call in wecom.calls if call.path.endswith("sync_msg")]


def said() -> list[tuple[str, str]]:
    messages = Message.objects.filter(kind__in=["customer", "reply"]).order_by("seq")
    return list(messages.values_list("kind", "text"))


def test_question_and_answers_until_it_is_taken_back(
    wecom: WeComStandIn, account: ChannelAccount, ring: Any, rung: Any
) -> None:
    first = wecom.say("发票在哪里？")
    answer = ring()
    assert (answer.status_code, answer.content) == (200, b"success")
    conversation = Conversation.objects.get()
    assert (conversation.contact.name, said()) == ("小艾", [("customer", "发票在哪里？")])
    assert "token" in asked(wecom)[0]

    agent = make_user()
    with rung():
        upload = SimpleUploadedFile("发票.png", PNG, "image/png")
        reply(conversation.pk, by=agent, text="请看", key=uuid4(), files=[upload])
    assert [(taken.text, taken.files) for taken in wecom.taken] == [("请看", ()), ("", (("发票.png", PNG),))]
    assert window_of(conversation).left == 3

    wecom.media["f-1"] = ("合同.pdf", "application/octet-stream", b"%PDF-1.7", "file")
    wecom.happen("file", {"media_id": "f-1"})
    wecom.happen("text", {"content": "我来看一下"}, origin=5)
    ring()
    file = Attachment.objects.get(message__kind="customer")
    assert (file.name, content(file)) == ("合同.pdf", b"%PDF-1.7")
    assert said()[-1] == ("reply", "我来看一下")

    wecom.event("user_recall_msg", recall_msgid=first)
    ring()
    taken_back = Message.objects.get(external_id=first)
    assert (taken_back.text, taken_back.deleted_at is not None) == ("", True)
    assert set(InboundDelivery.objects.values_list("state", flat=True)) == {"done"}


def test_answer_that_fails_afterwards_says_why(wecom: WeComStandIn, ring: Any, rung: Any) -> None:
    wecom.say("Hello")
    ring()
    with rung():
        answer = reply(Conversation.objects.get().pk, by=make_user(), text="Hi", key=uuid4())
    assert state(answer) == "accepted"
    wecom.event("msg_send_fail", fail_msgid=wecom.taken[0].external_id, fail_type=10)
    ring()
    assert state(answer) == "failed"
    assert answer.state_reason == "The customer does not accept messages of this account."


def test_doubtful_send_is_found_out_by_its_id(wecom: WeComStandIn, ring: Any, rung: Any) -> None:
    wecom.say("Hello")
    ring()
    wecom.hang_up()
    with rung():
        answer = reply(Conversation.objects.get().pk, by=make_user(), text="Hi", key=uuid4())
    assert state(answer) == "uncertain"
    wecom.event("msg_send_fail", fail_msgid=wecom.taken[0].external_id, fail_type=4)
    ring()
    assert state(answer) == "failed"


def test_pages_are_fetched_to_the_end_even_past_an_empty_one(
    wecom: WeComStandIn, account: ChannelAccount, ring: Any
) -> None:
    wecom.page, wecom.hesitates = 2, True
    for number in range(5):
        wecom.say(f"Line {number}")
    ring()
    assert [text for _kind, text in said()] == [f"Line {number}" for number in range(5)]
    assert [question.get("cursor") for question in asked(wecom)] == [None, "at-0", "at-2", "at-4"]
    account.refresh_from_db()
    assert account.cursor["cursor"] == "at-5"


def test_repeated_rings_bring_nothing_twice(wecom: WeComStandIn, account: ChannelAccount, ring: Any) -> None:
    wecom.say("Hello")
    call = wecom.ring()
    for _time in range(3):
        ring(call)
    ChannelAccount.objects.filter(pk=account.pk).update(cursor={})
    ring()
    assert said() == [("customer", "Hello")]


def test_lost_ring_is_made_up_for_and_nobody_is_asked_without_need(
    wecom: WeComStandIn, account: ChannelAccount, rung: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    wecom.say("Is anybody there?")
    for _time in range(3):
        with rung():
            polling.poll(account.pk)
    assert said() == [("customer", "Is anybody there?")]
    assert len(asked(wecom)) == 1
    assert "token" not in asked(wecom)[0]
    monkeypatch.setattr(sync, "SWEEP", timedelta())
    polling.poll(account.pk)
    assert len(asked(wecom)) == 2
    account.refresh_from_db()
    assert account.last_error == "WeCom was called too often and takes no more for now."


def test_ring_for_another_account_is_set_aside(wecom: WeComStandIn, ring: Any) -> None:
    assert ring(wecom.ring(open_kfid="wkOther")).status_code == 200
    delivery = InboundDelivery.objects.get()
    assert (delivery.state, "wkOther has no account" in delivery.error) == ("quarantined", True)


def test_unsigned_ring_leaves_nothing(wecom: WeComStandIn, ring: Any) -> None:
    wecom.say("Hello")
    assert ring(msg_signature="0" * 40).status_code == 403
    assert not InboundDelivery.objects.exists()
    assert asked(wecom) == []
    assert CUSTOMER in wecom.left
