"""A visitor's own data in a real browser: taken away, and forgotten; people on one browser are kept apart."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import jwt
import pytest
from playwright.sync_api import Page, expect

from csplatform.conversations.models import Conversation, Message
from csplatform.flows import reply as replies
from csplatform.gateway.models import ChannelAccount
from csplatform.knowledge.models import SystemText
from csplatform.people.models import User
from csplatform.privacy.models import Erasure
from tests.browser.conftest import AgentPage, AxeCheck, ServerSide
from tests.browser.live import LiveStack
from tests.browser.widget_chat import PATIENCE, Chat, demo
from tests.factories import make_account, make_user

pytestmark = pytest.mark.browser
SECRET = "a secret of the shop, long enough for HS256"


@pytest.fixture
def account(live_stack: LiveStack) -> ChannelAccount:
    SystemText.objects.update_or_create(key="greeting", defaults={"body_en": "Welcome!"})
    credentials = {"identity_secret": SECRET}
    return make_account("webchat", address="shop", name="Nordlicht", settings={"demo": True}, credentials=credentials)


@pytest.fixture
def agent(live_stack: LiveStack) -> User:
    return make_user(name="Ana García")


def answer(server_side: ServerSide, agent: User, text: str) -> None:
    with server_side():
        replies.reply(Conversation.objects.latest("id").pk, by=agent, text=text, key=uuid4())


def test_the_history_is_taken_away(
    account: ChannelAccount, agent: User, visitor_page: Page, server_side: ServerSide, axe: AxeCheck, tmp_path: Path
) -> None:
    chat = demo(visitor_page)
    chat.say("Where is my lamp?")
    chat.expect_all_sent()
    answer(server_side, agent, "On its way")
    expect(chat.bubbles()).to_have_count(3)
    chat.panel.get_by_role("button", name="Your conversation").click()
    axe(chat.frame)
    with visitor_page.expect_download() as text:
        chat.panel.get_by_role("button", name="Download to read").click()
    assert "Where is my lamp?" in Path(text.value.path()).read_text()
    expect(chat.panel.locator("#menu")).to_be_hidden()
    with visitor_page.expect_download() as data:
        chat.ask_menu("Download as data")
    said = json.loads(Path(data.value.path()).read_text())["messages"]
    assert [line["text"] for line in said] == ["Where is my lamp?", "On its way"]


def test_everything_is_deleted_and_every_screen_learns_of_it(
    account: ChannelAccount,
    agent: User,
    visitor_page: Page,
    agent_page: AgentPage,
    server_side: ServerSide,
    axe: AxeCheck,
) -> None:
    chat = demo(visitor_page)
    chat.say("my xylophone is broken")
    chat.expect_all_sent()
    answer(server_side, agent, "your xylophone?")
    other = demo(visitor_page.context.new_page())
    expect(other.bubbles()).to_have_count(3)
    desk = agent_page(agent, viewport={"width": 1440, "height": 900})
    desk.goto(f"/inbox/c/{Conversation.objects.get().pk}/")
    expect(desk.get_by_text("my xylophone is broken").first).to_be_visible()
    chat.page.bring_to_front()

    chat.ask_menu("Delete everything")
    axe(chat.frame)
    chat.panel.get_by_role("button", name="Keep it").click()
    expect(chat.bubbles()).to_have_count(3)
    chat.ask_menu("Delete everything")
    chat.panel.get_by_role("button", name="Delete for good").click()

    expect(chat.bubbles()).to_have_text(["Welcome!"])
    proof = Erasure.objects.get()
    expect(chat.panel.get_by_role("status").filter(has_text="deleted")).to_contain_text(str(proof.pk))
    expect(other.bubbles()).to_have_text(["Welcome!"])
    expect(desk.get_by_text("xylophone")).to_have_count(0)
    expect(desk.get_by_text("erased the history").first).to_be_visible()
    assert not Message.objects.filter(text__contains="xylophone").exists()

    chat.say("a new beginning")
    chat.expect_all_sent()
    expect(other.bubbles()).to_have_text(["Welcome!", "a new beginning"])
    visitor_page.reload()
    expect(Chat(visitor_page, opens=False).bubbles()).to_have_text(["Welcome!", "a new beginning"])


@pytest.fixture
def shop(live_stack: LiveStack) -> Iterator[str]:
    """A site whose page `?who=ada` is Ada's: the site signs who she is. Without `who` nobody is logged in."""

    class Site(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            query = parse_qs(urlsplit(self.path).query)
            who, secret = query.get("who", [""])[0], query.get("secret", [SECRET])[0]
            claims = {"iss": "shop", "sub": who, "name": who.title(), "exp": datetime.now(UTC) + timedelta(minutes=5)}
            word = f'data-identity="{jwt.encode(claims, secret, "HS256")}"' if who else ""
            page = f'''<!doctype html><html lang="en"><title>Shop</title><h1>Shop</h1>
                <script src="{live_stack.url}/chat/widget.js" data-key="shop" {word} async></script>'''
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(page.encode())

        def log_message(self, *args: object) -> None:
            """Stay silent."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"  # the same site to a browser, and another origin
        server.shutdown()
        thread.join()


def test_signing_in_takes_the_conversation_along_and_signing_out_leaves_it(
    account: ChannelAccount, visitor_page: Page, shop: str
) -> None:
    visitor_page.goto(shop)
    chat = Chat(visitor_page)
    chat.say("before I signed in")
    chat.expect_all_sent()
    visitor_page.goto(f"{shop}?who=ada")
    chat = Chat(visitor_page, opens=False)
    expect(chat.bubbles()).to_have_text(["Welcome!", "before I signed in"], timeout=PATIENCE)
    chat.say("now as Ada")
    chat.expect_all_sent()
    chat.text.fill("a draft of Ada's")
    visitor_page.goto(f"{shop}?who=bob")
    bob = Chat(visitor_page, opens=False)
    expect(bob.bubbles()).to_have_text(["Welcome!"])
    expect(bob.text).to_have_value("")
    visitor_page.goto(shop)
    nobody = Chat(visitor_page, opens=False)
    expect(nobody.bubbles()).to_have_text(["Welcome!"])
    kept = nobody.frame.evaluate("Object.keys(localStorage).filter((name) => name.endsWith(':token'))")
    assert kept == ["csplatform-chat:shop:token"]
    visitor_page.goto(f"{shop}?who=ada")
    expect(Chat(visitor_page, opens=False).bubbles()).to_have_text(["Welcome!", "before I signed in", "now as Ada"])
    conversation = Conversation.objects.select_related("contact").get()
    assert str(conversation.contact) == "Ada"


def test_signing_out_in_the_page_leaves_nothing_on_the_screen(
    account: ChannelAccount, visitor_page: Page, shop: str
) -> None:
    visitor_page.goto(f"{shop}?who=ada")
    chat = Chat(visitor_page)
    chat.say("mine alone")
    chat.expect_all_sent()
    visitor_page.evaluate("csplatformChat.signOut()")
    expect(chat.bubbles()).to_have_text(["Welcome!"])
    expect(chat.log.get_by_text("mine alone")).to_have_count(0)


def test_a_forged_word_is_refused_and_the_visitor_is_heard_all_the_same(
    account: ChannelAccount, visitor_page: Page, shop: str
) -> None:
    visitor_page.goto(f"{shop}?who=ada&secret={'x' * 40}")
    chat = Chat(visitor_page)
    expect(chat.panel.locator("#notice")).to_have_text("This site could not say who you are.")
    chat.say("help")
    chat.expect_all_sent()
    assert "|" not in Conversation.objects.get().handle.external_id
