"""Understanding what a door has kept."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta

import structlog
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import F, Func, IntegerField, Min, Q, QuerySet

from csplatform.common import clock
from csplatform.common.doorbell import answer, ring
from csplatform.common.locks import only_one
from csplatform.flows.errors import TooEarly
from csplatform.flows.receive import receive, receive_all
from csplatform.gateway.contract import Event
from csplatform.gateway.errors import Unreadable
from csplatform.gateway.models import ChannelAccount, DeliveryState, InboundDelivery
from csplatform.gateway.services import UNPACK, bell, finish, finish_all, quarantine

log = structlog.get_logger(__name__)

# A delivery that is still waiting this long after its ring is rung for again.
PATIENCE = timedelta(seconds=10)
# So often a delivery is begun before it counts as one that kills its worker.
MOST_ATTEMPTS = 8
# So often a delivery may have been begun and yet be next in turn.
MOST_IN_TURN = 1
# So often a delivery is begun before an event gives up finding the message it speaks of.
MOST_EARLY_ATTEMPTS = 6
# So many deliveries of one account are unpacked together, unless they hold more bytes than this.
BATCH = 100
MOST_BYTES = 8 * 1024 * 1024
# First key of the advisory locks that keep an account's deliveries in order.
LOCK_SPACE = 0x756E7061


def unpack(delivery_id: int) -> None:
    """Unpack a waiting delivery, and before it whatever its account received earlier: order is kept.

    One worker at a time does so for an account. A worker that finds another at it leaves: whoever holds the lock
    looks again after giving it back. Raises OperationalError where the database is away, and changes nothing then.
    """
    account_id = InboundDelivery.objects.filter(pk=delivery_id).values_list("account_id", flat=True).first()
    if account_id is None:
        return
    answer(bell(account_id))  # even where another has done it all meanwhile: the next delivery must ring again
    _unpack_in_turn(account_id)
    overdue = Q(received_at__lt=clock.now() - PATIENCE) | Q(pk=delivery_id)
    _unpack_overdue(account_id, _waiting(account_id).filter(overdue, attempts__gt=MOST_IN_TURN))


def _waiting(account_id: int) -> QuerySet[InboundDelivery]:
    return InboundDelivery.objects.filter(account_id=account_id, state=DeliveryState.WAITING)


def _unpack_in_turn(account_id: int) -> None:
    """Unpack an account's deliveries in the order they came, in batches."""
    done: list[int] = []
    while (ids := _next(account_id)) and ids != done:
        with only_one(LOCK_SPACE, account_id) as mine:
            if not mine:
                return
            answer(bell(account_id))
            done = _next(account_id)
            _unpack_together(_begin(done))


def _next(account_id: int) -> list[int]:
    """Return the ids of the deliveries whose turn it is: a batch of fresh ones.

    What was begun once before is next all by itself: a batch has died, and one of it may be what killed it.
    """
    size = Func("body", function="octet_length", output_field=IntegerField())
    in_turn = _waiting(account_id).filter(attempts__lte=MOST_IN_TURN).order_by("id")
    ids: list[int] = []
    room = MOST_BYTES
    for pk, attempts, length in in_turn.values_list("pk", "attempts", size)[:BATCH]:
        room -= length
        if ids and (attempts or room < 0):
            break
        ids.append(pk)
        if attempts:
            break
    return ids


def _unpack_overdue(account_id: int, overdue: QuerySet[InboundDelivery]) -> None:
    """Unpack what was begun more often, each alone: its turn has passed, and it must not hold up the others."""
    ids = list(overdue.order_by("attempts", "id").values_list("pk", flat=True)[:BATCH])
    if not ids:
        return
    with only_one(LOCK_SPACE, account_id) as mine:
        for delivery_id in ids if mine else ():
            _unpack_together(_begin([delivery_id]))


def _begin(ids: Sequence[int]) -> list[int]:
    """Count one more attempt, committed before it is made so that a dying worker leaves it behind.

    Returns what is to be done: neither done, nor in another worker's hands, nor begun too often.
    """
    with transaction.atomic():
        claimed = list(_claimed(ids).defer("body", "headers", "query"))
        for delivery in claimed:
            if delivery.attempts >= MOST_ATTEMPTS:
                quarantine(delivery, f"given up after {delivery.attempts} attempts that never came to an end")
        begun = [delivery.pk for delivery in claimed if delivery.attempts < MOST_ATTEMPTS]
        InboundDelivery.objects.filter(pk__in=begun).update(attempts=F("attempts") + 1)
    return begun


def _claimed(ids: Sequence[int]) -> QuerySet[InboundDelivery]:
    """Return, locked and in order, which of these deliveries wait and no other worker has."""
    waiting = InboundDelivery.objects.select_for_update(of=("self",), skip_locked=True)
    return waiting.filter(pk__in=ids, state=DeliveryState.WAITING).order_by("id")


@transaction.atomic
def _unpack_together(ids: Sequence[int]) -> None:
    """Parse deliveries of one account and receive their events, all in one transaction: a crash leaves them waiting.

    What cannot be understood is quarantined with its bytes. Where the batch fails, each of its deliveries is
    received alone.
    """
    parsed = {delivery: _parse(delivery) for delivery in _of_one_account(_claimed(ids))}
    understood = {delivery: events for delivery, events in parsed.items() if events is not None}
    if len(understood) < 2 or not _received(understood):
        for delivery, events in understood.items():
            with structlog.contextvars.bound_contextvars(delivery=delivery.pk):
                _receive_alone(delivery, events)


def _of_one_account(deliveries: Iterable[InboundDelivery]) -> Iterator[InboundDelivery]:
    """Read their account once: its credentials have to be decrypted."""
    account: ChannelAccount | None = None
    for delivery in deliveries:
        account = delivery.account = account or delivery.account
        yield delivery


def _parse(delivery: InboundDelivery) -> Sequence[Event] | None:
    """Return what the delivery holds; None, and it is in quarantine, where that cannot be told."""
    try:
        return delivery.account.adapter().parse(delivery.raw)
    except Unreadable as error:
        quarantine(delivery, str(error))
    except Exception as error:  # whatever a channel did not expect belongs into the quarantine, not the log alone
        log.exception("parse_failed", delivery=delivery.pk)
        quarantine(delivery, f"{type(error).__name__}: {error}")
    return None


def _received(understood: Mapping[InboundDelivery, Sequence[Event]]) -> bool:
    """Receive a batch as a whole; False, and nothing has happened, where any of it fails."""
    account = next(iter(understood)).account
    try:
        with transaction.atomic():
            receive_all(account, [(event, delivery) for delivery, events in understood.items() for event in events])
            finish_all({delivery: len(events) for delivery, events in understood.items()})
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:  # one of them is the cause: alone, each says for itself
        log.info("batch_divided", deliveries=len(understood), reason=f"{type(error).__name__}: {error}")
        return False
    return True


def _receive_alone(delivery: InboundDelivery, events: Sequence[Event]) -> None:
    """Receive the events of one delivery; where some fail it goes into quarantine, and the others are received."""
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


def ring_waiting() -> int:
    """Ring again for accounts whose deliveries a crash or a lost ring left waiting. Returns how many.

    One ring an account is enough: who is rung for one of its deliveries looks for the others too.
    """
    left = InboundDelivery.objects.filter(state=DeliveryState.WAITING, received_at__lt=clock.now() - PATIENCE)
    of_accounts = left.order_by().values("account_id")
    found = of_accounts.annotate(one=Min("pk"))
    ids = [row["one"] for row in found]
    for pk in ids:
        ring(UNPACK, pk)
    return len(ids)
