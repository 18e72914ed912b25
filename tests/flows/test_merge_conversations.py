"""Two conversations become one, and two again; and two that are only related."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from csplatform.common import clock
from csplatform.common.errors import Conflict, InvalidInput
from csplatform.conversations.actors import CUSTOMER, Actor
from csplatform.conversations.models import Conversation, ConversationLink, ConversationMerge, Message
from csplatform.flows import details, links, status
from csplatform.flows.erase import erase_history
from csplatform.flows.merge_conversations import merge_conversations, undo_merge, undoable_merge
from csplatform.flows.receive import receive
from csplatform.flows.reply import note, reply
from csplatform.gateway.contract import HandleKind, Receipt, ReceiptState
from csplatform.gateway.models import ChannelAccount
from csplatform.people.models import User
from csplatform.sla.models import Clock, ClockState
from tests.factories import MONDAY, make_account, make_user, say

pytestmark = pytest.mark.django_db
ADA, EVE = "ada@customer.example", "eve@elsewhere.example"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def account() -> ChannelAccount:
    return make_account("copying", address="help@shop.example")


@pytest.fixture
def agent() -> User:
    return make_user()


@pytest.fixture
def pair(account: ChannelAccount) -> tuple[Conversation, Conversation]:
    """Two mails of Ada about one thing, their messages interleaved in time."""
    said = [("One", "a", ()), ("Two", "b", ()), ("Three", "c", ("a",)), ("Four", "d", ("b",))]
    for number, (text, name, refs) in enumerate(said):
        with clock.frozen(MONDAY + number * MINUTE):
            say(account, text, sender=ADA, external_id=name, thread_refs=refs, subject=f"About {text}")
    return (
        Message.objects.get(external_id="a").conversation,
        Message.objects.get(external_id="b").conversation,
    )


def texts(conversation: Conversation) -> list[str]:
    return list(conversation.messages.exclude(kind="event").values_list("text", flat=True))


def is_whole(conversation: Conversation) -> bool:
    """Whether its messages are numbered without a gap, and it knows the last number."""
    conversation.refresh_from_db()
    return list(conversation.messages.values_list("seq", flat=True)) == list(range(1, conversation.last_seq + 1))


def state_of(conversation: Conversation) -> dict[str, Any]:
    """What a conversation is and holds, without what may only grow."""
    conversation.refresh_from_db()
    grows = {"revision", "last_seq", "updated_at", "next_deadline_at"}
    facts = {
        field.attname: getattr(conversation, field.attname)
        for field in Conversation._meta.concrete_fields
        if field.name not in grows
    }
    return facts | {"said": texts(conversation), "tags": sorted(conversation.tags.values_list("name", flat=True))}


def merge(pair: tuple[Conversation, Conversation], agent: User, **more: Any) -> ConversationMerge:
    merge_conversations(keep=pair[0].pk, other=pair[1].pk, by=Actor.agent(agent), **more)
    return ConversationMerge.objects.latest("id")


def test_messages_keep_their_order_in_time(pair: tuple[Conversation, Conversation], agent: User) -> None:
    merge(pair, agent)
    kept, merged = pair
    assert texts(kept) == ["One", "Two", "Three", "Four"]
    assert is_whole(kept)
    assert is_whole(merged)
    assert (merged.status, merged.merged_into, texts(merged)) == ("resolved", kept, [])
    assert merged.messages.get().verb == "merged"
    assert (kept.preview, kept.last_customer_seq) == ("Four", kept.messages.get(text="Four").seq)


def test_what_continues_either_lands_in_the_one_that_stays(
    pair: tuple[Conversation, Conversation], account: ChannelAccount, agent: User
) -> None:
    merge(pair, agent)
    for name in ({"thread_refs": ("d",)}, {"thread_refs": ("a",)}, {"thread_names": (str(pair[1].pk),)}):
        assert say(account, "And?", sender=ADA, **name).conversation == pair[0]
    assert say(account, "Let me in", sender=EVE, thread_refs=("d",)).conversation.held_for == pair[0]


def test_conversations_of_two_channels(agent: User, account: ChannelAccount, rung: Any) -> None:
    mail = say(account, "By mail", sender=ADA, external_id="a").conversation
    chat_account = make_account("deduping")
    chat = say(chat_account, "By chat", sender="ada").conversation
    Conversation.objects.filter(pk=chat.pk).update(contact=mail.contact)
    chat.handle.contact = mail.contact
    chat.handle.save()
    with rung():
        said = reply(chat.pk, by=agent, text="Yes?", key=uuid4())
    merge((mail, chat), agent)
    back = say(chat_account, "Here again", sender="ada")
    assert (back.conversation, back.account) == (mail, chat_account)
    mail.refresh_from_db()
    assert mail.account == account
    receive(chat_account, Receipt(said.dispatches.get().external_id, ReceiptState.READ, clock.now()))
    said.refresh_from_db()
    assert (said.conversation, said.state) == (mail, "read")


def test_two_contacts_only_where_that_is_meant(account: ChannelAccount, agent: User) -> None:
    one = say(account, "One", sender=ADA, external_id="a").conversation
    other = say(account, "Two", sender=EVE, external_id="b").conversation
    with pytest.raises(InvalidInput):
        merge((one, other), agent)
    assert texts(other) == ["Two"]
    merge((one, other), agent, of_two_contacts=True)
    assert say(account, "Mine", sender=EVE, thread_refs=("b",)).conversation == one


def test_the_oldest_unanswered_message_counts(pair: tuple[Conversation, Conversation], agent: User) -> None:
    """Ada's first mail was answered, her second was not; the clock runs from that."""
    kept, merged = pair
    with clock.frozen(MONDAY + 2 * MINUTE):
        reply(kept.pk, by=agent, text="Answered", key=uuid4())
    kept.messages.update(created_at=MONDAY)
    merge(pair, agent)
    kept.refresh_from_db()
    assert kept.waiting_since == MONDAY + MINUTE
    assert not Clock.objects.filter(conversation=merged, state__in=[ClockState.RUNNING, ClockState.PAUSED]).exists()
    assert not Clock.objects.filter(conversation=merged, state=ClockState.MET).exists()
    (owed,) = Clock.objects.filter(conversation=kept, kind="next_response", state=ClockState.RUNNING)
    assert owed.started_at == MONDAY + MINUTE


