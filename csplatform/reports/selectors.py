"""Reading how the desk performs, in a number of queries that depends on nothing."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from csplatform.common import clock
from csplatform.conversations.models import Status
from csplatform.conversations.selectors import visible_conversations
from csplatform.gateway.models import ChannelAccount
from csplatform.people.models import Team, User
from csplatform.reports import queries
from csplatform.reports.measures import HitRate, Overdue, Performance, Scope, Series, Timing, Work
from csplatform.sla.models import ClockKind

OVERDUE_SHOWN = 10
_COLUMNS = ("id", "account_id", "team_id", "assignee_id", "contact_id", "created_at", "subject", "preview")
# What grouping(agent, team) answers; with a third expression before or after them, a bit is added (see queries.py).
_ALL, _BY_AGENT, _BY_TEAM = 0b11, 0b01, 0b10


@dataclass(frozen=True, slots=True)
class Names:
    """Everything a report can be narrowed to, by id."""

    accounts: Mapping[int, str]
    teams: Mapping[int, str]
    agents: Mapping[int, str]


def names() -> Names:
    """Return all channel accounts, teams and people, those who left included: their work stays in the reports."""
    return Names(
        accounts=dict(ChannelAccount.objects.order_by("name").values_list("pk", "name")),
        teams=dict(Team.objects.order_by("name").values_list("pk", "name")),
        agents=dict(User.objects.order_by("name").values_list("pk", "name")),
    )


def performance(user: User, scope: Scope, known: Names) -> Performance:
    """Measure what `user` may see of `scope`. Nine queries, however much there is."""
    reader = _Reader(user, scope)
    buckets = tuple(scope.period.buckets())
    said = reader.read(queries.SAID)
    resolved = reader.read(queries.RESOLVED, of="anybody")
    work = _Work(
        replies={row[:3]: row[3] for row in reader.read(queries.REPLIES, of="anybody")},
        first_responses={row[:3]: _timing(row[3:]) for row in reader.read(queries.FIRST_RESPONSES, of="anybody")},
        resolutions={(row[0] & 0b11, *row[2:4]): _timing(row[4:]) for row in resolved if row[0] & 0b100},
        promises=_by_first_two(promises := reader.read(queries.PROMISES, of="anybody")),
    )
    overdue = reader.read(queries.OVERDUE, limit=OVERDUE_SHOWN)
    backlog = _backlog(reader, buckets, scope)
    return Performance(
        buckets=buckets,
        volume=_volume(said, buckets, known),
        new=Series(_("New"), _counts(dict(reader.read(queries.NEW)), buckets)),
        resolved=Series(_("Resolved"), _counts({row[1]: row[4] for row in resolved if row[0] == 0b011}, buckets)),
        backlog=Series(_("Backlog"), backlog),
        open_now=reader.open_now(),
        overdue_count=overdue[0][5] if overdue else 0,
        overdue=tuple(Overdue(row[0], row[1], row[2], row[3], row[4]) for row in overdue),
        total=work.of(_ALL, None, None, _("Everybody")),
        sla_by_kind=_by_kind(promises),
        agents=_rows(known.agents, lambda pk, name: work.of(_BY_AGENT, pk, None, name)),
        teams=_rows({**known.teams, None: _("No team")}, lambda pk, name: work.of(_BY_TEAM, None, pk, name)),
        heat=_heat(said),
    )


class _Reader:
    """Runs the report's queries over the conversations that count."""

    def __init__(self, user: User, scope: Scope) -> None:
        kept = visible_conversations(user).exclude(status=Status.SPAM)
        if scope.account_id:
            kept = kept.filter(account_id=scope.account_id)
        if scope.team_id:
            kept = kept.filter(team_id=scope.team_id)
        self._anybody = kept.order_by()
        self._theirs = self._anybody.filter(assignee_id=scope.agent_id) if scope.agent_id else self._anybody
        period = scope.period
        self._facts = {
            "start": period.start,
            "end": period.end,
            "step": period.step,
            "zone": period.zone.key,
            "agent": scope.agent_id,
        }

    def read(self, query: str, *, of: str = "theirs", **more: Any) -> list[tuple[Any, ...]]:
        """Return the rows of `query`; `of` anybody's conversations, or those the chosen agent has."""
        chosen = self._anybody if of == "anybody" else self._theirs
        seen, params = chosen.values(*_COLUMNS).query.sql_with_params()
        facts = self._facts | more
        named = {f"seen{number}": value for number, value in enumerate(params)}
        place = seen % tuple(f"%({name})s" for name in named)
        with connection.cursor() as cursor:
            cursor.execute("\n".join(["WITH seen AS (", place, ")", query]), facts | named)
            return list(cursor.fetchall())

    def open_now(self) -> int:
        """Return how many conversations are neither resolved nor spam at this moment."""
        return self._theirs.exclude(status=Status.RESOLVED).count()


