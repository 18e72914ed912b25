"""What is about to be opened is there already, and never older than what the wire has said."""

import pytest
from playwright.sync_api import Page, expect

from csplatform.conversations.models import Conversation
from csplatform.gateway.models import ChannelAccount
from tests.browser.conftest import ServerSide
from tests.browser.desk_pages import open_desk, row
from tests.factories import say

pytestmark = pytest.mark.browser


def test_a_row_is_fetched_once_when_the_pointer_rests_and_anew_after_news(
    desk: Page, account: ChannelAccount, ming: Conversation, server_side: ServerSide
) -> None:
    path = f"/inbox/c/{ming.pk}/?"
    asked: list[str] = []
    desk.on("request", lambda request: asked.append(request.url) if path in request.url else None)
    open_desk(desk)
    with desk.expect_response(lambda answer: path in answer.url):
        row(desk, ming).hover()
    row(desk, ming).click()
    expect(desk.locator("#timeline .message.customer")).to_have_count(1)
    assert desk.url.endswith(f"/inbox/c/{ming.pk}/?view=open")
    assert len(asked) == 1

    desk.goto("/inbox/")
    expect(desk.locator('#wire[data-state="live"]')).to_be_attached()
    asked.clear()
    with desk.expect_response(lambda answer: path in answer.url):
        row(desk, ming).hover()
    with server_side():
        say(account, "还有一件事", sender="ming")
    expect(row(desk, ming)).to_contain_text("还有一件事")
    row(desk, ming).click()
    expect(desk.locator("#timeline .message.customer")).to_have_count(2)
    assert len(asked) > 1
