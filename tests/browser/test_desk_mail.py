"""Mail in the desk: copies, held mail, topics split off, the quarantine, and a reply that came back."""

from collections.abc import Iterator
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from csplatform.common import clock
from csplatform.contacts.models import Handle
from csplatform.conversations.models import Conversation, Message, SendingHabit
from csplatform.doors.unpack import unpack
from csplatform.flows.deliver import deliver
from csplatform.flows.receive import receive
from csplatform.flows.recipients import Recipients
from csplatform.flows.reply import reply
from csplatform.gateway.contract import Receipt, ReceiptState
from csplatform.gateway.models import ChannelAccount, InboundDelivery
from csplatform.people.models import Role, Team, User
from tests.browser.conftest import AgentPage, AxeCheck, ServerSide
from tests.browser.desk_pages import open_desk, row
from tests.factories import inbound, make_account, make_user, say
from tests.platforms.smtp import PASSWORD, USER, SmtpStandIn

pytestmark = pytest.mark.browser

ADA, BOB, EVE = "ada@customer.example", "bob@customer.example", "eve@elsewhere.example"


@pytest.fixture(autouse=True)
def sent_at_once(ana: User) -> None:
    SendingHabit.objects.create(user=ana, mail_seconds=0)


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


def test_a_held_mail_is_let_in(
    desk: Page, mailbox: ChannelAccount, thread: Conversation, server_side: ServerSide, axe: AxeCheck
) -> None:
    open_desk(desk)
    with server_side():
        held = say(mailbox, "I pay for it", sender=EVE, name="Eve", thread_refs=("a@customer.example",)).conversation
    desk.get_by_role("link", name="Held mail").click()
    row(desk, held).click()
    desk.mouse.move(1000, 500)
    notice = desk.locator("#held-notice")
    expect(notice).to_contain_text(f"Eve quotes conversation #{thread.pk}, but takes no part there.")
    axe(desk)
    notice.get_by_role("button", name="Let in").press("Enter")
    expect(desk.locator("#conversation-head h2")).to_have_text("Ada Byron")
    expect(desk.locator("#timeline .message.customer").last).to_contain_text("I pay for it")
    expect(desk.locator("#timeline .event").last).to_contain_text("Ana Torres let eve@elsewhere.example join")
    expect(row(desk, held)).to_have_count(0)
    assert desk.url.endswith(f"/inbox/c/{thread.pk}/")
    desk.locator("#timeline .event a").last.click()
    expect(desk.locator("#conversation-head h2")).to_have_text("Eve")


def test_a_topic_is_split_off(
    desk: Page, mailbox: ChannelAccount, thread: Conversation, server_side: ServerSide, axe: AxeCheck
) -> None:
    with server_side():
        again = say(mailbox, "Another matter", sender=ADA, subject="Refund", thread_refs=("a@customer.example",))
    open_desk(desk, f"/inbox/c/{thread.pk}/")
    message = desk.locator(f"#m-{again.pk}")
    message.locator(".message-menu summary").press("Enter")
    split = message.get_by_role("button", name="Split off from here")
    expect(split).to_be_visible()
    axe(desk)
    split.click()
    expect(desk.locator(f"#m-{again.pk}.event")).to_contain_text("Ana Torres moved a message")
    desk.locator("#timeline .event a").last.click()
    expect(desk.locator("#conversation-head .subject")).to_have_text("Refund")
    expect(desk.locator("#timeline .message.customer")).to_contain_text("Another matter")
    assert Conversation.objects.count() == 2


def test_a_message_is_forwarded(
    desk: Page, thread: Conversation, peer: SmtpStandIn, server_side: ServerSide, axe: AxeCheck
) -> None:
    open_desk(desk, f"/inbox/c/{thread.pk}/")
    message = desk.locator("#timeline .message.customer")
    dialog = desk.locator("#dialog")
    message.hover()
    message.locator(".message-menu summary").click()
    message.get_by_role("link", name="Forward").click()
    expect(dialog.get_by_label("To", exact=True)).to_be_focused()
    axe(desk)
    dialog.get_by_label("Your text").fill("Please look")
    dialog.get_by_role("button", name="Forward").click()
    expect(dialog.get_by_text("Somebody has to be in “To”.")).to_be_visible()
    desk.keyboard.press("Escape")
    message.locator(".message-menu summary").click()
    message.get_by_role("link", name="Forward").click()
    expect(dialog.get_by_label("Your text")).to_have_value("Please look")
    dialog.get_by_label("To", exact=True).fill("desk@bank.example")
    dialog.get_by_role("button", name="Forward").click()
    expect(dialog).to_be_hidden()
    forward = desk.locator("#timeline .message.forward")
    expect(forward).to_contain_text("To desk@bank.example")
    with server_side():
        deliver(thread.pk)
    expect(forward.locator(".receipt")).to_contain_text("Sent")
    assert peer.recipients == [["desk@bank.example"]]


