"""What the sweep of deadlines costs among a million running clocks.

    python -m bench.sla_sweep                    # the table of docs/performance.md
    python -m bench.sla_sweep --clocks 100000    # sooner done

An idle tick is measured first: nothing is due. Then 10,000 clocks come due in the same second, in 10,000
conversations; one process sweeps, as a worker does. The floor is taken before, in the same run, on the same rows: one
`UPDATE … RETURNING` by the sweep's index, committed. Unless every breach stands in the ledger once and in the
conversation's history once, nothing is printed.
"""

import argparse
import statistics
import time
from datetime import datetime, timedelta

from bench.intake_stack import databases
from bench.multiply import multiply

SEEDS = 100
DUE = 10_000
TICKS = 300
PUT_BACK = "UPDATE sla_clock SET wake_at = due_at, breached_at = NULL, changed_at = started_at WHERE due_at = %s"
FLOOR = (
    "UPDATE sla_clock SET breached_at = due_at, changed_at = due_at, wake_at = NULL"
    " WHERE wake_at <= %s RETURNING id, conversation_id, kind"
)
COME_DUE = (
    "UPDATE sla_clock SET due_at = %(at)s, wake_at = %(at)s, warn_at = started_at, warned_at = started_at"
    " WHERE id IN (SELECT id FROM sla_clock WHERE kind = 'first_response' ORDER BY id LIMIT %(number)s)"
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clocks", type=int, default=1_000_000, help="running clocks")
    options = parser.parse_args()
    with databases():
        running = _fill(options.clocks)
        print(f"{running:,} running clocks")
        print("| | |\n|---|---:|")
        print(f"| an idle tick, median | {_idle():.2f} ms |")
        at = _come_due()
        floor = _floor(at)
        print(f"| floor: 10,000 rows, UPDATE … RETURNING | {floor:.2f} s |")
        seconds = _sweep(at)
        print(f"| 10,000 breaches recorded, told and announced | {seconds:.2f} s |")
        print(f"| of the floor | {floor / seconds:.0%} |", flush=True)


def _fill(wanted: int) -> int:
    """Let people write through the door, and multiply what came of it; return how many clocks run."""
    from csplatform.conversations.models import Conversation
    from csplatform.flows.receive import receive
    from csplatform.gateway.contract import HandleKind, InboundMessage, Sender
    from csplatform.gateway.models import ChannelAccount
    from csplatform.sla.models import Clock, ClockEvent, Policy, PolicyTarget

    policy = Policy.objects.create(name="Always", position=1)
    for kind, minutes in {"first_response": 600, "resolution": 6000, "queue": 1200}.items():
        PolicyTarget.objects.create(policy=policy, kind=kind, minutes=minutes)
    account = ChannelAccount.objects.create(channel="email", name="Inbox", address="inbox@shop.example")
    for number in range(SEEDS):
        address = f"customer{number}@home.example"
        sender = Sender(external_id=address, kind=HandleKind.EMAIL, name=f"Customer {number}")
        message = InboundMessage(external_id=f"<{number}@home.example>", sender=sender, text="Hello", sent_at=_now())
        receive(account, message)
    multiply([Conversation, Clock, ClockEvent], -(-wanted // Clock.objects.count()))
    return Clock.objects.filter(state="running", wake_at__isnull=False).count()


def _now() -> datetime:
    from csplatform.common import clock

    return clock.now()


def _idle() -> float:
    """Milliseconds of a sweep that finds nothing."""
    from csplatform.sla.sweep import sweep

    took = []
    for _ in range(TICKS):
        started = time.perf_counter()
        if sweep():
            raise RuntimeError("something was due already")
        took.append((time.perf_counter() - started) * 1000)
    return statistics.median(took)


def _come_due() -> datetime:
    """Let clocks come due a second ago; return the moment."""
    at = _now() - timedelta(seconds=1)
    # Not before the clock started, as the database sees to.
    _execute("UPDATE sla_clock SET started_at = %s, changed_at = %s WHERE kind = 'first_response' AND id IN"
             " (SELECT id FROM sla_clock WHERE kind = 'first_response' ORDER BY id LIMIT %s)",
             [at - timedelta(hours=1), at - timedelta(hours=1), DUE])  # fmt: skip
    _execute(COME_DUE, {"at": at, "number": DUE})
    _execute("VACUUM ANALYZE sla_clock")
    _execute("CHECKPOINT")
    return at


def _floor(at: datetime) -> float:
    started = time.perf_counter()
    rows = _execute(FLOOR, [at])
    seconds = time.perf_counter() - started
    if rows != DUE:
        raise RuntimeError(f"{rows} rows of the floor")
    _execute(PUT_BACK, [at])
    _execute("VACUUM ANALYZE sla_clock")
    _execute("CHECKPOINT")
    return seconds


def _sweep(at: datetime) -> float:
    from csplatform.sla.sweep import sweep

    started = time.perf_counter()
    recorded = sweep()
    seconds = time.perf_counter() - started
    _check(recorded)
    return seconds


def _check(recorded: int) -> None:
    """Raise unless every breach is in the ledger once and in a history once."""
    from csplatform.conversations.models import Message
    from csplatform.sla.models import ClockEvent

    clocks = ClockEvent.objects.filter(kind="breached").values_list("clock_id", flat=True)
    told = Message.objects.filter(verb="sla_breached").values_list("conversation_id", flat=True)
    counts = [recorded, len(clocks), len(set(clocks)), len(told), len(set(told))]
    if counts != [DUE] * len(counts):
        raise RuntimeError(f"recorded, lines, clocks, told, conversations: {counts}")


def _execute(statement: str, values: object = None) -> int:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return len(cursor.fetchall()) if "RETURNING" in statement else cursor.rowcount


if __name__ == "__main__":
    main()
