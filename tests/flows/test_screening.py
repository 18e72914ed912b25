"""What begins as spam, why the history says so, and who is blocked."""

from typing import Any
from uuid import uuid4

import pytest
from django.utils import translation

from csplatform.automation.models import ScreeningRule
from csplatform.common.errors import InvalidInput
from csplatform.conversations.actors import Actor
from csplatform.conversations.models import Conversation, Dispatch, EventVerb, Message, Status
from csplatform.desk.history import sentence
from csplatform.flows import block, status
from csplatform.flows.reply import reply
from csplatform.gateway.contract import HandleKind
from csplatform.knowledge.models import SystemText
from csplatform.sla.models import Clock
from tests.factories import make_account, make_user, say

pytestmark = pytest.mark.django_db


def told(conversation: Conversation) -> list[tuple[str, dict[str, Any]]]:
    lines = conversation.messages.filter(kind="event").order_by("seq")
    return [
        (line.verb, {name: value for name, value in line.data.items() if name != "actor"})
        for line in lines
        if line.verb != EventVerb.OPENED
    ]


def sentences(conversation: Conversation) -> list[str]:
    with translation.override("en"):
        lines = conversation.messages.filter(kind="event").select_related("author").order_by("seq")
        return [sentence(line, conversation) for line in lines]


def mail(account: Any, sender: str, text: str = "Hello", **fields: Any) -> Conversation:
    return say(account, text, sender=sender, kind=HandleKind.EMAIL, **fields).conversation


def test_a_rule_makes_spam_that_starts_nothing_and_keeps_everything() -> None:
    SystemText.objects.update_or_create(key="received", defaults={"body": "Received"})
    account = make_account("threaded", acknowledge=True)
    rule = ScreeningRule.objects.create(name="Pills", field="text", operator="contains", value="pills")
    conversation = mail(account, "eve@evil.example", "cheap PILLS here")
    assert conversation.status == Status.SPAM
    assert conversation.messages.get(kind="customer").text == "cheap PILLS here"
    assert told(conversation) == [(EventVerb.SPAM, {"reason": "rule", "rule": "Pills", "rule_id": rule.pk})]
    assert sentences(conversation)[-1] == "The rule “Pills” took the message for spam"
    assert not Clock.objects.exists()
    assert not Dispatch.objects.exists()
    ordinary = mail(account, "ada@customer.example")
    assert ordinary.status == Status.OPEN
    assert Dispatch.objects.filter(conversation=ordinary).exists()


def test_a_filters_score_makes_spam() -> None:
    conversation = mail(make_account(), "eve@evil.example", spam=True, metadata={"spam_score": 9.5})
    assert (conversation.status, told(conversation)) == (
        Status.SPAM, [(EventVerb.SPAM, {"reason": "score", "score": 9.5})],
    )  # fmt: skip
    assert sentences(conversation)[-1] == "The mail server's filter took the message for spam"


def test_whoever_is_allowed_is_heard() -> None:
    ScreeningRule.objects.create(name="Ada", field="address", value="ada@customer.example", action="allow")
    assert mail(make_account(), "ada@customer.example", spam=True).status == Status.OPEN


def test_hits_are_counted_when_the_message_is_there(rung: Any) -> None:
    rule = ScreeningRule.objects.create(name="Pills", field="text", operator="contains", value="pills")
    with rung():
        mail(make_account(), "eve@evil.example", "pills")
    rule.refresh_from_db()
    assert rule.hits == 1


def test_a_conversation_under_way_is_not_lost_to_a_rule() -> None:
    account = make_account()
    conversation = mail(account, "ada@customer.example")
    ScreeningRule.objects.create(name="Pills", field="text", operator="contains", value="pills")
    assert mail(account, "ada@customer.example", "Which pills?").pk == conversation.pk
    conversation.refresh_from_db()
    assert conversation.status == Status.OPEN


