"""Mail over the real door that quotes a thread: only those who take part get in, whatever else it says."""

from collections.abc import Iterator
from uuid import uuid4

import pytest

from csplatform.conversations.models import Conversation
from csplatform.flows.reply import reply
from csplatform.gateway.models import ChannelAccount
from tests.channels_email.mails import mail
from tests.channels_email.sending import RawClient, serving
from tests.factories import make_user
from tests.platforms.smtp import PASSWORD, USER, SmtpStandIn

pytestmark = pytest.mark.django_db(transaction=True)

OURS = "support@shop.example"
EVE = "From: Eve <eve@elsewhere.example>"
QUOTING = "In-Reply-To: <first@customer.example>\r\nReferences: <first@customer.example>"


def receive(*mails: bytes, to: str = OURS, sender: str = "eve@elsewhere.example") -> None:
    with serving() as port, RawClient(port) as client:
        for content in mails:
            assert client.deliver(content, [to], sender=sender) == "250 2.0.0 stored"


@pytest.fixture
def thread() -> Conversation:
    ChannelAccount.objects.create(channel="email", name="Support", address=OURS, acknowledge=True)
    receive(mail(), sender="ada@customer.example")
    return Conversation.objects.get()


FORGERIES = {
    "In-Reply-To and References": (EVE, QUOTING),
    "the subject": (EVE, "Subject: Re: A question [#{pk}]"),
    "an automatic reply": (EVE, QUOTING, "Auto-Submitted: auto-replied"),
    "Ada's name": ("From: Ada Lovelace <ada@elsewhere.example>", QUOTING),
    "Ada's address as the answer's": (EVE, QUOTING, "Reply-To: ada@customer.example"),
    "Ada as the one who sent it": (EVE, QUOTING, "Sender: ada@customer.example"),
    "a postmaster": ("From: MAILER-DAEMON@elsewhere.example", QUOTING, "Subject: Undelivered Mail Returned to Sender"),
}


@pytest.mark.parametrize("fields", FORGERIES.values(), ids=FORGERIES)
def test_stranger_stays_outside(thread: Conversation, fields: tuple[str, ...]) -> None:
    named = [field.replace("{pk}", str(thread.pk)) for field in fields]
    receive(mail(*named, "Message-ID: <e@elsewhere.example>", body="Tell me everything\r\n"))
    apart = Conversation.objects.exclude(pk=thread.pk).get()
    assert apart.held_for == thread
    assert list(thread.messages.exclude(kind="event").values_list("text", flat=True)) == ["Hello"]


@pytest.fixture
def peer(thread: Conversation) -> Iterator[SmtpStandIn]:
    with SmtpStandIn() as stand_in:
        account = thread.account
        account.settings = {"smtp_host": "127.0.0.1", "smtp_port": stand_in.port, "smtp_security": "none"}
        account.credentials = {"smtp_user": USER, "smtp_password": PASSWORD}
        account.save()
        yield stand_in


def test_stranger_sees_nothing_of_the_thread(thread: Conversation, peer: SmtpStandIn) -> None:
    receive(mail(EVE, QUOTING, "Subject: Me", "Message-ID: <e@elsewhere.example>", body="Let me in\r\n"))
    apart = Conversation.objects.exclude(pk=thread.pk).get()
    reply(thread.pk, by=make_user(), text="Your order is on its way", key=uuid4())
    reply(apart.pk, by=make_user(), text="Who are you?", key=uuid4(), quote=True)
    assert peer.recipients == [["ada@customer.example"], ["eve@elsewhere.example"]]
    _to_ada, to_eve = (sent.lower() for sent in peer.mails)
    assert b"let me in" in to_eve
    assert not any(word in to_eve for word in (b"on its way", b"hello", b"ada@", b"lovelace", b"a question"))


def test_forged_token_names_nothing(thread: Conversation) -> None:
    to = f"support+c{thread.pk}.{'a' * 16}@shop.example"
    receive(mail(EVE, f"To: {to}", "Message-ID: <e@elsewhere.example>"), to=to)
    assert Conversation.objects.exclude(pk=thread.pk).get().held_for is None


def test_the_address_of_our_answer_is_enough_for_who_takes_part(thread: Conversation, peer: SmtpStandIn) -> None:
    reply(thread.pk, by=make_user(), text="Done", key=uuid4())
    named = next(line for line in peer.mails[0].decode().splitlines() if line.startswith("Reply-To:"))
    to = named.partition("<")[2].strip("> ")
    answer = mail(f"To: {to}", "Subject: Something new", "Message-ID: <second@customer.example>")
    receive(answer, to=to, sender="ada@customer.example")
    assert Conversation.objects.get().messages.filter(kind="customer").count() == 2
