"""What a message holds: words as people read them, and files. Pure.

A file's reference is "channel/message/attachment", since the addresses that come along expire within a day; a sticker's
is "sticker/name of its file".
"""

import re
from collections.abc import Iterator

from channels_social import wording
from channels_social.discord.ids import snowflake
from channels_social.reading import Node
from csplatform.gateway.contract import FileReference, InboundAttachment

STICKER = "sticker"
# Kinds of sticker: the ending of their file and its type.
_STICKERS = {1: ("png", "image/png"), 2: ("png", "image/png"), 3: ("json", "application/json"), 4: ("gif", "image/gif")}
_MENTION = re.compile(r"<@!?([0-9]+)>")
_CUSTOM_EMOJI = re.compile(r"<a?(:[A-Za-z0-9_]+:)[0-9]+>")
# A reference of this type forwards a message instead of answering it.
FORWARD = 1


def words(message: Node) -> str:
    """Return what was written, forwarded or asked, without Discord's codes for people and emoji."""
    pieces = [_plain(message), *(_plain(forwarded) for forwarded in _forwarded(message))]
    if poll := message.optional_child("poll"):
        pieces.append(f"📊 {poll.child('question').optional_text('text')}".strip())
    return "\n".join(piece for piece in pieces if piece)


def files(message: Node) -> tuple[InboundAttachment, ...]:
    """Return the files and stickers of a message, and of the one that it forwards."""
    where = f"{snowflake(message, 'channel_id')}/{snowflake(message, 'id')}"
    return tuple(file for part in (message, *_forwarded(message)) for file in _files(part, where))


def answered(message: Node) -> tuple[str, ...]:
    """Return the id of the message that this one answers."""
    reference = message.optional_child("message_reference")
    if reference is None or reference.values.get("type") == FORWARD or not reference.has("message_id"):
        return ()
    return (reference.identifier("message_id"),)


def emoji(reaction: Node) -> str:
    """Return a reaction's emoji; a server's own ones have only a name."""
    name = reaction.optional_text("name")
    return f":{name}:" if reaction.has("id") and name else name or wording.unsupported("")


def label_of(message: Node, custom_id: str) -> str:
    """Return what stands on the button of a message that carries `custom_id`, empty where it has none."""
    for component in _components(message):
        if component.values.get("custom_id") == custom_id:
            return component.optional_text("label")
    return ""


def _components(holder: Node) -> Iterator[Node]:
    for component in holder.children("components"):
        yield component
        yield from _components(component)


def _forwarded(message: Node) -> list[Node]:
    return [snapshot.child("message") for snapshot in message.children("message_snapshots")]


def _plain(message: Node) -> str:
    names = {person.identifier("id"): _name(person) for person in message.children("mentions")}
    text = _MENTION.sub(lambda found: f"@{names.get(found[1], found[1])}", message.optional_text("content"))
    return _CUSTOM_EMOJI.sub(lambda found: found[1], text)


def _name(person: Node) -> str:
    return person.optional_text("global_name") or person.optional_text("username")


def _files(message: Node, where: str) -> Iterator[InboundAttachment]:
    for file in message.children("attachments"):
        content_type = file.optional_text("content_type").split(";")[0].strip() or "application/octet-stream"
        reference = FileReference(f"{where}/{snowflake(file, 'id')}")
        yield InboundAttachment(file.optional_text("filename") or "file", content_type, reference)
    for sticker in message.children("sticker_items"):
        ending, content_type = _STICKERS.get(int(sticker.number("format_type")), _STICKERS[1])
        reference = FileReference(f"{STICKER}/{snowflake(sticker, 'id')}.{ending}")
        yield InboundAttachment(f"{sticker.optional_text('name') or STICKER}.{ending}", content_type, reference)
