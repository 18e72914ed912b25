"""The widget in a real browser: what a visitor writes arrives once and in order, whatever the line does."""

import re
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from csplatform.conversations.models import Attachment, Conversation, Message
from csplatform.flows import reply as replies
from csplatform.gateway.models import ChannelAccount
from csplatform.knowledge.models import SystemText
from csplatform.people.models import User
from tests.browser.conftest import AxeCheck, NewPage, ServerSide
from tests.browser.live import LiveStack
from tests.browser.widget_chat import PATIENCE, Chat, demo, until
from tests.contract.samples import PNG
from tests.factories import make_account, make_user

pytestmark = pytest.mark.browser
Answer = Callable[[str], Message]


@pytest.fixture
def account(live_stack: LiveStack) -> ChannelAccount:
    SystemText.objects.update_or_create(
        key="greeting", defaults={"body_en": "Welcome!", "body_zh_hans": "欢迎光临！", "body_ar": "أهلاً بك!"}
    )
    return make_account("webchat", address="shop", name="Nordlicht", settings={"demo": True})


@pytest.fixture
def agent(live_stack: LiveStack) -> User:
    return make_user(name="Ana García")


@pytest.fixture
def answer(agent: User, server_side: ServerSide) -> Answer:
    """Let the agent answer the newest conversation."""

    def say(text: str) -> Message:
        with server_side():
            return replies.reply(Conversation.objects.latest("id").pk, by=agent, text=text, key=uuid4())

    return say


def test_a_conversation_in_chinese(
    account: ChannelAccount, new_page: NewPage, answer: Answer, axe: AxeCheck, live_stack: LiveStack
) -> None:
    chat = demo(new_page(locale="zh-CN"), "?lang=zh-CN")
    expect(chat.bubbles()).to_have_text(["欢迎光临！"])
    axe(chat.frame)
    chat.say("我的订单还没到，可以帮我查一下吗？")
    chat.expect_all_sent()
    conversation = Conversation.objects.get()
    assert (conversation.language, conversation.preview) == ("zh-Hans", "我的订单还没到，可以帮我查一下吗？")
    answer("您好！预计明天送达。")
    expect(chat.bubbles()).to_have_text(["欢迎光临！", "我的订单还没到，可以帮我查一下吗？", "您好！预计明天送达。"])
    expect(chat.log.locator(".theirs .meta bdi").first).to_have_text("Ana")
    expect(chat.log.locator(".day")).to_have_text(["今天"])
    axe(chat.frame)
    axe(chat.page)


def test_what_was_seen_is_read_and_what_was_not_only_delivered(
    account: ChannelAccount, visitor_page: Page, answer: Answer
) -> None:
    chat = demo(visitor_page)
    chat.say("Hello")
    chat.expect_all_sent()
    first = answer("Hi!")
    expect(chat.bubbles().last).to_have_text("Hi!")
    until(visitor_page, lambda: _state(first) == "read")
    chat.panel.get_by_role("button", name="Close chat").click()
    expect(chat.launcher).to_be_focused()
    second = answer("Are you there?")
    expect(chat.launcher).to_have_accessible_name("Open chat (New messages: 1)")
    until(visitor_page, lambda: _state(second) == "delivered")
    chat.launcher.click()
    expect(chat.launcher).to_have_accessible_name("Close chat")
    until(visitor_page, lambda: _state(second) == "read")


def test_what_was_written_offline_survives_a_reload(account: ChannelAccount, visitor_page: Page) -> None:
    chat = demo(visitor_page)
    chat.say("before")
    chat.expect_all_sent()
    visitor_page.context.set_offline(True)
    visitor_page.route("**/chat/shop/messages/*", lambda route: route.abort())
    chat.say("in the tunnel")
    expect(chat.log.locator(".pending")).to_have_count(1)
    visitor_page.context.set_offline(False)
    visitor_page.unroute("**/chat/shop/messages/*")
    visitor_page.reload()
    again = Chat(visitor_page, opens=False)
    again.expect_all_sent()
    expect(again.bubbles()).to_have_text(["Welcome!", "before", "in the tunnel"])
    assert Message.objects.filter(text="in the tunnel").count() == 1


def test_a_draft_survives_a_walk_through_the_shop(account: ChannelAccount, visitor_page: Page) -> None:
    chat = demo(visitor_page)
    chat.text.fill("half a thou")
    visitor_page.reload()
    expect(Chat(visitor_page, opens=False).text).to_have_value("half a thou")


