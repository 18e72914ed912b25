"""The orders that a list of conversations can have, each read from an index, and places within them."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from csplatform.conversations.models import Priority

LAST_MESSAGE = "last_message_at"
# Microseconds, which a script counts exactly; where the newest come first, rows without a moment are newer than all.
_EPOCH, _UNIT = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)
_EVER = 9 * 10**15


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of an order in which rows follow each other by one moment, then by id.

    `condition` (SQL) is true of its rows. `backwards`: its index is read from the other end. Where the newest come
    first, rows without a moment come before them.
    """

    condition: str
    column: str
    newest_first: bool = True
    backwards: bool = False


@dataclass(frozen=True, slots=True)
class Order:
    """`slug` is its word in addresses."""

    slug: str
    label: str | Promise
    segments: tuple[Segment, ...]

    def place_of(self, row: "Cursor") -> str:
        """Return three numbers that say where a row stands: of two rows, the one with the lower ones comes first."""
        newest_first = self.segments[row.segment].newest_first
        moment = (_EVER if newest_first else 0) if row.moment is None else (row.moment - _EPOCH) // _UNIT
        sign = -1 if newest_first else 1
        return f"{row.segment} {sign * moment} {sign * row.id}"


def _first_by(column: str) -> tuple[Segment, ...]:
    """Those with this moment, the earliest first; then those without, the newest first."""
    dated = Segment(f"{column} IS NOT NULL", column, newest_first=False)
    return dated, Segment(f"{column} IS NULL", LAST_MESSAGE)


NEWEST = Order("newest", _("Newest"), (Segment("TRUE", LAST_MESSAGE),))
OLDEST = Order(
    "oldest",
    _("Oldest"),
    (
        Segment(f"{LAST_MESSAGE} IS NOT NULL", LAST_MESSAGE, newest_first=False, backwards=True),
        Segment(f"{LAST_MESSAGE} IS NULL", LAST_MESSAGE, newest_first=False, backwards=True),
    ),
)
DEADLINE = Order("deadline", _("Nearest deadline"), _first_by("next_deadline_at"))
WAITING = Order("waiting", _("Longest waiting"), _first_by("waiting_since"))
PRIORITY = Order(
    "priority",
    _("Priority"),
    tuple(Segment(f"priority = {value}", LAST_MESSAGE) for value in sorted(Priority.values, reverse=True)),
)
ORDERS = {order.slug: order for order in (NEWEST, OLDEST, DEADLINE, WAITING, PRIORITY)}


@dataclass(frozen=True, slots=True)
class Cursor:
    """A row's place in an order: which segment, its moment there (None where it has none), and its id."""

    segment: int
    moment: datetime | None
    id: int

    def __str__(self) -> str:
        return f"{self.segment}~{self.moment.isoformat() if self.moment else ''}~{self.id}"

    @classmethod
    def read(cls, text: str, order: Order) -> "Cursor | None":
        """Read what `str` wrote; None for anything else."""
        segment, _tilde, rest = text.partition("~")
        moment, _tilde, number = rest.partition("~")
        if not (_is_number(segment) and _is_number(number)) or int(segment) >= len(order.segments):
            return None
        try:
            parsed = datetime.fromisoformat(moment) if moment else None
        except ValueError:
            return None
        return None if parsed and parsed.tzinfo is None else cls(int(segment), parsed, int(number))


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 18
