"""A visitor and an agent, each in a browser of their own, while the network and the web process do their worst."""

import json
import re
from collections.abc import Callable, Iterator
from uuid import uuid4

import pytest
from playwright.sync_api import Locator, Page, WebSocketRoute, expect

from csplatform.conversations.models import Attachment, Conversation, Message
from csplatform.flows import reply as replies
from csplatform.flows.deliver import deliver
from csplatform.gateway.models import ChannelAccount
from csplatform.knowledge.models import SystemText
from csplatform.people.models import Team, User
from tests.browser.conftest import AgentPage, NewPage, ServerSide
from tests.browser.dead_line import DeadLine
from tests.browser.live import LiveStack
from tests.browser.widget_chat import PATIENCE, Chat, demo, until
from tests.contract.samples import PNG
from tests.factories import make_account, make_user

pytestmark = pytest.mark.browser
WIDE = {"width": 1440, "height": 900}
A_MINUTE = 60_000
# Longer than any page waits for an answer before it gives a line up.
TOO_LONG = 20_000
Carry = Callable[[], None]
Lines = Callable[[], DeadLine]


@pytest.fixture
def account(team: Team, live_stack: LiveStack) -> ChannelAccount:
    SystemText.objects.update_or_create(key="greeting", defaults={"body_en": "Welcome!"})
    return make_account("webchat", address="shop", name="Nordlicht", settings={"demo": True}, team=team)


@pytest.fixture
def new_line(live_stack: LiveStack) -> Iterator[Lines]:
    lines: list[DeadLine] = []

    def lay() -> DeadLine:
        lines.append(DeadLine(live_stack.port))
        return lines[-1]

    yield lay
    for line in lines:
        line.close()


@pytest.fixture
def carry(server_side: ServerSide) -> Carry:
    """Do the worker's part: what agents have said goes to the customer."""

    def work() -> None:
        with server_side():
            deliver(Conversation.objects.get().pk)

    return work


def begin(page: Page, text: str = "one") -> Chat:
    """Let a visitor open the chat and say the first word."""
    chat = demo(page)
    chat.say(text)
    chat.expect_all_sent()
    return chat


def open_newest(page: Page) -> Page:
    """Open the newest conversation on an agent's page."""
    page.goto(f"/inbox/c/{Conversation.objects.latest('id').pk}/")
    expect(page.locator('#wire[data-state="live"]')).to_be_attached()
    return page


def field_of(desk: Page) -> Locator:
    return desk.get_by_label("Your text")


def said() -> list[str]:
    """What was said, in the server's order, each as often as it is stored."""
    lines = Message.objects.filter(kind__in=["customer", "reply"]).order_by("seq")
    return list(lines.values_list("text", flat=True))


def pass_time(page: Page, holds: Callable[[], bool]) -> None:
    """Let a page's clock run fast until something holds; what the page asks for has time to be answered."""
    for _second in range(150):
        if holds():
            return
        page.clock.run_for(1_000)
        page.wait_for_timeout(200)
    raise AssertionError("it never came true")


def test_a_minute_without_a_line_on_either_side(
    account: ChannelAccount, new_line: Lines, new_page: NewPage, agent_page: AgentPage, ana: User, carry: Carry
) -> None:
    hers, his = new_line(), new_line()
    page, desk = new_page(base_url=his.url), agent_page(ana, viewport=WIDE, base_url=hers.url)
    for each in (page, desk):
        each.clock.install()
    chat = begin(page)
    open_newest(desk)

    his.cut()
    for text in ("two", "three"):
        chat.say(text)
    field_of(desk).fill("meanwhile")
    field_of(desk).press("Control+Enter")
    until(desk, lambda: "meanwhile" in said())
    carry()
    page.clock.run_for(A_MINUTE)
    expect(chat.log.locator(".pending")).to_have_count(2)
    his.mend()
    pass_time(page, lambda: chat.log.locator(".pending").count() == 0)
    told = ["one", "meanwhile", "two", "three"]
    assert said() == told
    expect(chat.bubbles()).to_have_text(["Welcome!", *told])
    expect(desk.locator("#timeline .message.customer")).to_have_count(3)

    hers.cut()
    for text in ("four", "five"):
        chat.say(text)
    chat.expect_all_sent()
    field_of(desk).fill("I have been away")
    field_of(desk).press("Control+Enter")
    desk.clock.run_for(A_MINUTE)
    expect(desk.locator('#wire[data-state="live"]')).to_have_count(0)
    hers.mend()
    pass_time(desk, lambda: desk.locator('#wire[data-state="live"]').count() == 1)
    pass_time(desk, lambda: desk.locator("#timeline .message.customer").count() == 5)

    def is_sent() -> bool:
        # Connections that a browser kept from before are as dead as the socket was: a try or two may be in vain.
        if field_of(desk).is_editable() and field_of(desk).input_value():
            field_of(desk).press("Control+Enter")
        return "I have been away" in said()

    pass_time(desk, is_sent)
    carry()
    told += ["four", "five", "I have been away"]
    expect(chat.bubbles()).to_have_text(["Welcome!", *told])
    assert said() == told