def test_without_websockets_the_chat_works(account: ChannelAccount, visitor_page: Page, answer: Answer) -> None:
    visitor_page.route_web_socket(re.compile("/ws/chat/"), lambda socket: socket.close())
    chat = demo(visitor_page)
    chat.say("behind a proxy")
    chat.expect_all_sent()
    reply = answer("we hear you")
    expect(chat.bubbles()).to_have_text(["Welcome!", "behind a proxy", "we hear you"], timeout=PATIENCE)
    until(visitor_page, lambda: _state(reply) == "read")


def test_two_tabs_are_one_visitor_in_step(account: ChannelAccount, visitor_page: Page, answer: Answer) -> None:
    first = demo(visitor_page)
    second = demo(visitor_page.context.new_page())
    first.say("from the first")
    expect(second.bubbles().last).to_have_text("from the first", timeout=PATIENCE)
    second.expect_all_sent()
    second.say("from the second")
    second.expect_all_sent()
    first.page.bring_to_front()
    expect(first.bubbles()).to_have_text(["Welcome!", "from the first", "from the second"])
    answer("to both")
    for chat in (first, second):
        expect(chat.bubbles().last).to_have_text("to both")
    assert Conversation.objects.count() == 1


def test_enter_picks_a_candidate_while_an_input_method_composes(account: ChannelAccount, visitor_page: Page) -> None:
    chat = demo(visitor_page)
    chat.text.focus()
    keyboard = visitor_page.context.new_cdp_session(visitor_page)
    keyboard.send("Input.imeSetComposition", {"text": "にほん", "selectionStart": 3, "selectionEnd": 3})
    visitor_page.keyboard.press("Enter")
    expect(chat.text).to_have_value(re.compile("にほん"))
    expect(chat.log.locator(".own")).to_have_count(0)
    visitor_page.reload()  # ends the composition, and proves that Enter has sent nothing
    chat = Chat(visitor_page, opens=False)
    expect(chat.bubbles()).to_have_count(1)
    chat.text.fill("日本")
    safari = "new KeyboardEvent('keydown', {key: 'Enter', keyCode: 229, bubbles: true, cancelable: true})"
    chat.text.evaluate(f"element => element.dispatchEvent({safari})")
    expect(chat.text).to_have_value("日本")
    expect(chat.log.locator(".own")).to_have_count(0)
    chat.text.press("Shift+Enter")
    chat.text.press_sequentially("語")
    chat.text.press("Enter")
    expect(chat.text).to_have_value("")
    chat.expect_all_sent()
    assert Message.objects.get(kind="customer").text == "日本\n語"


def test_files_go_in_and_the_wrong_kind_is_refused_in_words(
    account: ChannelAccount, visitor_page: Page, axe: AxeCheck
) -> None:
    chat = demo(visitor_page)
    chooser = chat.panel.locator("#file")
    chooser.set_input_files({"name": "lamp 灯.png", "mimeType": "image/png", "buffer": PNG})
    picture = chat.log.locator("a.picture img")
    expect(picture).to_have_attribute("alt", "Picture: lamp 灯.png", timeout=PATIENCE)
    until(visitor_page, lambda: bool(picture.evaluate("image => image.complete && image.naturalWidth === 1")))
    chooser.set_input_files({"name": "tool.exe", "mimeType": "application/pdf", "buffer": b"MZ" + bytes(100)})
    expect(chat.log.get_by_text("Only pictures, PDF and text files can be sent.")).to_be_visible()
    axe(chat.frame)
    chat.panel.get_by_role("button", name="Discard").click()
    expect(chat.log.locator(".refused")).to_have_count(0)
    assert Attachment.objects.count() == 1


def test_a_message_is_text_and_only_web_addresses_are_links(account: ChannelAccount, visitor_page: Page) -> None:
    chat = demo(visitor_page)
    chat.say("<img src=x onerror=alert(1)> (see https://example.com/a_(b)?c=1). javascript:alert(2)")
    chat.expect_all_sent()
    expect(chat.bubbles().last.locator("img")).to_have_count(0)
    link = chat.bubbles().last.locator("a")
    expect(link).to_have_count(1)
    expect(link).to_have_attribute("href", "https://example.com/a_(b)?c=1")
    expect(link).to_have_attribute("rel", "noopener noreferrer nofollow")


def test_the_language_can_be_chosen_and_is_remembered(
    account: ChannelAccount, visitor_page: Page, axe: AxeCheck
) -> None:
    chat = demo(visitor_page)
    chat.panel.locator("#language").select_option("ar")
    expect(chat.bubbles()).to_have_text(["أهلاً بك!"])
    expect(chat.panel.locator("html")).to_have_attribute("dir", "rtl")
    axe(chat.frame)
    visitor_page.reload()
    expect(Chat(visitor_page, opens=False).bubbles()).to_have_text(["أهلاً بك!"])
    chat.say("OK 123")
    chat.expect_all_sent()
    assert Conversation.objects.get().language == "ar"


