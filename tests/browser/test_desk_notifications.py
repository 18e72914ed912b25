"""Two agents at once: each hears what concerns them, sees the other at work, and loses what is no longer theirs."""

import re
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from csplatform.conversations.models import Conversation
from csplatform.flows.reply import note
from csplatform.gateway.models import ChannelAccount
from csplatform.notifications.models import Notification
from csplatform.people.models import AbsenceReason, Presence, Team, User
from csplatform.people.services import access_changed
from tests.browser.conftest import AgentPage, AxeCheck, ServerSide
from tests.browser.desk_pages import open_desk, row
from tests.factories import make_user, say

pytestmark = pytest.mark.browser
WIDE = {"width": 1440, "height": 900}
# What the browser would have shown, kept for the test to read.
SPY = """
window.shown = [];
window.Notification = class extends EventTarget {
  static permission = "granted";
  constructor(title, options) { super(); window.shown.push({ title, ...options }); window.last = this; }
  close() {}
};
"""


def mention(conversation: Conversation, who: User, by: User) -> None:
    note(conversation.pk, by=by, text=f"@{who.name} please look", key=uuid4(), mentions=[who.pk])


def test_a_mention_rings_opens_and_is_seen(
    desk: Page,
    ming: Conversation,
    account: ChannelAccount,
    ana: User,
    team: Team,
    axe: AxeCheck,
    server_side: ServerSide,
) -> None:
    omar = make_user(name="Omar Haddad", teams=[team])
    desk.add_init_script(SPY)
    open_desk(desk)
    second = desk.context.new_page()
    second.add_init_script(SPY)
    open_desk(second, "/inbox/mine/")
    with server_side():
        mention(ming, ana, omar)
    for page in (desk, second):
        expect(page.locator("#bell-count")).to_contain_text("1")
    desk.wait_for_function("shown.length === 1")
    assert desk.evaluate("shown[0].title") == "Omar Haddad mentioned you"
    assert "please look" not in desk.evaluate("JSON.stringify(shown)")
    assert second.evaluate("shown.length") == 0

    desk.get_by_text("Notifications", exact=True).first.click()
    notice = desk.get_by_role("link", name=re.compile("Omar Haddad mentioned you"))
    expect(notice).to_contain_text("@Ana Torres please look")
    axe(desk)
    desk.keyboard.press("Escape")
    desk.evaluate("last.dispatchEvent(new Event('click'))")
    expect(desk).to_have_url(re.compile(rf"/inbox/c/{ming.pk}/"))
    for page in (desk, second):
        expect(page.locator("#bell-count")).to_have_attribute("data-count", "0")
    assert Notification.objects.get().seen_at is not None

    desk.get_by_role("button", name="Follow", exact=True).click()
    expect(desk.locator("#follow")).to_have_attribute("aria-pressed", "false")
    with server_side():
        say(account, "are you there?", sender="ming")
    expect(desk.locator("#timeline .message.customer")).to_have_count(2)
    expect(second.locator("#bell-count")).to_have_attribute("data-count", "0")


def test_colleagues_see_each_other_and_the_one_who_lost_the_team_sees_nothing(
    desk: Page, agent_page: AgentPage, ming: Conversation, ana: User, team: Team, server_side: ServerSide
) -> None:
    omar = make_user(name="Omar Haddad", teams=[team])
    AbsenceReason.objects.create(name="Break")
    other = agent_page(omar, viewport=WIDE)
    open_desk(desk, f"/inbox/c/{ming.pk}/?view=team-{team.pk}")
    open_desk(other, f"/inbox/c/{ming.pk}/")
    expect(desk.locator("#lookers")).to_contain_text("Omar Haddad is looking at this")
    other.get_by_label("Your text").press_sequentially("您好")
    expect(desk.locator("#lookers")).to_contain_text("Omar Haddad is writing a reply")
    expect(other.locator("#lookers")).to_contain_text("Ana Torres is looking at this")

    other.locator(".account-button").click()
    other.get_by_role("button", name="Break").click()
    expect(other.locator("#presence-dot")).to_contain_text("Offline: Break")
    desk.locator("[data-menu=assign] summary").click()
    expect(desk.get_by_role("button", name=re.compile("Omar Haddad.*Break"))).to_be_visible()
    assert Presence.objects.get(user=ana).state == "online"

    ana.teams.clear()
    with server_side():
        access_changed([ana.pk])
    expect(desk.get_by_text("王小明")).to_have_count(0)
    expect(desk.locator("#rows .row")).to_have_count(0)
    expect(desk.locator("#timeline")).to_have_count(0)
    expect(desk.locator("#contact-card")).to_have_count(0)
    expect(desk.get_by_role("link", name="Shop")).to_have_count(0)
    expect(other.locator("#lookers")).to_be_empty()

    User.objects.filter(pk=ana.pk).update(is_active=False)
    with server_side():
        access_changed([ana.pk])
    expect(desk).to_have_url(re.compile("/accounts/login/"))
    expect(row(other, ming)).to_be_visible()
