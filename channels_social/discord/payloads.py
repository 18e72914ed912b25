"""The Gateway's dispatches as events. Pure.

Only direct messages with the bot are read. Their channel is the handle: it belongs to one person, it is what answers go
to, and reports of what the bot itself said name nobody else. Ids of messages are unique everywhere.
"""

from collections.abc import Callable

from channels_social import wording
from channels_social.discord import contents
from channels_social.discord.ids import key_of, moment_of, snowflake
from channels_social.reading import Node, read
from csplatform.gateway.contract import (
    Echo,
    Event,
    HandleKind,
    InboundMessage,
    MessageDeleted,
    MessageEdited,
    RawDelivery,
    Reaction,
    Sender,
    Typing,
)
from csplatform.gateway.errors import Unreadable

# Types of message that a person writes: plain, and as an answer. The others tell of pins, calls and the like.
WRITTEN = (0, 19)
# Types of interaction: a test of the address, and a component of a message.
PING, COMPONENT = 1, 3


def is_ping(raw: RawDelivery) -> bool:
    """Whether Discord only tests an address."""
    try:
        call = read(raw.body)
    except Unreadable:
        return False
    return call.has("application_id") and call.values.get("type") == PING


def events(raw: RawDelivery, bot: str) -> list[Event]:
    """Return what one dispatch says to the bot whose user id is `bot`. Raises Unreadable."""
    said = read(raw.body)
    by_webhook = not said.has("t") and said.has("application_id")  # an interaction as such
    reader = _interaction if by_webhook else _KINDS.get(said.text("t"))
    if reader is None:
        return []
    data = said if by_webhook else said.child("d")
    found = None if data.has("guild_id") else reader(data, raw, bot)
    return [found] if found else []


def _created(message: Node, _raw: RawDelivery, bot: str) -> Event | None:
    author = message.child("author")
    if author.identifier("id") == bot:
        return _echo(message)
    if author.values.get("bot") is True or message.values.get("type", 0) not in WRITTEN:
        return None
    attachments = contents.files(message)
    about = {"user": author.identifier("id"), "username": author.optional_text("username")}
    return InboundMessage(
        external_id=snowflake(message, "id"),
        sender=_person(message, author),
        text=contents.words(message) or ("" if attachments else wording.unsupported("")),
        sent_at=message.written_moment("timestamp"),
        attachments=attachments,
        thread_refs=contents.answered(message),
        metadata=about | ({"forwarded": True} if message.children("message_snapshots") else {}),
    )


def _echo(message: Node) -> Echo:
    nonce = message.values.get("nonce")
    return Echo(
        external_id=snowflake(message, "id"),
        recipient=_person(message),
        text=contents.words(message),
        sent_at=message.written_moment("timestamp"),
        attachments=contents.files(message),
        key=key_of(nonce) if isinstance(nonce, str) else "",
    )


def _updated(message: Node, _raw: RawDelivery, bot: str) -> MessageEdited | None:
    """Read an edit; messages are also updated when a link is unfolded below them."""
    author = message.optional_child("author")
    if author is None or author.identifier("id") == bot or not message.has("edited_timestamp"):
        return None
    edited_at = message.written_moment("edited_timestamp")
    return MessageEdited(snowflake(message, "id"), text=contents.words(message), edited_at=edited_at)


def _deleted(deletion: Node, raw: RawDelivery, _bot: str) -> MessageDeleted:
    """Read that a message was taken back, which carries no time: it is the moment it came."""
    return MessageDeleted(snowflake(deletion, "id"), deleted_at=raw.received_at)


def _reaction(change: Node, raw: RawDelivery, bot: str) -> Reaction | None:
    """Read a reaction, which carries no time: it is the moment it came."""
    if change.identifier("user_id") == bot:
        return None
    return Reaction(
        external_id=snowflake(change, "message_id"),
        sender=_person(change),
        emoji=contents.emoji(change.child("emoji")),
        at=raw.received_at,
    )


def _reaction_taken_off(change: Node, raw: RawDelivery, bot: str) -> Reaction | None:
    if change.identifier("user_id") == bot:
        return None
    return Reaction(snowflake(change, "message_id"), sender=_person(change), emoji="", at=raw.received_at)


def _typing(start: Node, _raw: RawDelivery, bot: str) -> Typing | None:
    if start.identifier("user_id") == bot:
        return None
    return Typing(_person(start), at=start.moment("timestamp"))


def _interaction(interaction: Node, _raw: RawDelivery, _bot: str) -> InboundMessage | None:
    """Read a pressed button as what it says."""
    message = interaction.optional_child("message")
    if interaction.number("type") != COMPONENT or message is None:
        return None
    interaction_id, pressed = snowflake(interaction, "id"), interaction.child("data")
    custom_id = pressed.text("custom_id")
    chosen = pressed.values.get("values")
    values = [value for value in chosen if isinstance(value, str)] if isinstance(chosen, list) else []
    return InboundMessage(
        external_id=f"button:{interaction_id}",
        sender=_person(interaction, interaction.child("user")),
        text=", ".join(values) or contents.label_of(message, custom_id) or custom_id,
        sent_at=moment_of(interaction_id),
        thread_refs=(snowflake(message, "id"),),
        metadata={"button": custom_id},
    )


def _person(where: Node, user: Node | None = None) -> Sender:
    name = (user.optional_text("global_name") or user.optional_text("username")) if user else ""
    return Sender(snowflake(where, "channel_id"), HandleKind.SOCIAL, name=name)


_KINDS: dict[str, Callable[[Node, RawDelivery, str], Event | None]] = {
    "MESSAGE_CREATE": _created,
    "MESSAGE_UPDATE": _updated,
    "MESSAGE_DELETE": _deleted,
    "MESSAGE_REACTION_ADD": _reaction,
    "MESSAGE_REACTION_REMOVE": _reaction_taken_off,
    "TYPING_START": _typing,
    "INTERACTION_CREATE": _interaction,
}
WANTED = frozenset(_KINDS)
