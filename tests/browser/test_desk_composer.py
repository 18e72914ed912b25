"""Writing in the desk: nothing typed is lost, nothing is sent twice, an input method owns its keys."""

from typing import Any

import pytest
from django.db import transaction
from playwright.sync_api import Page, expect

from csplatform.conversations.actors import SYSTEM
from csplatform.conversations.models import Conversation, EventVerb, Message
from csplatform.conversations.services import lock, record
from csplatform.gateway.models import ChannelAccount
from csplatform.knowledge.models import CannedReply
from tests.browser.conftest import ServerSide
from tests.browser.desk_pages import open_desk, row, texts_of
from tests.browser.live import LiveStack
from tests.factories import say

pytestmark = pytest.mark.browser


@transaction.atomic
def fill(conversation: Conversation, number: int) -> int:
    """Write many lines of history; returns the last number."""
    locked = lock(conversation.pk)
    for index in range(number):
        record(locked, EventVerb.TAGGED, SYSTEM, tag=f"tag-{index}")
    return locked.last_seq


def test_writing_an_answer(desk: Page, ming: Conversation) -> None:
    open_desk(desk, f"/inbox/c/{ming.pk}/")
    field = desk.get_by_label("Your text")
    field.fill("您好，")
    field.press("Enter")
    field.type("马上查。")
    assert texts_of("reply") == []
    field.press("Control+Enter")
    expect(desk.locator("#timeline .message.reply")).to_contain_text("您好，")
    expect(field).to_have_value("")
    expect(desk.locator("#conversation-head")).to_contain_text("Ana Torres")
    assert texts_of("reply") == ["您好，\n马上查。"]
    desk.get_by_text("Note", exact=False).filter(has=desk.locator("kbd")).click()
    field.fill("call back tomorrow")
    field.press("Control+Enter")
    expect(desk.locator("#timeline .message.note")).to_contain_text("call back tomorrow")
    assert texts_of("note") == ["call back tomorrow"]


def test_an_input_method_that_composes_owns_its_keys(desk: Page, ming: Conversation) -> None:
    CannedReply.objects.create(shortcut="hello", title_en="Hello", body_en="Hi!")
    open_desk(desk, f"/inbox/c/{ming.pk}/")
    field = desk.get_by_label("Your text")
    field.focus()
    keyboard = desk.context.new_cdp_session(desk)
    keyboard.send("Input.imeSetComposition", {"text": "nihao", "selectionStart": 5, "selectionEnd": 5})
    for key, modifiers in (("Enter", 0), ("Enter", 2), ("Escape", 0)):
        press = {"type": "rawKeyDown", "key": key, "code": key, "windowsVirtualKeyCode": 229, "modifiers": modifiers}
        keyboard.send("Input.dispatchKeyEvent", press)
    keyboard.send("Input.insertText", {"text": "你好"})
    expect(field).to_have_value("你好")
    expect(field).to_be_focused()
    assert texts_of("reply") == []
    field.press("Control+Enter")
    expect(desk.locator("#timeline .message.reply")).to_contain_text("你好")


def test_drafts_are_kept_per_conversation_and_kind(
    desk: Page, account: ChannelAccount, ming: Conversation, server_side: ServerSide
) -> None:
    with server_side():
        kim = say(account, "Hello", sender="kim", name="Kim").conversation
    open_desk(desk, f"/inbox/c/{ming.pk}/")
    field = desk.get_by_label("Your text")
    field.fill("half an answer")
    desk.keyboard.press("Escape")
    desk.keyboard.press("n")
    expect(field).to_have_value("")
    field.fill("half a note")
    row(desk, kim).click()
    expect(desk.locator("#conversation-head h2")).to_have_text("Kim")
    expect(field).to_have_value("")
    row(desk, ming).click()
    expect(desk.locator("#conversation-head h2")).to_have_text("王小明")
    expect(field).to_have_value("half an answer")
    desk.reload()
    expect(field).to_have_value("half an answer")