def test_an_open_one_opens_the_one_that_stays(pair: tuple[Conversation, Conversation], agent: User) -> None:
    status.resolve(pair[0].pk, by=Actor.agent(agent))
    merge(pair, agent)
    pair[0].refresh_from_db()
    assert (pair[0].status, pair[0].resolved_at) == ("open", None)
    assert Clock.objects.filter(conversation=pair[0], kind="resolution", state=ClockState.RUNNING).exists()


def test_a_merge_taken_back_leaves_everything_as_it_was(
    pair: tuple[Conversation, Conversation], account: ChannelAccount, agent: User
) -> None:
    kept, merged = pair
    by = Actor.agent(agent)
    for conversation, name in ((kept, "order"), (merged, "order"), (merged, "refund")):
        details.add_tag(conversation.pk, name, by)
    details.set_priority(merged.pk, 40, by)
    status.set_pending(kept.pk, by=by)
    before = state_of(kept), state_of(merged)
    done = merge(pair, agent)
    assert state_of(kept) != before[0]
    undo_merge(done.pk, by=by)
    assert (state_of(kept), state_of(merged)) == before
    assert is_whole(kept)
    assert is_whole(merged)
    assert Clock.objects.filter(conversation=merged, kind="first_response", state=ClockState.RUNNING).exists()
    assert say(account, "And?", sender=ADA, thread_refs=("d",)).conversation == merged
    with pytest.raises(Conflict):
        undo_merge(done.pk, by=by)


