"""Looking for deadlines that have passed. Any number of sweeps may run at once."""

from collections.abc import Sequence

import structlog
from django.db import InterfaceError, OperationalError, transaction

from csplatform.common import clock
from csplatform.conversations.models import Conversation
from csplatform.sla.ledger import Ledger, active_clocks, save_all
from csplatform.sla.models import Clock

log = structlog.get_logger(__name__)

# A sweep takes the most overdue first and leaves the rest to the next ring, a second later.
_MOST = 20_000
# Locked and written together. Few, because whoever answers one of them waits meanwhile.
_BATCH = 50


def sweep() -> int:
    """Write down every warning and breach whose moment has passed, each once; return how many were.

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
        return sum(_ring_all([pk]) for pk in conversation_ids)


@transaction.atomic
def _ring(conversation_ids: Sequence[int]) -> int:
    """Lock the conversations, then their clocks, as everybody does; and look again, now that nobody else writes."""
    free = Conversation.objects.filter(pk__in=conversation_ids).select_for_update(skip_locked=True)
    at = clock.now()
    ledgers = {conversation.pk: Ledger(conversation, at, active=()) for conversation in free}
    for held in active_clocks(ledgers):
        ledgers[held.conversation_id].active.append(held)
    for ledger in ledgers.values():
        for held in ledger.active:
            ledger.ring(held)
    rung = [ledger for ledger in ledgers.values() if ledger.lines]
    save_all(rung)
    return sum(len(ledger.lines) for ledger in rung)
