"""How far a reply got: the state of its parts, and of the whole."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from csplatform.conversations.actors import SYSTEM
from csplatform.conversations.models import (
    Conversation,
    Dispatch,
    DispatchState,
    EventVerb,
    Message,
    MessageState,
)
from csplatform.conversations.services import change, lock, record
from csplatform.flows.errors import TooEarly
from csplatform.flows.pausing import pause_address
from csplatform.gateway.contract import Receipt, ReceiptState, ReceiptUpTo
from csplatform.gateway.ids import stable_id
from csplatform.gateway.models import ChannelAccount

PROGRESS = [DispatchState.ACCEPTED, DispatchState.DELIVERED, DispatchState.READ]
# What the whole message is where its parts differ: the first of these that any part has.
WORST_FIRST = [
    DispatchState.FAILED,
    DispatchState.UNCERTAIN,
    DispatchState.QUEUED,
    DispatchState.SENDING,
    *PROGRESS,
]


def apply_receipt(account: ChannelAccount, event: Receipt) -> Message | None:
    """Move a reply's state forward, never back: platforms do not keep the order of receipts.

    Raises TooEarly while a reply of this account is on its way whose id we have not been told yet.
    Receipts for what was sent from elsewhere, or to somebody else, concern nobody here.
    """
    dispatch = _dispatch_of(account, event)
    if dispatch is None:
        if account.dispatch_set.filter(state=DispatchState.SENDING).exists():
            raise TooEarly(f"receipt for {event.external_id!r}, which is not known here yet")
        return None
    return _apply(dispatch, event)


def apply_receipt_up_to(account: ChannelAccount, event: ReceiptUpTo) -> None:
    """Move everything that one person was sent until a moment forward, oldest first.

    Raises TooEarly while something is on its way to them, since the platform's word may be about that too.
    """
    sent = account.dispatch_set.filter(message__handle__external_id=event.person)
    if sent.filter(state=DispatchState.SENDING).exists():
        raise TooEarly(f"receipt for all that {event.person!r} was sent, while more is being sent")
    # The moment it was due, by our clock, lies before the moment the platform took it, by theirs.
    behind = PROGRESS[: PROGRESS.index(DispatchState(event.state.value))]
    for dispatch in (
        sent.filter(state__in=behind, try_at__lte=event.until).select_related("message__handle").order_by("id")
    ):
        _apply(dispatch, Receipt(dispatch.external_id, event.state, event.until))


def reported(account: ChannelAccount, receipts: Iterable[Receipt]) -> int | None:
    """Return the id of the conversation that holds the reply which one of `receipts` is rightly about.

    Anybody can write such a mail who has seen the reply's id: one that does not name who the reply was for is nothing.
    """
    found = (_dispatch_of(account, receipt) for receipt in receipts if receipt.recipients)
    return next((dispatch.conversation_id for dispatch in found if dispatch and dispatch.conversation_id), None)


def apply_reports(account: ChannelAccount, receipts: Iterable[Receipt]) -> None:
    """Apply what a machine's mail says of our replies; what it says of anything else is left aside."""
    for receipt in receipts:
        dispatch = _dispatch_of(account, receipt) if receipt.recipients else None
        if dispatch is not None:
            _apply(dispatch, receipt)


def confirm(dispatch: Dispatch) -> None:
    """Write down that a doubtful send did arrive. Needs the conversation's lock."""
    dispatch.state = DispatchState.DELIVERED
    dispatch.reason = ""
    dispatch.save(update_fields=["state", "reason", "updated_at"])
    show_state(dispatch.message)


def addresses_of(message: Message) -> list[str]:
    """Return everybody a message was sent to, lower-case, the one it was meant for first."""
    first = [message.handle.external_id] if message.handle else []
    copies = [address for name in ("to", "cc", "bcc") for address in message.metadata.get(name, ())]
    return list(dict.fromkeys(address.lower() for address in [*first, *copies]))


