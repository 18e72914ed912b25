"""What a provider says of our mail, as the contract's receipts. Pure."""

from datetime import UTC, datetime
from typing import Any

from anymail.signals import EventType

from channels_email.compose import message_id
from channels_email.headers import one_line
from channels_email.providers.known import MARK, Provider
from csplatform.common.text import without_nul
from csplatform.gateway.contract import AccountConfig, Receipt, ReceiptState

_STATES = {
    EventType.BOUNCED: ReceiptState.FAILED,
    EventType.REJECTED: ReceiptState.FAILED,
    EventType.FAILED: ReceiptState.FAILED,
    EventType.DELIVERED: ReceiptState.DELIVERED,
    EventType.COMPLAINED: ReceiptState.DELIVERED,  # only what arrived can be complained about
    EventType.OPENED: ReceiptState.READ,
    EventType.DEFERRED: ReceiptState.ACCEPTED,
}
_PLAIN = {
    EventType.BOUNCED: "the recipient's mail server refused this mail",
    EventType.REJECTED: "the provider refused to send this mail",
    EventType.FAILED: "the provider could not send this mail",
    EventType.COMPLAINED: "the recipient reported this mail as spam",
    EventType.DEFERRED: "the recipient's mail server put this mail off; the provider goes on trying",
}
_LONGEST_REASON = 500


def receipt(provider: Provider, account: AccountConfig, event: Any, received_at: datetime) -> Receipt | None:
    """Return what `event` (anymail's) says of a mail of ours; None where it says nothing of its way, or names none."""
    state, external_id = _STATES.get(event.event_type), _message_id(account, event)
    if state is None or not external_id:
        return None
    return Receipt(
        external_id=without_nul(external_id),
        state=state,
        at=_moment(event.timestamp) or received_at,
        reason=_reason(event),
        recipients=(without_nul(event.recipient).strip().lower(),) if isinstance(event.recipient, str) else (),
        permanent=state is ReceiptState.FAILED and provider.is_hard(event.esp_event),
    )


def _message_id(account: AccountConfig, event: Any) -> str:
    """Return the Message-ID that the mail was sent with: by our mark, else the provider's own word for it."""
    marks = [event.metadata.get(MARK)] if isinstance(event.metadata, dict) else []
    marks += [tag.removeprefix(f"{MARK}:") for tag in event.tags or () if str(tag).startswith(f"{MARK}:")]
    known = next((mark for mark in marks if isinstance(mark, str) and mark), None)
    return message_id(account, known) if known else str(event.message_id or "").strip().strip("<>")


def _reason(event: Any) -> str:
    plain = _PLAIN.get(event.event_type)
    if plain is None:
        return ""
    said = dict.fromkeys(one_line(str(word)) for word in (event.description, event.mta_response) if word)
    return without_nul(f"{plain} ({'; '.join(said)})")[:_LONGEST_REASON] if said else plain


def _moment(timestamp: object) -> datetime | None:
    if not isinstance(timestamp, datetime):
        return None
    return timestamp if timestamp.tzinfo else timestamp.replace(tzinfo=UTC)
