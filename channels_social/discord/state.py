"""How far one bot has heard, kept as the account's cursor together with what was heard last."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

# So many channels are remembered, the latest; what was missed in others stays missed.
MOST_CHANNELS = 200


@dataclass(slots=True)
class State:
    """A session of the Gateway, which may be resumed, and the last message heard in each channel.

    Where a session was lost, the channels in `behind` have not been asked yet for what was said meanwhile.
    """

    session: str = ""
    resume_url: str = ""
    seq: int | None = None
    channels: dict[str, str] = field(default_factory=dict)
    behind: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, cursor: Mapping[str, Any]) -> "State":
        """Return what a cursor holds."""
        return cls(
            session=cursor.get("session", ""),
            resume_url=cursor.get("resume_url", ""),
            seq=cursor.get("seq"),
            channels=dict(cursor.get("channels", [])),
            behind=list(cursor.get("behind", [])),
        )

    def cursor(self) -> dict[str, Any]:
        """Return this as it is kept; channels as pairs, since JSON objects in PostgreSQL have no order."""
        return {
            "session": self.session,
            "resume_url": self.resume_url,
            "seq": self.seq,
            "channels": [list(pair) for pair in self.channels.items()],
            "behind": self.behind,
        }

    def lose(self) -> None:
        """The session cannot be resumed: something may have been missed in every channel."""
        self.session, self.resume_url, self.seq = "", "", None
        self.behind = list(self.channels)

    def begin(self, session: str, resume_url: str) -> None:
        """A new session has begun."""
        self.session, self.resume_url = session, resume_url

    def heard(self, channel: str, message: str) -> None:
        """Remember the last message of a channel."""
        last = self.channels.pop(channel, "0")
        self.channels[channel] = max(last, message, key=int)
        while len(self.channels) > MOST_CHANNELS:
            self.forget(next(iter(self.channels)))

    def forget(self, channel: str) -> None:
        """There is nothing to be heard there any more."""
        self.channels.pop(channel, None)
        self.caught_up(channel)

    def caught_up(self, channel: str) -> None:
        """Nothing is missed there any more."""
        self.behind = [other for other in self.behind if other != channel]
