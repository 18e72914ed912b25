"""One customer's way through the house: chat, e-mail, Telegram; one agent; one contact in the end."""

import re
import smtplib
from collections.abc import Iterator
from email.message import EmailMessage

import pytest
from playwright.sync_api import Page, expect

from csplatform.contacts.models import Contact
from csplatform.conversations.models import Conversation, Message
from csplatform.doors.tasks import unpack
from csplatform.flows.deliver import deliver
from csplatform.gateway.models import ChannelAccount, InboundDelivery
from csplatform.knowledge.models import CannedReply, SystemText
from csplatform.people.models import User
from tests.browser.conftest import AgentPage, NewPage, ServerSide
from tests.browser.live import LiveStack
from tests.channels_email.sending import serving
from tests.factories import make_account, make_team, make_user
from tests.platforms.telegram import SECRET, TOKEN, TelegramStandIn

pytestmark = pytest.mark.browser
PATIENCE = 30_000  # milliseconds; the first message of a process waits for the language models
MAILBOX = "help@shop.example"


@pytest.fixture
def agent(live_stack: LiveStack) -> User:
    team = make_team("Shop")
    make_account("webchat", name="Chat", address="shop", settings={"demo": True}, team=team)
    make_account("email", name="Mailbox", address=MAILBOX, team=team)
    SystemText.objects.update_or_create(key="greeting", defaults={"body_en": "Welcome!", "body_zh_hans": "欢迎光临！"})
    CannedReply.objects.create(
        shortcut="on-its-way",
        title_en="On its way",
        body_en="Hello, your parcel is on its way.",
        body_zh_hans="您好，您的包裹已在路上。",
    )
    return make_user(name="Ana Torres", teams=[team])


@pytest.fixture
def telegram(agent: User, live_stack: LiveStack) -> Iterator[TelegramStandIn]:
    """Telegram's servers, with our bot's webhook set to the running stack."""
    with TelegramStandIn() as platform:
        account = make_account(
            "telegram",
            name="Bot",
            address="@shop_bot",
            credentials={"bot_token": TOKEN, "webhook_secret": SECRET},
            settings={"api_base": platform.url},
            team=agent.teams.get(),
        )
        platform.door = f"{live_stack.url}/hooks/{account.token}/"
        yield platform


def mail_from_ming(port: int, text: str) -> None:
    """Send a mail as his mail program does."""
    mail = EmailMessage()
    mail["From"] = "王小明 <ming@example.cn>"
    mail["To"] = MAILBOX
    mail["Subject"] = "我的订单"
    mail["Message-ID"] = "<one@example.cn>"
    mail.set_content(text)
    with smtplib.SMTP("127.0.0.1", port, timeout=30) as server:
        server.send_message(mail)


def unpack_all() -> None:
    """Do a worker's part: understand what the doors have stored."""
    for delivery in InboundDelivery.objects.filter(state="waiting").order_by("pk"):
        unpack(delivery.pk)


def merge_with(desk: Page, name: str) -> None:
    """Merge the contact called `name` into the one on the screen."""
    desk.get_by_role("link", name="Merge with another contact").click()
    desk.get_by_label("Find the other contact").fill(name)
    desk.locator("#merge-found").get_by_role("link").first.click()
    desk.get_by_role("button", name="Merge", exact=True).click()
    expect(desk.locator("#dialog")).to_be_hidden()


def test_one_customer_on_three_channels(
    agent: User,
    telegram: TelegramStandIn,
    live_stack: LiveStack,
    new_page: NewPage,
    agent_page: AgentPage,
    server_side: ServerSide,
) -> None:
    desk = agent_page(agent, viewport={"width": 1440, "height": 900})
    desk.goto("/inbox/")
    expect(desk.locator('#wire[data-state="live"]')).to_be_attached()
    desk.evaluate("window.sameDocument = true")

    # A visitor writes Chinese in the widget; the agent sees it without reloading.
    visitor = new_page(locale="zh-CN")
    visitor.goto("/chat/shop/demo/?lang=zh-CN")
    visitor.locator("button[aria-expanded]").click()
    panel = visitor.frame_locator("iframe")
    expect(panel.get_by_role("log")).to_contain_text("欢迎光临！", timeout=PATIENCE)
    panel.locator("#text").fill("我的订单还没到，可以帮我查一下吗？")
    panel.locator("#text").press("Enter")
    row = desk.locator("#rows .row > a")
    expect(row).to_contain_text("我的订单还没到", timeout=PATIENCE)
    row.click()
    expect(desk.locator("#conversation-head")).to_contain_text("Simplified Chinese")

    # A canned reply comes out in Chinese, and the conversation is resolved.
    field = desk.get_by_label("Your text")
    field.type("/on")
    expect(desk.locator("#canned").get_by_role("option")).to_have_count(1)
    field.press("Enter")
    expect(field).to_have_value("您好，您的包裹已在路上。")
    desk.get_by_role("button", name="Send & resolve").click()
    expect(desk.locator("#conversation-head .status-resolved")).to_be_visible()
    with server_side():
        deliver(Conversation.objects.get().pk)  # the worker's part
    expect(panel.get_by_role("log")).to_contain_text("您好，您的包裹已在路上。")
    chat = Conversation.objects.get()
    assert (chat.status, chat.assignee, chat.language) == ("resolved", agent, "zh-Hans")

    # The same person goes on by e-mail and by Telegram.
    with server_side(), serving() as port:
        mail_from_ming(port, "还是没有收到。我的微信和邮箱都可以联系。")
    ming = {"id": 77, "is_bot": False, "first_name": "小明王"}
    telegram.deliver(telegram.message("我也在这里", chat=77, **{"from": ming}))
    with server_side():
        unpack_all()
    expect(desk.locator("#rows .row-name")).to_have_text(["小明王", "王小明"], timeout=PATIENCE)
    assert Contact.objects.count() == 3

    # After two merges all is on one contact, which the agent sees at once.
    desk.locator("#rows .row > a").last.click()
    expect(desk.locator("#conversation-head h2")).to_have_text("王小明")
    merge_with(desk, "小明王")
    expect(desk.locator("#contact-card .handles li")).to_have_count(2)
    visitor_name = str(Contact.objects.get(pk=chat.contact_id).handles.get().external_id)
    merge_with(desk, visitor_name)
    expect(desk.locator("#contact-card .handles li")).to_have_count(3)
    expect(desk.locator("#contact-card .previous li")).to_have_count(2)
    assert Conversation.objects.values("contact").distinct().count() == 1
    channels = ChannelAccount.objects.filter(handles__contact=Conversation.objects.latest("id").contact)
    assert set(channels.values_list("channel", flat=True)) == {"webchat", "email", "telegram"}
    assert desk.evaluate("window.sameDocument")

    # What he writes now belongs to that one contact, whichever way it comes.
    telegram.deliver(telegram.message("收到了，谢谢！", chat=77))
    with server_side():
        unpack_all()
    said = Message.objects.get(text="收到了，谢谢！")
    assert said.conversation.contact_id == Conversation.objects.get(account__channel="email").contact_id
    expect(desk.locator("#rows .row > a").filter(has_text=re.compile("收到了"))).to_be_visible()
