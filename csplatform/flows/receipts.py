"""How far a reply got: the state of its parts, and of the whole."""

from collections.abc import Sequence

from csplatform.conversations.models import DispatchState, Message, MessageState
from csplatform.conversations.services import change, lock
from csplatform.flows.errors import TooEarly
from csplatform.gateway.contract import Receipt, ReceiptState
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
    Receipts for what was sent from elsewhere concern nobody here.
    """
    external_id = stable_id(event.external_id)
    dispatch = account.dispatch_set.filter(external_id=external_id).select_related("message").first()
    if dispatch is None:
        if account.dispatch_set.filter(state=DispatchState.SENDING).exists():
            raise TooEarly(f"receipt for {external_id!r}, which is not known here yet")
        return None
    lock(dispatch.conversation_id)
    dispatch.refresh_from_db(fields=["state"])
    if _is_progress(DispatchState(dispatch.state), event.state):
        dispatch.state = DispatchState(event.state.value)
        dispatch.reason = event.reason
        dispatch.save(update_fields=["state", "reason", "updated_at"])
    return show_state(dispatch.message)


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
