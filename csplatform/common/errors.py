"""The root of everything this project raises on purpose.

CsplatformError
├── NotAllowed      the person may not do this
├── NotFound        it does not exist, or must not be known to exist
├── InvalidInput    what was given cannot be taken; `field` names the culprit
└── Conflict        somebody else was first
"""


class CsplatformError(Exception):
    """An expected failure whose message may be shown to a person."""


class NotAllowed(CsplatformError):
    """The person may not do this."""


class NotFound(CsplatformError):
    """It does not exist, or the person must not learn that it does."""


class InvalidInput(CsplatformError):
    """What was given cannot be taken."""

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.field = field


class Conflict(CsplatformError):
    """The state this was asked of has changed meanwhile."""
