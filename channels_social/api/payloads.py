"""What another system tells us, as events. Pure.

Each call is {"type": …, "timestamp": ISO 8601, "data": {…}}; docs/channels/api.md lists the types. Ids are the
caller's, unique in the account: a call that comes twice changes nothing.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from channels_social import wording
from channels_social.api.parts import attachments, metadata, person
from channels_social.reading import Node, read
from csplatform.gateway.contract import (
    Echo,
    Event,
    InboundMessage,
    MessageDeleted,
    MessageEdited,
    RawDelivery,
    Reachability,
    Reaction,
    Receipt,
    ReceiptState,
    ReceiptUpTo,
    Typing,
)
from csplatform.gateway.errors import Unreadable


def events(raw: RawDelivery) -> list[Event]:
    """Return what one call says; empty for types we do not know. Raises Unreadable."""
    call = read(raw.body)
    translate = _TYPES.get(call.text("type"))
    return [translate(call.child("data"), call.written_moment("timestamp"))] if translate else []


def _created(data: Node, at: datetime) -> InboundMessage:
    said = [data.optional_text("text")]
    if location := data.optional_child("location"):
        said.append(wording.place(location, location.optional_text("title"), location.optional_text("address")))
    if contact := data.optional_child("contact"):
        said.append(wording.person(contact.text("name"), _numbers(contact)))
    text = "\n".join(piece for piece in said if piece)
    files = attachments(data)
    if not text and not files:
        raise Unreadable("the message is empty")
    answered = data.optional_text("reply_to")
    return InboundMessage(
        external_id=data.identifier("id"),
        sender=person(data.child("from")),
        text=text,
        sent_at=data.written_moment("sent_at") if data.has("sent_at") else at,
        subject=data.optional_text("subject"),
        attachments=files,
        thread_refs=(answered,) if answered else (),
        automatic=data.values.get("automatic") is True,
        metadata=metadata(data),
    )


def _numbers(contact: Node) -> list[str]:
    numbers: Any = contact.values.get("phones") or []
    if not isinstance(numbers, list) or not all(isinstance(number, str) for number in numbers):
        raise Unreadable("the contact's phones are not a list of texts")
    return numbers


def _edited(data: Node, at: datetime) -> MessageEdited:
    return MessageEdited(data.identifier("id"), text=data.text("text"), edited_at=at)


def _deleted(data: Node, at: datetime) -> MessageDeleted:
    return MessageDeleted(data.identifier("id"), deleted_at=at)


def _reaction(data: Node, at: datetime) -> Reaction:
    return Reaction(data.identifier("id"), person(data.child("from")), data.optional_text("emoji"), at=at)


def _typing(data: Node, at: datetime) -> Typing:
    return Typing(person(data.child("from")), at=at)


def _answered_elsewhere(data: Node, at: datetime) -> Echo:
    return Echo(
        external_id=data.identifier("id"),
        recipient=person(data.child("to")),
        text=data.optional_text("text"),
        sent_at=data.written_moment("sent_at") if data.has("sent_at") else at,
        attachments=attachments(data),
        key=data.optional_text("id"),
    )


def _receipt(state: ReceiptState) -> Callable[[Node, datetime], Receipt]:
    def read_receipt(data: Node, at: datetime) -> Receipt:
        return Receipt(
            data.identifier("id"),
            state,
            at=at,
            reason=data.optional_text("reason"),
            permanent=data.values.get("permanent") is True,
        )

    return read_receipt


def _read_up_to(data: Node, at: datetime) -> ReceiptUpTo:
    until = data.written_moment("until") if data.has("until") else at
    return ReceiptUpTo(person(data.child("from")).external_id, ReceiptState.READ, until=until)


def _reachable(reachable: bool) -> Callable[[Node, datetime], Reachability]:
    def read_reachability(data: Node, at: datetime) -> Reachability:
        who = person(data.child("from")).external_id
        return Reachability(who, reachable, at=at, reason=data.optional_text("reason"))

    return read_reachability


_TYPES: dict[str, Callable[[Node, datetime], Event]] = {
    "message.created": _created,
    "message.edited": _edited,
    "message.deleted": _deleted,
    "message.reaction": _reaction,
    "message.answered": _answered_elsewhere,
    "message.accepted": _receipt(ReceiptState.ACCEPTED),
    "message.delivered": _receipt(ReceiptState.DELIVERED),
    "message.read": _receipt(ReceiptState.READ),
    "message.failed": _receipt(ReceiptState.FAILED),
    "messages.read": _read_up_to,
    "person.typing": _typing,
    "person.reachable": _reachable(True),
    "person.unreachable": _reachable(False),
}
