"""Telegram's updates as events. Pure.

A message id is unique only inside its chat, so an external id is "chat:message".
Read are private chats with a person, and what is addressed to the bot in groups; the rest is not meant for a desk.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext_noop

from channels_social import wording
from channels_social.reading import Node, read
from channels_social.telegram import groups
from csplatform.gateway.contract import (
    Event,
    FileReference,
    HandleKind,
    InboundAttachment,
    InboundMessage,
    MessageEdited,
    RawDelivery,
    Reachability,
    Reaction,
    Sender,
)

BLOCKED = gettext_noop("The customer has blocked this bot.")
# The link t.me/shop_bot?start=… says this before what the link carries.
START = "/start "
# Kinds of message that hold something a person sent and that a desk cannot show.
UNSUPPORTED = ("poll", "game", "story", "checklist", "paid_media", "invoice", "giveaway", "gift")
# Media with one file each: the kind, and the name and type where the platform gives none.
MEDIA = {
    "animation": ("animation.mp4", "video/mp4"),
    "audio": ("audio.mp3", "audio/mpeg"),
    "video": ("video.mp4", "video/mp4"),
    "video_note": ("video.mp4", "video/mp4"),
    "voice": ("voice.ogg", "audio/ogg"),
    "document": ("document", "application/octet-stream"),
}


@dataclass(frozen=True, slots=True)
class Call:
    """When an update came, and the user name of the bot that it is for."""

    received_at: datetime
    bot: str


def events(raw: RawDelivery, bot: str) -> list[Event]:
    """Return what one update for `bot` says; empty for kinds that hold nothing for a desk. Raises Unreadable."""
    update = read(raw.body)
    update.identifier("update_id")
    for kind, translate in _UPDATES.items():
        if update.has(kind):
            event = translate(update.child(kind), Call(raw.received_at, bot))
            return [event] if event else []
    return []


def message_id(chat: str, message: str) -> str:
    """Return the external id of a message in a chat."""
    return f"{chat}:{message}"


def _message(message: Node, call: Call) -> InboundMessage | None:
    attachments = tuple(_attachments(message))
    text = _text(message)
    if not text and not attachments:
        return None  # a service message: something was pinned, a timer set
    sender = _author(message, call)
    if sender is None:
        return None
    chat = message.child("chat").identifier("id")
    is_public = sender.kind is HandleKind.PUBLIC
    return InboundMessage(
        external_id=message_id(chat, message.identifier("message_id")),
        sender=sender,
        text=text,
        sent_at=message.moment("date"),
        attachments=attachments,
        thread_refs=_answered(message, chat),
        bulk=is_public,  # no machine answers where everybody reads
        metadata=_metadata(message) | ({"public": sender.external_id} if is_public else {}),
    )


def _author(message: Node, call: Call) -> Sender | None:
    """Return who speaks to the bot: in private, or by addressing it in a group."""
    chat = _private_chat(message)
    return _sender(message.child("from"), chat) if chat else groups.asker(message, call.bot)


def _edited(message: Node, call: Call) -> MessageEdited | None:
    if message.has("location") or _author(message, call) is None:
        return None  # a live location moves with every edit
    return MessageEdited(
        external_id=message_id(message.child("chat").identifier("id"), message.identifier("message_id")),
        text=_text(message),
        edited_at=message.moment("edit_date" if message.has("edit_date") else "date"),
    )


def _button(press: Node, call: Call) -> InboundMessage | None:
    """Read a button's press as what the button says. A press carries no time: it is the moment it came."""
    message = press.optional_child("message")
    chat = _private_chat(message) if message else ""
    if message is None or not chat:
        return None
    data = press.optional_text("data")
    return InboundMessage(
        external_id=f"{chat}:button:{press.identifier('id')}",
        sender=_sender(press.child("from"), chat),
        text=_button_text(message, data) or data,
        sent_at=call.received_at,
        thread_refs=(message_id(chat, message.identifier("message_id")),),
        metadata={"button": data},
    )


def _reaction(change: Node, _call: Call) -> Reaction | None:
    chat = _private_chat(change)
    if not chat or not change.has("user"):
        return None
    return Reaction(
        external_id=message_id(chat, change.identifier("message_id")),
        sender=_sender(change.child("user"), chat),
        emoji="".join(_emoji(reaction) for reaction in change.children("new_reaction")),
        at=change.moment("date"),
    )


