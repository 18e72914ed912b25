"""Beside the messages, in a real browser: fields and notes by hand, merging and taking back, what is new."""

import pytest
from playwright.sync_api import Page, expect

from csplatform.contacts.models import ContactNote
from csplatform.conversations.models import Conversation
from csplatform.fields.models import CustomField, FieldOption
from csplatform.gateway.models import ChannelAccount
from tests.browser.conftest import AxeCheck, ServerSide
from tests.browser.desk_pages import open_desk
from tests.factories import say

pytestmark = pytest.mark.browser


def make_fields() -> None:
    for position, (target, key, kind, label) in enumerate(
        [
            ("conversation", "order", "text", "Order number"),
            ("conversation", "cause", "choice", "Cause"),
            ("contact", "seats", "number", "Seats"),
            ("contact", "since", "date", "Customer since"),
            ("contact", "site", "link", "Site"),
        ]
    ):
        field = CustomField.objects.create(target=target, key=key, kind=kind, label_en=label, position=position)
        if kind == "choice":
            FieldOption.objects.create(field=field, value="late", label_en="Late delivery")


def test_fields_and_notes_by_keyboard(desk: Page, ming: Conversation, axe: AxeCheck, server_side: ServerSide) -> None:
    with server_side():
        make_fields()
    open_desk(desk, f"/inbox/c/{ming.pk}/")
    order = desk.get_by_label("Order number")
    order.fill("A-17")
    order.press("Tab")
    expect(desk.locator("#timeline")).to_contain_text("set “Order number” to A-17")
    desk.get_by_label("Cause").select_option("Late delivery")
    expect(desk.locator("#timeline")).to_contain_text("set “Cause” to Late delivery")
    note = desk.get_by_label("New note")
    note.fill("Prefers to be called 王先生")
    desk.get_by_label("New note").focus()  # news must leave alone what is being typed
    with server_side():
        say(ming.account, "And another thing", sender="ming")
    expect(desk.locator("#timeline")).to_contain_text("And another thing")
    note.press("Tab")
    desk.keyboard.press("Enter")
    expect(desk.locator(".note-list")).to_contain_text("王先生")
    expect(note).to_have_value("")
    assert ContactNote.objects.count() == 1
    axe(desk)


def test_merged_and_apart_again(
    desk: Page, account: ChannelAccount, ming: Conversation, axe: AxeCheck, server_side: ServerSide
) -> None:
    with server_side():
        other = say(account, "The other matter", sender="xm", name="Xiaoming").conversation
    open_desk(desk, f"/inbox/c/{ming.pk}/")
    desk.locator("[data-menu=more] summary").click()
    desk.get_by_role("link", name="Merge with another conversation").click()
    desk.get_by_label("Find the other conversation").fill(f"#{other.pk}")
    desk.locator("#relate-found").get_by_role("link").click()
    axe(desk)
    desk.get_by_label("are two contacts").check()
    desk.get_by_role("button", name="Merge", exact=True).click()
    expect(desk.locator("#dialog")).to_be_hidden()
    expect(desk.locator("#timeline")).to_contain_text("The other matter")
    desk.get_by_role("button", name="Undo").click()
    expect(desk.locator("#timeline")).not_to_contain_text("The other matter")
    assert Conversation.objects.get(pk=other.pk).merged_into is None


def test_what_is_new_since_the_last_look(desk: Page, ming: Conversation, server_side: ServerSide) -> None:
    open_desk(desk, f"/inbox/c/{ming.pk}/")
    with desk.expect_response(lambda answer: "/seen/" in answer.url):
        pass
    desk.goto("/me/")
    with server_side():
        for number in range(30):
            say(ming.account, f"No. {number}", sender="ming")
    open_desk(desk, f"/inbox/c/{ming.pk}/")
    divider = desk.get_by_text("New since you looked")
    expect(divider).to_be_in_viewport()
    expect(desk.locator("#timeline").get_by_text("No. 0", exact=True)).to_be_in_viewport()
    desk.locator("#to-end").click()
    expect(desk.locator("#timeline").get_by_text("No. 29", exact=True)).to_be_in_viewport()
