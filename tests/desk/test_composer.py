"""Answering from the desk: once per key, refused with a reason, prepared texts in the customer's language."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from csplatform.common import clock
from csplatform.conversations.models import Conversation, Message, MessageState, Status
from csplatform.gateway.errors import SendFailed
from csplatform.gateway.models import ChannelAccount
from csplatform.knowledge.models import CannedReply
from csplatform.people.models import User
from tests.desk.conftest import HTMX, lines_in, text_of
from tests.factories import make_team, say
from tests.loopback import LoopbackChannel

pytestmark = pytest.mark.django_db


@pytest.fixture
def conversation(account: ChannelAccount) -> Conversation:
    return say(account, "我的订单还没有到，请帮我查一下。", sender="ming", name="王小明").conversation


def send(desk: Client, conversation: Conversation, text: str = "您好", *, key: UUID | None = None, **data: Any) -> Any:
    revision = Conversation.objects.get(pk=conversation.pk).revision
    fields = {"text": text, "key": str(key or uuid4()), "mode": "reply", "revision": revision} | data
    return desk.post(f"/inbox/c/{conversation.pk}/send/", fields, headers=HTMX)


def said(kind: str) -> list[str]:
    return list(Message.objects.filter(kind=kind).order_by("seq").values_list("text", flat=True))


def test_a_reply_goes_out_and_comes_back_as_a_line(desk: Client, conversation: Conversation, rung: Any) -> None:
    key = uuid4()
    with rung():
        response = send(desk, conversation, "您好，\r\n马上查。", key=key)
    assert [message.text for message in LoopbackChannel.sent] == ["您好，\n马上查。"]
    message = Message.objects.get(kind="reply")
    assert (message.key, message.author_id is not None) == (key, True)
    assert message.pk in lines_in(response)
    assert response["X-Sent"] == str(key)


def test_the_same_submission_three_times_is_one_message(desk: Client, conversation: Conversation) -> None:
    key = uuid4()
    answers = [send(desk, conversation, key=key) for _ in range(3)]
    assert said("reply") == ["您好"]
    assert {answer["X-Sent"] for answer in answers} == {str(key)}


def test_send_and_resolve(desk: Client, conversation: Conversation) -> None:
    send(desk, conversation, then="resolve")
    assert Conversation.objects.get().status == Status.RESOLVED
    assert said("reply") == ["您好"]


def test_a_note_stays_inside(desk: Client, conversation: Conversation, rung: Any) -> None:
    with rung():
        send(desk, conversation, "ask the warehouse", mode="note", then="resolve")
    assert (said("note"), said("reply"), LoopbackChannel.sent) == (["ask the warehouse"], [], [])
    assert Conversation.objects.get().status == Status.OPEN


def test_files_go_along(desk: Client, conversation: Conversation) -> None:
    files = [SimpleUploadedFile("发票.pdf", b"%PDF-1.4 x"), SimpleUploadedFile("b.txt", b"hello")]
    send(desk, conversation, "see attached", files=files)
    message = Message.objects.get(kind="reply")
    assert [(file.name, file.size) for file in message.attachments.all()] == [("发票.pdf", 10), ("b.txt", 5)]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ({"text": "  \n"}, "An empty answer cannot be sent."),
        ({"text": "", "mode": "note"}, "An empty note says nothing."),
        ({"key": "not-a-key"}, "out of date"),
        ({"revision": "-1"}, "out of date"),
        ({"files": SimpleUploadedFile("empty.txt", b"")}, "is empty"),
    ],
)
def test_a_refusal_keeps_everything_as_it_was(
    desk: Client, conversation: Conversation, data: dict[str, Any], reason: str
) -> None:
    before = Conversation.objects.values().get(), Message.objects.count()
    fields = {"text": "hi", "key": str(uuid4()), "mode": "reply", "revision": "0"} | data
    response = desk.post(f"/inbox/c/{conversation.pk}/send/", fields, headers=HTMX)
    assert (response.status_code, response["HX-Reswap"], "X-Sent" in response) == (422, "none", False)
    assert reason in text_of(response)
    assert (Conversation.objects.values().get(), Message.objects.count()) == before


def test_a_closed_reply_window_is_said_and_enforced(
    desk: Client, conversation: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dataclasses import replace

    narrow = replace(LoopbackChannel.abilities, reply_window=timedelta(hours=24))
    monkeypatch.setattr(LoopbackChannel, "abilities", narrow)
    with clock.frozen(clock.now() + timedelta(hours=25)):
        assert "takes no free answers" in text_of(desk.get(f"/inbox/c/{conversation.pk}/"))
        assert send(desk, conversation).status_code == 422
        assert send(desk, conversation, "call them", mode="note").status_code == 200
    assert said("reply") == []


def test_trying_again_after_a_failure(desk: Client, conversation: Conversation, rung: Any) -> None:
    LoopbackChannel.outcomes.append(SendFailed("no such user"))
    with rung():
        send(desk, conversation)
    message = Message.objects.get(kind="reply")
    assert (message.state, message.state_reason) == (MessageState.FAILED, "no such user")
    with rung():
        response = desk.post(f"/inbox/m/{message.pk}/retry/", {"revision": "0"}, headers=HTMX)
    assert message.pk in lines_in(response)
    message.refresh_from_db()
    assert message.state == MessageState.ACCEPTED
    again = desk.post(f"/inbox/m/{message.pk}/retry/", {"revision": "0"}, headers=HTMX)
    assert again.status_code == 422


def test_prepared_texts_come_in_the_customers_language(desk: Client, conversation: Conversation, ana: User) -> None:
    CannedReply.objects.create(
        shortcut="hello",
        title_en="Hello",
        body_en="Hello {{ contact.name }}, this is {{ agent.name }}.",
        body_zh_hans="{{ contact.name }}，您好，我是{{ agent.name }}。",
    )
    CannedReply.objects.create(shortcut="secret", title_en="Secret", body_en="x", team=make_team())
    Conversation.objects.update(language="zh-Hans")
    shown = text_of(desk.get(f"/inbox/c/{conversation.pk}/canned/", headers=HTMX))
    assert 'data-text="王小明，您好，我是Ana Torres。"' in shown
    assert "secret" not in shown
    assert "No canned reply matches" in text_of(desk.get(f"/inbox/c/{conversation.pk}/canned/?q=zzz", headers=HTMX))


def test_sending_works_without_a_script(desk: Client, conversation: Conversation) -> None:
    fields = {"text": "hi", "key": str(uuid4()), "mode": "reply"}
    response = desk.post(f"/inbox/c/{conversation.pk}/send/", fields)
    assert response["Location"] == f"/inbox/c/{conversation.pk}/"
    assert said("reply") == ["hi"]
