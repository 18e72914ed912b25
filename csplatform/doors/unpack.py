"""Understanding what a door has kept."""

from collections.abc import Sequence
from datetime import timedelta

import structlog
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import QuerySet

from csplatform.common import clock
from csplatform.common.doorbell import ring
from csplatform.common.locks import only_one
from csplatform.flows.errors import TooEarly
from csplatform.flows.receive import receive
from csplatform.gateway.contract import Event
from csplatform.gateway.errors import Unreadable
from csplatform.gateway.models import DeliveryState, InboundDelivery
from csplatform.gateway.services import UNPACK, finish, quarantine

log = structlog.get_logger(__name__)

# A delivery that is still waiting this long after its ring is rung for again.
PATIENCE = timedelta(seconds=10)
# So often a delivery is begun before it counts as one that kills its worker.
MOST_ATTEMPTS = 8
# So often a delivery is begun before an event gives up finding the message it speaks of.
MOST_EARLY_ATTEMPTS = 6
# So many deliveries of one account are unpacked before anybody else gets a turn.
BATCH = 100
# First key of the advisory locks that keep an account's deliveries in order.
LOCK_SPACE = 0x756E7061


def unpack(delivery_id: int) -> None:
    """Unpack a waiting delivery, and before it whatever its account received earlier: order is kept.

    Raises OperationalError where the database is away, and changes nothing then.
    """
    account_id = InboundDelivery.objects.filter(pk=delivery_id).values_list("account_id", flat=True).first()
    if account_id is None:
        return
    if _fresh(account_id).filter(pk=delivery_id).exists():
        _unpack_in_turn(account_id)
    else:
        _unpack_one(delivery_id)  # begun before: its turn has passed, and it must not hold up the others


def _unpack_in_turn(account_id: int) -> None:
    """Unpack an account's fresh deliveries in the order they came, one worker at a time.

    A worker that finds another at it leaves: whoever holds the lock looks again after giving it back.
    """
    done: list[int] = []
    while (waiting := list(_fresh(account_id)[:BATCH])) and waiting != done:
        with only_one(LOCK_SPACE, account_id) as mine:
            if not mine:
                return
            done = list(_fresh(account_id)[:BATCH])
            for delivery_id in done:
                _unpack_one(delivery_id)


def _fresh(account_id: int) -> QuerySet[InboundDelivery, int]:
    """Return the ids of what an account has received and nobody has begun, oldest first."""
    fresh = InboundDelivery.objects.filter(account_id=account_id, state=DeliveryState.WAITING, attempts=0)
    return fresh.order_by("id").values_list("pk", flat=True)


def _unpack_one(delivery_id: int) -> None:
    """Parse a waiting delivery and receive its events, all in one transaction: a crash leaves it waiting.

    What cannot be understood is quarantined with its bytes; the delivery's other events are received all the same.
    So is what has been begun too often without an end: it may be what kills the workers.
    """
    with structlog.contextvars.bound_contextvars(delivery=delivery_id):
        if _begin(delivery_id):
            _unpack(delivery_id)


def _begin(delivery_id: int) -> bool:
    """Count one more attempt, committed before it is made so that a dying worker leaves it behind.

    Returns whether there is something to do: neither done, nor in another worker's hands, nor begun too often.
    """
    with transaction.atomic():
        delivery = _claimed(delivery_id)
        if delivery is None:
            return False
        if delivery.attempts >= MOST_ATTEMPTS:
            quarantine(delivery, f"given up after {delivery.attempts} attempts that never came to an end")
            return False
        InboundDelivery.objects.filter(pk=delivery_id).update(attempts=delivery.attempts + 1)
        return True


@transaction.atomic
def _unpack(delivery_id: int) -> None:
    delivery = _claimed(delivery_id)
    if delivery is None:
        return
    try:
        events = delivery.account.adapter().parse(delivery.raw)
    except Unreadable as error:
        quarantine(delivery, str(error))
        return
    except Exception as error:  # whatever a channel did not expect belongs into the quarantine, not the log alone
        log.exception("parse_failed")
        quarantine(delivery, f"{type(error).__name__}: {error}")
        return
    _receive_all(delivery, events)


def _claimed(delivery_id: int) -> InboundDelivery | None:
    """Return the delivery, locked, if it waits and no other worker has it."""
    waiting = InboundDelivery.objects.select_for_update(of=("self",), skip_locked=True)
    return waiting.select_related("account").filter(pk=delivery_id, state=DeliveryState.WAITING).first()


def _receive_all(delivery: InboundDelivery, events: Sequence[Event]) -> None:
    failures: list[str] = []
    early = False
    for event in events:
        try:
            receive(delivery.account, event, delivery)
        except (OperationalError, InterfaceError):
            raise
        except TooEarly as error:
            early = early or delivery.attempts < MOST_EARLY_ATTEMPTS
            log.info("event_early", reason=str(error), attempts=delivery.attempts)
        except Exception as error:  # one bad event must not take the others down with it
            log.exception("event_failed", event_type=type(event).__name__)
            failures.append(f"{type(event).__name__}: {type(error).__name__}: {error}")
    if failures:
        quarantine(delivery, "\n".join(failures))
    elif not early:
        finish(delivery, events=len(events))


def ring_waiting(limit: int = 500) -> int:
    """Ring again for deliveries that a crash or a lost ring left waiting. Returns how many."""
    left = InboundDelivery.objects.filter(state=DeliveryState.WAITING, received_at__lt=clock.now() - PATIENCE)
    with transaction.atomic():  # what is locked is being unpacked at this moment
        locked = left.order_by("id").select_for_update(skip_locked=True)
        ids = list(locked.values_list("pk", flat=True)[:limit])
    for pk in ids:
        ring(UNPACK, pk)
    return len(ids)
