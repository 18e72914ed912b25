"""Slack's `ts`, which is a message's id and its time at once. Pure.

It is unique only inside its channel, so an external id is "channel:ts". What the app posts by uploading files is known
by the first of them instead, since the answer to an upload names no `ts`.
"""

import re
from datetime import UTC, datetime

from channels_social.reading import Node
from csplatform.gateway.errors import Unreadable

_TS = re.compile(r"([0-9]{1,11})\.[0-9]{1,9}")


def message_id(channel: str, ts: str) -> str:
    """Return the external id of a message."""
    return f"{channel}:{ts}"


def posted_id(channel: str, file_id: str) -> str:
    """Return the external id of what the app posts by uploading files."""
    return f"{channel}:file:{file_id}"


def button_id(channel: str, action_ts: str) -> str:
    """Return the external id of a button's press."""
    return f"{channel}:button:{action_ts}"


def moment(event: Node, name: str) -> datetime:
    """Return the time of a `ts`, to the second: the digits after its point only tell messages apart.

    Raises Unreadable.
    """
    found = _TS.fullmatch(event.text(name))
    if not found or not int(found[1]):
        raise Unreadable(f"{event.path}.{name}".lstrip(".") + " is not a time")
    return datetime.fromtimestamp(int(found[1]), UTC)
