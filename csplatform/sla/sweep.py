"""Looking for deadlines that have passed. Any number of sweeps may run at once.

Ten thousand may come due in one second, so nothing here is done row by row: a batch is read as plain values, and
written in three statements.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models.expressions import RawSQL

from csplatform.common import clock
from csplatform.common.bulk import as_json
from csplatform.conversations.actors import SYSTEM
from csplatform.conversations.chronicle import Line, record_all
from csplatform.conversations.models import Conversation
from csplatform.notifications.services import alarmed
from csplatform.sla.alarms import Alarm, take_due
from csplatform.sla.escalations import ring_for_escalations
from csplatform.sla.models import Clock, Terms

log = structlog.get_logger(__name__)

# A sweep takes the most overdue first and leaves the rest to the next ring, a second later.
_MOST = 20_000
# Locked and written together. Not all, because whoever answers one of them waits meanwhile.
_BATCH = 1000

_READ = (
    "id", "conversation_id", "kind", "state", "terms_id", "changed_at", "due_at", "warn_at", "warned_at", "breached_at",
    "wake_at", "steps",
)  # fmt: skip

_UPDATE = """
UPDATE sla_clock AS clock
SET changed_at = rung.changed_at, wake_at = rung.wake_at, warned_at = rung.warned_at, breached_at = rung.breached_at,
    steps = rung.steps
FROM json_to_recordset(%s::json) AS rung (
    id bigint, changed_at timestamptz, wake_at timestamptz, warned_at timestamptz, breached_at timestamptz, steps jsonb
)
WHERE clock.id = rung.id
"""
_INSERT = """
WITH lines AS (
    INSERT INTO sla_clockevent (clock_id, kind, at, recorded_at, due_at, terms_id, reason, step, late_by)
    SELECT clock_id, kind, at, %s, due_at, terms_id, '', step, late_by
    FROM json_to_recordset(%s::json) AS line (
        clock_id bigint, kind text, at timestamptz, due_at timestamptz, terms_id bigint, step bigint, late_by interval
    )
    RETURNING id, step
)
INSERT INTO sla_escalation (line_id, state, attempts, retry_at, reason)
SELECT id, 'waiting', 0, %s, '' FROM lines WHERE step IS NOT NULL
"""


@dataclass(slots=True)
class _Waking:
    """A clock with an alarm due, as far as alarms go; the fields of `_READ`, in their order."""

    pk: int
    conversation_id: int
    kind: str
    state: str
    terms_id: int
    changed_at: datetime
    due_at: datetime | None
    warn_at: datetime | None
    warned_at: datetime | None
    breached_at: datetime | None
    wake_at: datetime | None
    steps: Any


def sweep() -> int:
    """Write down every alarm whose moment has passed, each once; return how many were.

    An idle sweep costs one look into the index `clock_to_wake`. A conversation that somebody is changing just
    now is left to the next sweep: what they do may have met the deadline.
    """
    due = Clock.objects.filter(wake_at__lt=clock.now()).order_by("wake_at")
    waiting = list(dict.fromkeys(due.values_list("conversation_id", flat=True)[:_MOST]))
    return sum(_ring_all(waiting[start : start + _BATCH]) for start in range(0, len(waiting), _BATCH))


def _ring_all(conversation_ids: Sequence[int]) -> int:
    """Ring a batch; where one conversation cannot be rung, it is left out and logged, and the others are rung."""
    try:
        return _ring(conversation_ids)
    except (OperationalError, InterfaceError):
        raise
    except Exception:  # whatever is wrong with one row must not silence everybody's deadlines
        if len(conversation_ids) == 1:
            log.exception("clocks_not_rung", conversation=conversation_ids[0])
            return 0
        middle = len(conversation_ids) // 2
        return _ring_all(conversation_ids[:middle]) + _ring_all(conversation_ids[middle:])


@transaction.atomic
def _ring(conversation_ids: Sequence[int]) -> int:
    """Lock the conversations, then their clocks, as everybody does; and look again, now that nobody else writes."""
    free = (
        Conversation.objects.filter(pk__in=_among(conversation_ids)).order_by("pk").select_for_update(skip_locked=True)
    )
    locked = list(free.values_list("pk", flat=True))
    at = clock.now()
    due = Clock.objects.filter(conversation_id__in=_among(locked), wake_at__lt=at).order_by("pk").select_for_update()
    waking = [_Waking(*row) for row in due.values_list(*_READ)]
    rung = [(each, alarm) for each in waking for alarm in take_due(each, at, at)]
    _write(waking, rung, at)
    policies = dict(Terms.objects.filter(pk__in={each.terms_id for each in waking}).values_list("pk", "name"))
    told = [
        Line(each.conversation_id, alarm.verb, alarm.facts(each, policies[each.terms_id]))
        for each, alarm in rung
        if alarm.verb
    ]
    alarmed(record_all(told, SYSTEM), at)
    return len(rung)


def _write(waking: Sequence[_Waking], rung: Sequence[tuple[_Waking, Alarm]], at: datetime) -> None:
    if not rung:
        return
    with connection.cursor() as cursor:
        cursor.execute(_UPDATE, [as_json(_marks(each) for each in waking)])
        cursor.execute(_INSERT, [at, as_json(_line(each, alarm) for each, alarm in rung), at])
    if any(alarm.step for _, alarm in rung):
        ring_for_escalations()


def _marks(clock: _Waking) -> dict[str, Any]:
    return {
        "id": clock.pk,
        "changed_at": clock.changed_at,
        "wake_at": clock.wake_at,
        "warned_at": clock.warned_at,
        "breached_at": clock.breached_at,
        "steps": clock.steps,
    }


def _line(clock: _Waking, alarm: Alarm) -> dict[str, Any]:
    return {
        "clock_id": clock.pk,
        "kind": alarm.kind.value,
        "at": alarm.at,
        "due_at": clock.due_at,
        "terms_id": clock.terms_id,
        "step": alarm.step,
        "late_by": alarm.late_by,
    }


def _among(ids: Sequence[int]) -> RawSQL:
    """Many ids as one parameter: a thousand of them take longer to put together than to look up."""
    return RawSQL("SELECT unnest(%s::bigint[])", [list(ids)])
