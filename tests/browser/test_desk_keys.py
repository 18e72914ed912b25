"""Everything by keyboard: the palette, the keys, and what they must leave alone."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from csplatform.conversations.models import Conversation
from csplatform.gateway.models import ChannelAccount
from csplatform.search.services import catch_up
from tests.browser.conftest import AxeCheck, ServerSide
from tests.browser.desk_pages import open_desk, row
from tests.factories import make_user, say

pytestmark = pytest.mark.browser
# Nothing was done with many, nothing is filtered and no view saved; a conversation is either open or closed, and an
# agent administers nothing.
ABSENT = ["undo", "save-view", "saved-views", "reopen", "administration"]


def strike(where: Locator, **facts: object) -> None:
    """A key as an input method or another keyboard would report it."""
    options = {"bubbles": True, "cancelable": True} | facts
    where.evaluate("(element, options) => element.dispatchEvent(new KeyboardEvent('keydown', options))", options)


def test_what_commands_press_or_open_is_on_the_page(desk: Page, ming: Conversation) -> None:
    open_desk(desk, f"/inbox/c/{ming.pk}/")
    missing = """() => JSON.parse(document.getElementById("commands").textContent)
        .filter((one) => one.what && one.kind !== "call" && !document.querySelector(one.what)).map((one) => one.name)"""
    assert desk.evaluate(missing) == ABSENT


def test_the_palette_does_without_a_mouse(
    desk: Page, account: ChannelAccount, ming: Conversation, axe: AxeCheck, server_side: ServerSide
) -> None:
    make_user(name="Omar Haddad")
    with server_side():
        kim = say(account, "Where is my parcel?", sender="kim", name="Kim Lee").conversation
        catch_up()
    open_desk(desk, f"/inbox/c/{ming.pk}/")
    keys, palette = desk.keyboard, desk.locator("#palette")
    chosen = palette.locator('[role=option][aria-selected="true"]')
    keys.press("Control+k")
    field = palette.get_by_role("combobox")
    expect(field).to_be_focused()
    axe(desk)
    field.press_sequentially("hand asgn")
    expect(chosen).to_contain_text("Assign or hand over to…")
    keys.press("Enter")
    expect(desk.locator("#palette-step")).to_have_text("Assign or hand over to…")
    field.press_sequentially("omar")
    expect(chosen).to_have_text("Omar Haddad")
    expect(field).to_have_attribute("aria-activedescendant", re.compile("palette-0"))
    keys.press("Enter")
    expect(desk.locator("#timeline .event").last).to_contain_text("assigned the conversation to Omar Haddad")
    expect(palette).not_to_be_visible()

    keys.press("Control+k")
    expect(palette.locator(".palette-option").first).to_contain_text("Assign or hand over to…")
    field.press_sequentially("kim lee")
    palette.locator(".palette-label").get_by_text("Kim Lee", exact=True).click()
    expect(desk.locator("#conversation-head h2")).to_have_text("Kim Lee")
    assert desk.url.endswith(f"/inbox/c/{kim.pk}/")

    keys.press("Control+k")
    field.press_sequentially(f"#{ming.pk}")
    keys.press("Enter")
    expect(desk.locator("#conversation-head h2")).to_have_text("王小明")

    keys.press("t")
    expect(desk.locator("#palette-step")).to_have_text("Tag with…")
    field.press_sequentially("refund")
    keys.press("Enter")
    expect(desk.locator("#conversation-head .chip.tag")).to_contain_text("refund")


def test_keys_leave_typing_compositions_and_those_who_switched_them_off_alone(desk: Page, ming: Conversation) -> None:
    open_desk(desk, f"/inbox/c/{ming.pk}/")
    status = desk.locator("#conversation-head .chip").first
    text = desk.get_by_label("Your text")
    text.fill("")
    text.press_sequentially("reje?")
    expect(text).to_have_value("reje?")
    desk.keyboard.press("Escape")
    strike(desk.locator("body"), key="e", code="KeyE", isComposing=True)
    desk.keyboard.press("?")
    desk.get_by_label("Single-key shortcuts act").uncheck()
    desk.keyboard.press("Escape")
    desk.keyboard.press("e")
    desk.keyboard.press("Control+k")
    field = desk.locator("#palette").get_by_role("combobox")
    expect(field).to_be_focused()
    strike(field, key="Enter", keyCode=229, isComposing=True)
    expect(desk.locator("#palette")).to_be_visible()
    desk.keyboard.press("Escape")
    expect(status).to_have_text("Open")
    desk.reload()
    expect(desk.locator('#wire[data-state="live"]')).to_be_attached()
    desk.keyboard.press("e")
    expect(status).to_have_text("Open")
    desk.keyboard.press("?")
    expect(desk.locator("#keys")).not_to_be_visible()


def test_two_keys_one_after_the_other_and_keys_of_another_script(desk: Page, ming: Conversation) -> None:
    open_desk(desk)
    desk.keyboard.press("g")
    desk.keyboard.press("u")
    expect(desk.locator("#list-head h2")).to_have_text("Unassigned")
    desk.keyboard.press("Shift+J")
    expect(desk.locator("#conversation-head h2")).to_have_text("王小明")
    expect(row(desk, ming)).to_have_attribute("aria-current", "true")
    strike(desk.locator("body"), key="ث", code="KeyE")
    expect(desk.locator("#conversation-head .chip").first).to_have_text("Resolved")
