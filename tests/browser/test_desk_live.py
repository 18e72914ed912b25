"""The desk lives: news come without reloading, and move nothing that a person is busy with."""

import re

import pytest
from django.db import transaction
from playwright.sync_api import Page, expect

from csplatform.conversations.actors import SYSTEM, Actor
from csplatform.conversations.models import Conversation, EventVerb, Message, MessageState
from csplatform.conversations.services import change, lock, record
from csplatform.flows import assign
from csplatform.gateway.models import ChannelAccount
from csplatform.people.models import User
from tests.browser.conftest import ServerSide
from tests.browser.desk_pages import open_desk, row
from tests.factories import make_team, make_user, say

pytestmark = pytest.mark.browser


def test_news_appear_in_list_and_conversation_without_reloading(
    desk: Page, account: ChannelAccount, ming: Conversation, server_side: ServerSide
) -> None:
    open_desk(desk)
    row(desk, ming).click()
    expect(desk.locator("#timeline .message.customer")).to_have_count(1)
    desk.evaluate("window.sameDocument = true")
    desk.mouse.move(1200, 400)
    with server_side():
        say(account, "请问可以退款吗？", sender="ming")
        other = say(account, "Hello there", sender="kim", name="Kim").conversation
    expect(desk.locator("#timeline .message.customer").last).to_contain_text("请问可以退款吗？")
    expect(row(desk, ming)).to_contain_text("请问可以退款吗？")
    expect(row(desk, other)).to_be_visible()
    expect(desk).to_have_title(re.compile(r"^\(2\) 王小明"))
    assert desk.evaluate("window.sameDocument")
    assert desk.url.endswith(f"/inbox/c/{ming.pk}/?view=open")


def test_a_conversation_that_is_taken_away_closes(
    desk: Page, ming: Conversation, ana: User, server_side: ServerSide
) -> None:
    open_desk(desk, f"/inbox/c/{ming.pk}/")
    with server_side():
        assign.hand_over(ming.pk, to=make_team("Security"), by=SYSTEM)
    expect(desk.get_by_role("alert")).to_contain_text("no longer open to you")
    expect(desk.locator("#timeline")).to_have_count(0)
    expect(desk.locator("#contact-card")).to_have_count(0)
    expect(row(desk, ming)).to_have_count(0)


@transaction.atomic
def mark(message: Message, state: MessageState, reason: str = "") -> None:
    """Write down how far a reply got."""
    change(message, state=state, state_reason=reason)


@transaction.atomic
def fill(conversation: Conversation, number: int) -> int:
    """Write many lines of history; returns the last number."""
    locked = lock(conversation.pk)
    for index in range(number):
        record(locked, EventVerb.TAGGED, SYSTEM, tag=f"tag-{index}")
    return locked.last_seq


def test_receipts_and_history_arrive_in_place(
    desk: Page, ming: Conversation, ana: User, server_side: ServerSide
) -> None:
    open_desk(desk, f"/inbox/c/{ming.pk}/")
    field = desk.get_by_label("Your text")
    field.fill("您好")
    field.press("Control+Enter")
    answer = desk.locator("#timeline .message.reply")
    expect(answer).to_have_count(1)
    message = Message.objects.get(kind="reply")
    with server_side():
        mark(message, MessageState.READ)
        assign.assign(ming.pk, to=make_user(name="Omar"), by=Actor.agent(ana))
    expect(answer.locator(".receipt")).to_contain_text("Read")
    expect(answer).to_have_count(1)
    expect(desk.locator("#timeline .event").last).to_contain_text("Ana Torres assigned the conversation to Omar")
    with server_side():
        mark(message, MessageState.FAILED, "The customer blocked us")
    expect(answer).to_contain_text("The customer blocked us")
    expect(answer.get_by_role("button", name="Try again")).to_be_visible()


def test_the_list_does_not_jump_under_the_pointer(
    desk: Page, account: ChannelAccount, ming: Conversation, server_side: ServerSide
) -> None:
    with server_side():
        kim = say(account, "Hello", sender="kim", name="Kim").conversation
    open_desk(desk)
    names = desk.locator("#rows .row-name")
    expect(names).to_have_text(["Kim", "王小明"])
    row(desk, kim).hover()
    moving = "window.moving = setInterval(() => document.dispatchEvent(new PointerEvent('pointermove')), 200)"
    desk.evaluate(moving)
    with server_side():
        say(account, "and another thing", sender="ming")
    expect(row(desk, ming)).to_contain_text("and another thing")
    expect(names).to_have_text(["Kim", "王小明"])
    expect(desk.locator("#rows-pill")).to_be_visible()
    desk.evaluate("clearInterval(window.moving)")
    desk.mouse.move(1200, 500)
    expect(names).to_have_text(["王小明", "Kim"])
    expect(desk.locator("#rows-pill")).to_be_hidden()


def test_focus_stays_where_it_is_when_the_list_changes(
    desk: Page, account: ChannelAccount, ming: Conversation, server_side: ServerSide
) -> None:
    with server_side():
        kim = say(account, "Hello", sender="kim", name="Kim").conversation
    open_desk(desk)
    desk.keyboard.press("j")
    desk.keyboard.press("j")
    expect(row(desk, ming)).to_be_focused()
    with server_side():
        say(account, "up I go", sender="ming")
    expect(row(desk, ming)).to_contain_text("up I go")
    expect(desk.locator("#rows-pill")).to_have_text("New changes: 1")
    expect(desk.locator("#rows-news")).to_have_text("New changes: 1")
    expect(desk.locator("#rows .row-name")).to_have_text(["Kim", "王小明"])
    desk.keyboard.press("g")
    desk.keyboard.press("n")
    expect(desk.locator("#rows .row-name")).to_have_text(["王小明", "Kim"])
    expect(desk.locator("#rows-pill")).to_be_hidden()
    expect(row(desk, ming)).to_be_focused()
    with server_side():
        assign.hand_over(ming.pk, to=make_team("Security"), by=SYSTEM)
    expect(row(desk, ming)).to_have_count(0)
    expect(row(desk, kim)).to_be_focused()


def test_a_menu_survives_news(desk: Page, account: ChannelAccount, ming: Conversation, server_side: ServerSide) -> None:
    open_desk(desk, f"/inbox/c/{ming.pk}/")
    desk.locator("[data-menu=assign] summary").click()
    me = desk.get_by_role("button", name="Me", exact=False).first
    expect(me).to_be_visible()
    with server_side():
        say(account, "are you there?", sender="ming")
    expect(desk.locator("#timeline .message.customer")).to_have_count(2)
    me.click()
    expect(desk.locator("#timeline .event").last).to_contain_text("took the conversation")


def test_a_contact_in_the_making_survives_news(
    desk: Page, account: ChannelAccount, ming: Conversation, server_side: ServerSide
) -> None:
    open_desk(desk, f"/inbox/c/{ming.pk}/")
    desk.get_by_role("link", name="Edit the contact").click()
    name = desk.get_by_label("Name", exact=False).first
    name.fill("王明")
    with server_side():
        say(account, "are you there?", sender="ming")
    expect(desk.locator("#timeline .message.customer")).to_have_count(2)
    expect(name).to_have_value("王明")
    desk.get_by_role("button", name="Save").click()
    expect(desk.locator("#contact-card h2")).to_have_text("王明")
    expect(desk.locator("#conversation-head h2")).to_have_text("王明")
