"""The browser fixtures themselves: what they promise to the tests beside them."""

import asyncio

import pytest
from playwright.sync_api import Page

from csplatform.live.announce import Changed, announce
from csplatform.people.models import User
from tests.browser.conftest import AgentPage, AxeCheck, ServerSide
from tests.browser.live import LiveStack

pytestmark = pytest.mark.browser


def test_a_killed_web_process_comes_back_under_its_address(live_stack: LiveStack, visitor_page: Page) -> None:
    first = visitor_page.goto("/accounts/login/")
    assert first is not None
    assert first.status == 200
    live_stack.kill()
    live_stack.start()
    second = visitor_page.goto("/accounts/login/")
    assert second is not None
    assert second.status == 200


def test_an_agent_is_logged_in(live_stack: LiveStack, agent_page: AgentPage) -> None:
    boss = User.objects.create_superuser("boss@example.com", "a long password", name="Boss")
    page = agent_page(boss)
    answer = page.goto("/admin/")
    assert answer is not None
    assert answer.status == 200
    assert page.url.startswith(f"{live_stack.url}/admin/")


def test_axe_finds_what_is_wrong(visitor_page: Page, axe: AxeCheck) -> None:
    visitor_page.set_content("<html lang='en'><title>x</title><main><h1>x</h1><img src='data:,'></main></html>")
    with pytest.raises(AssertionError, match="image-alt"):
        axe(visitor_page)


@pytest.mark.django_db(transaction=True)
def test_announcing_works_beside_a_browser(visitor_page: Page, server_side: ServerSide) -> None:
    with server_side():
        announce(["handle.1"], Changed(conversation=1, revision=1))
        with pytest.raises(RuntimeError):
            asyncio.get_running_loop()
    asyncio.get_running_loop()
