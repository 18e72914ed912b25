"""One message: its menu, forwarding it, splitting off from it, reading it as it came."""

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from csplatform.common import clock
from csplatform.conversations.models import Conversation, Message
from csplatform.desk.views.messages import SHOWN_BYTES
from csplatform.flows.receive import receive
from csplatform.gateway.contract import FileBytes, InboundAttachment, RawDelivery
from csplatform.gateway.models import ChannelAccount
from csplatform.gateway.services import accept
from csplatform.people.models import Team
from tests.desk.conftest import HTMX, lines_in, partial_for, text_of
from tests.factories import inbound, make_account, make_team, say
from tests.loopback import LoopbackChannel

pytestmark = pytest.mark.django_db

ADA, BANK = "ada@customer.example", "desk@bank.example"


@pytest.fixture
def mailbox(team: Team) -> ChannelAccount:
    return make_account("copying", address="help@shop.example", team=team)


@pytest.fixture
def asked(mailbox: ChannelAccount) -> Message:
    bill = InboundAttachment("bill.txt", "text/plain", FileBytes(b"the bill"))
    return say(mailbox, "My card", sender=ADA, name="Ada", subject="Card", external_id="a", attachments=(bill,))


def with_source(mailbox: ChannelAccount, body: bytes) -> Message:
    """Return a message that came in a delivery of `body`."""
    raw = RawDelivery(body=body, headers={}, query={}, method="SMTP", received_at=clock.now())
    message = receive(mailbox, inbound("Hi", sender=ADA), accept(mailbox, raw))
    assert message is not None
    return message


def menu_of(desk: Client, message: Message) -> str:
    return text_of(desk.get(f"/inbox/m/{message.pk}/menu/", headers=HTMX))


def test_the_menu_offers_what_can_be_done(desk: Client, mailbox: ChannelAccount, asked: Message) -> None:
    offered = menu_of(desk, asked)
    assert (f'data-answer="{ADA}"' in offered, f"/inbox/m/{asked.pk}/forward/" in offered) == (True, True)
    assert (f"/inbox/m/{asked.pk}/split/" in offered, "/source/" in offered) == (False, False)
    later = say(mailbox, "And another thing", sender=ADA, thread_refs=("a",))
    assert f"/inbox/m/{later.pk}/split/" in menu_of(desk, later)
    assert "/source/" in menu_of(desk, with_source(mailbox, b"x"))


def test_a_chat_offers_nothing(desk: Client, account: ChannelAccount) -> None:
    message = say(account, "Hi", sender="ming")
    assert "nothing to be done" in menu_of(desk, message)
    assert "message-menu" not in text_of(desk.get(f"/inbox/c/{message.conversation_id}/", headers=HTMX))


def forward(desk: Client, message: Message, *, htmx: bool = True, **data: Any) -> Any:
    fields = {"to": BANK, "text": "Please look", "key": str(uuid4()), "revision": "0"} | data
    return desk.post(f"/inbox/m/{message.pk}/forward/", fields, headers=HTMX if htmx else {})


def test_the_form_shows_what_is_sent_on(desk: Client, asked: Message) -> None:
    for headers in (HTMX, {}):
        form = text_of(desk.get(f"/inbox/m/{asked.pk}/forward/", headers=headers))
        for part in ("Fwd: Card", "bill.txt", "My card", 'id="forward-to"'):
            assert part in form
        assert ("<html" in form) is (headers == {})


def test_a_message_is_forwarded_once(desk: Client, asked: Message, rung: Any) -> None:
    key = str(uuid4())
    with rung():
        answers = [forward(desk, asked, key=key, cc="legal@shop.example") for _ in range(2)]
    (sent,) = LoopbackChannel.sent
    assert (sent.recipient, sent.cc, sent.text, sent.subject) == (
        BANK,
        ("legal@shop.example",),
        "Please look",
        "Fwd: Card",
    )
    line = Message.objects.get(kind="forward")
    assert {answer["X-Sent"] for answer in answers} == {key}
    assert lines_in(answers[0])[-1] == line.pk
    assert f"To {BANK} Cc legal@shop.example" in text_of(answers[0])


