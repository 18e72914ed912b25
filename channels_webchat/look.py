"""What an account may choose of how its chat looks and speaks."""

import re
from enum import StrEnum

# What a Content-Security-Policy can name without an escape.
_PICTURE = re.compile(r"https://[a-z0-9.-]+(?::\d{1,5})?/[\w./%~+-]*", re.IGNORECASE | re.ASCII)


class Theme(StrEnum):
    """Light or dark, or as the visitor's device is set."""

    AUTO = ""
    LIGHT = "light"
    DARK = "dark"


class AgentNames(StrEnum):
    """What visitors are told of who answers."""

    GIVEN = ""
    FULL = "full"
    NONE = "none"


class Icon(StrEnum):
    """What the launcher shows."""

    BUBBLE = ""
    QUESTION = "question"
    HEART = "heart"


def is_picture(address: str) -> bool:
    """Whether `address` is one that a logo can be loaded from."""
    return _PICTURE.fullmatch(address) is not None


def shown_name(name: str, names: AgentNames) -> str:
    """Return how visitors may know an agent called `name`; empty where they may not."""
    if names is AgentNames.NONE:
        return ""
    return name if names is AgentNames.FULL else name.strip().split(" ")[0]
