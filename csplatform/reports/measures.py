"""What a performance report says. Durations are elapsed time (nights and weekends count), moments are aware.

new             conversations that began in the period
resolved        conversations resolved in the period, each once, at the last time; credited to whoever resolved it
backlog         conversations neither resolved nor spam at the end of a stretch of time
first response  from the customer's first message to the first agent's reply, for replies given in the period; credited
                to that reply's author, whoever the conversation is assigned to. Automatic messages are no response
resolution      from the beginning of a conversation to its resolution, for conversations resolved in the period
SLA             targets that were met or missed in the period; hit are those met in time. Working hours and pauses are
                those of the policy; a response is credited to its author, anything else to the assignee
replies         agents' replies written in the period, except those that could not be sent

Spam is left out everywhere.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from csplatform.reports.period import Period


@dataclass(frozen=True, slots=True)
class Scope:
    """What is reported on. `agent_id` narrows work to what the agent did, and conversations to what they now have."""

    period: Period
    account_id: int | None = None
    team_id: int | None = None
    agent_id: int | None = None


@dataclass(frozen=True, slots=True)
class Timing:
    """How long something took: half of them up to `median`, nine in ten up to `p90`. None where there were none."""

    count: int = 0
    median: timedelta | None = None
    p90: timedelta | None = None


@dataclass(frozen=True, slots=True)
class HitRate:
    """How many targets were met in time."""

    hits: int = 0
    total: int = 0

    @property
    def percent(self) -> float | None:
        """The share in per cent, None without any target."""
        return 100 * self.hits / self.total if self.total else None


@dataclass(frozen=True, slots=True)
class Work:
    """What one agent, one team or everybody did."""

    name: str
    replies: int = 0
    first_response: Timing = field(default_factory=Timing)
    resolution: Timing = field(default_factory=Timing)
    sla: HitRate = field(default_factory=HitRate)


@dataclass(frozen=True, slots=True)
class Series:
    """A named row of counts, one for each bucket of the period."""

    name: str
    counts: tuple[int, ...]

    @property
    def total(self) -> int:
        return sum(self.counts)


@dataclass(frozen=True, slots=True)
class Overdue:
    """A conversation with a missed deadline that is still owed; `since` is the oldest of them."""

    conversation_id: int
    title: str
    contact: str
    assignee: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Performance:
    """The whole report. `heat` is seven rows of 24 counts of customer messages, Monday first, in the period's zone."""

    buckets: tuple[datetime, ...]
    volume: tuple[Series, ...]
    new: Series
    resolved: Series
    backlog: Series
    open_now: int
    overdue_count: int
    overdue: tuple[Overdue, ...]
    total: Work
    sla_by_kind: tuple[tuple[str, HitRate], ...]
    agents: tuple[Work, ...]
    teams: tuple[Work, ...]
    heat: tuple[tuple[int, ...], ...]

    @property
    def is_empty(self) -> bool:
        """Whether nothing at all happened in the period."""
        return not (self.volume or self.new.total or self.resolved.total or self.total.replies)
