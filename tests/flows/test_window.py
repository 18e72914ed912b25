"""How long and how often a customer may be answered, what is sent late, and what the platform approved."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from csplatform.common import clock
from csplatform.common.errors import InvalidInput
from csplatform.contacts.models import Handle
from csplatform.conversations.models import Conversation, Message, MessageState
from csplatform.flows.deliver import WINDOW_CLOSED
from csplatform.flows.reply import reply
from csplatform.flows.send_later import Answer, submit
from csplatform.flows.template import fill, send_template, templates_of
from csplatform.flows.window import Freedom, freedom_of, window_of, windows_of
from csplatform.gateway.contract import AccountConfig, BriefWindow, Template, TemplateUse
from csplatform.people.models import User
from tests.factories import make_account, make_user, say
from tests.loopback import LoopbackChannel, ThreadedChannel

pytestmark = pytest.mark.django_db
DAY = timedelta(hours=24)
GREETING = Template("greeting", "zh_CN", "{{1}}，您好！您的订单 {{2}} 已发货。", ("{{1}}", "{{2}}"))


@pytest.fixture
def asked_for_templates() -> list[int]:
    return []


@pytest.fixture(autouse=True)
def narrow(monkeypatch: pytest.MonkeyPatch, asked_for_templates: list[int]) -> None:
    def templates(account: AccountConfig) -> list[Template]:
        asked_for_templates.append(account.id)
        return [GREETING]

    abilities = replace(
        LoopbackChannel.abilities, reply_window=DAY, late_window=timedelta(days=7), reply_quota=2, templates=templates
    )
    monkeypatch.setattr(LoopbackChannel, "abilities", abilities)


@pytest.fixture
def agent() -> User:
    return make_user()


def asked(ago: timedelta = timedelta()) -> Conversation:
    conversation = say(make_account()).conversation
    conversation.last_customer_message_at = clock.now() - ago
    conversation.save()
    return conversation


def answer(conversation: Conversation, agent: User) -> Message:
    return reply(conversation.pk, by=agent, text="Hello", key=uuid4())


@pytest.mark.parametrize(
    ("ago", "freedom"),
    [
        (timedelta(), Freedom.OPEN),
        (DAY - timedelta(minutes=1), Freedom.OPEN),
        (DAY + timedelta(minutes=1), Freedom.LATE),
        (timedelta(days=8), Freedom.CLOSED),
    ],
)
def test_the_window_closes_in_two_steps(ago: timedelta, freedom: Freedom) -> None:
    assert freedom_of(asked(ago)) is freedom


def test_a_late_answer_is_marked(agent: User, rung: Any) -> None:
    with rung():
        answer(asked(timedelta(days=2)), agent)
        answer(asked(), agent)
    assert [message.late for message in LoopbackChannel.sent] == [True, False]


def test_the_platform_counts_answers_until_the_customer_writes_again(agent: User) -> None:
    conversation = asked()
    assert window_of(conversation).left == 2
    answer(conversation, agent)
    answer(conversation, agent)
    assert window_of(conversation).left == 0
    with pytest.raises(InvalidInput, match="no longer takes"):
        answer(conversation, agent)
    say(conversation.account, "And?")
    assert window_of(conversation).left == 2


def test_what_failed_is_not_counted(agent: User) -> None:
    conversation = asked()
    answer(conversation, agent).dispatches.update(state="failed")
    assert window_of(conversation).left == 2


def test_an_answer_of_more_messages_than_are_left_is_refused_whole(agent: User) -> None:
    conversation = asked()
    with pytest.raises(InvalidInput, match="takes only 2 more messages, and this answer is 3"):
        reply(conversation.pk, by=agent, text="word " * 500, key=uuid4())
    assert window_of(conversation).left == 2


def test_a_template_is_not_counted(agent: User) -> None:
    conversation = asked()
    send_template(conversation.pk, by=agent, use=TemplateUse("greeting", "zh_CN", ("王芳", "A-7")), key=uuid4())
    assert window_of(conversation).left == 2


def test_a_plan_that_the_platform_would_refuse_is_refused_at_once(agent: User) -> None:
    conversation = asked()
    with pytest.raises(InvalidInput, match="By then"):
        submit(conversation.pk, Answer("Hi", uuid4(), at=clock.now() + timedelta(days=8)), by=agent)
    assert submit(conversation.pk, Answer("Hi", uuid4(), at=clock.now() + timedelta(hours=2)), by=agent).pk


@pytest.fixture
def with_a_menu(narrow: None, monkeypatch: pytest.MonkeyPatch) -> None:
    brief = BriefWindow(timedelta(minutes=1), 3)
    monkeypatch.setattr(LoopbackChannel, "abilities", replace(LoopbackChannel.abilities, brief_window=brief))


def test_a_press_of_a_menu_opens_a_brief_window_only(agent: User, with_a_menu: None) -> None:
    conversation = say(make_account(), "MENU_ORDERS", pressed=True).conversation
    window = window_of(conversation)
    assert (window.left, window.quota, window.freedom(clock.now())) == (3, 3, Freedom.OPEN)
    assert window.freedom(clock.now() + timedelta(seconds=61)) is Freedom.CLOSED
    with clock.frozen(clock.now() + timedelta(seconds=61)), pytest.raises(InvalidInput):
        answer(conversation, agent)


def test_a_press_takes_nothing_from_what_a_message_opened(agent: User, with_a_menu: None) -> None:
    account = make_account()
    conversation = say(account, "Hello").conversation
    say(account, "MENU_ORDERS", pressed=True)
    assert (window_of(conversation).left, window_of(conversation).quota) == (2, 2)
    answer(conversation, agent)
    answer(conversation, agent)
    assert (window_of(conversation).left, window_of(conversation).quota) == (1, 3)  # both went out after the press
    with clock.frozen(clock.now() + timedelta(minutes=2)):
        assert freedom_of(conversation) is Freedom.CLOSED
        say(account, "Thanks")
        assert window_of(conversation).left == 2


def elsewhere(conversation: Conversation, heard: str) -> Handle:
    other = say(make_account("threaded"), heard, sender="ada-too").handle
    assert other is not None
    Handle.objects.filter(pk=other.pk).update(contact=conversation.contact)
    return Handle.objects.get(pk=other.pk)


def test_what_goes_another_way_is_measured_by_that_way(agent: User, rung: Any) -> None:
    conversation = asked(timedelta(days=30))
    other = elsewhere(conversation, "Here I am")
    with rung():
        reply(conversation.pk, by=agent, text="Over here", key=uuid4(), handle=other)
    assert [(message.recipient, message.text) for message in LoopbackChannel.sent] == [("ada-too", "Over here")]


def test_a_template_goes_another_way_too(agent: User, rung: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ThreadedChannel, "abilities", LoopbackChannel.abilities)
    conversation = asked(timedelta(days=30))
    other = elsewhere(conversation, "Here I am")
    use = TemplateUse("greeting", "zh_CN", ("王芳", "A-7"))
    with rung():
        message = send_template(conversation.pk, by=agent, use=use, key=uuid4(), handle=other)
    assert (message.account, LoopbackChannel.sent[0].recipient) == (other.account, "ada-too")
    assert conversation.routes.get().handle == other


def test_all_windows_take_one_query(with_a_menu: None, django_assert_num_queries: Any) -> None:
    conversation = asked()
    accounts = [make_account() for _number in range(6)]
    handles = [
        Handle.objects.create(contact=conversation.contact, account=account, kind="social", external_id="ada")
        for account in accounts
    ]
    with django_assert_num_queries(1):
        windows = windows_of(conversation, [conversation.handle, *handles])
    assert [windows[handle.pk].freedom(clock.now()) for handle in handles] == [Freedom.CLOSED] * 6
    assert windows[conversation.handle.pk].freedom(clock.now()) is Freedom.OPEN


def test_an_answer_whose_window_closed_meanwhile_is_not_handed_over(agent: User, rung: Any) -> None:
    conversation = asked()
    with rung():
        message = answer(conversation, agent)
        Conversation.objects.update(last_customer_message_at=clock.now() - timedelta(days=8))
    message.refresh_from_db()
    assert (message.state, message.state_reason) == (MessageState.FAILED, WINDOW_CLOSED)
    assert LoopbackChannel.sent == []


def test_a_template_goes_out_when_nothing_else_does(agent: User, rung: Any) -> None:
    conversation = asked(timedelta(days=30))
    use, key = TemplateUse("greeting", "zh_CN", ("王芳", "A-7")), uuid4()
    with rung():
        message = send_template(conversation.pk, by=agent, use=use, key=key)
        assert send_template(conversation.pk, by=agent, use=use, key=key) == message
    (sent,) = LoopbackChannel.sent
    assert (sent.template, sent.late) == (use, False)
    assert message.text == "王芳，您好！您的订单 A-7 已发货。"
    conversation.refresh_from_db()
    assert (conversation.waiting_since, conversation.assignee) == (None, agent)


@pytest.mark.parametrize(
    "use",
    [
        TemplateUse("greeting", "zh_CN", ("王芳",)),
        TemplateUse("greeting", "zh_CN", ("王芳", " ")),
        TemplateUse("greeting", "en", ("王芳", "A-7")),
        TemplateUse("goodbye", "zh_CN", ("王芳", "A-7")),
    ],
)
def test_a_template_must_exist_and_be_filled_in(agent: User, use: TemplateUse) -> None:
    with pytest.raises(InvalidInput):
        send_template(asked().pk, by=agent, use=use, key=uuid4())


def test_a_value_is_no_place_for_the_next_one() -> None:
    assert fill(GREETING, ("{{2}}", "A-7")).startswith("{{2}}，")


def test_templates_are_asked_for_once_in_a_while(asked_for_templates: list[int]) -> None:
    account = make_account()
    assert templates_of(account) == templates_of(account) == [GREETING]
    assert asked_for_templates == [account.pk]
    templates_of(account, anew=True)
    assert asked_for_templates == [account.pk] * 2
