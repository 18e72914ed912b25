"""Messages received together: the same outcome as one by one, in a fixed number of statements."""

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from csplatform.automation.selectors import forget_rules
from csplatform.conversations.models import Conversation, Message
from csplatform.flows.receive import receive, receive_all
from csplatform.gateway.contract import FileBytes, HandleKind, InboundAttachment, InboundMessage
from csplatform.gateway.models import ChannelAccount
from csplatform.sla.defaults import ensure_default_policy
from csplatform.sla.models import Clock
from tests.factories import inbound, make_account

pytestmark = pytest.mark.django_db

STORY: Sequence[dict[str, Any]] = [
    {"text": "Where is my order?", "sender": "ada", "external_id": "a1"},
    {"text": "Out of office", "sender": "robot", "external_id": "r1", "automatic": True},
    {"text": "It came, thanks", "sender": "ada", "external_id": "a2", "thread_refs": ("a1",)},
    {"text": "It came, thanks", "sender": "ada", "external_id": "a2", "thread_refs": ("a1",)},
    {"text": "Mine too?", "sender": "eve", "external_id": "e1", "thread_refs": ("a2",)},
    {"text": "Anybody?", "sender": "eve", "external_id": "e2", "thread_refs": ("a1",)},
    {"text": "I am a person after all", "sender": "robot", "external_id": "r2", "thread_refs": ("r1",)},
    {"text": "Another matter", "sender": "ada", "external_id": "a3"},
    {"text": "Cut off", "sender": "bob", "external_id": "b1", "thread_root": "root"},
    {"text": "Cut off again", "sender": "bob", "external_id": "b2", "thread_root": "root"},
    {"text": "Buy", "sender": "spammer", "external_id": "s1", "spam": True},
    {"text": "To us all", "sender": "ada", "external_id": "a4", "addressees": ("cy",)},
    {"text": "I am in it", "sender": "cy", "external_id": "c1", "thread_refs": ("a4",)},
]


def events(first: int, number: int) -> list[InboundMessage]:
    return [
        inbound(f"Where is order number {n}?", sender=f"p{n}@customer.example", kind=HandleKind.EMAIL)
        for n in range(first, first + number)
    ]


def first_said(conversation: Conversation) -> str:
    return conversation.messages.filter(kind="customer").earliest("seq").external_id


def outcome(account: ChannelAccount) -> list[Any]:
    """Everything that matters of what is stored, without ids; by the first message, as ids may come in any order."""
    found: list[Any] = []
    for conversation in sorted(account.conversations.all(), key=first_said):
        lines = conversation.messages.values_list("seq", "revision", "kind", "verb", "external_id", "text")
        clocks = Clock.objects.filter(conversation=conversation).order_by("id").values_list("kind", "cycle", "state")
        held_for = first_said(conversation.held_for) if conversation.held_for else ""
        handle, contact = conversation.handle, conversation.contact
        found += [
            (handle.external_id, contact.name, contact.language, conversation.participants, held_for),
            (conversation.status, conversation.last_seq, conversation.revision, conversation.preview),
            (conversation.next_deadline_at is None, conversation.waiting_since is None, [*lines], [*clocks]),
        ]
    return found


def test_a_batch_comes_out_as_one_by_one() -> None:
    ensure_default_policy()
    single, together = make_account("threaded"), make_account("threaded")
    for fields in STORY:
        receive(single, inbound(**fields))
    received = receive_all(together, [(inbound(**fields), None) for fields in STORY])
    assert outcome(together) == outcome(single)
    assert received[2] == received[3]
    stored = {message.pk for message in received if message}
    assert stored == set(together.message_set.values_list("pk", flat=True))


def test_a_chat_s_batch_is_one_conversation_a_person() -> None:
    account = make_account()
    receive_all(account, [(inbound(str(number), sender=f"p{number % 2}"), None) for number in range(6)])
    said = [
        [*one.messages.exclude(external_id="").values_list("text", flat=True)]
        for one in Conversation.objects.order_by("id")
    ]
    assert said == [["0", "2", "4"], ["1", "3", "5"]]


@pytest.fixture
def rules_kept(settings: Settings) -> Iterator[None]:
    """Keep the rules for screening for a while, as a worker does."""
    forget_rules()
    settings.SCREENING_RULES_SECONDS = 60
    yield
    forget_rules()


@pytest.mark.parametrize("channel", ["loopback", "threaded"])
def test_the_number_of_statements_does_not_grow_with_the_batch(channel: str, rules_kept: None) -> None:
    ensure_default_policy()
    account = make_account(channel)
    counts = []
    receive_all(account, [(event, None) for event in events(0, 10)])
    for first, number in ((100, 10), (200, 50)):
        with CaptureQueriesContext(connection) as captured:
            receive_all(account, [(event, None) for event in events(first, number)])
        counts.append(len(captured))
    assert Message.objects.filter(kind="customer").count() == 70
    assert Clock.objects.count() == 210
    assert counts[0] == counts[1] < 35


def test_files_find_their_messages() -> None:
    account = make_account("threaded")
    pairs = [
        (inbound(attachments=(InboundAttachment(f"{n}.txt", "text/plain", FileBytes(b"%d" % n)),)), None)
        for n in range(10)
    ]
    for number, message in enumerate(receive_all(account, pairs)):
        assert message is not None
        attachment = message.attachments.get()
        with attachment.file.open() as file:
            assert (attachment.name, file.read()) == (f"{number}.txt", b"%d" % number)


def test_what_fails_leaves_nothing_of_the_batch() -> None:
    account = make_account("threaded")
    with pytest.raises(Exception, match="too long"):
        receive_all(account, [(inbound(), None), (inbound(sender="x" * 400), None)])
    assert not Conversation.objects.exists()