def test_a_canned_reply_by_slash_in_the_customers_language(desk: Page, ming: Conversation) -> None:
    CannedReply.objects.create(shortcut="hello", title_en="Hello", body_en="Hello!", body_zh_hans="您好！")
    CannedReply.objects.create(
        shortcut="refund", title_en="Refund", body_en="Refund is on its way.", body_zh_hans="退款已在路上。"
    )
    Conversation.objects.update(language="zh-Hans")
    open_desk(desk, f"/inbox/c/{ming.pk}/")
    field = desk.get_by_label("Your text")
    field.press("/")
    options = desk.locator("#canned").get_by_role("option")
    expect(options).to_have_count(2)
    field.press("ArrowDown")
    expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    field.press("ArrowUp")
    field.type("ref")
    expect(options).to_have_count(1)
    field.press("Enter")
    expect(field).to_have_value("退款已在路上。")
    expect(desk.locator("#canned")).to_be_hidden()
    field.type(" and/or")
    expect(desk.locator("#canned")).to_be_hidden()


def test_files_are_picked_pasted_taken_out_and_sent(desk: Page, ming: Conversation) -> None:
    open_desk(desk, f"/inbox/c/{ming.pk}/")
    picker = desk.locator("#files")
    picker.set_input_files({"name": "发票.txt", "mimeType": "text/plain", "buffer": b"invoice"})
    picker.set_input_files({"name": "wrong.txt", "mimeType": "text/plain", "buffer": b"wrong"})
    field = desk.get_by_label("Your text")
    field.evaluate(
        """field => {
            const data = new DataTransfer();
            data.items.add(new File(["hello"], "pasted.txt", { type: "text/plain" }));
            field.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
        }"""
    )
    expect(desk.locator("#picked li")).to_have_count(3)
    desk.get_by_role("button", name="Remove wrong.txt").click()
    field.press("Control+Enter")
    expect(desk.locator("#timeline .file-card")).to_have_count(2)
    expect(desk.locator("#picked")).to_be_hidden()
    message = Message.objects.get(kind="reply")
    assert [file.name for file in message.attachments.all()] == ["发票.txt", "pasted.txt"]


def test_what_was_not_sent_is_kept_and_sent_once(
    desk: Page, live_stack: LiveStack, account: ChannelAccount, ming: Conversation, server_side: ServerSide
) -> None:
    open_desk(desk, f"/inbox/c/{ming.pk}/")
    field = desk.get_by_label("Your text")
    field.fill("important words")
    live_stack.kill()
    field.press("Control+Enter")
    expect(desk.get_by_role("alert")).to_contain_text("Your text is kept")
    expect(field).to_have_value("important words")
    expect(desk.locator("#wire")).not_to_have_attribute("data-state", "live")
    with server_side():
        say(account, "said while you were away", sender="ming")
    live_stack.start()
    expect(desk.locator("#timeline .message.customer").last).to_contain_text("said while you were away", timeout=30_000)
    expect(desk.locator('#wire[data-state="live"]')).to_be_attached(timeout=30_000)
    field.press("Control+Enter")
    expect(desk.locator("#timeline .message.reply")).to_have_count(1)
    assert texts_of("reply") == ["important words"]


def test_an_answer_that_got_lost_on_its_way_back_is_not_sent_twice(desk: Page, ming: Conversation) -> None:
    open_desk(desk, f"/inbox/c/{ming.pk}/")
    lost: list[str] = []

    def take_and_drop(route: Any) -> None:
        if lost:
            route.continue_()
            return
        lost.append(route.fetch().text())
        route.abort()

    desk.route("**/send/", take_and_drop)
    field = desk.get_by_label("Your text")
    field.fill("only once")
    field.press("Control+Enter")
    expect(desk.get_by_role("alert")).to_contain_text("Your text is kept")
    field.press("Control+Enter")
    expect(field).to_have_value("")
    expect(desk.locator("#timeline .message.reply")).to_have_count(1)
    assert texts_of("reply") == ["only once"]


def test_a_refusal_is_said_and_nothing_typed_is_lost(desk: Page, ming: Conversation) -> None:
    open_desk(desk, f"/inbox/c/{ming.pk}/")
    desk.get_by_label("Your text").fill("half an answer")
    desk.locator("[data-menu=tags] summary").click()
    tag = desk.get_by_placeholder("Find or make a tag")
    tag.fill("   ")
    tag.evaluate("field => field.removeAttribute('required')")
    tag.press("Enter")
    expect(desk.get_by_role("alert")).to_contain_text("A tag has 1 to 60 characters.")
    expect(desk.get_by_label("Your text")).to_have_value("half an answer")
