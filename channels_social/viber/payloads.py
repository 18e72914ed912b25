"""Viber's callbacks as events. Pure. Each call is one event; a message is named by its token, a large number."""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.utils.translation import gettext_noop

from channels_social import wording
from channels_social.reading import Node, read
from csplatform.gateway.contract import (
    Event,
    FileReference,
    HandleKind,
    InboundAttachment,
    InboundMessage,
    RawDelivery,
    Reachability,
    Receipt,
    ReceiptState,
    Sender,
)

UNSUBSCRIBED = gettext_noop("The customer has unsubscribed from the bot.")
NOT_DELIVERED = gettext_noop("Viber could not deliver it.")


@dataclass(frozen=True, slots=True)
class Said:
    """What a message holds."""

    text: str = ""
    files: tuple[InboundAttachment, ...] = ()


def events(raw: RawDelivery) -> list[Event]:
    """Return what a call says; empty for kinds that hold nothing for a desk. Raises Unreadable."""
    call = read(raw.body)
    translate = _EVENTS.get(call.text("event"))
    return [translate(call)] if translate else []


def _message(call: Node) -> InboundMessage:
    message, sender = call.child("message"), call.child("sender")
    kind = message.text("type")
    reader = _KINDS.get(kind)
    said = reader(message) if reader else Said(wording.unsupported(kind))
    country = sender.optional_text("country")
    return InboundMessage(
        external_id=call.identifier("message_token"),
        sender=Sender(
            external_id=sender.identifier("id"),
            kind=HandleKind.SOCIAL,
            name=sender.optional_text("name"),
            language=sender.optional_text("language"),
        ),
        text=said.text,
        sent_at=call.moment_ms("timestamp"),
        attachments=said.files,
        metadata={"country": country} if country else {},
    )


def _receipt(state: ReceiptState) -> Callable[[Node], Receipt]:
    def read_receipt(call: Node) -> Receipt:
        failed = state is ReceiptState.FAILED
        reason = (call.optional_text("desc") or NOT_DELIVERED) if failed else ""
        return Receipt(call.identifier("message_token"), state, at=call.moment_ms("timestamp"), reason=reason)

    return read_receipt


def _subscribed(call: Node) -> Reachability:
    return Reachability(call.child("user").identifier("id"), reachable=True, at=call.moment_ms("timestamp"))


def _unsubscribed(call: Node) -> Reachability:
    at = call.moment_ms("timestamp")
    return Reachability(call.identifier("user_id"), reachable=False, at=at, reason=UNSUBSCRIBED)


_EVENTS: dict[str, Callable[[Node], Event]] = {
    "message": _message,
    "delivered": _receipt(ReceiptState.DELIVERED),
    "seen": _receipt(ReceiptState.READ),
    "failed": _receipt(ReceiptState.FAILED),
    "subscribed": _subscribed,
    "unsubscribed": _unsubscribed,
}


def _text(message: Node) -> Said:
    return Said(message.text("text"))


def _link(message: Node) -> Said:
    """An address that the customer shares; it is theirs, so it is not fetched."""
    parts = [message.optional_text("text"), message.optional_text("media")]
    return Said("\n".join(dict.fromkeys(part for part in parts if part)))


def _media(name: str, content_type: str) -> Callable[[Node], Said]:
    def read_media(message: Node) -> Said:
        given = message.optional_text("file_name") or urlsplit(message.text("media")).path.rpartition("/")[2]
        shown = given if "." in given else name
        file = InboundAttachment(shown, content_type, FileReference(message.text("media")))
        return Said(message.optional_text("text"), (file,))

    return read_media


def _sticker(message: Node) -> Said:
    if message.optional_text("media"):
        return Said(files=_media("sticker.png", "image/png")(message).files)
    return Said(wording.unsupported(f"sticker {message.identifier('sticker_id')}"))


def _contact(message: Node) -> Said:
    contact = message.child("contact")
    return Said(wording.person(contact.optional_text("name"), [contact.optional_text("phone_number")]))


def _location(message: Node) -> Said:
    where = message.child("location")
    place = Node({"latitude": where.number("lat"), "longitude": where.number("lon")}, where.path)
    return Said(wording.place(place, where.optional_text("address")))


_KINDS: dict[str, Callable[[Node], Said]] = {
    "text": _text,
    "url": _link,
    "picture": _media("picture.jpg", "image/jpeg"),
    "video": _media("video.mp4", "video/mp4"),
    "file": _media("file", "application/octet-stream"),
    "sticker": _sticker,
    "contact": _contact,
    "location": _location,
}
