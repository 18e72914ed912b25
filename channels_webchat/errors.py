"""What the web chat refuses, in words that the page translates.

Unreadable
└── Refused
"""

from enum import StrEnum

from csplatform.gateway.errors import Unreadable


class Reason(StrEnum):
    """Why something was refused; the page has a sentence for each."""

    UNREADABLE = "unreadable"
    SESSION = "session"
    EMPTY = "empty"
    TOO_LONG = "too_long"
    TOO_FAST = "too_fast"
    FILE_TYPE = "file_type"
    FILE_SIZE = "file_size"
    IDENTITY = "identity"


class Refused(Unreadable):
    """The visitor is who they say, but this cannot be taken."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(f"refused: {reason.value}")
        self.reason = reason
