"""What must be true of the stack's database once nothing is under way any more."""

from collections import Counter
from collections.abc import Sequence

from csplatform.conversations.models import Conversation, Dispatch, DispatchState, Message, MessageKind
from csplatform.gateway.models import DeliveryState, InboundDelivery
from tests.embedded.waiting import wait_until
from tests.stack.stack import Stack

UNFINISHED = [DispatchState.QUEUED, DispatchState.SENDING]


def settle(stack: Stack, *, seconds: float) -> None:
    """Wait until no delivery waits to be understood and no reply to be sent."""
    with stack.database():
        wait_until(_is_settled, seconds=seconds)


def _is_settled() -> bool:
    waiting = InboundDelivery.objects.filter(state=DeliveryState.WAITING)
    return not waiting.exists() and not Dispatch.objects.filter(state__in=UNFINISHED).exists()


def assert_said_once(texts: Sequence[str]) -> None:
    """Every one of `texts` is one customer message, and nothing of anybody was set aside."""
    assert list(InboundDelivery.objects.exclude(state=DeliveryState.DONE).values_list("state", "error")) == []
    said = [text.strip() for text in Message.objects.filter(kind=MessageKind.CUSTOMER).values_list("text", flat=True)]
    assert Counter(text for text in said if text in set(texts)) == Counter(texts)


def assert_numbered_without_gap() -> None:
    """Every conversation's timeline is numbered from 1 to its last number."""
    for conversation in Conversation.objects.all():
        numbers = list(conversation.messages.order_by("seq").values_list("seq", flat=True))
        assert numbers == list(range(1, conversation.last_seq + 1)), conversation
