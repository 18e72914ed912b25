"""Which folders an account reads, and how far: the inside of its cursor.

{"since": "2026-03-01", "folders": {"INBOX": {"uidvalidity": 7, "uid": 42, …}}}. `since` is the day on which mail that
was there already was left alone, where the account is set to do so.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from typing import Any, Self

from csplatform.gateway.contract import Cursor

INBOX = "INBOX"
# Servers compare whole days in a zone of their own (RFC 3501 6.4.4).
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder to read; what lies in `junk` was taken for spam by the server."""

    name: str
    junk: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """How far one generation of a folder has been read; UIDs mean nothing in another (RFC 3501 2.3.1.1).

    uid: the last mail that was taken.
    skipped: everything up to this UID was left alone when the account began.
    existed: the folder began anew with mail up to this UID; what is older than the account is left alone among it.
    cleared: up to this UID, what is done with stored mails has been done.
    partial: mails of which the store has only a part; they stay on the server.
    """

    uidvalidity: int
    uid: int = 0
    skipped: int = 0
    existed: int = 0
    cleared: int = 0
    partial: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Places:
    """How far every folder of an account has been read."""

    by_folder: Mapping[str, Place] = field(default_factory=dict)
    since: date | None = None

    @classmethod
    def of(cls, cursor: Cursor, folders: list[Folder]) -> Self:
        """Return what `cursor` says; before there were several folders, it was the place in the only one."""
        value = cursor.value
        known = value.get("folders", {folders[0].name: value} if "uidvalidity" in value else {})
        since = value.get("since")
        return cls({name: _place(each) for name, each in known.items()}, date.fromisoformat(since) if since else None)

    def cursor(self) -> Cursor:
        """Return the cursor that says this."""
        value: dict[str, Any] = {"folders": {name: _brief(place) for name, place in self.by_folder.items()}}
        return Cursor(value | ({"since": self.since.isoformat()} if self.since else {}))

    def says_the_same(self, other: "Places") -> bool:
        """Tell whether `other` leads to the same mails; a folder that is at its very start need not be mentioned."""
        return self.since == other.since and self._begun() == other._begun()

    def _begun(self) -> dict[str, Place]:
        return {name: place for name, place in self.by_folder.items() if place != Place(place.uidvalidity)}

    @property
    def older_than(self) -> date | None:
        """Mail from before this day was there before the account, whatever the clocks and zones; None for none."""
        return self.since - DAY if self.since else None


def folders_of(settings: Mapping[str, Any]) -> list[Folder]:
    """Return the folders to read, in order: `imap_folder` (one name, several with commas, or a list), then the junk."""
    given = settings.get("imap_folder") or INBOX
    names = given if isinstance(given, list) else str(given).split(",")
    wanted = [str(name).strip() for name in names if str(name).strip()] or [INBOX]
    junk = str(settings.get("imap_junk_folder") or "").strip()
    return [*(Folder(name) for name in dict.fromkeys(wanted) if name != junk), *([Folder(junk, True)] if junk else [])]


def _place(value: Mapping[str, Any]) -> Place:
    numbers = {name: int(each) for name, each in value.items() if name != "partial"}
    return Place(**numbers, partial=tuple(map(int, value.get("partial", ()))))


def _brief(place: Place) -> dict[str, Any]:
    """Leave out what says nothing."""
    needed = {"uidvalidity", "uid"}
    values = asdict(place) | {"partial": list(place.partial)}
    return {name: value for name, value in values.items() if value or name in needed}
