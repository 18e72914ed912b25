"""The composer while a platform's reply window closes and opens again, and a template in between."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import transaction
from playwright.sync_api import Page, expect

from csplatform.common import clock
from csplatform.conversations.models import Conversation
from csplatform.conversations.services import lock, touch
from csplatform.gateway.contract import Template
from csplatform.people.models import Team
from tests.browser.conftest import AxeCheck, ServerSide
from tests.browser.desk_pages import open_desk, texts_of
from tests.factories import make_account, say

pytestmark = pytest.mark.browser
SHIPPED = Template("shipped", "zh_CN", "{{1}}，您好！您的订单 {{2}} 已发货。", ("{{1}}", "{{2}}"))


@pytest.fixture
def whatsapp(team: Team, ming: Conversation, server_side: ServerSide) -> Conversation:
    """Ming by WhatsApp, who is known by the shop's chat too."""
    with server_side():
        account = make_account("whatsapp", name="Shop on WhatsApp", team=team)
        cache.set(f"templates:{account.pk}", [Template("hello", "en", "Hello!"), SHIPPED], 600)
        conversation = say(account, "到哪里了？", sender="8613800000000", name="王小明").conversation
        ming.handle.contact = conversation.contact
        ming.handle.save()
    return conversation


def wrote(conversation: Conversation, ago: timedelta, server_side: ServerSide) -> None:
    with server_side(), transaction.atomic():
        locked = lock(conversation.pk)
        locked.last_customer_message_at = clock.now() - ago
        locked.save()
        touch(locked)


def test_a_window_closes_and_opens_again(
    desk: Page, whatsapp: Conversation, server_side: ServerSide, axe: AxeCheck
) -> None:
    open_desk(desk, f"/inbox/c/{whatsapp.pk}/")
    field, send, shown = (
        desk.get_by_label("Your text"),
        desk.locator("#send"),
        desk.locator("#allowances > :not([hidden])"),
    )
    expect(shown).to_contain_text("left")
    field.fill("马上查")
    expect(send).to_be_enabled()

    shown.evaluate("element => (element.dataset.closes = new Date(Date.now() - 1000).toISOString())")
    expect(shown).to_contain_text("last wrote too long ago")  # the page's own clock said so
    expect(send).to_be_disabled()
    wrote(whatsapp, timedelta(hours=1), server_side)
    expect(send).to_be_enabled()
    wrote(whatsapp, timedelta(hours=30), server_side)
    expect(send).to_be_disabled()
    field.press("Control+Enter")
    expect(desk.locator("#composer-status")).to_contain_text("takes no free answers")
    axe(desk)

    shown.get_by_role("button", name="Answer by").click()
    expect(send).to_be_enabled()
    desk.get_by_label("Send through").select_option(index=0)
    expect(send).to_be_disabled()
    choose(desk, axe)
    expect(desk.locator("#timeline .message.reply")).to_contain_text("王小明，您好！您的订单 A-7 已发货。")
    assert texts_of("reply") == ["王小明，您好！您的订单 A-7 已发货。"]
    expect(field).to_have_value("马上查")


def choose(desk: Page, axe: AxeCheck) -> None:
    """Send the template, by keyboard."""
    desk.locator("#allowances").get_by_role("link", name="Send a template").press("Enter")
    search = desk.get_by_role("searchbox", name="Search templates")
    expect(search).to_be_focused()
    search.fill("订单")
    expect(desk.locator("#dialog-body").get_by_role("listitem")).to_have_count(1)
    axe(desk)
    desk.locator(".template-option:visible").press("Enter")
    first = desk.get_by_label("{{1}}")
    expect(first).to_be_focused()
    first.fill("王小明")
    expect(desk.locator(".template-preview")).to_contain_text("王小明，您好！您的订单 {{2}}")
    desk.get_by_label("{{2}}").fill("A-7")
    axe(desk)
    desk.get_by_label("{{2}}").press("Enter")
    expect(desk.locator("#dialog")).not_to_be_visible()
