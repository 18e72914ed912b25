"""“Received” is said once, to a person, in their language, and only where the account wants it."""

from typing import Any

import pytest

from csplatform.conversations.models import Message
from csplatform.gateway.models import ChannelAccount
from csplatform.knowledge.models import SystemText
from csplatform.sla.models import Clock
from tests.factories import make_account, say
from tests.loopback import LoopbackChannel

pytestmark = pytest.mark.django_db


@pytest.fixture
def account() -> ChannelAccount:
    SystemText.objects.create(key="received", body_en="We have your message.", body_zh_hans="我们已收到您的消息。")
    return make_account(acknowledge=True)


@pytest.mark.parametrize(
    ("text", "answer", "language"),
    [
        ("Where is my order? I have been waiting for a week.", "We have your message.", "en"),
        ("我的充值还没有到账，请帮我查一下", "我们已收到您的消息。", "zh-Hans"),
        ("我的儲值還沒有到帳，請幫我查一下", "我们已收到您的消息。", "zh-Hans"),
        ("Où est ma commande ? J'attends depuis une semaine.", "We have your message.", "en"),
    ],
)
def test_new_conversation_is_acknowledged_in_its_language(
    account: ChannelAccount, rung: Any, text: str, answer: str, language: str
) -> None:
    with rung():
        say(account, text)
        say(account, text)
    (sent,) = LoopbackChannel.sent
    assert (sent.text, sent.language, sent.automatic) == (answer, language, True)
    message = Message.objects.get(kind="automatic")
    assert (message.state, message.is_machine, message.author) == ("accepted", True, None)


def test_where_everybody_reads_nothing_is_acknowledged(account: ChannelAccount, rung: Any) -> None:
    with rung():
        conversation = say(account, sender="public:1:ada", kind="public").conversation
    assert conversation.handle.kind == "public"
    assert LoopbackChannel.sent == []
    assert not Message.objects.filter(kind="automatic").exists()


def test_acknowledgement_is_no_first_response(account: ChannelAccount) -> None:
    conversation = say(account).conversation
    conversation.refresh_from_db()
    assert conversation.waiting_since is not None
    assert set(Clock.objects.filter(conversation=conversation).values_list("kind", "state")) == {
        ("first_response", "running"),
        ("resolution", "running"),
        ("queue", "running"),
    }


@pytest.mark.parametrize("fields", [{"automatic": True}, {"bulk": True}])
def test_machines_and_lists_are_not_answered(account: ChannelAccount, rung: Any, fields: dict[str, bool]) -> None:
    with rung():
        say(account, **fields)
    assert LoopbackChannel.sent == []


def test_account_may_keep_quiet(account: ChannelAccount, rung: Any) -> None:
    with rung():
        say(make_account())
    assert LoopbackChannel.sent == []


def test_text_that_was_never_written_is_not_sent(rung: Any) -> None:
    with rung():
        say(make_account(acknowledge=True))
    assert LoopbackChannel.sent == []
