"""Why is this due then? The panel behind a deadline, in a browser."""

from datetime import timedelta

from playwright.sync_api import expect

from csplatform.common import clock
from csplatform.gateway.models import ChannelAccount
from csplatform.people.models import Team, User
from csplatform.sla.models import ClockKind
from csplatform.sla.sweep import sweep
from tests.browser.conftest import AgentPage, AxeCheck, ServerSide
from tests.factories import say
from tests.sla.situations import make_policy


def test_a_deadline_is_explained_and_followed(
    team: Team, ana: User, account: ChannelAccount, agent_page: AgentPage, axe: AxeCheck, server_side: ServerSide
) -> None:
    with server_side():
        make_policy("Swift", minutes={ClockKind.FIRST_RESPONSE: 60, ClockKind.RESOLUTION: 600})
        with clock.frozen(clock.now() - timedelta(minutes=59, seconds=50)):
            conversation = say(account, "When will it come?", sender="ming").conversation
    page = agent_page(ana)
    page.goto(f"/inbox/c/{conversation.pk}/")
    page.get_by_role("link", name="Why is this due then?").click()
    panel = page.get_by_role("dialog").locator("#deadlines")
    first = panel.locator("details", has_text="First response")
    expect(first).to_have_attribute("open", "")
    expect(first.locator(".reasons")).to_contain_text("The policy “Swift” allows 60 minutes. Every minute counts.")
    resolution = panel.locator("details", has_text="Resolution")
    expect(resolution.locator(".reasons")).not_to_be_visible()
    resolution.locator("summary").click()
    expect(resolution.locator(".reasons")).to_be_visible()
    axe(page)
    with server_side(), clock.frozen(clock.now() + timedelta(minutes=1)):
        sweep()
    expect(first.locator(".reasons")).to_contain_text("The deadline was missed.")
    expect(resolution.locator(".reasons")).to_be_visible()
    panel.get_by_role("button", name="Close").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
