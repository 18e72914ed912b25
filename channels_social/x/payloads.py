"""Events of the X Activity API. Pure. Source: docs.x.com/x-api/activity/event-payloads.

Events of reading and typing stand there without a sample: they are read as the Account Activity API writes them.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from channels_social import wording
from channels_social.reading import Node, read
from channels_social.x.contents import content_of
from csplatform.gateway.contract import (
    Echo,
    Event,
    HandleKind,
    InboundMessage,
    RawDelivery,
    ReceiptState,
    ReceiptUpTo,
    Sender,
    Typing,
)
from csplatform.gateway.errors import Unreadable

# Milliseconds of 1970 from which X counts in its ids.
_EPOCH = 1_288_834_974_657


def events(raw: RawDelivery, own: str) -> list[Event]:
    """Return what an event says to or of the account `own`; empty for other kinds. Raises Unreadable."""
    data = read(raw.body).child("data")
    kind = data.text("event_type")
    reader = _KINDS.get(kind)
    if reader is None:
        return []
    subscribed = data.child("filter").identifier("user_id")
    if subscribed != own:
        raise Unreadable(f"the call is for the account {subscribed}, not for {own}")
    return reader(data.child("payload"), own)


def said_at(message_id: str) -> datetime:
    """Return when X made an id, to the millisecond. Raises Unreadable where it is none of X's."""
    if not message_id.isascii() or not message_id.isdigit() or len(message_id) > 19:
        raise Unreadable("the message id is not a number of X")
    return datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=(int(message_id) >> 22) + _EPOCH)


def _messages(payload: Node, own: str) -> list[Event]:
    found = [_message(event, payload, own) for event in payload.children("direct_message_events")]
    return [event for event in found if event is not None]


def _message(event: Node, payload: Node, own: str) -> Event | None:
    if event.text("type") != "message_create":
        return None
    created = event.child("message_create")
    sender, recipient = created.identifier("sender_id"), created.child("target").identifier("recipient_id")
    external_id, at = event.identifier("id"), event.moment_ms("created_timestamp")
    content = content_of(created.child("message_data"))
    if sender == own:
        person = _person(recipient, payload)
        return Echo(external_id, person, text=content.text, sent_at=at, attachments=content.attachments)
    if recipient != own:
        return None
    origin = event.optional_child("initiated_via")
    post = origin.optional_text("tweet_id") if origin else ""
    return InboundMessage(
        external_id,
        _person(sender, payload),
        text=content.text or ("" if content.attachments else wording.unsupported("")),
        sent_at=at,
        attachments=content.attachments,
        metadata={name: value for name, value in {**content.metadata, "post": post}.items() if value},
    )


def _read(payload: Node, own: str) -> list[Event]:
    found = payload.children("direct_message_mark_read_events")
    return [
        ReceiptUpTo(event.identifier("sender_id"), ReceiptState.READ, until=said_at(event.text("last_read_event_id")))
        for event in found
        if event.identifier("sender_id") != own
    ]


def _typing(payload: Node, own: str) -> list[Event]:
    found = payload.children("direct_message_indicate_typing_events")
    return [
        Typing(_person(event.identifier("sender_id"), payload), at=event.moment_ms("created_timestamp"))
        for event in found
        if event.identifier("sender_id") != own
    ]


def _encrypted(payload: Node, own: str) -> list[Event]:
    """Say that somebody wrote what only the apps of X can read; groups concern no desk."""
    sender, members = payload.identifier("sender_id"), payload.text("conversation_id").split(":")
    if sender == own or set(members) != {sender, own}:
        return []
    return [
        InboundMessage(
            f"chat:{payload.identifier('id')}",
            _person(sender, payload),
            text=wording.unsupported("XChat 🔒"),
            sent_at=payload.moment_ms("created_at_msec"),
            metadata={"encrypted": True},
        )
    ]


def _person(user_id: str, payload: Node) -> Sender:
    users = payload.optional_child("users")
    known = users.optional_child(user_id) if users else None
    data = known.optional_child("data") if known else None
    name = data.optional_text("name") or data.optional_text("username") if data else ""
    return Sender(user_id, HandleKind.SOCIAL, name=name)


_KINDS: dict[str, Callable[[Node, str], list[Event]]] = {
    "dm.received": _messages,
    "dm.sent": _messages,
    "dm.read": _read,
    "dm.indicate_typing": _typing,
    "chat.received": _encrypted,
}
