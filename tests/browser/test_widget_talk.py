"""Talking in a real browser: what answers look like, what is one press away, and lines without sockets or answers."""

import re
from collections.abc import Callable
from uuid import uuid4

import pytest
from playwright.sync_api import Page, Route, expect

from csplatform.conversations.models import Conversation, Message
from csplatform.flows import reply as replies
from csplatform.gateway.models import ChannelAccount
from csplatform.knowledge.models import SystemText
from csplatform.live.announce import Typing, announce, handle_group
from csplatform.sla.models import Calendar
from tests.browser.conftest import AxeCheck, ServerSide
from tests.browser.live import LiveStack
from tests.browser.widget_chat import demo
from tests.factories import make_account, make_user

pytestmark = pytest.mark.browser
# What the page does when it hears no answer: the same key, the same words.
SEND_AGAIN = """async (key) => {
    const headers = { Authorization: `Bearer ${localStorage.getItem("csplatform-chat:shop:token")}` };
    const body = JSON.stringify({ key, text: "only once", at: new Date().toISOString() });
    return (await fetch("/chat/shop/messages/", { method: "POST", headers, body })).status;
}"""
Answer = Callable[[str], Message]


@pytest.fixture
def account(live_stack: LiveStack) -> ChannelAccount:
    SystemText.objects.update_or_create(key="greeting", defaults={"body_en": "Welcome!"})
    settings = {"demo": True, "quick_replies": ["Where is my order?", "Returns"]}
    return make_account("webchat", address="shop", name="Nordlicht", settings=settings)


@pytest.fixture
def answer(live_stack: LiveStack, server_side: ServerSide) -> Answer:
    agent = make_user(name="Ana García")

    def say(text: str) -> Message:
        with server_side():
            return replies.reply(Conversation.objects.latest("id").pk, by=agent, text=text, key=uuid4())

    return say


def block_sockets(page: Page) -> None:
    page.route_web_socket(re.compile("/ws/chat/"), lambda socket: socket.close())


def test_an_answer_is_formatted_and_marks_the_question_read(
    account: ChannelAccount, visitor_page: Page, answer: Answer, axe: AxeCheck
) -> None:
    chat = demo(visitor_page)
    chat.panel.get_by_role("button", name="Where is my order?").click()
    chat.expect_all_sent()
    expect(chat.panel.get_by_role("button", name="Returns")).to_have_count(0)
    expect(chat.log.locator(".own .meta")).to_contain_text("Delivered")
    answer(
        "It is **here**, see `box_one_a`:\n\n- [the map](https://example.com/map)\n"
        "- <img src=x onerror=alert(1)>\n2 * 3 * 4"
    )
    bubble = chat.bubbles().last
    expect(bubble.locator("strong")).to_have_text("here")
    expect(bubble.locator("code")).to_have_text("box_one_a")
    expect(bubble.locator("li")).to_have_text(["the map", "<img src=x onerror=alert(1)>"])
    expect(bubble.locator("a")).to_have_attribute("href", "https://example.com/map")
    expect(bubble.locator("img, em")).to_have_count(0)
    expect(bubble).to_contain_text("2 * 3 * 4")
    expect(chat.log.locator(".own .meta")).to_contain_text("Read")
    axe(chat.frame)
    chat.panel.get_by_role("button", name="Close chat").click()
    answer("One more thing")
    expect(visitor_page).to_have_title(re.compile(r"^\(1\) "))
    chat.launcher.click()
    expect(visitor_page).to_have_title(re.compile(r"^(?!\(1\))"))


def test_without_websockets_news_and_typing_come_at_once(
    account: ChannelAccount, visitor_page: Page, answer: Answer, server_side: ServerSide
) -> None:
    block_sockets(visitor_page)
    chat = demo(visitor_page)
    with visitor_page.expect_request(re.compile("/news/")):  # from here on it waits at the server
        chat.say("behind a proxy")
        chat.expect_all_sent()
    visitor_page.wait_for_timeout(500)
    conversation = Conversation.objects.get()
    with server_side():
        announce([handle_group(conversation.handle_id)], Typing(conversation.pk, "Ana", is_customer=False))
    expect(chat.panel.locator("#typing")).to_be_visible(timeout=2_500)
    answer("we hear you")
    expect(chat.bubbles().last).to_have_text("we hear you", timeout=2_500)


def test_a_send_whose_answer_is_lost_is_one_message(account: ChannelAccount, visitor_page: Page) -> None:
    block_sockets(visitor_page)
    lost: list[int] = []

    def lose(route: Route) -> None:
        if route.request.method != "POST" or lost:
            route.continue_()
            return
        lost.append(route.fetch().status)
        route.abort()

    visitor_page.route("**/chat/shop/messages/*", lose)
    chat = demo(visitor_page)
    chat.say("only once")
    chat.expect_all_sent()
    assert lost == [201]
    key = Message.objects.get(kind="customer").external_id.rpartition(":")[2]
    for _try in range(3):
        assert chat.frame.evaluate(SEND_AGAIN, key) == 201
    chat.say("and this")
    chat.expect_all_sent()
    said = Message.objects.filter(kind="customer").order_by("seq")
    assert [message.text for message in said] == ["only once", "and this"]
    expect(chat.bubbles()).to_have_text(["Welcome!", "only once", "and this"])


def test_closed_the_chat_says_when_somebody_is_back(account: ChannelAccount, visitor_page: Page) -> None:
    week = [[] for _day in range(7)]
    week[0] = ["03:00-03:01"]
    Calendar.objects.create(name="Rarely", timezone="UTC", weekly=week)
    account.settings |= {"calendar": "Rarely"}
    account.save()
    chat = demo(visitor_page)
    expect(chat.panel.locator("#notice")).to_contain_text("we are back on Monday")
    chat.say("for later")
    chat.expect_all_sent()
