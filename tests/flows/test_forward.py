"""A forward goes to somebody else, with the files, and answers nobody."""

from typing import Any
from uuid import uuid4

import pytest

from csplatform.common.errors import InvalidInput
from csplatform.flows.recipients import Recipients
from csplatform.flows.reply import forward, reply
from csplatform.gateway.contract import FileBytes, InboundAttachment
from csplatform.knowledge.models import Signature
from csplatform.sla.models import Clock, ClockState
from tests.factories import make_account, make_user, say
from tests.loopback import LoopbackChannel

pytestmark = pytest.mark.django_db

BANK = Recipients(to=("Desk@bank.example",))


def test_forward(rung: Any) -> None:
    account, agent = make_account("copying"), make_user(name="Mei")
    file = InboundAttachment("bill.txt", "text/plain", FileBytes(b"the bill"))
    asked = say(account, "My card", sender="ada@customer.example", name="Ada", subject="Card", attachments=(file,))
    with rung():
        sent_on = forward(asked.conversation_id, asked.pk, by=agent, text="Please look", key=uuid4(), recipients=BANK)
    (sent,) = LoopbackChannel.sent
    assert (sent.reply_to, sent.thread_refs) == ("", ())
    assert (sent.recipient, sent.subject, sent.text) == ("desk@bank.example", "Fwd: Card", "Please look")
    assert [(quoted.author, quoted.text) for quoted in sent.quoted] == [("Ada", "My card")]
    assert [(one.name, one.open()) for one in sent.attachments] == [("bill.txt", b"the bill")]
    assert sent_on.kind == "forward"
    conversation = asked.conversation
    conversation.refresh_from_db()
    assert conversation.waiting_since is not None
    assert conversation.handle.external_id == "ada@customer.example"
    assert Clock.objects.get(conversation=conversation, kind="first_response").state == ClockState.RUNNING

    answer = say(account, "It is fine", sender="desk@bank.example", thread_refs=(f"out-{sent.key}",))
    assert answer.conversation == conversation
    with rung():
        reply(conversation.pk, by=agent, text="It is fine", key=uuid4())
    assert (LoopbackChannel.sent[-1].recipient, LoopbackChannel.sent[-1].cc) == ("ada@customer.example", ())


def test_same_key_forwards_once(rung: Any) -> None:
    asked, agent, key = say(make_account("copying"), sender="ada@customer.example"), make_user(), uuid4()
    for _again in range(2):
        with rung():
            forward(asked.conversation_id, asked.pk, by=agent, text="", key=key, recipients=BANK)
    assert len(LoopbackChannel.sent) == 1


def test_chat_is_not_forwarded() -> None:
    asked = say(make_account(), sender="ada")
    with pytest.raises(InvalidInput):
        forward(asked.conversation_id, asked.pk, by=make_user(), text="", key=uuid4(), recipients=BANK)


def test_message_of_another_conversation_is_not_forwarded() -> None:
    account = make_account("copying")
    one, other = (say(account, sender=f"{name}@customer.example") for name in ("ada", "bob"))
    with pytest.raises(InvalidInput):
        forward(one.conversation_id, other.pk, by=make_user(), text="", key=uuid4(), recipients=BANK)


def test_signature_of_the_account_in_the_customers_language(rung: Any) -> None:
    account, agent = make_account("copying", name="Wallet"), make_user(name="Mei")
    Signature.objects.create(body_en="General desk")
    Signature.objects.create(account=account, body_en="{{agent.name}}, Wallet", body_zh_hans="{{agent.name}}，钱包客服")
    chinese = say(account, "我的充值还没有到账，请帮我查一下", sender="li@customer.example").conversation
    english = say(
        make_account("copying"), "Where is my order? I wait for it", sender="ada@customer.example"
    ).conversation
    with rung():
        reply(chinese.pk, by=agent, text="好的", key=uuid4())
        reply(english.pk, by=agent, text="Soon", key=uuid4())
    assert [sent.signature for sent in LoopbackChannel.sent] == ["Mei，钱包客服", "General desk"]