def test_the_writer_of_one_message_is_answered_alone(
    desk: Page, mailbox: ChannelAccount, thread: Conversation, server_side: ServerSide
) -> None:
    with server_side():
        other = say(mailbox, "I am her husband", sender=BOB, name="Bob", thread_refs=("a@customer.example",))
    open_desk(desk, f"/inbox/c/{thread.pk}/")
    message = desk.locator(f"#m-{other.pk}")
    message.hover()
    message.locator(".message-menu summary").click()
    message.get_by_role("link", name="Reply to this sender").click()
    expect(desk.locator("#recipients > summary")).to_have_text("To Bob")
    expect(desk.get_by_label("Your text")).to_be_focused()


def test_the_quarantine_is_worked_through(
    agent_page: AgentPage, mailbox: ChannelAccount, server_side: ServerSide, axe: AxeCheck
) -> None:
    boss = agent_page(make_user(name="Boss", role=Role.SUPERVISOR), viewport={"width": 1440, "height": 900})
    mail = b"From: Ada <ada@customer.example>\r\nSubject: Hi\r\nMessage-ID: <q@customer.example>\r\n\r\nAt last"
    with server_side():
        readable, rubbish, other = (
            InboundDelivery.objects.create(
                account=mailbox, body=body, method="SMTP", state="quarantined", error="KeyError: 'x'"
            )
            for body in (mail, b"\xff\x00", b"\xfe\x00")
        )
    open_desk(boss)
    boss.get_by_role("link", name="Quarantine").click()
    chosen = boss.locator(f"#row-q{rubbish.pk} input")
    chosen.check()
    with boss.expect_response(lambda answer: "/inbox/quarantine/?rows=" in answer.url):
        boss.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    axe(boss)
    expect(chosen).to_be_checked()
    boss.locator(f"#row-q{readable.pk} a").click()
    expect(boss.locator("#delivery pre")).to_contain_text("At last")
    expect(boss.locator(f"#row-q{readable.pk} a")).to_have_attribute("aria-current", "true")
    axe(boss)
    boss.locator("#delivery").get_by_role("button", name="Replay").click()
    expect(boss.locator("#toasts")).to_contain_text("1 delivery is tried again.")
    expect(boss.locator("#delivery")).to_have_count(0)
    expect(boss.locator(f"#row-q{readable.pk}")).to_have_count(0)
    with server_side():
        unpack(readable.pk)
    assert Message.objects.filter(text="At last").exists()
    boss.get_by_label("All", exact=True).check()
    boss.locator("#quarantine-acts").get_by_role("button", name="Discard").click()
    expect(boss.get_by_text("Nothing is in quarantine.")).to_be_visible()
    left = InboundDelivery.objects.filter(pk__in=[rubbish.pk, other.pk])
    assert set(left.values_list("state", flat=True)) == {"discarded"}


def test_a_reply_that_came_back_is_marked_while_one_looks(
    desk: Page, mailbox: ChannelAccount, thread: Conversation, ana: User, peer: SmtpStandIn, server_side: ServerSide
) -> None:
    open_desk(desk, f"/inbox/c/{thread.pk}/")
    with server_side():
        sent = reply(thread.pk, by=ana, text="On its way", key=uuid4(), recipients=Recipients(to=(ADA,)))
        deliver(thread.pk)
    answer = desk.locator("#timeline .message.reply")
    expect(answer.locator(".receipt")).to_contain_text("Sent")
    with server_side():
        name = sent.dispatches.get().external_id
        receipt = Receipt(name, ReceiptState.FAILED, clock.now(), "no such user", (ADA,), permanent=True)
        metadata = {"kind": "bounce", "failures": [{"recipient": ADA, "words": "550 no such user", "permanent": True}]}
        daemon = {"sender": "mailer-daemon@mx.example", "automatic": True}
        say(mailbox, "Undelivered", receipts=(receipt,), metadata=metadata, **daemon)
    expect(answer.locator(".receipt")).to_contain_text("Not sent", timeout=2000)
    expect(desk.locator("#timeline .failures")).to_contain_text("550 no such user")
    expect(desk.locator("#composer-hint")).to_contain_text(f"Mail to {ADA} came back: no such user")
    desk.get_by_role("button", name="Send to it again").click()
    expect(desk.locator("#composer-hint .hint")).to_have_count(0)


def test_doubts_about_a_sender_are_explained(
    desk: Page, mailbox: ChannelAccount, thread: Conversation, server_side: ServerSide, axe: AxeCheck
) -> None:
    trust = {"verdict": "fail", "dmarc": "fail", "flags": ["lookalike"], "source": "mx.shop.example"}
    with server_side():
        delivery = InboundDelivery.objects.create(
            account=mailbox, body=b"Subject: Pay here\r\n\r\nNow", method="SMTP", state="done"
        )
        event = inbound("Now", sender=ADA, thread_refs=("a@customer.example",), metadata={"trust": trust})
        doubted = receive(mailbox, event, delivery)
    assert doubted is not None
    open_desk(desk, f"/inbox/c/{thread.pk}/")
    message = desk.locator(f"#m-{doubted.pk}")
    message.locator(".trust summary").press("Enter")
    expect(message.locator(".trust-panel")).to_contain_text("Somebody may have forged the sender.")
    axe(desk)
    desk.keyboard.press("Escape")
    expect(message.locator(".trust-panel")).to_be_hidden()
    desk.goto(f"/inbox/m/{doubted.pk}/source/")
    expect(desk.locator("pre")).to_contain_text("Subject: Pay here")
    axe(desk)