def test_the_same_send_three_times_and_a_file_of_the_wrong_type(
    account: ChannelAccount, new_page: NewPage, agent_page: AgentPage, ana: User
) -> None:
    page = new_page()
    page.clock.install()
    tries: list[str] = []

    def swallow(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()

        def to_server(frame: str | bytes) -> None:
            tries.extend(re.findall('"text":"(again)"', str(frame)))
            server.send(frame)

        def to_page(frame: str | bytes) -> None:
            told = json.loads(frame)
            if 0 < len(tries) < 3 and told["type"] in {"ack", "lines", "welcome"}:
                if told["type"] != "welcome":
                    return
                told |= {"lines": [], "known": {}}
            socket.send(json.dumps(told))

        socket.on_message(to_server)
        server.on_message(to_page)

    page.route_web_socket(re.compile("/ws/chat/"), swallow)
    chat = begin(page)
    desk = open_newest(agent_page(ana, viewport=WIDE))
    chat.say("again")
    for number in (1, 2):
        until(page, lambda number=number: len(tries) == number)
        page.clock.run_for(TOO_LONG)
    chat.expect_all_sent()
    assert tries == ["again"] * 3
    chat.say("and on")
    chat.expect_all_sent()
    chooser = chat.panel.locator("#file")
    chooser.set_input_files({"name": "tool.pdf", "mimeType": "application/pdf", "buffer": b"MZ" + bytes(100)})
    expect(chat.log.get_by_text("Only pictures, PDF and text files can be sent.")).to_be_visible()
    chooser.set_input_files({"name": "灯.png", "mimeType": "image/png", "buffer": PNG})
    expect(chat.log.locator("a.picture img")).to_be_visible()
    expect(desk.locator("#timeline .message.customer")).to_have_count(4)
    expect(desk.locator("#timeline").get_by_text("tool.pdf")).to_have_count(0)
    expect(chat.bubbles().filter(has_text=re.compile("one|again|and on"))).to_have_text(["one", "again", "and on"])
    assert said() == ["one", "again", "and on", ""]
    assert list(Attachment.objects.values_list("name", flat=True)) == ["灯.png"]


def compose(page: Page, text: str) -> None:
    """Let a Japanese input method show `text`, press Enter while it does, and take it."""
    keyboard = page.context.new_cdp_session(page)
    keyboard.send("Input.imeSetComposition", {"text": text, "selectionStart": len(text), "selectionEnd": len(text)})
    for modifiers in (0, 2):
        press = {"type": "rawKeyDown", "key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 229}
        keyboard.send("Input.dispatchKeyEvent", press | {"modifiers": modifiers})
    keyboard.send("Input.insertText", {"text": text})


def test_two_agents_and_an_input_method_on_each_side_and_the_web_process_dies(
    account: ChannelAccount,
    new_page: NewPage,
    agent_page: AgentPage,
    ana: User,
    team: Team,
    carry: Carry,
    server_side: ServerSide,
    live_stack: LiveStack,
) -> None:
    chat = begin(new_page(), "はじめまして")
    ben = make_user(name="Ben Lee", teams=[team])
    desks = [open_newest(agent_page(agent, viewport=WIDE)) for agent in (ana, ben)]
    for desk, text in zip(desks, ("すぐ調べます", "少々お待ちください"), strict=True):
        field_of(desk).focus()
        compose(desk, text)
        expect(field_of(desk)).to_have_value(text)
    assert said() == ["はじめまして"]
    for desk in desks:
        field_of(desk).press("Control+Enter", no_wait_after=True)
    anyway = [desk.get_by_role("button", name="Send anyway") for desk in desks]
    until(chat.page, lambda: any(button.is_visible() for button in anyway))
    next(button for button in anyway if button.is_visible()).click()  # whoever was slower, and was told
    until(chat.page, lambda: len(said()) == 3)
    order = said()
    assert sorted(order[1:]) == sorted(["すぐ調べます", "少々お待ちください"])
    carry()
    expect(chat.bubbles()).to_have_text(["Welcome!", *order])
    for desk in desks:
        expect(desk.locator("#timeline .message.reply")).to_have_text([re.compile(text) for text in order[1:]])

    chat.text.fill("あ")
    expect(desks[0].locator("#typing")).to_be_visible()
    chat.text.clear()

    live_stack.kill()
    chat.text.focus()
    compose(chat.page, "ありがとう")
    expect(chat.text).to_have_value("ありがとう")
    expect(chat.log.locator(".pending")).to_have_count(0)
    chat.text.press("Enter")
    chat.say("もう一つ")
    expect(chat.log.locator(".pending")).to_have_count(2)
    with server_side():  # Ben in another process
        replies.reply(Conversation.objects.get().pk, by=ben, text="届きました", key=uuid4())
    carry()
    live_stack.start()
    chat.expect_all_sent()
    told = [*order, "届きました", "ありがとう", "もう一つ"]
    expect(chat.bubbles()).to_have_text(["Welcome!", *told])
    for desk in desks:
        last = desk.locator("#timeline .message.customer").last
        expect(last).to_contain_text("もう一つ", timeout=PATIENCE)
        expect(desk.locator("#timeline .message.reply")).to_have_count(3)
    assert said() == told