@dataclass(frozen=True, slots=True)
class _Work:
    """The grouped answers of the queries, each under (grouping, agent, team)."""

    replies: Mapping[tuple[Any, ...], int]
    first_responses: Mapping[tuple[Any, ...], Timing]
    resolutions: Mapping[tuple[Any, ...], Timing]
    promises: Mapping[tuple[Any, ...], HitRate]

    def of(self, grouping: int, agent: int | None, team: int | None, name: str) -> Work:
        key = (grouping, agent, team)
        return Work(
            name=name,
            replies=self.replies.get(key, 0),
            first_response=self.first_responses.get(key, Timing()),
            resolution=self.resolutions.get(key, Timing()),
            sla=self.promises.get(key, HitRate()),
        )


def _rows(known: Mapping[Any, str], work: Callable[[Any, str], Work]) -> tuple[Work, ...]:
    """Return a row for everyone who did something, the busiest first."""
    rows = [work(pk, name) for pk, name in known.items()]
    busy = [row for row in rows if row != Work(row.name)]
    return tuple(sorted(busy, key=lambda row: (-row.replies, -row.resolution.count, row.name)))


def _timing(row: tuple[Any, ...]) -> Timing:
    count, median, p90 = row
    if not count:
        return Timing()
    return Timing(count, timedelta(seconds=float(median)), timedelta(seconds=float(p90)))


def _by_first_two(promises: list[tuple[Any, ...]]) -> dict[tuple[Any, ...], HitRate]:
    """Return the rates of everybody, each agent and each team, without those of each kind."""
    return {(row[0] >> 1, row[1], row[2]): HitRate(row[4], row[5]) for row in promises if row[0] & 0b001}


def _by_kind(promises: list[tuple[Any, ...]]) -> tuple[tuple[str, HitRate], ...]:
    rates = {row[3]: HitRate(row[4], row[5]) for row in promises if row[0] == 0b110}
    return tuple((str(kind.label), rates.get(kind.value, HitRate())) for kind in ClockKind)


def _counts(found: Mapping[datetime, int], buckets: Iterable[datetime]) -> tuple[int, ...]:
    # In UTC: moments of different zones never compare equal where a zone's clock is set back.
    return tuple(found.get(bucket.astimezone(UTC), 0) for bucket in buckets)


def _volume(said: list[tuple[Any, ...]], buckets: tuple[datetime, ...], known: Names) -> tuple[Series, ...]:
    by_account: dict[int, dict[datetime, int]] = {}
    for account, bucket, _weekday, _hour, count in said:
        if account is not None:
            by_account.setdefault(account, {})[bucket] = count
    rows = [Series(known.accounts[account], _counts(found, buckets)) for account, found in by_account.items()]
    return tuple(sorted(rows, key=lambda row: (-row.total, row.name)))


def _heat(said: list[tuple[Any, ...]]) -> tuple[tuple[int, ...], ...]:
    found = {(weekday, hour): count for account, _bucket, weekday, hour, count in said if account is None}
    return tuple(tuple(found.get((weekday, hour), 0) for hour in range(24)) for weekday in range(1, 8))


def _backlog(reader: _Reader, buckets: tuple[datetime, ...], scope: Scope) -> tuple[int, ...]:
    """Return how many were open when each bucket ended; a bucket that has not ended yet is read now."""
    now = clock.now()
    ends = [min(end.astimezone(UTC), now) for end in (*buckets[1:], scope.period.end)]
    found = dict(reader.read(queries.BACKLOG, ends=sorted(set(ends))))
    begun = [bucket.astimezone(UTC) <= now for bucket in buckets]
    return tuple(found.get(end, 0) if has_begun else 0 for end, has_begun in zip(ends, begun, strict=True))
