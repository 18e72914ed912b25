"""Discord's ids and ours. Pure."""

import base64
import hashlib
from datetime import UTC, datetime, timedelta
from uuid import UUID

from channels_social.reading import Node
from csplatform.gateway.errors import Unreadable

# Snowflakes count milliseconds from here, above 22 other bits.
EPOCH = datetime(2015, 1, 1, tzinfo=UTC)
_LOWER_BITS = 22
# Characters that a nonce may have.
LONGEST_NONCE = 25


def snowflake(node: Node, name: str) -> str:
    """Return an id that must be there. Raises Unreadable."""
    found = node.identifier(name)
    if not (found.isascii() and found.isdigit() and len(found) <= 20):
        raise Unreadable(f"{node.path}.{name}".lstrip(".") + " is not a snowflake")
    return found


def moment_of(snowflake_id: str) -> datetime:
    """Return when something with this id came to be."""
    return EPOCH + timedelta(milliseconds=int(snowflake_id) >> _LOWER_BITS)


def nonce_of(key: str) -> str:
    """Return a message's key as a nonce: a UUID in fewer characters, so that it can be read back."""
    try:
        return base64.urlsafe_b64encode(UUID(key).bytes).decode().rstrip("=")
    except ValueError:
        return hashlib.sha256(key.encode()).hexdigest()[:LONGEST_NONCE]


def key_of(nonce: str) -> str:
    """Return the key that a nonce was made from, empty where it is none of ours."""
    try:
        key = UUID(bytes=base64.urlsafe_b64decode(nonce + "=="))
    except ValueError:
        return ""
    return str(key) if nonce_of(str(key)) == nonce else ""
