"""Writing over several screens: undo brings everything back, nothing newer is lost, colleagues hear of each other."""

import pytest
from playwright.sync_api import Page, Route, expect

from csplatform.conversations.models import Conversation, Draft, SendingHabit
from csplatform.people.models import Team, User
from tests.browser.conftest import AgentPage, AxeCheck, ServerSide
from tests.browser.desk_pages import open_desk, texts_of
from tests.factories import make_account, make_user, say

pytestmark = pytest.mark.browser

ADA, BOB = "ada@customer.example", "bob@customer.example"
FILE = {"name": "発票.txt", "mimeType": "text/plain", "buffer": b"invoice"}


@pytest.fixture
def thread(team: Team, server_side: ServerSide) -> Conversation:
    mailbox = make_account("email", name="Support", address="help@shop.example", team=team)
    with server_side():
        return say(mailbox, "Where is it?", sender=ADA, name="Ada Byron", subject="My order").conversation


def saved(page: Page) -> None:
    expect(page.locator("#composer-status")).to_have_text("Draft saved")


def type_as_input_method(page: Page, composing: str, text: str) -> None:
    """Compose with an input method; Enter picks the candidate."""
    keyboard = page.context.new_cdp_session(page)
    length = len(composing)
    keyboard.send("Input.imeSetComposition", {"text": composing, "selectionStart": length, "selectionEnd": length})
    for modifiers in (0, 2):
        press = {"type": "rawKeyDown", "key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 229}
        keyboard.send("Input.dispatchKeyEvent", press | {"modifiers": modifiers})
    keyboard.send("Input.insertText", {"text": text})


def test_undo_brings_everything_back_on_every_screen(
    desk: Page, thread: Conversation, agent_page: AgentPage, ana: User, axe: AxeCheck
) -> None:
    SendingHabit.objects.create(user=ana, mail_seconds=30)
    open_desk(desk, f"/inbox/c/{thread.pk}/")
    other = agent_page(ana)
    open_desk(other, f"/inbox/c/{thread.pk}/")
    field = desk.get_by_label("Your text")
    field.focus()
    type_as_input_method(desk, "おせわ", "お世話になっております。")
    expect(other.get_by_label("Your text")).to_have_value("お世話になっております。")
    expect(desk.locator(f"#row-{thread.pk} .chip.draft")).to_be_visible()
    desk.locator("#recipients > summary").click()
    desk.get_by_label("Cc", exact=True).fill(BOB)
    desk.locator("#files").set_input_files(FILE)
    expect(desk.locator("#picked li a")).to_have_text("発票.txt")
    expect(other.locator("#picked li a")).to_have_text("発票.txt")
    assert texts_of("reply") == []
    field.press("Control+Enter")
    expect(desk.get_by_role("button", name="Undo")).to_be_visible()
    expect(field).to_have_value("")
    expect(other.get_by_label("Your text")).to_have_value("")
    axe(desk)
    field.fill("P.S. one more thing")
    desk.get_by_role("button", name="Undo").click()
    expect(field).to_have_value("お世話になっております。\n\nP.S. one more thing")
    expect(desk.locator("#picked li a")).to_have_text("発票.txt")
    expect(desk.locator("#recipients-line")).to_contain_text(BOB)
    expect(desk.locator("#planned article")).to_have_count(0)
    desk.reload()
    expect(field).to_have_value("お世話になっております。\n\nP.S. one more thing")
    expect(desk.locator("#recipients-line")).to_contain_text(BOB)
    assert texts_of("reply") == []
    field.press("Control+Enter")
    desk.get_by_role("button", name="Send now").click()
    expect(desk.locator("#timeline .message.reply")).to_contain_text("P.S. one more thing")
    assert texts_of("reply") == ["お世話になっております。\n\nP.S. one more thing"]


def test_a_colleague_who_was_faster_is_shown_first(
    desk: Page, ming: Conversation, team: Team, agent_page: AgentPage, axe: AxeCheck
) -> None:
    ben = agent_page(make_user(name="Ben", teams=[team]))
    pages = [desk, ben]
    for page in pages:
        open_desk(page, f"/inbox/c/{ming.pk}/")
        page.get_by_label("Your text").fill("I look into it")
        saved(page)
    held: list[Route] = []
    ben.route("**/send/", lambda route: held.append(route), times=1)
    ben.get_by_label("Your text").press("Control+Enter")
    desk.get_by_label("Your text").press("Control+Enter")
    expect(desk.get_by_label("Your text")).to_have_value("")
    held[0].continue_()
    warning = ben.get_by_role("alert")
    expect(warning).to_contain_text("Ana Torres answered: I look into it")
    expect(ben.get_by_label("Your text")).to_have_value("I look into it")
    assert texts_of("reply") == ["I look into it"]
    axe(ben)
    ben.get_by_label("Your text").fill("So do I")
    ben.get_by_role("button", name="Send anyway").click()
    expect(ben.get_by_label("Your text")).to_have_value("")
    expect(warning).to_have_count(0)
    assert texts_of("reply") == ["I look into it", "So do I"]


def test_what_the_network_did_not_take_is_kept_and_a_newer_text_is_offered(
    desk: Page, ming: Conversation, agent_page: AgentPage, ana: User
) -> None:
    open_desk(desk, f"/inbox/c/{ming.pk}/")
    field = desk.get_by_label("Your text")
    away: list[Route] = []
    desk.context.route("**/draft/", lambda route: (away.append(route), route.abort()))
    field.fill("typed in a tunnel")
    expect(desk.locator("#composer-status")).to_contain_text("Kept on this device")
    assert (bool(away), Draft.objects.exists()) == (True, False)
    other = agent_page(ana)
    open_desk(other, f"/inbox/c/{ming.pk}/")
    other.get_by_label("Your text").fill("typed at the office")
    saved(other)
    desk.context.unroute("**/draft/")
    desk.reload()
    expect(field).to_have_value("typed at the office")
    notice = desk.locator("#draft-notice")
    expect(notice).to_contain_text("typed in a tunnel")
    notice.get_by_role("button", name="Use that one").click()
    expect(field).to_have_value("typed in a tunnel")
    expect(notice).to_contain_text("typed at the office")
    notice.get_by_role("button", name="Keep this one").click()
    expect(other.get_by_label("Your text")).to_have_value("typed in a tunnel")
    assert Draft.objects.get().text == "typed in a tunnel"


def test_calling_a_colleague_by_keys_and_a_file_that_did_not_arrive(desk: Page, ming: Conversation, team: Team) -> None:
    kim = make_user(name="Kim Lee", teams=[team])
    open_desk(desk, f"/inbox/c/{ming.pk}/")
    lost: list[Route] = []
    desk.route("**/draft/files/", lambda route: route.continue_() if lost else (lost.append(route), route.abort()))
    desk.keyboard.press("n")
    field = desk.get_by_label("Your text")
    field.type("请@le")
    expect(desk.locator("#mentions [role=option]")).to_contain_text(["Kim Lee"])
    field.press("Enter")
    field.type("look")
    expect(field).to_have_value("请@Kim Lee look")
    expect(desk.locator("#mentions")).to_be_hidden()
    desk.locator("#files").set_input_files(FILE)
    expect(desk.locator("#picked li")).to_contain_text("Upload failed")
    field.press("Control+Enter")
    expect(desk.locator("#composer-status")).to_contain_text("A file could not be uploaded")
    assert texts_of("note") == []
    desk.get_by_role("button", name="Try again: 発票.txt").click()
    expect(desk.locator("#picked li a")).to_have_text("発票.txt")
    field.press("Control+Enter")
    expect(desk.locator("#timeline .message.note .file-card")).to_have_count(1)
    (metadata,) = ming.messages.filter(kind="note").values_list("metadata", flat=True)
    assert metadata == {"mentions": [kim.pk]}
    assert desk.evaluate("Object.keys(localStorage).filter(name => name.startsWith('unsaved'))") == []
