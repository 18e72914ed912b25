"""Something arrived from a customer's side: messages, a change of one, or word of how far a reply got."""

from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from typing import Any

from django.db import transaction

from csplatform.conversations.models import Message
from csplatform.flows.batch import Arrival, Batch
from csplatform.flows.echo import apply_echo
from csplatform.flows.pausing import apply_reachability
from csplatform.flows.receipts import apply_receipt, apply_receipt_up_to, apply_reports
from csplatform.flows.revisions import apply_deletion, apply_edit, apply_reaction, pass_on_typing
from csplatform.gateway.contract import (
    Echo,
    Event,
    InboundMessage,
    MessageDeleted,
    MessageEdited,
    Reachability,
    Reaction,
    Receipt,
    ReceiptUpTo,
    Typing,
)
from csplatform.gateway.models import ChannelAccount, InboundDelivery

_APPLY: dict[type, Callable[[ChannelAccount, Any], Message | None]] = {
    Receipt: apply_receipt,
    ReceiptUpTo: apply_receipt_up_to,
    Reachability: apply_reachability,
    MessageEdited: apply_edit,
    MessageDeleted: apply_deletion,
    Reaction: apply_reaction,
    Typing: pass_on_typing,
}


def receive(account: ChannelAccount, event: Event, delivery: InboundDelivery | None = None) -> Message | None:
    """Apply one event of a channel, in one transaction. Doing it again changes nothing.

    Returns the message concerned: for a repeat, the one that was there already; None where there is none.
    Raises TooEarly for an event whose message has not come yet; try again later.
    """
    return receive_all(account, [(event, delivery)])[0]


@transaction.atomic
def receive_all(
    account: ChannelAccount, arrivals: Iterable[tuple[Event, InboundDelivery | None]]
) -> list[Message | None]:
    """Apply several events in their order, all of them or none, as `receive` does; messages in a row are one batch."""
    done: list[Message | None] = []
    for together, group in groupby(arrivals, key=_is_ordinary):
        if together:
            messages = [Arrival(event, delivery) for event, delivery in group if isinstance(event, InboundMessage)]
            done += _receive_batch(account, messages)
        else:
            done += [_apply(account, event, delivery) for event, delivery in group]
    return done


def _is_ordinary(arrival: tuple[Event, InboundDelivery | None]) -> bool:
    """Tell messages from what changes other messages too, as a mail does that reports on replies of ours."""
    return isinstance(arrival[0], InboundMessage) and not arrival[0].receipts


def _receive_batch(account: ChannelAccount, arrivals: Sequence[Arrival]) -> list[Message]:
    batch = Batch(account, arrivals)
    received = [batch.receive(arrival) for arrival in arrivals]
    batch.save()
    return received


def _apply(account: ChannelAccount, event: Event, delivery: InboundDelivery | None) -> Message | None:
    if isinstance(event, Echo):
        return apply_echo(account, event, delivery)
    if not isinstance(event, InboundMessage):
        return _APPLY[type(event)](account, event)
    (message,) = _receive_batch(account, [Arrival(event, delivery)])
    apply_reports(account, event.receipts)
    return message
