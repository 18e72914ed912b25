"""How VK names people and messages.

A message's number counts within the chat with one person (`conversation_message_id`), so an external id is
"person:number". Reactions and read marks name nothing else.
"""

import hashlib

# Peers below are people; communities are negative, chats of several begin here.
FIRST_CHAT = 2_000_000_000


def message_id(person: str, number: str) -> str:
    """Return the external id of a message in the chat with a person."""
    return f"{person}:{number}"


def number_of(external_id: str, person: str) -> str:
    """Return VK's number of a message in the chat with `person`; empty for anything else, as a button's press."""
    whose, _colon, number = external_id.partition(":")
    return number if whose == person and number.isascii() and number.isdigit() else ""


def is_person(peer: str) -> bool:
    """Tell whether a peer is a person, and not a community or a chat of several."""
    return peer.isascii() and peer.isdigit() and len(peer) < 12 and 0 < int(peer) < FIRST_CHAT


def random_id(key: str) -> int:
    """Return the number by which VK recognises a repeated message: 31 bits of our key, never 0, which is none."""
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:4]) & 0x7FFFFFFF or 1
