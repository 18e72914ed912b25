"""Working in the desk, in a real browser: by hand and by keyboard, on every screen, for everybody."""

import re

import pytest
from django.db import transaction
from playwright.sync_api import Page, expect

from csplatform.conversations.actors import SYSTEM
from csplatform.conversations.models import Conversation, EventVerb
from csplatform.conversations.services import lock, record
from csplatform.gateway.models import ChannelAccount
from csplatform.people.models import User
from csplatform.search.services import catch_up
from tests.browser.conftest import AgentPage, AxeCheck, NewPage, ServerSide
from tests.browser.desk_pages import open_desk, row
from tests.factories import say

pytestmark = pytest.mark.browser


def test_hands_on_the_keys(desk: Page, ming: Conversation, ana: User) -> None:
    open_desk(desk)
    desk.keyboard.press("j")
    desk.keyboard.press("Enter")
    field = desk.get_by_label("Your text")
    expect(field).to_be_visible()
    desk.keyboard.press("r")
    expect(field).to_be_focused()
    desk.keyboard.type("ear")
    expect(field).to_have_value("ear")
    assert Conversation.objects.get().status == "open"
    desk.keyboard.press("Escape")
    desk.keyboard.press("n")
    expect(desk.locator("#composer")).to_have_attribute("data-mode", "note")
    desk.keyboard.press("Escape")
    desk.keyboard.press("a")
    expect(desk.locator("#conversation-head")).to_contain_text("Ana Torres")
    desk.keyboard.press("e")
    expect(desk.locator("#conversation-head")).to_contain_text("Resolved")
    assert Conversation.objects.get().assignee == ana
    desk.keyboard.press("?")
    expect(desk.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    desk.keyboard.press("Escape")
    expect(desk.get_by_role("dialog", name="Keyboard shortcuts")).to_be_hidden()
    desk.keyboard.press("/")
    expect(desk.get_by_label("Search conversations")).to_be_focused()
    catch_up()
    desk.keyboard.type("订单")
    desk.keyboard.press("Enter")
    expect(row(desk, ming).locator("mark").first).to_have_text("订单")
    expect(desk).to_have_url(re.compile(r"/inbox/\?q="))


@transaction.atomic
def fill(conversation: Conversation, number: int) -> int:
    """Write many lines of history; returns the last number."""
    locked = lock(conversation.pk)
    for index in range(number):
        record(locked, EventVerb.TAGGED, SYSTEM, tag=f"tag-{index}")
    return locked.last_seq


def test_actions_from_the_menus(desk: Page, ming: Conversation) -> None:
    open_desk(desk, f"/inbox/c/{ming.pk}/")
    head = desk.locator("#conversation-head")
    desk.locator("[data-menu=more] summary").click()
    desk.get_by_role("button", name="Urgent").click()
    expect(head.locator(".priority-urgent")).to_be_visible()
    expect(desk.locator("details.menu[open]")).to_have_count(0)
    desk.locator("[data-menu=tags] summary").click()
    tag = desk.get_by_placeholder("Find or make a tag")
    expect(tag).to_be_focused()
    tag.fill("物流")
    tag.press("Enter")
    expect(head.locator(".chip.tag")).to_contain_text("物流")
    desk.get_by_role("button", name="Remove the tag 物流").click()
    expect(head.locator(".chip.tag")).to_have_count(0)
    desk.locator("[data-menu=snooze] summary").click()
    desk.get_by_role("button", name="Tomorrow morning").click()
    expect(head.locator(".status-snoozed")).to_be_visible()
    expect(row(desk, ming)).to_have_count(0)


def test_two_contacts_become_one(
    desk: Page, account: ChannelAccount, ming: Conversation, server_side: ServerSide
) -> None:
    with server_side():
        say(account, "me again", sender="xm", name="Wang Xiaoming")
    open_desk(desk, f"/inbox/c/{ming.pk}/")
    desk.get_by_role("link", name="Merge with another contact").click()
    desk.get_by_label("Find the other contact").fill("xiaoming")
    desk.locator("#merge-found").get_by_role("link", name="Wang Xiaoming").click()
    desk.get_by_role("button", name="Merge", exact=True).click()
    expect(desk.locator("#dialog")).to_be_hidden()
    expect(desk.locator("#contact-card .handles li")).to_have_count(2)
    assert Conversation.objects.values("contact").distinct().count() == 1


def test_a_mail_runs_nothing_and_asks_before_loading_pictures(
    desk: Page, account: ChannelAccount, server_side: ServerSide
) -> None:
    html = "<h1>Hello</h1><script>parent.document.title='hacked'</script><img src='https://pictures.invalid/a.png'>"
    with server_side():
        mail = say(account, "Hello", sender="m", name="Mallory", html=html).conversation
    asked: list[str] = []
    desk.on("request", lambda request: asked.append(request.url))
    open_desk(desk, f"/inbox/c/{mail.pk}/")
    frame = desk.frame_locator("iframe.mail-frame")
    expect(frame.get_by_role("heading", name="Hello")).to_be_visible()
    show = desk.get_by_role("button", name="Show remote images")
    expect(show).to_be_visible()
    assert not [url for url in asked if "pictures.invalid" in url]
    with desk.expect_request("https://pictures.invalid/a.png"):
        show.click()
    assert "hacked" not in desk.title()


def test_a_long_conversation_is_read_backwards(desk: Page, ming: Conversation, server_side: ServerSide) -> None:
    with server_side():
        last = fill(ming, 200)
    open_desk(desk, f"/inbox/c/{ming.pk}/")
    timeline = desk.locator("#timeline")
    expect(timeline.locator(".event").last).to_be_in_viewport()
    for _ in range(4):
        timeline.evaluate("box => box.scrollTo(0, 0)")
        desk.wait_for_function("() => !document.querySelector('#earlier.htmx-request, #earlier .htmx-request')")
    expect(timeline.locator("article")).to_have_count(last)
    numbers = timeline.locator("article").evaluate_all("lines => lines.map(line => Number(line.dataset.seq))")
    assert numbers == list(range(1, last + 1))


def test_the_list_goes_on_when_scrolled(desk: Page, ming: Conversation) -> None:
    copies = [
        Conversation(
            contact=ming.contact,
            account=ming.account,
            handle=ming.handle,
            team=ming.team,
            last_message_at=ming.last_message_at,
        )
        for _ in range(99)
    ]
    Conversation.objects.bulk_create(copies)
    open_desk(desk)
    for shown in (80, 100):
        desk.locator("#row-more").scroll_into_view_if_needed()
        expect(desk.locator("#rows .row")).to_have_count(shown)
    expect(desk.locator("#view-open .count")).to_have_text("99+")


def test_back_and_forth(desk: Page, account: ChannelAccount, ming: Conversation, server_side: ServerSide) -> None:
    with server_side():
        kim = say(account, "Hello", sender="kim", name="Kim").conversation
    open_desk(desk)
    row(desk, ming).click()
    expect(desk.locator("#conversation-head h2")).to_have_text("王小明")
    row(desk, kim).click()
    expect(desk.locator("#conversation-head h2")).to_have_text("Kim")
    desk.go_back()
    expect(desk.locator("#conversation-head h2")).to_have_text("王小明")
    expect(row(desk, ming)).to_have_attribute("aria-current", "true")
    with server_side():
        say(account, "still there?", sender="ming")
    expect(desk.locator("#timeline .message.customer")).to_have_count(2)


def test_one_pane_at_a_time_on_a_phone(agent_page: AgentPage, ana: User, ming: Conversation, axe: AxeCheck) -> None:
    page = agent_page(ana, viewport={"width": 360, "height": 740}, has_touch=True)
    open_desk(page)
    expect(page.locator("#conversation")).to_be_hidden()
    page.get_by_role("button", name="Open the menu").click()
    expect(page.get_by_role("link", name="Mine")).to_be_visible()
    axe(page)
    page.get_by_role("link", name="Unassigned").click()
    expect(page.get_by_role("heading", name="Unassigned")).to_be_visible()
    row(page, ming).click()
    expect(page.locator("#list")).to_be_hidden()
    expect(page.get_by_label("Your text")).to_be_visible()
    axe(page)
    page.get_by_role("button", name="Show the contact").click()
    expect(page.locator("#contact-card")).to_be_in_viewport()
    page.get_by_role("button", name="Close the contact").click()
    page.get_by_role("link", name="Back to the list").click()
    expect(row(page, ming)).to_be_visible()
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= 360


@pytest.mark.parametrize(("scheme", "language"), [("light", "en"), ("dark", "zh-hans"), ("light", "ar")])
def test_everybody_can_use_it(
    agent_page: AgentPage,
    ana: User,
    account: ChannelAccount,
    ming: Conversation,
    server_side: ServerSide,
    axe: AxeCheck,
    scheme: str,
    language: str,
) -> None:
    User.objects.filter(pk=ana.pk).update(language=language)
    with server_side():
        fill(ming, 3)
    page = agent_page(ana, viewport={"width": 1440, "height": 900}, color_scheme=scheme)
    open_desk(page, "/inbox/spam/")
    axe(page)
    field = page.locator("#text")
    open_desk(page, f"/inbox/c/{ming.pk}/")
    field.fill("您好")
    field.press("Control+Enter")
    expect(page.locator("#timeline .message.reply")).to_have_count(1)
    axe(page)
    page.locator("[data-menu=more] summary").click()
    expect(page.locator("#conversation-language")).to_be_visible()
    axe(page)
    page.locator(".account summary").click()
    axe(page)


def test_the_login_page_for_everybody(new_page: NewPage, axe: AxeCheck) -> None:
    for scheme in ("light", "dark"):
        page = new_page(color_scheme=scheme)
        page.goto("/accounts/login/")
        expect(page.locator("input[type=password]")).to_be_visible()
        axe(page)


def test_appearance_is_remembered_on_this_device(desk: Page, ming: Conversation) -> None:
    open_desk(desk)
    desk.locator(".account summary").click()
    desk.get_by_role("button", name="Dark").click()
    desk.reload()
    expect(desk.locator("html")).to_have_attribute("data-theme", "dark")
    desk.locator(".account summary").click()
    expect(desk.get_by_role("button", name="Dark")).to_have_attribute("aria-pressed", "true")
    desk.get_by_role("button", name="Auto").click()
    expect(desk.locator("html")).not_to_have_attribute("data-theme", "dark")