def test_a_visitor_may_give_a_name(account: ChannelAccount, visitor_page: Page) -> None:
    chat = demo(visitor_page)
    chat.say("Hello")
    chat.expect_all_sent()
    chat.panel.locator("#details").get_by_label("Name").fill("Ada")
    chat.panel.locator("#details").get_by_label("E-mail address").fill("ada@example.com")
    chat.panel.get_by_role("button", name="Save").click()
    expect(chat.panel.locator("#details")).to_be_hidden()
    until(visitor_page, lambda: str(Conversation.objects.select_related("contact").get().contact) == "Ada")
    chat.say("It is me")
    chat.expect_all_sent()
    assert Message.objects.get(text="It is me").metadata == {"unverified_email": "ada@example.com"}


def test_everything_is_done_by_keyboard(account: ChannelAccount, visitor_page: Page) -> None:
    visitor_page.goto("/chat/shop/demo/")
    chat = Chat(visitor_page, opens=False)
    chat.launcher.focus()
    visitor_page.keyboard.press("Enter")
    expect(chat.text).to_be_focused()
    visitor_page.keyboard.press("Escape")
    expect(chat.launcher).to_be_focused()
    expect(chat.launcher).to_have_attribute("aria-expanded", "false")
    expect(chat.panel.locator("body")).to_be_hidden()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("color", ["#ffd43b", "#0b7285"])
def test_every_brand_is_readable(
    account: ChannelAccount, new_page: NewPage, answer: Answer, axe: AxeCheck, scheme: Any, color: str
) -> None:
    account.settings |= {"color": color}
    account.save()
    chat = demo(new_page(color_scheme=scheme, viewport={"width": 360, "height": 700}, reduced_motion="reduce"))
    chat.say("See https://example.com")
    chat.expect_all_sent()
    answer("And https://example.org")
    expect(chat.bubbles()).to_have_count(3)
    axe(chat.frame)
    assert chat.frame.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.fixture
def strict_site(live_stack: LiveStack) -> Iterator[str]:
    """A page of another site, which allows our script and our frame and nothing else."""
    policy = f"default-src 'none'; script-src {live_stack.url}; frame-src {live_stack.url}"
    page = f"""<!doctype html><html lang="en"><title>Shop</title><body><h1>Shop</h1>
        <script src="{live_stack.url}/chat/widget.js" data-key="shop" async></script></body></html>"""

    class Site(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Security-Policy", policy)
            self.end_headers()
            self.wfile.write(page.encode())

        def log_message(self, *args: object) -> None:
            """Stay silent."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://localhost:{server.server_port}/"  # for a browser another site than 127.0.0.1
        server.shutdown()
        thread.join()


def test_a_site_with_a_strict_policy_can_embed_it(
    account: ChannelAccount, visitor_page: Page, strict_site: str
) -> None:
    visitor_page.goto(strict_site)
    chat = Chat(visitor_page)
    chat.say("from another site")
    chat.expect_all_sent()
    assert Message.objects.get(kind="customer").text == "from another site"
    assert visitor_page.context.cookies() == []
    expect(chat.text).to_be_focused()
    visitor_page.keyboard.press("Escape")
    expect(chat.launcher).to_be_focused()


def test_a_site_that_is_not_allowed_cannot(account: ChannelAccount, visitor_page: Page, live_stack: LiveStack) -> None:
    account.settings |= {"allowed_origins": ["https://elsewhere.example"]}
    account.save()
    answer = visitor_page.request.get(f"{live_stack.url}/chat/shop/frame/")
    assert answer.headers["content-security-policy"].endswith("frame-ancestors 'self' https://elsewhere.example")


def test_a_long_history_loads_as_one_reads_back(
    account: ChannelAccount, visitor_page: Page, answer: Answer, server_side: ServerSide
) -> None:
    chat = demo(visitor_page)
    chat.say("the very first")
    chat.expect_all_sent()
    for number in range(60):
        answer(f"answer {number}")
    visitor_page.reload()
    again = Chat(visitor_page, opens=False)
    expect(again.bubbles().last).to_have_text("answer 59")
    expect(again.bubbles().last).to_be_in_viewport()
    expect(again.log.get_by_text("the very first")).to_have_count(0)
    again.log.evaluate("log => { log.scrollTop = 0; }")
    expect(again.log.get_by_text("the very first")).to_have_count(1)
    expect(again.bubbles()).to_have_count(62)
    answer("news")
    expect(again.panel.get_by_role("button", name="New messages")).to_be_visible()
    again.panel.get_by_role("button", name="New messages").click()
    expect(again.log.get_by_text("news")).to_be_in_viewport()


def _state(message: Message) -> str:
    message.refresh_from_db()
    return message.state
