"""What is said to a bot in a group, where everybody reads. Pure.

Only what is addressed to the bot is read: by its name, by a command, or by answering it. All that one person says to it
in one group is one place, a handle of the kind PUBLIC; the person is known beside it, to be answered in private.
Source: core.telegram.org/bots/features, privacy mode.
"""

import re

from channels_social.reading import Node
from csplatform.gateway.contract import HandleKind, Sender

_PREFIX = "public:"
_KINDS = frozenset({"group", "supergroup"})


def asker(message: Node, bot: str) -> Sender | None:
    """Return who says something to `bot` (its user name) in a group; None for anything else, and for other bots."""
    chat = message.child("chat")
    person = message.optional_child("from")
    if chat.text("type") not in _KINDS or person is None or person.values.get("is_bot") is True:
        return None
    if not _is_addressed(message, bot.removeprefix("@")):
        return None
    name = " ".join(part for part in (person.text("first_name"), person.optional_text("last_name")) if part)
    who = person.identifier("id")
    return Sender(
        external_id=f"{_PREFIX}{chat.identifier('id')}:{who}",
        kind=HandleKind.PUBLIC,
        name=name or person.optional_text("username"),
        language=person.optional_text("language_code"),
        private=who,
    )


def chat_of(recipient: str) -> str:
    """Return the chat that an external id stands for: a group, or the person."""
    return recipient.removeprefix(_PREFIX).partition(":")[0] if recipient.startswith(_PREFIX) else recipient


def _is_addressed(message: Node, bot: str) -> bool:
    said = message.optional_text("text") or message.optional_text("caption")
    if bot and re.search(rf"@{re.escape(bot)}(?!\w)", said, re.IGNORECASE):
        return True
    answered = message.optional_child("reply_to_message")
    author = answered.optional_child("from") if answered else None
    return author is not None and bool(bot) and author.optional_text("username").lower() == bot.lower()
