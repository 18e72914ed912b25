"""Browsers for tests: Playwright over headless Chromium, against a real web process.

Fixtures: `live_stack`, `new_page(**options)`, `visitor_page`, `agent_page(user)`, `axe(page)`, `server_side`; and a
small company: `team`, `ana` who works in it, `account` that `ming` wrote to, and `desk`, her page.

Playwright's synchronous interface keeps an event loop running in this thread. Everything here has the scope of
this package, so that it is gone before asynchronous tests of other packages run; reading rows is allowed
meanwhile, and whatever announces to screens goes into `with server_side():`.
"""

import asyncio
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Frame, Page, sync_playwright

from csplatform.conversations.models import Conversation
from csplatform.gateway.models import ChannelAccount
from csplatform.people.models import Team, User
from tests.browser.live import LiveStack
from tests.factories import make_account, make_team, make_user, say

_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# The one without a window opens a page in a third of the time.
_PROGRAMS = ("chromium-headless-shell", "chromium", "google-chrome")
_LOGIN_BACKEND = "allauth.account.auth_backends.AuthenticationBackend"

NewPage = Callable[..., Page]
AgentPage = Callable[..., Page]
AxeCheck = Callable[[Page | Frame], None]
ServerSide = Callable[[], AbstractContextManager[None]]


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Headless Chromium: $CHROMIUM, or the best of those on PATH. Skips where there is none."""
    program = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, _PROGRAMS)), None)
    if not program:
        pytest.skip("no Chromium: put one on PATH or name it in CHROMIUM")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    try:
        with sync_playwright() as playwright:
            chromium = playwright.chromium.launch(executable_path=program, args=_FLAGS)
            yield chromium
            chromium.close()
    finally:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture(scope="package")
def _web_process(django_db_setup: None) -> Iterator[LiveStack]:
    stack = LiveStack()
    yield stack
    stack.close()


@pytest.fixture
def live_stack(transactional_db: None, _web_process: LiveStack) -> LiveStack:
    """The running web process; a test may `kill()` it and `start()` it again."""
    _web_process.start()
    return _web_process


@pytest.fixture
def new_page(browser: Browser, live_stack: LiveStack) -> Iterator[NewPage]:
    """Open a page in a browser profile of its own; options are those of Playwright's `new_context`.

    An exception in a page's own script, or something its Content-Security-Policy refused, fails the test.
    """
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            complaints.append(message.text)

    def open_page(**options: Any) -> Page:
        context = browser.new_context(**({"base_url": live_stack.url, "locale": "en-GB"} | options))
        context.set_default_timeout(10_000)
        context.on("weberror", lambda error: complaints.append(str(error.error)))
        context.on("console", note)
        contexts.append(context)
        return context.new_page()

    yield open_page
    for context in contexts:
        context.close()
    assert not complaints, complaints


@pytest.fixture
def visitor_page(new_page: NewPage) -> Page:
    """A page of somebody who is not logged in."""
    return new_page()


@pytest.fixture
def agent_page(new_page: NewPage, live_stack: LiveStack) -> AgentPage:
    """`agent_page(user, **options)`: a page in which `user` is logged in."""

    def open_page(user: User, **options: Any) -> Page:
        client = Client()
        client.force_login(user, backend=_LOGIN_BACKEND)
        value = client.cookies[settings.SESSION_COOKIE_NAME].value
        page = new_page(**options)
        page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": value, "url": live_stack.url}])
        return page

    return open_page


@pytest.fixture
def axe() -> AxeCheck:
    """`axe(page)`: fail, with the reasons, where the page (or one frame of it) is not accessible."""

    def check(page: Page | Frame) -> None:
        found = Axe().run(page, options={"resultTypes": ["violations"]})  # type: ignore[arg-type]  # needs evaluate()
        assert found.violations_count == 0, found.generate_report()

    return check


@pytest.fixture
def server_side() -> ServerSide:
    """`with server_side(): …` runs flows and services as the server would, outside Playwright's event loop."""

    @contextmanager
    def outside() -> Iterator[None]:
        loop = asyncio._get_running_loop()
        asyncio._set_running_loop(None)
        try:
            yield
        finally:
            asyncio._set_running_loop(loop)

    return outside


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
