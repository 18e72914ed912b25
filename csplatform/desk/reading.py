"""Reading and counting lists of conversations, with work that does not grow with their number.

Each branch of a list (see `branches`) gives its first rows, and the statement merges them. Where filters are left that
no index is divided by, a branch gives the matches among its next rows, a bounded number of them: a page may then end
before it is full, at the row up to which was looked, and the next page goes on from there. The segments of an order
are read one after the other, and only until the page is full.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from psycopg.sql import SQL, Composable

from csplatform.desk.orders import Cursor
from csplatform.desk.statement import Source, Statement, ids_of

# So many rows are looked at for one page, and for all counts of one navigation together, at most.
TESTED = 8_000
TESTED_FOR_COUNTS = 8_000
COUNTED = 100


@dataclass(frozen=True, slots=True)
class Found:
    """The rows of a page in order; `after` is where the next one begins, None on the last.

    `looked_back_to` is set where the page ended before it was full: up to which moment was looked.
    """

    rows: list[Cursor]
    after: Cursor | None = None
    looked_back_to: datetime | None = None

    @property
    def ids(self) -> list[int]:
        """The conversations of the page, in order."""
        return [row.id for row in self.rows]


@dataclass(frozen=True, slots=True)
class Count:
    """How many were found, COUNTED at most, and whether there may be more."""

    number: int = 0
    more: bool = False

    @property
    def label(self) -> str:
        """The count as it is shown: nothing for none, "99+" from a hundred on, "7+" where not all was looked at."""
        if not self.number:
            return ""
        return f"{min(self.number, COUNTED - 1)}{'+' if self.more else ''}"


def read(source: Source, size: int, after: Cursor | None, *, tested: int = TESTED) -> Found:
    """Return `size` conversations of a list at most, those after a cursor, in one query."""
    with connection.cursor() as cursor:
        cursor.execute(Statement(source, size + 1, tested, after).page().as_string(cursor.connection))
        rows = cursor.fetchall()
    found: dict[int, Cursor] = {}
    last = None
    for segment, moment, pk, is_hit, is_cut in rows:
        if is_hit and pk not in found:
            if len(found) == size:
                return Found(list(found.values()), last)
            found[pk] = last = Cursor(segment, moment, pk)
        if is_cut:
            return Found(list(found.values()), Cursor(segment, moment, pk), moment)
    return Found(list(found.values()))


def count(
    lists: Mapping[str, Source],
    divided: Mapping[str, Source],
    others: Mapping[str, QuerySet[Any]],
    *,
    tested: int = TESTED_FOR_COUNTS,
) -> dict[str, Count]:
    """Count in one query: lists (of an order with several segments, the first), parts of lists, and other things.

    A list that is `divided` has one branch, each key of which is counted: "team-" gives "team-1", "team-2" and so on.
    """
    share = tested // max(len(lists), 1)
    tallies: list[Composable] = [
        SQL("SELECT {}, tally.* FROM ({}) AS tally").format(
            name, Statement(source, COUNTED, share, is_count=True).tally()
        )
        for name, source in lists.items()
    ]
    tallies += [Statement(source, COUNTED, 0, is_count=True).tallies(name) for name, source in divided.items()]
    tallies += [
        SQL("SELECT {}, COUNT(*), FALSE FROM ({} LIMIT {}) AS tally").format(name, ids_of(rows), COUNTED)
        for name, rows in others.items()
    ]
    with connection.cursor() as cursor:
        cursor.execute(SQL(" UNION ALL ").join(tallies).as_string(cursor.connection))
        return {name: Count(number, more or number == COUNTED) for name, number, more in cursor.fetchall()}
