"""What the contract suite asks of a stand-in for a channel's platform."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Taken:
    """One message that the platform accepted: the id it gave out, to whom, and what. `files` are (name, bytes)."""

    external_id: str
    recipient: str
    text: str
    files: tuple[tuple[str, bytes], ...] = ()


class Platform(Protocol):
    """A stand-in, as strict as the platform itself. The orders count for the next message only."""

    @property
    def taken(self) -> list[Taken]:
        """Everything accepted so far, in order; also what was accepted before the line broke."""
        ...

    def refuse(self) -> None:
        """Refuse the next message for good."""
        ...

    def be_busy(self) -> float | None:
        """Turn the next message away for now. Returns the seconds it will name, None where it names none."""
        ...

    def hang_up(self) -> None:
        """Accept the next message, then break the connection before answering."""
        ...

    def stop(self) -> None:
        """Be gone: no connection is accepted any more. May be called twice."""
        ...
