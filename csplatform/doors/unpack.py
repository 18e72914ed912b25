"""Understanding what a door has kept."""

from collections.abc import Sequence
from datetime import timedelta

import structlog
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import F

from csplatform.common import clock
from csplatform.common.doorbell import ring
from csplatform.flows.errors import TooEarly
from csplatform.flows.receive import receive
from csplatform.gateway.contract import Event
from csplatform.gateway.errors import Unreadable
from csplatform.gateway.models import DeliveryState, InboundDelivery
from csplatform.gateway.services import UNPACK, finish, quarantine

log = structlog.get_logger(__name__)

# A delivery that is still waiting this long after its ring is rung for again.
PATIENCE = timedelta(seconds=10)
# So often a delivery is tried before it counts as one that kills its worker.
MOST_ATTEMPTS = 8
# So often an event is given another chance to find the message it speaks of.
MOST_EARLY_ATTEMPTS = 5


def unpack(delivery_id: int) -> None:
    """Parse a waiting delivery and receive its events, all in one transaction: a crash leaves it waiting.

    What cannot be understood is quarantined with its bytes; the delivery's other events are received all the same.
    Raises OperationalError where the database is away, and changes nothing then.
    """
    with structlog.contextvars.bound_contextvars(delivery=delivery_id), transaction.atomic():
        waiting = InboundDelivery.objects.select_for_update(of=("self",), skip_locked=True)
        delivery = waiting.select_related("account").filter(pk=delivery_id, state=DeliveryState.WAITING).first()
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
    """Ring again for deliveries that a crash or a lost ring left waiting. Returns how many.

    One that has been rung for too often is quarantined: it may be what kills the workers.
    """
    left = InboundDelivery.objects.filter(state=DeliveryState.WAITING, received_at__lt=clock.now() - PATIENCE).order_by(
        "id"
    )
    with transaction.atomic():
        waiting = list(left.select_for_update(skip_locked=True).defer("body")[:limit])
        for delivery in waiting:
            if delivery.attempts >= MOST_ATTEMPTS:
                quarantine(delivery, f"given up after {delivery.attempts} attempts that never came to an end")
            else:
                ring(UNPACK, delivery.pk)
        ids = [delivery.pk for delivery in waiting]
        InboundDelivery.objects.filter(pk__in=ids).update(attempts=F("attempts") + 1)
    return len(waiting)
