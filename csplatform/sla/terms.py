"""What a policy promised at one moment, as plain values that never change afterwards."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from csplatform.sla.public_holidays import PublicHolidays
from csplatform.sla.schedule import Hours, Openings, Schedule, parse_openings, parts_of, together


@dataclass(frozen=True, slots=True)
class Target:
    """How long something may take; in the schedule's working time, or in calendar time."""

    minutes: int
    in_business_hours: bool

    @property
    def time(self) -> timedelta:
        return timedelta(minutes=self.minutes)


@dataclass(frozen=True, slots=True)
class Step:
    """When an escalation step is due: after a `share` of the target, or so many minutes after it was missed.

    `kind` is the kind of clock it is for; empty for every kind.
    """

    pk: int
    kind: str
    share: float | None
    minutes: int | None


@dataclass(frozen=True)
class Promise:
    """A policy with its calendars, read once. `targets` are keyed by kind of clock; a kind may be missing.

    `warn_at` is the share of a target after which a warning is given, between 0 and 1. `retarget_on` are the
    changes of a conversation for which it is asked again what is promised. `automatic_counts` says whether an answer
    of the bot, or an automatic message, is a response.
    """

    policy: str
    targets: Mapping[str, Target]
    paused_in: frozenset[str]
    warn_at: float
    hours: Hours | None
    retarget_on: frozenset[str] = frozenset()
    automatic_counts: bool = False
    steps: tuple[Step, ...] = ()

    def hours_of(self, kind: str) -> Hours | None:
        """The hours in which a clock of this kind is reckoned; None is calendar time."""
        target = self.targets.get(kind)
        return self.hours if target and target.in_business_hours else None

    def steps_of(self, kind: str) -> Iterator[Step]:
        """The escalation steps of a clock of this kind."""
        return (step for step in self.steps if step.kind in {"", kind})

    def as_data(self) -> dict[str, Any]:
        """The promise as JSON, the same for the same promise."""
        return {
            "policy": self.policy,
            "targets": {kind: [target.minutes, target.in_business_hours] for kind, target in self.targets.items()},
            "paused_in": sorted(self.paused_in),
            "warn_at": self.warn_at,
            "schedules": [_schedule_as_data(schedule) for schedule in parts_of(self.hours)],
            "retarget_on": sorted(self.retarget_on),
            "automatic_counts": self.automatic_counts,
            "steps": [[step.pk, step.kind, step.share, step.minutes] for step in self.steps],
        }


def fingerprint(policy_id: int, data: Mapping[str, Any]) -> str:
    """The name of what a policy promises: equal where the policy and all of its data are."""
    text = json.dumps([policy_id, data], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


@lru_cache(maxsize=256)
def promise_from(data: str) -> Promise:
    """Read the JSON text of `Promise.as_data` back. Cached: a deadline is reckoned often, a policy edited rarely."""
    values = json.loads(data)
    return Promise(
        policy=values["policy"],
        targets={kind: Target(minutes, business) for kind, (minutes, business) in values["targets"].items()},
        paused_in=frozenset(values["paused_in"]),
        warn_at=values["warn_at"],
        hours=together([_schedule_from(data) for data in values["schedules"]]),
        retarget_on=frozenset(values["retarget_on"]),
        automatic_counts=values["automatic_counts"],
        steps=tuple(Step(*step) for step in values["steps"]),
    )


def _schedule_as_data(schedule: Schedule) -> dict[str, Any]:
    holidays = schedule.holidays
    return {
        "name": schedule.name,
        "zone": schedule.zone.key,
        "weekly": [_written(openings) for openings in schedule.weekly],
        "days": {day.isoformat(): _written(openings) for day, openings in sorted(schedule.days.items())},
        "names": {day.isoformat(): name for day, name in sorted(schedule.names.items())},
        "holidays": [holidays.country, holidays.region] if holidays else None,
        "written": [schedule.written_from, schedule.written_to],
    }


def _schedule_from(data: dict[str, Any]) -> Schedule:
    return Schedule(
        zone=ZoneInfo(data["zone"]),
        weekly=tuple(parse_openings(line) for line in data["weekly"]),
        days={date.fromisoformat(day): parse_openings(line) for day, line in data["days"].items()},
        name=data["name"],
        names={date.fromisoformat(day): name for day, name in data["names"].items()},
        holidays=PublicHolidays(*data["holidays"]) if data["holidays"] else None,
        written_from=data["written"][0],
        written_to=data["written"][1],
    )


def _written(openings: Openings) -> str:
    return ", ".join(map(str, openings))
