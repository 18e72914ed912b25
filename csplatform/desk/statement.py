"""The SQL that lists are read and counted with. Names without a table are columns of the conversations."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from django.core.exceptions import EmptyResultSet, FullResultSet
from django.db import connection
from django.db.models import Q, QuerySet
from psycopg.sql import SQL, Composable, Identifier, Literal

from csplatform.conversations.models import Conversation
from csplatform.desk.branches import Branch, Division
from csplatform.desk.orders import LAST_MESSAGE, NEWEST, Cursor, Order, Segment

# A narrow set of conversations has so many at most; a larger one is not gathered and sorted.
FEW = 1_000
# So many rows of a branch are looked at, at least; and beyond those wanted, for the few that were merged away.
LEAST_WINDOW = 10
SPARE = 20
_YES = SQL("TRUE")
_AND, _COMMA, _ALL = SQL(" AND "), SQL(", "), SQL(" UNION ALL ")

_ROWS = SQL(
    "SELECT {moment} AS moment, id, TRUE AS hit, FALSE AS cut FROM conversations_conversation"
    " WHERE {here} AND {allowed} ORDER BY {order} LIMIT {limit}"
)
# The next rows of a stretch of an index, each then tested, with the last that was looked at. The innermost query needs
# nothing but the index, so PostgreSQL has no better way than to read it in order; and OFFSET 0 keeps the rows to be
# fetched one by one, as far as they are needed.
_WINDOW = SQL(
    "SELECT moment, id, hit, number = {window} AS cut FROM ("
    "SELECT stretch.moment, stretch.id, ({allowed}) IS TRUE AS hit, stretch.number FROM ("
    "SELECT id, {moment} AS moment, ROW_NUMBER() OVER (ORDER BY {order}) AS number FROM ("
    "SELECT {columns} FROM conversations_conversation WHERE {here} ORDER BY {order} LIMIT {window}"
    ") AS next) AS stretch CROSS JOIN LATERAL ("
    "SELECT * FROM conversations_conversation AS fetched WHERE fetched.id = stretch.id OFFSET 0"
    ") AS conversations_conversation) AS looked_at WHERE hit OR number = {window} LIMIT {limit}"
)
# For counting: nothing but the index is read. What was merged away is resolved, and the resolved are not counted.
_STRETCH = SQL(
    "SELECT id, TRUE AS hit, FALSE AS cut FROM conversations_conversation WHERE {here} ORDER BY {order} LIMIT {limit}"
)
_EACH_KEY = SQL("(VALUES {values}) AS key ({names}) CROSS JOIN LATERAL ({rows})")
_PLACED = SQL("SELECT {placed} FROM {rows} AS found WHERE {wanted}")
_NOTHING = SQL("(SELECT NULL::timestamptz AS moment, 0 AS id, FALSE AS hit, FALSE AS cut)")
_SEGMENT = SQL(
    "{name} AS MATERIALIZED (SELECT {number} AS segment, * FROM ({rows}) s ORDER BY place, tie LIMIT {limit})"
)
_FEW = SQL("few AS MATERIALIZED (SELECT COUNT(*) <= {few} AS yes FROM ({ids} LIMIT {few} + 1) AS ids)")
_PAGE = SQL("WITH {parts} SELECT segment, moment, id, hit, cut FROM ({rows}) AS page ORDER BY segment, place, tie")
# What comes from one branch is never needed beyond the limit: whatever is there twice comes from two.
_COUNTED = SQL("(SELECT id, hit, cut FROM {rows} AS found WHERE {wanted} LIMIT {limit})")
_TALLY = SQL(
    "{few} SELECT LEAST(COUNT(DISTINCT id) FILTER (WHERE hit), {limit}), COALESCE(BOOL_OR(cut), FALSE)"
    " FROM ({rows}) AS counted"
)
_TALLIES = SQL("SELECT {name} || key.k0, COUNT(id), FALSE FROM {rows} AS found GROUP BY key.k0")
# A later segment is read while those before it do not fill the page and were read to their ends.
_UNFILLED = SQL(
    "(SELECT COUNT(DISTINCT id) FILTER (WHERE hit) < {limit} AND NOT COALESCE(BOOL_OR(cut), FALSE) FROM ({rows}) AS b)"
)


@dataclass(frozen=True, slots=True)
class Source:
    """What a list is read from: rows that are `visible` and meet `condition`, which `division` divides.

    `narrow` is a set of ids outside of which nothing belongs to the list. Unless it is `surely_few`, it is used where
    it has at most FEW, and the branches are where it has more.
    """

    visible: Composable
    condition: Q
    division: Division
    order: Order = NEWEST
    narrow: QuerySet[Any] | None = None
    surely_few: bool = False


class Statement:
    """Writes the statements of one list: its first `limit` rows after a cursor.

    `tested` is how many rows may be looked at and left out. `is_count`: the order of rows does not matter.
    """

    def __init__(
        self, source: Source, limit: int, tested: int, after: Cursor | None = None, *, is_count: bool = False
    ) -> None:
        self._source = source
        self._is_count = is_count
        self._limit = limit
        self._tested = tested
        self._after = after

    @cached_property
    def _allowed(self) -> Composable:
        passing = where(Conversation.objects.filter(self._source.condition))
        return SQL("{} AND {}").format(self._source.visible, passing)

    @cached_property
    def _narrow(self) -> Composable | None:
        return ids_of(self._source.narrow) if self._source.narrow is not None else None

    def page(self) -> Composable:
        """Rows as (segment, moment, id, hit, cut) in order; a cut is where looking ended before the list did."""
        numbers = range(self._after.segment if self._after else 0, len(self._source.order.segments))
        names = [Identifier(f"segment_{number}") for number in numbers]
        parts = [
            _SEGMENT.format(
                name=name,
                number=number,
                rows=self._segment(number, self._unfilled(names[:index])),
                limit=2 * self._limit,  # one of the agent's own comes by their team's branch too
            )
            for index, (number, name) in enumerate(zip(numbers, names, strict=True))
        ]
        rows = _ALL.join(SQL("SELECT * FROM {}").format(name) for name in names)
        return _PAGE.format(parts=_COMMA.join([*self._few(), *parts]), rows=rows)

    def tally(self) -> Composable:
        """Return one row for the list's first segment: how many, `limit` at most, and whether looking ended early."""
        few = SQL("WITH {}").format(*self._few()) if self._few() else SQL("")
        return _TALLY.format(few=few, limit=self._limit, rows=self._segment(0, _YES))

    def tallies(self, name: str) -> Composable:
        """Return a row for each key of the one branch that the list has: `name` with the key, how many, FALSE."""
        (branch,) = self._source.division.branches
        rows = self._branch(branch, self._source.order.segments[0], None, 0)
        return _TALLIES.format(name=name, rows=rows)

    def _few(self) -> list[Composable]:
        if self._narrow is None or self._source.surely_few:
            return []
        return [_FEW.format(few=FEW, ids=self._narrow)]

    def _unfilled(self, before: Sequence[Composable]) -> Composable:
        if not before:
            return _YES
        rows = _ALL.join(SQL("SELECT id, hit, cut FROM {}").format(name) for name in before)
        return _UNFILLED.format(limit=self._limit, rows=rows)

    def _segment(self, number: int, wanted: Composable) -> Composable:
        segment = self._source.order.segments[number]
        after = self._after if self._after and self._after.segment == number else None
        if self._narrow is None:
            return self._merged(segment, after, wanted)
        if self._source.surely_few:
            return self._gathered(segment, after, wanted)
        few = SQL("(SELECT yes FROM few) AND {}").format(wanted)
        many = SQL("NOT (SELECT yes FROM few) AND {}").format(wanted)
        return _ALL.join([self._gathered(segment, after, few), self._merged(segment, after, many)])

    def _merged(self, segment: Segment, after: Cursor | None, wanted: Composable) -> Composable:
        branches = self._source.division.along(segment)
        if not branches:
            return self._shown(segment, _NOTHING, SQL("FALSE"))
        window = max(self._tested // sum(len(branch.rows) for branch in branches), LEAST_WINDOW)
        return _ALL.join(
            self._shown(segment, self._branch(branch, segment, after, window), wanted) for branch in branches
        )

    def _shown(self, segment: Segment, rows: Composable, wanted: Composable) -> Composable:
        if self._is_count:
            return _COUNTED.format(rows=rows, wanted=wanted, limit=self._limit)
        return _PLACED.format(placed=_placed(segment), rows=rows, wanted=wanted)

    def _branch(self, branch: Branch, segment: Segment, after: Cursor | None, window: int) -> Composable:
        names = [Identifier(f"k{number}") for number in range(len(branch.columns))]
        keys = [
            SQL("{} = key.{}").format(Identifier(column), name)
            for column, name in zip(branch.columns, names, strict=True)
        ]
        exact = self._source.division.is_exact(branch, segment)
        rows = (_STRETCH if exact and self._is_count else _WINDOW).format(
            moment=Identifier(segment.column),
            here=_AND.join([*keys, raw(branch.fixed), *self._stretch(segment, after)]),
            allowed=self._source.visible if exact else self._allowed,
            order=_sorted(segment, branch.constant),
            columns=_COMMA.join(map(Identifier, filter(None, ("id", segment.column, branch.constant)))),
            window=self._limit + SPARE if exact else window,
            limit=self._limit,
        )
        values = _COMMA.join(SQL("({})").format(_COMMA.join(map(_typed, row))) for row in branch.rows)
        return _EACH_KEY.format(values=values, names=_COMMA.join(names), rows=rows)

    def _gathered(self, segment: Segment, after: Cursor | None, wanted: Composable) -> Composable:
        rows = _ROWS.format(
            moment=Identifier(segment.column),
            here=_AND.join([SQL("id IN ({})").format(self._narrow), *self._stretch(segment, after)]),
            allowed=self._allowed,
            order=_sorted(segment),
            limit=self._limit,
        )
        return self._shown(segment, SQL("({})").format(rows), wanted)

    def _stretch(self, segment: Segment, after: Cursor | None) -> list[Composable]:
        """Which rows of an index: those of the segment, behind the cursor, in the list's span of time."""
        stretch: list[Composable] = [raw(segment.condition)]
        if after is not None:
            stretch.append(_past(segment, after))
        if segment.column == LAST_MESSAGE:
            stretch += _between(*self._source.division.span())
        return stretch


def where(rows: QuerySet[Conversation]) -> Composable:
    """Return the condition of a queryset that joins nothing, on the columns of `conversations_conversation`."""
    compiler = rows.query.get_compiler(connection=connection)
    try:
        compiler.pre_sql_setup()
        text, params = compiler.compile(rows.query.where)
    except FullResultSet:
        return _YES
    except EmptyResultSet:
        return SQL("FALSE")
    if sum(map(bool, rows.query.alias_refcount.values())) > 1:
        return SQL("id IN ({})").format(ids_of(rows.values("pk")))
    return _composed(text, params)


def raw(text: str) -> SQL:
    """Return SQL that Django or we wrote, as it is."""
    return SQL(text)


def _composed(text: str, params: Sequence[Any]) -> SQL:
    return raw(connection.ops.compose_sql(text, params))  # type: ignore[attr-defined]  # PostgreSQL's has it


def ids_of(rows: QuerySet[Any]) -> Composable:
    """Return the query of a queryset of ids."""
    try:
        text, params = rows.order_by().query.sql_with_params()
    except EmptyResultSet:
        return SQL("SELECT NULL::bigint WHERE FALSE")
    return _composed(text, params)


def _placed(segment: Segment) -> Composable:
    """What a row of a segment is sorted by among those of other branches."""
    place, tie = (
        ("COALESCE(-EXTRACT(EPOCH FROM moment), '-Infinity')", "-id")
        if segment.newest_first
        else ("EXTRACT(EPOCH FROM moment)", "id")
    )
    return raw(f"{place} AS place, {tie} AS tie, moment, id, hit, cut")


def _sorted(segment: Segment, constant: str = "") -> Composable:
    """The order of an index, read from the end that the segment begins at."""
    down = SQL(" DESC") if segment.newest_first else SQL("")
    columns = [SQL("{}{}").format(Identifier(name), down) for name in (segment.column, "id")]
    if constant:
        columns.insert(0, SQL("{}{}").format(Identifier(constant), SQL(" DESC" if segment.backwards else "")))
    return _COMMA.join(columns)


def _past(segment: Segment, after: Cursor) -> Composable:
    """Rows behind the cursor. The bound that says half of it again is the one that an index is entered by."""
    column, past = Identifier(segment.column), SQL("<" if segment.newest_first else ">")
    later = SQL("id {} {}").format(past, after.id)
    if after.moment is None:
        undated = SQL("{} IS NULL AND {}").format(column, later)
        return SQL("({} OR {} IS NOT NULL)").format(undated, column) if segment.newest_first else undated
    exactly = SQL("({} {} {} OR {})").format(column, past, after.moment, later)
    return SQL("{} {}= {} AND {}").format(column, past, after.moment, exactly)


def _between(begin: datetime | None, end: datetime | None) -> list[Composable]:
    bounds: list[Composable] = []
    if begin:
        bounds.append(SQL("{} >= {}").format(Identifier(LAST_MESSAGE), begin))
    if end:
        bounds.append(SQL("{} < {}").format(Identifier(LAST_MESSAGE), end))
    return bounds


def _typed(value: int | str) -> Composable:
    return SQL("{}::{}").format(Literal(value), SQL("bigint" if isinstance(value, int) else "text"))
