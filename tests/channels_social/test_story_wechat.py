"""WeChat through the real door: a question, a picture, answers until the quota is used up, leaving and coming back."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from csplatform.common.errors import InvalidInput
from csplatform.contacts.models import Handle
from csplatform.conversations.models import Attachment, Conversation, Message
from csplatform.flows.reply import reply
from csplatform.flows.window import window_of
from csplatform.gateway.models import ChannelAccount, InboundDelivery
from tests.channels_social.test_story import content, state
from tests.channels_social.test_tencent import account_at
from tests.contract.samples import PNG
from tests.factories import make_user
from tests.platforms.wechat import FOLLOWER, WeChatStandIn

pytestmark = pytest.mark.django_db


@pytest.fixture
def wechat() -> Iterator[WeChatStandIn]:
    with WeChatStandIn() as stand_in:
        yield stand_in


@pytest.fixture
def account(wechat: WeChatStandIn) -> ChannelAccount:
    return account_at(wechat)


def bring(client: Client, account: ChannelAccount, wechat: WeChatStandIn, fields: Any, **changes: str) -> Any:
    """Let WeChat call the door."""
    query, body = wechat.sealed(fields)
    url = f"/hooks/{account.token}/?{urlencode(query | changes)}"
    return client.post(url, body, content_type="text/xml")


def test_question_pictures_and_the_end_of_the_quota(
    client: Client, wechat: WeChatStandIn, account: ChannelAccount, rung: Any
) -> None:
    question = wechat.text("我的订单到哪儿了？", at=1772600767)
    with rung():
        answers = [bring(client, account, wechat, question) for _try in range(3)]
    assert {(answer.status_code, answer.content) for answer in answers} == {(200, b"success")}
    conversation = Conversation.objects.get()
    assert conversation.messages.get(kind="customer").text == "我的订单到哪儿了？"
    assert conversation.contact.name == "老客户 Ada"

    wechat.media["in-1"] = ("in-1.png", "image/png", PNG, "image")
    with rung():
        bring(client, account, wechat, wechat.message("image", MediaId="in-1", PicUrl="http://mmbiz.example/x"))
    picture = Attachment.objects.get()
    assert (picture.content_type, content(picture), picture.error) == ("image/png", PNG, "")

    agent = make_user()
    with rung():
        files = [
            SimpleUploadedFile("图.png", PNG, "image/png"),
            SimpleUploadedFile("a.pdf", b"%PDF-1", "application/pdf"),
        ]
        answer = reply(conversation.pk, by=agent, text="在路上", key=uuid4(), files=files)
    assert state(answer) == "accepted"
    assert [taken.text for taken in wechat.taken[:2]] == ["在路上", ""]
    assert wechat.taken[1].files == (("图.png", PNG),)
    assert wechat.taken[2].text.startswith("📎 a.pdf\nhttp")

    for _number in range(2):
        with rung():
            reply(conversation.pk, by=agent, text="还有", key=uuid4())
    assert window_of(conversation).left == 0
    with pytest.raises(InvalidInput), rung():
        reply(conversation.pk, by=agent, text="once more", key=uuid4())
    with rung():
        bring(client, account, wechat, wechat.text("谢谢"))
    assert window_of(conversation).left == 5
    assert len(wechat.taken) == 5
    assert Message.objects.filter(state="failed").count() == 0


def test_whoever_leaves_is_not_written_to_until_they_are_back(
    client: Client, wechat: WeChatStandIn, account: ChannelAccount, rung: Any
) -> None:
    with rung():
        bring(client, account, wechat, wechat.text("Hello"))
    with rung():
        bring(client, account, wechat, wechat.event("unsubscribe"))
    handle = Handle.objects.get(external_id=FOLLOWER)
    assert handle.paused_reason == "The customer no longer follows this WeChat account."
    with rung():
        bring(client, account, wechat, wechat.event("subscribe", EventKey=""))
    handle.refresh_from_db()
    assert handle.paused_at is None
    assert set(InboundDelivery.objects.values_list("state", flat=True)) == {"done"}


@pytest.mark.parametrize("changes", [{"msg_signature": ""}, {"msg_signature": "0" * 40}, {"timestamp": "1772600767"}])
def test_what_is_not_signed_leaves_nothing(
    client: Client, wechat: WeChatStandIn, account: ChannelAccount, changes: dict[str, str]
) -> None:
    assert bring(client, account, wechat, wechat.text("x"), **changes).status_code == 403
    assert not InboundDelivery.objects.exists()


def test_wechat_may_test_the_address(client: Client, wechat: WeChatStandIn, account: ChannelAccount) -> None:
    query = wechat.signed_query() | {"echostr": "5837397576500011341"}
    answer = client.get(f"/hooks/{account.token}/", query)
    assert (answer.status_code, answer.content) == (200, b"5837397576500011341")
    assert client.get(f"/hooks/{account.token}/", query | {"nonce": "1"}).status_code == 403
