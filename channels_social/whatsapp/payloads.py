"""The Cloud API's calls as events. Pure.

One call may carry several entries, changes, messages and statuses. Only the fields "messages" and
"smb_message_echoes" (what was said with the WhatsApp Business app on a phone) concern a desk; what groups say does
not. The number a change is for must be the account's own: a Meta app calls one address for all of its numbers, and
somebody else's customers do not belong into this inbox.
"""

from collections.abc import Callable

from channels_social.content import Content
from channels_social.reading import Node, read
from channels_social.whatsapp import people
from channels_social.whatsapp.contents import content_of
from channels_social.whatsapp.errors import WHATSAPP
from channels_social.whatsapp.people import Person
from csplatform.gateway.contract import (
    Echo,
    Event,
    InboundMessage,
    MessageDeleted,
    MessageEdited,
    RawDelivery,
    Reaction,
    Receipt,
    ReceiptState,
)
from csplatform.gateway.errors import Unreadable

_STATES = {
    "sent": ReceiptState.ACCEPTED,
    "delivered": ReceiptState.DELIVERED,
    "read": ReceiptState.READ,
    "played": ReceiptState.READ,
    "failed": ReceiptState.FAILED,
}


def events(raw: RawDelivery, number: str) -> list[Event]:
    """Return everything a call says about the account whose phone number id is `number`. Raises Unreadable."""
    call = read(raw.body)
    if call.text("object") != "whatsapp_business_account" or not call.has("entry"):
        raise Unreadable("this is not a call of the WhatsApp Business Platform")
    found: list[Event] = []
    for entry in call.children("entry"):
        for change in entry.children("changes"):
            if (field := change.text("field")) in _FIELDS:
                found += _FIELDS[field](change.child("value"), number)
    return found


def _changed(value: Node, number: str) -> list[Event]:
    _check_number(value.child("metadata"), number)
    introduced = people.of_contacts(value)
    said = [_said(message, introduced) for message in value.children("messages")]
    receipts = [_receipt(status) for status in value.children("statuses")]
    return [event for event in (*said, *receipts) if event is not None]


def _said_elsewhere(value: Node, number: str) -> list[Event]:
    """Return what was said, changed or taken back with the app on a phone."""
    _check_number(value.child("metadata"), number)
    introduced = people.of_contacts(value)
    found = [_echo(message, introduced) for message in value.children("message_echoes")]
    return [event for event in found if event is not None]


_FIELDS: dict[str, Callable[[Node, str], list[Event]]] = {"messages": _changed, "smb_message_echoes": _said_elsewhere}


def _check_number(metadata: Node, number: str) -> None:
    given = metadata.identifier("phone_number_id")
    if given != number:
        shown = metadata.optional_text("display_phone_number")
        raise Unreadable(f"the number {shown} (phone number id {given}) has no account at this address")


def _said(message: Node, introduced: list[Person]) -> Event | None:
    if message.has("group_id"):
        return None
    kind = message.text("type")
    if kind == "reaction":
        return _reaction(message, introduced)
    if kind == "edit":
        return _edited(message)
    if kind == "revoke":
        return _taken_back(message)
    content = content_of(message)
    return _message(message, content, people.of_message(message, introduced)) if content else None


def _echo(message: Node, introduced: list[Person]) -> Event | None:
    kind = message.text("type")
    if message.has("group_id") or kind == "reaction":
        return None
    if kind == "edit":
        return _edited(message)
    if kind == "revoke":
        return _taken_back(message)
    content = content_of(message)
    if content is None:
        return None
    return Echo(
        external_id=message.identifier("id"),
        recipient=people.of_recipient(message, introduced).sender(),
        text=content.text,
        sent_at=message.moment("timestamp"),
        attachments=content.attachments,
    )


def _message(message: Node, content: Content, person: Person) -> InboundMessage:
    context = message.optional_child("context")
    answered = context.identifier("id") if context and context.has("id") else ""
    about = {"phone": person.phone, "username": person.username}
    return InboundMessage(
        external_id=message.identifier("id"),
        sender=person.sender(),
        text=content.text,
        sent_at=message.moment("timestamp"),
        attachments=content.attachments,
        thread_refs=(answered,) if answered else (),
        automatic=content.automatic,
        metadata={name: value for name, value in about.items() if value} | dict(content.metadata) | _origin(message),
    )


def _origin(message: Node) -> dict[str, str | bool]:
    """Return that a message was forwarded, and which advertisement brought the customer here."""
    found: dict[str, str | bool] = {}
    context = message.optional_child("context")
    if context and (context.values.get("forwarded") is True or context.values.get("frequently_forwarded") is True):
        found["forwarded"] = True
    if referral := message.optional_child("referral"):
        found["advertisement"] = referral.optional_text("headline") or referral.optional_text("source_url")
    return found


def _reaction(message: Node, introduced: list[Person]) -> Reaction:
    reaction = message.child("reaction")
    return Reaction(
        external_id=reaction.identifier("message_id"),
        sender=people.of_message(message, introduced).sender(),
        emoji=reaction.optional_text("emoji"),
        at=message.moment("timestamp"),
    )


def _edited(message: Node) -> MessageEdited | None:
    edit = message.child("edit")
    content = content_of(edit.child("message"))
    if content is None:
        return None
    return MessageEdited(
        edit.identifier("original_message_id"), text=content.text, edited_at=message.moment("timestamp")
    )


def _taken_back(message: Node) -> MessageDeleted:
    original = message.child("revoke").identifier("original_message_id")
    return MessageDeleted(original, deleted_at=message.moment("timestamp"))


def _receipt(status: Node) -> Receipt | None:
    """Return how far a reply got; None for words we do not know and for groups, where everybody has a status."""
    state = _STATES.get(status.text("status"))
    if state is None or status.optional_text("recipient_type") == "group":
        return None
    return Receipt(
        external_id=status.identifier("id"),
        state=state,
        at=status.moment("timestamp"),
        reason=_failure(status) if state is ReceiptState.FAILED else "",
        key=status.optional_text("biz_opaque_callback_data"),
    )


def _failure(status: Node) -> str:
    for error in status.children("errors"):
        details = error.optional_child("error_data")
        said = (details.optional_text("details") if details else "") or error.optional_text("title")
        return WHATSAPP.reason(int(error.number("code")), said)
    return WHATSAPP.reason(-1, "")
