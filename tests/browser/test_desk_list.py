"""Journeys through the list: filters that are saved, many chosen by mouse and keys, what was done undone."""

import pytest
from playwright.sync_api import Page, expect

from csplatform.conversations.models import Conversation
from csplatform.desk.models import SavedView
from csplatform.gateway.models import ChannelAccount
from csplatform.people.models import User
from tests.browser.conftest import AgentPage, AxeCheck, ServerSide
from tests.browser.desk_pages import open_desk, row
from tests.factories import say

pytestmark = pytest.mark.browser


@pytest.fixture
def three(account: ChannelAccount, server_side: ServerSide) -> list[Conversation]:
    """Three conversations, the newest first."""
    with server_side():
        rows = [say(account, f"Text of {name}", sender=name, name=name).conversation for name in ("Cy", "Bo", "Al")]
    return rows[::-1]


# What a finger can touch that is smaller than 44 px in either direction; what stands in a line of text has its
# surroundings, too.
SMALL = """() => [...document.querySelectorAll("a, button, summary, input:not([type=hidden]), select, textarea, .pick")]
    .filter((one) => one.checkVisibility({ visibilityProperty: true }) && !one.closest(".skip, dialog, .messages"))
    .filter((one) => !one.matches(".chip-x, .chip.add, .message-menu > summary, .pick > input, .check > input"))
    .map((one) => [one.outerHTML.slice(0, 80), one.getBoundingClientRect()])
    .filter(([, box]) => box.width > 2 && (box.width < 43.5 || box.height < 43.5))
    .map(([what, box]) => `${what} ${box.width}x${box.height}`)"""


def chosen(page: Page) -> list[int]:
    boxes = page.locator("#rows input[name=ids]:checked").all()
    return [int(box.input_value()) for box in boxes]


def test_many_are_chosen_by_mouse_and_keys_resolved_and_brought_back(
    desk: Page, three: list[Conversation], ana: User, axe: AxeCheck
) -> None:
    open_desk(desk)
    numbers = [one.pk for one in three]
    desk.keyboard.press("j")
    desk.keyboard.press("x")
    desk.keyboard.press("j")
    desk.keyboard.press("j")
    desk.keyboard.press("Shift+X")
    assert chosen(desk) == numbers
    expect(desk.locator("#pick-count")).to_have_text("3 chosen")
    desk.keyboard.press("Escape")
    expect(desk.locator("#bulk")).to_be_hidden()

    boxes = desk.locator("#rows .pick")
    boxes.nth(0).click()
    boxes.nth(1).click(modifiers=["Shift"])
    assert chosen(desk) == numbers[:2]
    axe(desk)
    desk.keyboard.press("e")
    expect(desk.locator("#toasts")).to_contain_text("2 conversations changed.")
    expect(desk.locator("#rows > .row")).to_have_count(1)
    expect(desk.locator("#bulk")).to_be_hidden()
    desk.keyboard.press("Shift+Z")
    expect(desk.locator("#rows > .row")).to_have_count(3)
    assert Conversation.objects.filter(status="open", waiting_since__isnull=False).count() == 3

    desk.keyboard.press("*")
    desk.locator('[data-menu="bulk-tags"] > summary').click()
    field = desk.locator("#bulk input[name=tag]")
    field.fill("refund")
    field.press("Enter")
    for one in three:
        expect(row(desk, one)).to_contain_text("refund")


def test_rows_that_come_wait_while_the_list_is_scrolled(
    agent_page: AgentPage, ana: User, account: ChannelAccount, server_side: ServerSide
) -> None:
    with server_side():
        rows = [say(account, "Hello", sender=f"p{number}", name=f"P{number}").conversation for number in range(12)]
    page = agent_page(ana, viewport={"width": 360, "height": 640}, has_touch=True, is_mobile=True)
    open_desk(page)
    page.locator("#rows-scroll").evaluate("box => box.scrollTop = 300")
    before = page.locator("#rows .row-name").all_text_contents()
    with server_side():
        new = say(account, "Me too", sender="new", name="New").conversation
        say(account, "Are you there?", sender="p3")
    expect(page.locator("#rows-pill")).to_have_text("New changes: 2")
    expect(row(page, rows[3])).to_contain_text("Are you there?")
    assert page.locator("#rows .row-name").all_text_contents() == before
    page.locator("#rows-pill").click()
    expect(page.locator("#rows .row-name").first).to_have_text("P3")
    expect(row(page, new)).to_be_in_viewport()
    expect(page.locator("#rows-pill")).to_be_hidden()


@pytest.mark.parametrize("width", [360, 820])
def test_fingers_find_everything_and_the_way_back(
    agent_page: AgentPage, ana: User, three: list[Conversation], width: int
) -> None:
    page = agent_page(ana, viewport={"width": width, "height": 740}, has_touch=True, is_mobile=True)
    open_desk(page, "/inbox/open/?priority=20")
    assert page.evaluate(SMALL) == []
    page.locator("#rows .pick").first.tap()
    expect(page.locator("#pick-count")).to_have_text("1 chosen")
    assert page.evaluate(SMALL) == []
    assert page.evaluate("document.documentElement.scrollWidth") == width
    page.locator("[data-unpick]").tap()
    row(page, three[2]).tap()
    expect(page.locator("#composer")).to_be_visible()
    assert page.evaluate(SMALL) == []
    if width == 360:
        expect(page.locator("#rows")).to_be_hidden()
        page.locator("[data-back]").tap()
        expect(row(page, three[2])).to_be_visible()
        row(page, three[2]).tap()
        expect(page.locator("#rows")).to_be_hidden()
        page.go_back()
        expect(row(page, three[2])).to_be_visible()
        assert page.url.endswith("/inbox/open/?priority=20")


def test_filters_are_chosen_and_saved_as_a_view(desk: Page, three: list[Conversation], ana: User) -> None:
    three[1].contact.tier = "vip"
    three[1].contact.save()
    open_desk(desk)
    desk.keyboard.press("f")
    desk.locator("#filters summary", has_text="Tier").click()
    desk.get_by_label("VIP").check()
    desk.get_by_role("button", name="Apply").click()
    expect(desk.locator("#rows > .row")).to_have_count(1)
    expect(desk.locator("#dialog")).to_be_hidden()
    assert desk.url.endswith("/inbox/open/?tier=vip")
    desk.get_by_role("link", name="Save as a view").click()
    desk.get_by_label("Name", exact=True).fill("Important")
    desk.get_by_role("button", name="Save").click()
    expect(desk.locator("#list h2")).to_have_text("Important")
    expect(desk.locator(".filter-chips")).to_have_count(0)
    view = SavedView.objects.get(owner=ana)
    assert desk.url.endswith(f"/inbox/saved-{view.pk}/")
    expect(desk.locator(f"#view-saved-{view.pk} > a")).to_have_attribute("aria-current", "page")
