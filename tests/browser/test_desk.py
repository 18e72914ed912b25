"""The desk in a real browser: live without reloading, nothing typed is lost, everything by keyboard, for everybody."""

import re
from typing import Any

import pytest
from django.db import transaction
from playwright.sync_api import Locator, Page, expect

from csplatform.conversations.actors import SYSTEM, Actor
from csplatform.conversations.models import Conversation, EventVerb, Message, MessageState
from csplatform.conversations.services import change, lock, record
from csplatform.flows import assign
from csplatform.gateway.models import ChannelAccount
from csplatform.knowledge.models import CannedReply
from csplatform.people.models import Team, User
from tests.browser.conftest import AgentPage, AxeCheck, NewPage, ServerSide
from tests.browser.live import LiveStack
from tests.factories import make_account, make_team, make_user, say

pytestmark = pytest.mark.browser


@pytest.fixture
def team(transactional_db: None) -> Team:
    return make_team("Shop")


@pytest.fixture
def ana(team: Team) -> User:
    return make_user(name="Ana Torres", teams=[team])


@pytest.fixture
def account(team: Team) -> ChannelAccount:
    return make_account("webchat", address="shop", name="Shop chat", team=team)


@pytest.fixture
def ming(account: ChannelAccount, server_side: ServerSide) -> Conversation:
    with server_side():
        return say(account, "我的订单还没有到", sender="ming", name="王小明").conversation


@pytest.fixture
def desk(agent_page: AgentPage, ana: User) -> Page:
    """The agent's page, wide enough for all panes."""
    return agent_page(ana, viewport={"width": 1440, "height": 900})


def open_desk(page: Page, path: str = "/inbox/") -> None:
    """Go there and wait for the live wire."""
    page.goto(path)
    expect(page.locator('#wire[data-state="live"]')).to_be_attached()


def row(page: Page, conversation: Conversation) -> Locator:
    return page.locator(f"#row-{conversation.pk} > a")


def texts_of(kind: str) -> list[str]:
    return list(Message.objects.filter(kind=kind).order_by("seq").values_list("text", flat=True))


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
    expect(desk.locator("#rows-pill")).to_have_count(0)


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
    expect(desk.locator("#rows .row-name")).to_have_text(["王小明", "Kim"])
    expect(row(desk, ming)).to_be_focused()
    with server_side():
        assign.hand_over(ming.pk, to=make_team("Security"), by=SYSTEM)
    expect(row(desk, ming)).to_have_count(0)
    expect(row(desk, kim)).to_be_focused()


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
    desk.keyboard.type("订单")
    desk.keyboard.press("Enter")
    expect(row(desk, ming)).to_be_visible()
    expect(desk).to_have_url(re.compile(r"/inbox/\?q="))


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


@transaction.atomic
def fill(conversation: Conversation, number: int) -> int:
    """Write many lines of history; returns the last number."""
    locked = lock(conversation.pk)
    for index in range(number):
        record(locked, EventVerb.TAGGED, SYSTEM, tag=f"tag-{index}")
    return locked.last_seq


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
