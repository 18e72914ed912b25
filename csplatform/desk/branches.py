"""Into which branches a list divides, so that each is a stretch of an index and none is searched for its rows.

"All open ones of my three teams, of no team, and my own" has no index that it could be read from in order, however the
condition is written; its five parts have. Branches only say where to look: every row still has to pass the condition
of the list and `visible_conversations`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import product
from typing import Any

from csplatform.conversations.models import Status
from csplatform.desk.filters import NO_TEAM, NOBODY, YES, Filters, people, span
from csplatform.desk.orders import LAST_MESSAGE, Segment
from csplatform.people.models import User

# No branch is divided by these: rows are read and tested, a bounded number of them.
_TESTED = ("account", "tag", "language", "tier", "created", "held")


@dataclass(frozen=True, slots=True)
class Branch:
    """Rows whose `columns` have the values of one of `rows`, and that meet `fixed` (SQL).

    `constant` is a column that `fixed` makes NULL: PostgreSQL does not see by itself that it is constant then.
    `exact`: every row of the branch belongs to the list, unless filters that no branch is divided by say otherwise.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    fixed: str = "TRUE"
    constant: str = ""
    exact: bool = True


@dataclass(frozen=True, slots=True)
class Division:
    """A list's branches, and what of its filters they leave to be tested."""

    branches: tuple[Branch, ...]
    filters: tuple[Filters, ...]

    def along(self, segment: Segment) -> tuple[Branch, ...]:
        """Return the branches, divided by priority too where the segment's index is."""
        wanted = _common(self.filters, "priority")
        if wanted is None or segment.column != LAST_MESSAGE:
            return self.branches
        return tuple(
            Branch(
                (*branch.columns, "priority"),
                tuple((*row, int(value)) for row, value in product(branch.rows, sorted(wanted))),
                branch.fixed,
                branch.constant,
                branch.exact,
            )
            for branch in self.branches
        )

    def is_exact(self, branch: Branch, segment: Segment) -> bool:
        """Tell whether every row of a branch, within its span of time, belongs to the list."""
        tested = _TESTED if segment.column == LAST_MESSAGE else (*_TESTED, "priority", "active")
        return branch.exact and not any(getattr(one, name) for one in self.filters for name in tested)

    def span(self) -> tuple[datetime | None, datetime | None]:
        """Return between which moments every last message lies: none is older than its conversation."""
        spans = [span(value) for one in self.filters for value in one.active]
        spans += [(span(value)[0], None) for one in self.filters for value in one.created]
        begins = [begin for begin, _ in spans if begin]
        ends = [end for _, end in spans if end]
        return max(begins, default=None), min(ends, default=None)


def divide(user: User, team_ids: Sequence[int], filters: tuple[Filters, ...]) -> Division:
    """Divide a list that `filters` narrow one after the other. `team_ids` are the teams that `user` sees."""
    statuses = _common(filters, "status")
    ordered = [value for value in Status.values if statuses is None or value in statuses]
    wanted = _common(filters, "team")
    reached = [pk for pk in team_ids if wanted is None or str(pk) in wanted]
    loose = wanted is None or NO_TEAM in wanted
    if any(YES in one.held for one in filters):
        held = Branch(("status",), tuple(product(ordered)), "held_for_id IS NOT NULL", exact=False)
        return Division((held,), filters)
    parts = _Parts(user, ordered, reached, loose, is_narrowed=wanted is not None)
    agents = _agents(filters, user)
    found = parts.all() if agents is None else [*parts.owned(agents), *(parts.queued() if None in agents else [])]
    return Division(tuple(branch for branch in found if branch.rows), filters)


@dataclass(frozen=True, slots=True)
class _Parts:
    user: User
    statuses: Sequence[str]
    teams: Sequence[int]
    loose: bool
    is_narrowed: bool

    def all(self) -> list[Branch]:
        if self.user.sees_everything and not self.is_narrowed:
            return [Branch(("status",), tuple(product(self.statuses)))]
        own = [] if self.user.sees_everything else self.owned({self.user.pk})
        return [*self._by_team("TRUE"), *own]

    def owned(self, agents: Iterable[int | None]) -> list[Branch]:
        persons = sorted(pk for pk in agents if pk is not None)
        exact = not self.is_narrowed and (self.user.sees_everything or persons == [self.user.pk])
        rows = tuple(product(persons, self.statuses))
        return [Branch(("assignee_id", "status"), rows, "assignee_id IS NOT NULL", exact=exact)]

    def queued(self) -> list[Branch]:
        return self._by_team("owner_kind = 'queue'")

    def _by_team(self, fixed: str) -> list[Branch]:
        found = [Branch(("team_id", "status"), tuple(product(self.teams, self.statuses)), fixed)]
        if self.loose:
            rows = tuple(product(self.statuses))
            found.append(Branch(("status",), rows, f"{fixed} AND team_id IS NULL", "team_id"))
        return found


def _agents(filters: Iterable[Filters], user: User) -> set[int | None] | None:
    """Return whom the conversations may belong to, None among them for nobody; None where that does not matter."""
    wanted: set[int | None] | None = None
    for one in filters:
        if one.agent:
            named = {*people(one.agent, user), *([None] if NOBODY in one.agent else [])}
            wanted = named if wanted is None else wanted & named
    return wanted


def _common(filters: Iterable[Filters], name: str) -> set[str] | None:
    """Return the values that every filter of this name allows; None where there is none."""
    wanted: set[str] | None = None
    for one in filters:
        values = set(getattr(one, name))
        if values:
            wanted = values if wanted is None else wanted & values
    return wanted