def _membership(change: Node, _call: Call) -> Reachability | None:
    """Read that a person has blocked the bot, or started it (again)."""
    chat = _private_chat(change)
    status = change.child("new_chat_member").text("status") if chat else ""
    if status not in {"kicked", "member"}:
        return None
    is_blocked = status == "kicked"
    at = change.moment("date")
    return Reachability(chat, reachable=not is_blocked, at=at, reason=BLOCKED if is_blocked else "")


_UPDATES: dict[str, Callable[[Node, Call], Event | None]] = {
    "message": _message,
    "edited_message": _edited,
    "callback_query": _button,
    "message_reaction": _reaction,
    "my_chat_member": _membership,
}


def _private_chat(holder: Node) -> str:
    """Return the id of the private chat that something happened in, empty for groups and channels."""
    chat = holder.child("chat")
    return chat.identifier("id") if chat.text("type") == "private" else ""


def _sender(person: Node, chat: str) -> Sender:
    """Return who wrote. In a private chat the chat's id is the person's, and it is what answers go to."""
    name = " ".join(part for part in (person.text("first_name"), person.optional_text("last_name")) if part)
    return Sender(
        external_id=chat,
        kind=HandleKind.SOCIAL,
        name=name or person.optional_text("username"),
        language=person.optional_text("language_code"),
    )


def _text(message: Node) -> str:
    for name in ("text", "caption"):
        if message.has(name):
            return message.text(name)
    if venue := message.optional_child("venue"):
        return wording.place(venue.child("location"), venue.optional_text("title"), venue.optional_text("address"))
    if location := message.optional_child("location"):
        return wording.place(location)
    if contact := message.optional_child("contact"):
        name = f"{contact.text('first_name')} {contact.optional_text('last_name')}".strip()
        return wording.person(name, [contact.text("phone_number")])
    if dice := message.optional_child("dice"):
        return dice.text("emoji")
    return next((wording.unsupported(kind) for kind in UNSUPPORTED if message.has(kind)), "")


def _attachments(message: Node) -> list[InboundAttachment]:
    if sizes := message.children("photo"):
        # The same picture in several sizes, the largest last.
        return [_file(sizes[-1], "photo.jpg", "image/jpeg")]
    if sticker := message.optional_child("sticker"):
        return [_sticker(sticker)]
    # An animation comes as a document too, for older clients: the first kind found is the file.
    for kind, (name, content_type) in MEDIA.items():
        if media := message.optional_child(kind):
            return [_file(media, name, content_type)]
    return []


def _file(media: Node, name: str, content_type: str) -> InboundAttachment:
    return InboundAttachment(
        name=media.optional_text("file_name") or name,
        content_type=media.optional_text("mime_type") or content_type,
        content=FileReference(media.text("file_id")),
    )


def _sticker(sticker: Node) -> InboundAttachment:
    if sticker.values.get("is_video") is True:
        return _file(sticker, "sticker.webm", "video/webm")
    if sticker.values.get("is_animated") is True:
        return _file(sticker, "sticker.tgs", "application/x-tgsticker")
    return _file(sticker, "sticker.webp", "image/webp")


def _answered(message: Node, chat: str) -> tuple[str, ...]:
    answered = message.optional_child("reply_to_message")
    return (message_id(chat, answered.identifier("message_id")),) if answered else ()


def _metadata(message: Node) -> dict[str, str | bool]:
    found: dict[str, str | bool] = {}
    if album := message.optional_text("media_group_id"):
        found["album"] = album
    text = message.optional_text("text")
    if text.startswith(START):
        found["referral"] = text.removeprefix(START)
    if message.has("forward_origin"):
        found["forwarded"] = True
    if sticker := message.optional_child("sticker"):
        found["emoji"] = sticker.optional_text("emoji")
    return found


def _button_text(message: Node, data: str) -> str:
    """Return what stands on the button that carries `data`."""
    markup = message.optional_child("reply_markup")
    rows = markup.values.get("inline_keyboard") if markup else None
    for row in rows if isinstance(rows, list) else []:
        for button in row if isinstance(row, list) else []:
            if isinstance(button, dict) and button.get("callback_data") == data and data:
                return Node(button, ".button").text("text")
    return ""


def _emoji(reaction: Node) -> str:
    """Return the emoji of a reaction; custom ones have no character of their own, paid ones are stars."""
    kind = reaction.text("type")
    if kind == "emoji":
        return reaction.text("emoji")
    return "⭐" if kind == "paid" else wording.unsupported("")
