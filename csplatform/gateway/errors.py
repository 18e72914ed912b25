"""How a channel says no.

CsplatformError
├── WebhookRejected        signature, secret or method is wrong: answered 403, nothing stored
├── Unreadable             verified, yet makes no sense: quarantined with its bytes
├── UnknownChannel         no app has registered this slug
├── SendFailed             final, with a reason that a person can act on
│   └── SendUnavailable    try again, not before `retry_after` seconds
│       └── SendPaced      not even tried: our own limit, whose turn comes
└── SendUncertain          the platform may or may not have taken it
"""

from csplatform.common.errors import CsplatformError


class WebhookRejected(CsplatformError):
    """Whoever called is not the platform, or cannot prove it."""


class Unreadable(CsplatformError):
    """The bytes are the platform's, and make no sense to us."""


class UnknownChannel(CsplatformError):
    """No installed app has registered this channel."""


class SendFailed(CsplatformError):
    """The platform refused, for good. `code` is its own word for it.

    `dead_address` says that the recipient's address itself does not exist: nothing else sent there will arrive.
    """

    def __init__(self, reason: str, *, code: str = "", dead_address: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.code = code
        self.dead_address = dead_address


class SendUnavailable(SendFailed):
    """It did not work now. `retry_after` is in seconds, None where the platform names no time."""

    def __init__(self, reason: str, *, code: str = "", retry_after: float | None = None) -> None:
        super().__init__(reason, code=code)
        self.retry_after = retry_after


class SendPaced(SendUnavailable):
    """A limit of our own holds the message back: it was not tried, and waiting counts as no attempt."""


class SendUncertain(CsplatformError):
    """The connection broke after the message went out: it may have arrived."""