def _dispatch_of(account: ChannelAccount, receipt: Receipt) -> Dispatch | None:
    """Return the call that `receipt` is about; none where it names somebody to whom nothing was sent."""
    sent = account.dispatch_set.filter(external_id=stable_id(receipt.external_id))
    dispatch = sent.select_related("message__handle").first() or _left_open(account, receipt)
    if dispatch is None or not receipt.recipients:
        return dispatch
    return dispatch if _whom(dispatch.message, receipt) else None


def by_key(account: ChannelAccount, key: str) -> Dispatch | None:
    """Return the call that was made with `key`, which a platform handed back; none for what is no key of ours."""
    try:
        return account.dispatch_set.filter(key=UUID(key)).select_related("message__handle").first()
    except ValueError:
        return None


def _left_open(account: ChannelAccount, receipt: Receipt) -> Dispatch | None:
    """Return the doubtful call that the receipt is about, by our own key; the platform's id is known from now on."""
    dispatch = by_key(account, receipt.key)
    if dispatch is None:
        return None
    lock(dispatch.conversation_id)
    dispatch.refresh_from_db(fields=["state", "external_id"])
    if dispatch.state != DispatchState.UNCERTAIN or dispatch.external_id:
        return None
    dispatch.external_id = stable_id(receipt.external_id)
    dispatch.save(update_fields=["external_id", "updated_at"])
    return dispatch


def _whom(message: Message, receipt: Receipt) -> str:
    """Return which of the message's addresses the receipt is about, empty for none."""
    named = {name.lower() for name in receipt.recipients}
    return next((address for address in addresses_of(message) if address in named), "")


def _apply(dispatch: Dispatch, receipt: Receipt) -> Message:
    conversation = lock(dispatch.conversation_id)
    dispatch.refresh_from_db(fields=["state"])
    message = dispatch.message
    whom = _whom(message, receipt)
    if whom and whom != addresses_of(message)[0]:
        _apply_to_copy(conversation, message, receipt, whom)
    elif _is_progress(DispatchState(dispatch.state), receipt.state):
        dispatch.state = DispatchState(receipt.state.value)
        dispatch.reason = receipt.reason
        dispatch.save(update_fields=["state", "reason", "updated_at"])
        message = show_state(message)
        if receipt.permanent and message.handle_id:
            pause_address(conversation.pk, message.handle_id, receipt.reason)
    return message


def _apply_to_copy(conversation: Conversation, message: Message, receipt: Receipt, whom: str) -> None:
    """A copy that failed does not fail the reply; whoever will never get one takes no further part."""
    if receipt.state is not ReceiptState.FAILED:
        return
    if receipt.permanent:
        conversation.participants = [address for address in conversation.participants if address != whom]
    not_delivered(conversation, message, whom, receipt.reason)


def not_delivered(conversation: Conversation, message: Message, address: str, reason: str) -> None:
    """Write down, once, that one of several addresses did not get a message. Needs the conversation's lock."""
    facts = {"address": address, "reason": reason, "message": message.pk}
    if not conversation.messages.filter(verb=EventVerb.UNDELIVERED, data__contains=facts).exists():
        record(conversation, EventVerb.UNDELIVERED, SYSTEM, **facts)


def _is_progress(old: DispatchState, new: ReceiptState) -> bool:
    if new is ReceiptState.FAILED:
        return old not in {DispatchState.DELIVERED, DispatchState.READ, DispatchState.FAILED}
    if old not in PROGRESS:
        return True
    return PROGRESS.index(DispatchState(new.value)) > PROGRESS.index(old)


def show_state(message: Message) -> Message:
    """Bring the message's state in line with its parts. Needs the conversation's lock."""
    parts = list(message.dispatches.order_by("ordinal"))
    state = _overall([DispatchState(part.state) for part in parts])
    reason = next((part.reason for part in parts if part.state == state.value and part.reason), "")
    if (message.state, message.state_reason) == (state.value, reason):
        return message
    return change(message, state=state, state_reason=reason)


def _overall(states: Sequence[DispatchState]) -> MessageState:
    worst = min(states, key=WORST_FIRST.index)
    return MessageState.QUEUED if worst is DispatchState.SENDING else MessageState(worst.value)