def test_a_blocked_contact_is_heard_no_more() -> None:
    account, agent = make_account(), make_user(name="Ada")
    old = mail(account, "eve@evil.example")
    status.resolve(old.pk, by=Actor.agent(agent))
    other = mail(make_account(), "eve@evil.example", "Again")
    contact = other.contact
    for _time in range(2):
        assert block.block_contact(contact.pk, by=Actor.agent(agent)).is_blocked
    other.refresh_from_db()
    old.refresh_from_db()
    assert (old.status, other.status) == (Status.RESOLVED, Status.SPAM)
    assert told(other) == [
        (EventVerb.BLOCKED, {"contact": str(contact), "contact_id": contact.pk}),
        (EventVerb.SPAM, {"reason": "blocked"}),
    ]
    assert sentences(other)[-2:] == [f"Ada blocked {contact}", "Spam, since the sender is blocked"]
    fresh = mail(make_account(), "eve@evil.example", "And again")
    assert (fresh.status, told(fresh)) == (Status.SPAM, [(EventVerb.SPAM, {"reason": "blocked"})])


def test_an_unblocked_contact_is_heard_again() -> None:
    agent = Actor.agent(make_user(name="Ada"))
    conversation = mail(make_account(), "eve@evil.example")
    block.block_contact(conversation.contact_id, by=agent)
    for _time in range(2):
        assert not block.unblock_contact(conversation.contact_id, by=agent).is_blocked
    assert [verb for verb, _data in told(conversation)] == [EventVerb.BLOCKED, EventVerb.SPAM, EventVerb.UNBLOCKED]
    assert mail(make_account(), "eve@evil.example").status == Status.OPEN


def test_a_domain_is_blocked_from_a_conversation() -> None:
    agent = Actor.agent(make_user(name="Ada"))
    conversation = mail(make_account(), "eve@mail.evil.example")
    rule = block.block_domain(" @Evil.example. ", by=agent, conversation_id=conversation.pk)
    assert (rule.name, rule.value, rule.account) == ("evil.example (Ada)", "evil.example", None)
    conversation.refresh_from_db()
    assert conversation.status == Status.SPAM
    assert told(conversation)[0] == (EventVerb.BLOCKED, {"domain": "evil.example"})
    assert sentences(conversation)[-2] == "Ada blocked evil.example"
    assert mail(make_account(), "mallory@evil.example").status == Status.SPAM
    assert mail(make_account(), "mallory@notevil.example").status == Status.OPEN
    assert block.unblock_domain("evil.example", by=agent, conversation_id=conversation.pk)
    assert not block.unblock_domain("evil.example", by=agent)
    assert sentences(conversation)[-1] == "Ada unblocked evil.example"
    assert mail(make_account(), "trudy@evil.example").status == Status.OPEN


def test_an_address_is_blocked_and_its_domain_is_not() -> None:
    agent = Actor.agent(make_user())
    block.block_address("Eve@gmail.com ", by=agent)
    assert mail(make_account(), "eve@gmail.com").status == Status.SPAM
    assert mail(make_account(), "ada@gmail.com").status == Status.OPEN
    assert block.unblock_address("eve@gmail.com", by=agent)
    assert mail(make_account(), "eve@gmail.com").status == Status.OPEN


@pytest.mark.parametrize("domain", ["com", "co.uk", "gmail.com", "shop.example", "mail.shop.example", "", "no domain"])
def test_some_domains_cannot_be_blocked(domain: str) -> None:
    make_account(address="help@mail.shop.example")
    with pytest.raises(InvalidInput):
        block.block_domain(domain, by=Actor.agent(make_user()))
    assert not ScreeningRule.objects.exists()


@pytest.mark.parametrize("address", ["", "HELP@mail.shop.example"])
def test_some_addresses_cannot_be_blocked(address: str) -> None:
    make_account(address="help@mail.shop.example")
    with pytest.raises(InvalidInput):
        block.block_address(address, by=Actor.agent(make_user()))
    assert not ScreeningRule.objects.exists()


def test_spam_that_an_agent_opens_can_be_answered() -> None:
    agent = make_user()
    conversation = mail(make_account(), "eve@evil.example", spam=True)
    status.reopen(conversation.pk, by=Actor.agent(agent))
    answer = reply(conversation.pk, by=agent, text="Hello", key=uuid4())
    assert Message.objects.filter(pk=answer.pk).exists()
