"""What the composer shows of reply windows, and the chooser of templates."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from csplatform.common import clock
from csplatform.contacts.models import Handle
from csplatform.conversations.models import Conversation, Message, SendingHabit
from csplatform.desk.allowances import Piece, pieces, sorted_for
from csplatform.gateway.contract import AccountConfig, Template
from csplatform.gateway.errors import SendUnavailable
from csplatform.gateway.models import ChannelAccount
from csplatform.people.models import User
from tests.desk.conftest import HTMX, partial_for, text_of
from tests.factories import make_account, make_team, say
from tests.loopback import LoopbackChannel

pytestmark = pytest.mark.django_db
DAY = timedelta(hours=24)
SHIPPED = Template("shipped", "zh_CN", "{{1}}，您好！您的订单 {{2}} 已发货。", ("{{1}}", "{{2}}"))
HELLO = Template("hello", "en_US", "Hello!")


@pytest.fixture(autouse=True)
def sent_at_once(ana: User) -> None:
    SendingHabit.objects.create(user=ana, mail_seconds=0)


@pytest.fixture(autouse=True)
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    allow(monkeypatch, reply_window=DAY, reply_quota=5, templates=lambda _account: [HELLO, SHIPPED])


def allow(monkeypatch: pytest.MonkeyPatch, **abilities: Any) -> None:
    monkeypatch.setattr(LoopbackChannel, "abilities", replace(LoopbackChannel.abilities, **abilities))


@pytest.fixture
def conversation(account: ChannelAccount) -> Conversation:
    return say(account, "我的订单还没有到", sender="ming").conversation


def page(desk: Client, conversation: Conversation) -> str:
    return text_of(desk.get(f"/inbox/c/{conversation.pk}/", headers=HTMX))


def answer(desk: Client, conversation: Conversation, **data: str) -> Any:
    revision = str(Conversation.objects.get(pk=conversation.pk).revision)
    fields = {"text": "Hi", "key": str(uuid4()), "mode": "reply", "revision": revision} | data
    return desk.post(f"/inbox/c/{conversation.pk}/send/", fields, headers=HTMX)


def choose(desk: Client, conversation: Conversation, **query: str) -> str:
    return text_of(desk.get(f"/inbox/c/{conversation.pk}/templates/", query, headers=HTMX))


def fill(desk: Client, conversation: Conversation, *values: str, **data: str) -> Any:
    fields = {"name": "shipped", "language": "zh_CN", "key": str(uuid4()), "revision": "0", "value": values} | data
    return desk.post(f"/inbox/c/{conversation.pk}/templates/", fields, headers=HTMX)


def test_the_composer_says_what_is_left_and_news_bring_it_up_to_date(
    desk: Client, conversation: Conversation, account: ChannelAccount
) -> None:
    shown = page(desk, conversation)
    assert "5 of 5 messages left" in shown
    assert "h left" in shown
    assert 'data-allowance="" data-freedom="open"' in shown
    assert "4 of 5 messages left" in partial_for(answer(desk, conversation), "#allowances")
    revision = Conversation.objects.get().revision
    say(account, "谢谢", sender="ming")
    words = desk.get(f"/inbox/c/{conversation.pk}/since/{revision}/", headers=HTMX)
    assert "#contact-card" not in text_of(words)
    assert "5 of 5 messages left" in partial_for(words, "#allowances")


def test_an_unlimited_way_says_nothing(desk: Client) -> None:
    chat = say(make_account("threaded"), sender="ming").conversation
    assert "data-allowance" not in page(desk, chat)


@pytest.mark.parametrize(
    ("hours", "freedom", "words"),
    [
        (30, "late", "own late answer"),
        (200, "closed", "last wrote too long ago: the platform takes no free answers"),
    ],
)
def test_what_is_over_is_said_in_plain_words(
    desk: Client, conversation: Conversation, monkeypatch: pytest.MonkeyPatch, hours: int, freedom: str, words: str
) -> None:
    allow(monkeypatch, late_window=timedelta(days=7))
    with clock.frozen(clock.now() + timedelta(hours=hours)):
        shown = page(desk, conversation)
    assert f'data-freedom="{freedom}"' in shown
    assert words in shown


def test_used_up_answers_are_another_reason_and_the_server_refuses_too(
    desk: Client, conversation: Conversation
) -> None:
    for _number in range(5):
        assert answer(desk, conversation).status_code == 200
    shown = page(desk, conversation)
    assert "All answers that the platform allows are used up" in shown
    assert "data-used-up" in shown
    assert answer(desk, conversation).status_code == 422
    assert Message.objects.filter(kind="reply").count() == 5


def test_an_open_way_is_suggested(desk: Client, conversation: Conversation) -> None:
    mailbox = make_account("copying", name="Help")
    other = Handle.objects.create(
        contact=conversation.contact, account=mailbox, kind="email", external_id="ming@customer.example"
    )
    with clock.frozen(clock.now() + 2 * DAY):
        assert f'data-answer-through="h{other.pk}"' in page(desk, conversation)
        assert answer(desk, conversation).status_code == 422
        assert answer(desk, conversation, through=f"h{other.pk}").status_code == 200
    assert Message.objects.get(kind="reply").handle == other


def test_the_page_costs_the_same_however_many_ways(
    desk: Client, conversation: Conversation, django_assert_max_num_queries: Any
) -> None:
    page(desk, conversation)
    with django_assert_max_num_queries(100) as before:
        page(desk, conversation)
    for number in range(6):
        Handle.objects.create(
            contact=conversation.contact, account=make_account(), kind="social", external_id=f"ming-{number}"
        )
    with django_assert_max_num_queries(len(before)):
        assert page(desk, conversation).count("data-allowance=") == 7


def test_the_chooser_shows_the_customers_language_first(desk: Client, conversation: Conversation) -> None:
    Conversation.objects.update(language="zh-Hans")
    shown = choose(desk, conversation)
    assert shown.index("shipped") < shown.index("hello")
    assert "name=shipped&amp;language=zh_CN" in shown
    assert 'type="search"' in shown


def test_a_template_is_filled_in_and_sent(desk: Client, conversation: Conversation) -> None:
    shown = choose(desk, conversation, name="shipped", language="zh_CN")
    assert shown.count('name="value"') == 2
    assert '<mark data-filled="1" data-empty="{{2}}">{{2}}</mark> 已发货。' in shown
    with clock.frozen(clock.now() + 30 * DAY):
        key = str(uuid4())
        for _again in range(2):
            assert fill(desk, conversation, "王芳", "A-7", key=key)["X-Sent"] == key
    message = Message.objects.get(kind="reply")
    assert message.text == "王芳，您好！您的订单 A-7 已发货。"
    assert message.metadata["template"]["name"] == "shipped"


@pytest.mark.parametrize(
    ("values", "data"),
    [(("王芳",), {}), (("王芳", " "), {}), (("王芳", "A-7"), {"name": "none"}), (("王芳", "A-7"), {"through": "h0"})],
)
def test_what_is_not_filled_in_is_refused(
    desk: Client, conversation: Conversation, values: tuple[str, ...], data: dict[str, str]
) -> None:
    assert fill(desk, conversation, *values, **data).status_code == 422
    assert not Message.objects.filter(kind="reply").exists()


def test_a_platform_that_does_not_answer_is_no_error(
    desk: Client, conversation: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_account: AccountConfig) -> list[Template]:
        raise SendUnavailable("the line is dead")

    allow(monkeypatch, templates=fail)
    assert "does not say what it has approved: the line is dead" in choose(desk, conversation)


def test_templates_are_for_who_may_see_the_conversation(desk: Client, conversation: Conversation) -> None:
    assert fill(desk, conversation, "王芳", "A-7", through="a1").status_code == 404
    Conversation.objects.update(team=None)
    foreign = say(make_account(), sender="eve").conversation
    Conversation.objects.filter(pk=foreign.pk).update(team=make_team("Elsewhere"))
    assert fill(desk, foreign, "王芳", "A-7").status_code == 404
    assert desk.get(f"/inbox/c/{foreign.pk}/templates/", headers=HTMX).status_code == 404


def test_a_text_in_pieces_and_templates_in_order() -> None:
    assert pieces(SHIPPED) == [Piece("{{1}}", 0), Piece("，您好！您的订单 "), Piece("{{2}}", 1), Piece(" 已发货。")]
    assert pieces(HELLO) == [Piece("Hello!")]
    assert sorted_for("zh-Hans", [HELLO, SHIPPED]) == [SHIPPED, HELLO]
    assert sorted_for("", [SHIPPED, HELLO]) == [HELLO, SHIPPED]