def test_a_forward_to_nobody_keeps_what_was_typed(desk: Client, asked: Message) -> None:
    count = Message.objects.count()
    refused = forward(desk, asked, to="the bank")
    assert (refused.status_code, "X-Sent" in refused) == (422, False)
    assert partial_for(refused, "#forward-error-to") == "“the bank” is not a mail address."
    page = forward(desk, asked, htmx=False, to="the bank", text="Dear <bank>")
    assert page.status_code == 422
    assert 'value="the bank"' in text_of(page)
    assert "Dear &lt;bank&gt;</textarea>" in text_of(page)
    assert Message.objects.count() == count
    assert forward(desk, asked, htmx=False)["Location"] == f"/inbox/c/{asked.conversation_id}/"


def test_a_chat_cannot_be_forwarded(desk: Client, account: ChannelAccount) -> None:
    message = say(account, "Hi", sender="ming")
    assert desk.get(f"/inbox/m/{message.pk}/forward/").status_code == 404
    assert forward(desk, message).status_code == 404


def test_a_topic_is_split_off(desk: Client, mailbox: ChannelAccount, asked: Message) -> None:
    later = say(mailbox, "Another matter", sender=ADA, thread_refs=("a",), subject="Refund")
    revision = Conversation.objects.get(pk=asked.conversation_id).revision
    response = desk.post(f"/inbox/m/{later.pk}/split/", {"revision": revision}, headers=HTMX)
    new = Conversation.objects.exclude(pk=asked.conversation_id).get()
    assert later.pk in lines_in(response)
    assert "split off a new conversation" in text_of(response)
    assert f'href="/inbox/c/{new.pk}/"' in text_of(response)
    beginning = text_of(desk.get(f"/inbox/c/{new.pk}/", headers=HTMX))
    assert f'href="/inbox/c/{asked.conversation_id}/"' in beginning.split("split this off another conversation")[1]


def test_splitting_at_the_beginning_is_refused(desk: Client, asked: Message) -> None:
    refused = desk.post(f"/inbox/m/{asked.pk}/split/", {"revision": "0"}, headers=HTMX)
    assert (refused.status_code, refused["HX-Reswap"]) == (422, "none")
    assert Conversation.objects.count() == 1


def test_a_line_leads_only_where_the_reader_may_go(desk: Client, mailbox: ChannelAccount, asked: Message) -> None:
    later = say(mailbox, "Another matter", sender=ADA, thread_refs=("a",))
    desk.post(f"/inbox/m/{later.pk}/split/", {"revision": "0"}, headers=HTMX)
    new = Conversation.objects.exclude(pk=asked.conversation_id).get()
    Conversation.objects.filter(pk=new.pk).update(team=make_team())
    page = text_of(desk.get(f"/inbox/c/{asked.conversation_id}/", headers=HTMX))
    assert "split off a new conversation" in page
    assert f"/inbox/c/{new.pk}/" not in page


def test_the_source_is_text_and_nothing_else(desk: Client, mailbox: ChannelAccount) -> None:
    body = b"Subject: <script>alert(1)</script>\r\n\r\n\x1b[31m\xff \xe2\x80\xae end"
    message = with_source(mailbox, body)
    page = desk.get(f"/inbox/m/{message.pk}/source/")
    assert "Subject: &lt;script&gt;alert(1)&lt;/script&gt;\n\n�[31m� � end</pre>" in text_of(page)
    assert "Only the beginning" not in text_of(page)
    file = desk.get(f"/inbox/m/{message.pk}/eml/")
    assert file.content == body
    assert file["Content-Disposition"] == f'attachment; filename="message-{message.pk}.eml"'
    assert (file["X-Content-Type-Options"], file["Content-Type"]) == ("nosniff", "application/octet-stream")


def test_a_long_source_is_cut_on_the_page_only(desk: Client, mailbox: ChannelAccount) -> None:
    message = with_source(mailbox, b"x" * SHOWN_BYTES + b"the end")
    page = text_of(desk.get(f"/inbox/m/{message.pk}/source/"))
    assert ("Only the beginning" in page, "the end" in page) == (True, False)
    assert desk.get(f"/inbox/m/{message.pk}/eml/").content.endswith(b"the end")


def test_what_has_no_source_shows_none(desk: Client, account: ChannelAccount, asked: Message) -> None:
    for message in (asked, with_source(account, b"[]")):
        for name in ("source", "eml"):
            assert desk.get(f"/inbox/m/{message.pk}/{name}/").status_code == 404
