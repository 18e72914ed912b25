"""What a policy promised at one moment, as plain values that never change afterwards."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from csplatform.sla.schedule import Openings, Schedule, parse_openings


@dataclass(frozen=True, slots=True)
class Target:
    """How long something may take; in the schedule's working time, or in calendar time."""

    minutes: int
    in_business_hours: bool

    @property
    def time(self) -> timedelta:
        return timedelta(minutes=self.minutes)


@dataclass(frozen=True)
class Promise:
    """A policy with its calendar, read once. `targets` are keyed by kind of clock; a kind may be missing.

    `warn_at` is the share of a target after which a warning is given, between 0 and 1.
    """

    policy: str
    targets: Mapping[str, Target]
    paused_in: frozenset[str]
    warn_at: float
    calendar: str
    schedule: Schedule | None

    def schedule_of(self, kind: str) -> Schedule | None:
        """The schedule in which a clock of this kind is reckoned; None is calendar time."""
        target = self.targets.get(kind)
        return self.schedule if target and target.in_business_hours else None

    def as_data(self) -> dict[str, Any]:
        """The promise as JSON, the same for the same promise."""
        return {
            "policy": self.policy,
            "targets": {kind: [target.minutes, target.in_business_hours] for kind, target in self.targets.items()},
            "paused_in": sorted(self.paused_in),
            "warn_at": self.warn_at,
            "calendar": self.calendar,
            "schedule": _schedule_as_data(self.schedule),
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
        calendar=values["calendar"],
        schedule=_schedule_from(values["schedule"]),
    )


def _schedule_as_data(schedule: Schedule | None) -> dict[str, Any] | None:
    if schedule is None:
        return None
    return {
        "zone": schedule.zone.key,
        "weekly": [_written(openings) for openings in schedule.weekly],
        "days": {day.isoformat(): _written(openings) for day, openings in sorted(schedule.days.items())},
    }


def _schedule_from(data: dict[str, Any] | None) -> Schedule | None:
    if data is None:
        return None
    return Schedule(
        zone=ZoneInfo(data["zone"]),
        weekly=tuple(parse_openings(line) for line in data["weekly"]),
        days={date.fromisoformat(day): parse_openings(line) for day, line in data["days"].items()},
    )


def _written(openings: Openings) -> str:
    return ", ".join(map(str, openings))
