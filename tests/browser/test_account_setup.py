"""Setting up a mailbox in the admin: choosing, filling in, testing, being told what is wrong; also without scripts."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from csplatform.gateway.models import ChannelAccount
from csplatform.people.models import Role, User
from tests.browser.conftest import AgentPage, AxeCheck
from tests.factories import make_account, make_user
from tests.platforms.talker import Talker

pytestmark = pytest.mark.browser
PATIENCE = 30_000  # milliseconds; a test on the page may take twenty seconds
BUSY = {" CAPABILITY$": "* CAPABILITY IMAP4rev1\r\n{tag} OK done", " LOGIN ": "{tag} NO [AUTHENTICATIONFAILED] no"}


@pytest.fixture
def administrator(transactional_db: None) -> User:
    return make_user(name="Ada Admin", role=Role.ADMINISTRATOR)


@pytest.fixture
def server() -> Iterator[Talker]:
    with Talker("* OK hello", BUSY) as talker:
        yield talker


def mailbox(port: int) -> ChannelAccount:
    return make_account(
        "email",
        name="Support",
        address="support@shop.example",
        credentials={"imap_user": "support@shop.example", "imap_password": "s3cr3t-word"},
        settings={"imap_host": "127.0.0.1", "imap_port": port, "imap_security": "none"},
    )


def test_a_mailbox_is_set_up_and_tested(
    agent_page: AgentPage, administrator: User, server: Talker, axe: AxeCheck
) -> None:
    page = agent_page(administrator, viewport={"width": 1280, "height": 900})
    page.goto("/admin/gateway/channelaccount/add/")
    axe(page)
    page.get_by_role("link", name="E-mail").click()
    page.get_by_label("Name").first.fill("Support")
    page.get_by_label("Mail address").fill("support@shop.example")
    page.locator("#id_entry_imap_host").fill("127.0.0.1")
    page.locator("#id_entry_imap_security").select_option("none")
    page.locator("#id_entry_imap_port").fill(str(server.port))
    page.locator("#id_entry_imap_user").fill("support@shop.example")
    page.locator("#id_entry_imap_password").fill("s3cr3t-word")
    axe(page)
    page.get_by_role("button", name="Save and test").click()
    failed = page.locator(".finding.is-bad", has_text="IMAP: login")
    expect(failed).to_contain_text("The server does not accept this user name or this password.", timeout=PATIENCE)
    expect(page.locator(".finding.is-open", has_text="IMAP: folder")).to_contain_text("not tried")
    axe(page)
    assert "s3cr3t-word" not in page.content()
    page.get_by_role("link", name="Back to the settings").click()
    expect(page.locator("#id_entry_imap_password")).to_have_value("")
    axe(page)


@pytest.mark.parametrize(
    "look", [{"color_scheme": "dark"}, {"viewport": {"width": 360, "height": 740}}, {"locale": "ar"}]
)
def test_the_pages_are_accessible_in_every_look(
    agent_page: AgentPage, administrator: User, server: Talker, axe: AxeCheck, look: dict[str, object]
) -> None:
    account = mailbox(server.port)
    page = agent_page(administrator, **look)
    for path in ("add/", f"{account.pk}/change/", f"{account.pk}/test/"):
        page.goto(f"/admin/gateway/channelaccount/{path}")
        _fits(page)
        axe(page)
    expect(page.locator(".finding.is-bad").first).to_be_visible(timeout=PATIENCE)
    _fits(page)
    axe(page)


def _fits(page: Page) -> None:
    """Nothing sticks out of the page sideways."""
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_it_works_without_scripts(agent_page: AgentPage, administrator: User, server: Talker) -> None:
    account = mailbox(server.port)
    page = agent_page(administrator, java_script_enabled=False)
    page.goto(f"/admin/gateway/channelaccount/{account.pk}/change/")
    page.locator("button", has_text="Test connection").click(timeout=PATIENCE)
    expect(page.locator(".finding.is-bad", has_text="IMAP: login")).to_have_count(1)
