"""Mail in the desk: copies, held mail, topics split off, the quarantine, and a reply that came back."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from csplatform.contacts.models import Handle
from csplatform.conversations.models import Conversation, Message
from csplatform.flows.deliver import deliver
from csplatform.gateway.models import ChannelAccount
from csplatform.people.models import Team
from tests.browser.conftest import AxeCheck, ServerSide
from tests.browser.desk_pages import open_desk
from tests.factories import make_account, say
from tests.platforms.smtp import PASSWORD, USER, SmtpStandIn

pytestmark = pytest.mark.browser

ADA, BOB, EVE = "ada@customer.example", "bob@customer.example", "eve@elsewhere.example"


@pytest.fixture
def peer() -> Iterator[SmtpStandIn]:
    with SmtpStandIn() as stand_in:
        yield stand_in


@pytest.fixture
def mailbox(team: Team, peer: SmtpStandIn) -> ChannelAccount:
    return make_account(
        "email",
        name="Support",
        address=USER,
        team=team,
        credentials={"smtp_user": USER, "smtp_password": PASSWORD},
        settings={"smtp_host": "127.0.0.1", "smtp_port": peer.port, "smtp_security": "none"},
    )


@pytest.fixture
def thread(mailbox: ChannelAccount, server_side: ServerSide) -> Conversation:
    """Ada wrote about her order, with a copy to Bob."""
    metadata = {"to": [USER], "cc": [BOB]}
    with server_side():
        asked = say(
            mailbox, "Where is it?", sender=ADA, name="Ada Byron", subject="My order", external_id="a@customer.example",
            addressees=(BOB,), metadata=metadata,
        )  # fmt: skip
        Handle.objects.filter(pk=asked.handle_id).update(kind="email")
    return asked.conversation


def test_an_answer_with_copies(
    desk: Page, thread: Conversation, peer: SmtpStandIn, server_side: ServerSide, axe: AxeCheck
) -> None:
    open_desk(desk, f"/inbox/c/{thread.pk}/")
    line = desk.locator("#recipients > summary")
    expect(line).to_have_text(f"To Ada Byron Cc {BOB}")
    desk.get_by_role("button", name="Reply to one").click()
    expect(line).to_have_text("To Ada Byron")
    expect(desk.get_by_label("Your text")).to_be_focused()
    line.press("Enter")
    desk.get_by_label("Cc", exact=True).fill("carla@customer.example")
    desk.get_by_label("Bcc").fill("audit@shop.example")
    desk.get_by_label("Subject").fill("Your parcel")
    desk.get_by_label("Quote earlier messages").check()
    axe(desk)
    field = desk.get_by_label("Your text")
    field.fill("On its way")
    desk.reload()
    expect(line).to_have_text("To Ada Byron Cc carla@customer.example Bcc audit@shop.example")
    field.press("Control+Enter")
    expect(desk.locator("#timeline .message.reply")).to_contain_text("On its way")
    expect(field).to_have_value("")
    expect(line).to_have_text("To Ada Byron Cc bob@customer.example, carla@customer.example")
    expect(desk.locator("#conversation-head .subject")).to_have_text("Your parcel")
    with server_side():
        deliver(thread.pk)
    expect(desk.locator("#timeline .message.reply .receipt")).to_contain_text("Sent")
    assert [set(names) for names in peer.recipients] == [{ADA, "carla@customer.example", "audit@shop.example"}]
    assert b"Where is it?" in peer.mails[0]
    assert b"audit@" not in peer.mails[0]


def test_a_bad_address_is_said_at_its_field_and_nothing_is_lost(desk: Page, thread: Conversation) -> None:
    open_desk(desk, f"/inbox/c/{thread.pk}/")
    desk.locator("#recipients > summary").click()
    copies = desk.get_by_label("Cc", exact=True)
    copies.fill("nobody")
    desk.locator("#recipients > summary").click()
    field = desk.get_by_label("Your text")
    field.fill("A long answer")
    field.press("Control+Enter")
    expect(copies).to_be_focused()
    expect(desk.locator("#composer-error-cc")).to_have_text("“nobody” is not a mail address.")
    expect(field).to_have_value("A long answer")
    copies.fill(BOB)
    expect(desk.locator("#composer-error-cc")).to_be_hidden()
    field.press("Control+Enter")
    expect(desk.locator("#timeline .message.reply")).to_contain_text("A long answer")
    assert Message.objects.filter(kind="reply").count() == 1