def test_a_merge_stays_once_something_was_said(
    pair: tuple[Conversation, Conversation], account: ChannelAccount, agent: User
) -> None:
    done = merge(pair, agent)
    details.set_priority(pair[0].pk, 30, Actor.agent(agent))
    assert undoable_merge(pair[0]) == done
    note(pair[0].pk, by=agent, text="Both of these", key=uuid4())
    assert undoable_merge(pair[0]) is None
    with pytest.raises(Conflict):
        undo_merge(done.pk, by=Actor.agent(agent))
    assert texts(pair[1]) == []


def test_a_merge_stays_after_ten_minutes(pair: tuple[Conversation, Conversation], agent: User) -> None:
    done = merge(pair, agent)
    with clock.frozen(clock.now() + 11 * MINUTE), pytest.raises(Conflict):
        undo_merge(done.pk, by=Actor.agent(agent))


def test_one_that_was_merged_takes_nothing_more(pair: tuple[Conversation, Conversation], agent: User) -> None:
    merge(pair, agent)
    gone, by = pair[1].pk, Actor.agent(agent)
    for attempt in (
        lambda: reply(gone, by=agent, text="Hi", key=uuid4()),
        lambda: note(gone, by=agent, text="Hi", key=uuid4()),
        lambda: status.reopen(gone, by=by),
        lambda: links.link(gone, pair[0].pk, by=by),
        lambda: merge_conversations(keep=pair[0].pk, other=gone, by=by),
        lambda: merge_conversations(keep=gone, other=gone, by=by),
    ):
        with pytest.raises(InvalidInput):
            attempt()
    assert texts(pair[1]) == []


def test_a_chain_of_merges_ends_at_the_last(
    pair: tuple[Conversation, Conversation], account: ChannelAccount, agent: User
) -> None:
    third = say(account, "Five", sender=ADA, external_id="e").conversation
    merge(pair, agent)
    merge((third, pair[0]), agent)
    assert say(account, "And?", sender=ADA, thread_names=(str(pair[1].pk),)).conversation == third
    assert texts(third)[:4] == ["One", "Two", "Three", "Four"]


def test_erasing_ends_what_can_be_taken_back(account: ChannelAccount, agent: User) -> None:
    one = say(account, "One", sender=ADA, kind=HandleKind.EMAIL).conversation
    merge((one, say(account, "Two", sender=ADA, kind=HandleKind.EMAIL).conversation), agent)
    erase_history(account, ADA, by=CUSTOMER)
    assert not ConversationMerge.objects.exists()
    assert set(texts(one)) == {""}


def test_related_conversations(pair: tuple[Conversation, Conversation], agent: User) -> None:
    by = Actor.agent(agent)
    for one, other in (pair, reversed(pair)):
        links.link(one.pk, other.pk, by=by)
    assert ConversationLink.objects.count() == 1
    for conversation in pair:
        assert conversation.messages.filter(verb="linked").count() == 1
    with pytest.raises(InvalidInput):
        links.link(pair[0].pk, pair[0].pk, by=by)
    for _try in range(2):
        links.unlink(pair[1].pk, pair[0].pk, by=by)
    assert not ConversationLink.objects.exists()


def test_asleep_until_the_customer_writes(account: ChannelAccount, agent: User) -> None:
    conversation = say(account, "One", sender=ADA, external_id="a").conversation
    status.snooze(conversation.pk, until=None, by=Actor.agent(agent))
    with clock.frozen(clock.now() + timedelta(days=400)):
        assert status.wake_due() == 0
    conversation.refresh_from_db()
    assert (conversation.status, conversation.snoozed_until) == ("snoozed", None)
    say(account, "Well?", sender=ADA, thread_refs=("a",))
    conversation.refresh_from_db()
    assert conversation.status == "open"
