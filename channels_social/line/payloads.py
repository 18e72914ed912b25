"""LINE's webhooks as events. Pure.

Only chats with one person are read: what people write in groups and rooms is not meant for a desk.
"""

from collections.abc import Callable

from django.utils.translation import gettext_noop

from channels_social import wording
from channels_social.reading import Node, read
from csplatform.gateway.contract import (
    Event,
    FileReference,
    HandleKind,
    InboundAttachment,
    InboundMessage,
    MessageDeleted,
    MessageEdited,
    RawDelivery,
    Reachability,
    Sender,
)

UNFOLLOWED = gettext_noop("The customer has blocked the LINE Official Account, or is no longer its friend.")
# LINE converts what is sent to it, and names neither names nor types.
MEDIA = {
    "image": ("image.jpg", "image/jpeg"),
    "video": ("video.mp4", "video/mp4"),
    "audio": ("audio.m4a", "audio/mp4"),
}


def events(raw: RawDelivery) -> list[Event]:
    """Return what a call says; empty for LINE's test, and for kinds that hold nothing for a desk. Raises Unreadable."""
    call = read(raw.body)
    call.identifier("destination")
    found = [_event(event) for event in call.children("events")]
    return [event for event in found if event is not None]


def read_token(body: bytes, message_id: str) -> str:
    """Return what LINE wants back to mark a message of a call as read; empty where the call has none for it."""
    if not body:
        return ""
    for event in read(body).children("events"):
        message = event.optional_child("message")
        if message and message.optional_text("id") == message_id:
            return message.optional_text("markAsReadToken")
    return ""


def _event(event: Node) -> Event | None:
    translate = _EVENTS.get(event.text("type"))
    if translate is None:
        return None
    source = event.child("source")
    return translate(event, source.identifier("userId")) if source.text("type") == "user" else None


def _message(event: Node, person: str) -> InboundMessage | None:
    message = event.child("message")
    kind = message.text("type")
    reader = _KINDS.get(kind)
    text = reader(message) if reader else wording.unsupported(kind)
    quoted = message.optional_text("quotedMessageId")
    album = message.optional_child("imageSet")
    return InboundMessage(
        external_id=message.identifier("id"),
        sender=_person(person),
        text=text,
        sent_at=event.moment_ms("timestamp"),
        attachments=tuple(_files(kind, message)),
        thread_refs=(quoted,) if quoted else (),
        metadata={"album": album.identifier("id")} if album else {},
    )


def _edited(event: Node, _person: str) -> MessageEdited | None:
    message = event.child("message")
    if message.text("type") != "text":
        return None
    return MessageEdited(message.identifier("id"), message.text("text"), edited_at=event.moment_ms("timestamp"))


def _unsent(event: Node, _person: str) -> MessageDeleted:
    return MessageDeleted(event.child("unsend").identifier("messageId"), deleted_at=event.moment_ms("timestamp"))


def _pressed(event: Node, person: str) -> InboundMessage | None:
    """Read a button's press as its data, or as the date and time picked: LINE does not say what stood on it."""
    postback = event.child("postback")
    chosen = postback.optional_child("params")
    if chosen and chosen.has("newRichMenuAliasId"):
        return None  # turning over the menu's pages
    picked = [chosen.optional_text(name) for name in ("datetime", "date", "time")] if chosen else []
    data = postback.text("data")
    return InboundMessage(
        external_id=f"postback:{event.identifier('webhookEventId')}",
        sender=_person(person),
        text=next((text for text in picked if text), data),
        sent_at=event.moment_ms("timestamp"),
        metadata={"button": data},
    )


def _followed(event: Node, person: str) -> Reachability:
    return Reachability(person, reachable=True, at=event.moment_ms("timestamp"))


def _unfollowed(event: Node, person: str) -> Reachability:
    return Reachability(person, reachable=False, at=event.moment_ms("timestamp"), reason=UNFOLLOWED)


_EVENTS: dict[str, Callable[[Node, str], Event | None]] = {
    "message": _message,
    "messageEdited": _edited,
    "unsend": _unsent,
    "postback": _pressed,
    "follow": _followed,
    "unfollow": _unfollowed,
}


def _person(user_id: str) -> Sender:
    return Sender(external_id=user_id, kind=HandleKind.SOCIAL)


def _text(message: Node) -> str:
    return message.text("text")


def _place(message: Node) -> str:
    return wording.place(message, message.optional_text("title"), message.optional_text("address"))


def _words_beside(message: Node) -> str:
    """Return what a sticker says; of a picture that lies elsewhere, its address: strangers' hosts are not called."""
    provider = message.optional_child("contentProvider")
    if provider and provider.text("type") == "external":
        return provider.text("originalContentUrl")
    return message.optional_text("text")


def _files(kind: str, message: Node) -> list[InboundAttachment]:
    if kind == "sticker":
        sticker = FileReference(f"sticker:{message.identifier('stickerId')}")
        return [InboundAttachment("sticker.png", "image/png", sticker)]
    if kind == "file":
        name, content_type = message.optional_text("fileName") or "file", "application/octet-stream"
    elif kind in MEDIA and message.child("contentProvider").text("type") == "line":
        name, content_type = MEDIA[kind]
    else:
        return []
    return [InboundAttachment(name, content_type, FileReference(f"{kind}:{message.identifier('id')}"))]


_KINDS: dict[str, Callable[[Node], str]] = {
    "text": _text,
    "location": _place,
    **dict.fromkeys(("image", "video", "audio", "file", "sticker"), _words_beside),
}
