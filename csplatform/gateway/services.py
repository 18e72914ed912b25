"""Keeping what platforms deliver, and what became of it."""

from collections.abc import Iterable, Mapping, Sequence

import structlog
from django.db import transaction

from csplatform.common import clock
from csplatform.common.doorbell import ring, ring_once
from csplatform.gateway.contract import FetchResult, RawDelivery
from csplatform.gateway.models import ChannelAccount, DeliveryState, InboundDelivery

log = structlog.get_logger(__name__)

UNPACK = "csplatform.doors.tasks.unpack"


def accept(account: ChannelAccount, raw: RawDelivery) -> InboundDelivery:
    """Store a verified delivery and ring for its unpacking. Once this returned and committed, it cannot be lost."""
    (delivery,) = accept_all([(account, raw)])
    return delivery


def accept_all(arrived: Sequence[tuple[ChannelAccount, RawDelivery]]) -> list[InboundDelivery]:
    """Store several verified deliveries, all or none, as `accept` does; an account's are unpacked in this order."""
    with transaction.atomic():
        deliveries = InboundDelivery.objects.bulk_create(_delivery(account, raw) for account, raw in arrived)
        newest = {delivery.account_id: delivery.pk for delivery in deliveries}
        for account_id, delivery_id in newest.items():  # who unpacks it takes along what came before
            ring_once(bell(account_id), UNPACK, delivery_id)
    if deliveries:
        ids, size = [delivery.pk for delivery in deliveries], sum(len(raw.body) for _, raw in arrived)
        log.info("deliveries_accepted", deliveries=ids, accounts=list(newest), bytes=size)
    return deliveries


def _delivery(account: ChannelAccount, raw: RawDelivery) -> InboundDelivery:
    return InboundDelivery(
        account=account,
        received_at=raw.received_at,
        method=raw.method,
        headers=dict(raw.headers),
        query=dict(raw.query),
        body=raw.body,
    )


def bell(account_id: int) -> str:
    """Name the bell that rings for an account's deliveries."""
    return f"deliveries:{account_id}"


def accept_fetched(account: ChannelAccount, result: FetchResult) -> None:
    """Store what polling brought and the new cursor, together or not at all."""
    with transaction.atomic():
        accept_all([(account, raw) for raw in result.deliveries])
        ChannelAccount.objects.filter(pk=account.pk).update(cursor=dict(result.cursor.value), last_error="")


def finish(delivery: InboundDelivery, *, events: int) -> None:
    """Write down that `delivery` was understood; belongs in the transaction that stored its last event."""
    finish_all({delivery: events})


def finish_all(events: Mapping[InboundDelivery, int]) -> None:
    """Write down that deliveries of one account were understood, and how many events each brought."""
    moment = clock.now()
    by_number: dict[int, list[int]] = {}
    for delivery, number in events.items():
        by_number.setdefault(number, []).append(delivery.pk)
    for number, ids in by_number.items():
        done = {"state": DeliveryState.DONE, "events": number, "error": "", "done_at": moment}
        InboundDelivery.objects.filter(pk__in=ids).update(**done)
    accounts = {delivery.account_id for delivery in events}
    ChannelAccount.objects.filter(pk__in=accounts).update(last_event_at=moment)


def quarantine(delivery: InboundDelivery, reason: str) -> None:
    """Set `delivery` aside with its bytes, for an administrator to read and replay."""
    InboundDelivery.objects.filter(pk=delivery.pk).update(state=DeliveryState.QUARANTINED, error=reason[:4000])
    ChannelAccount.objects.filter(pk=delivery.account_id).update(last_error=reason[:1000])
    log.warning("delivery_quarantined", delivery=delivery.pk, account=delivery.account_id, reason=reason)


def replay(deliveries: Iterable[InboundDelivery]) -> int:
    """Try again what was quarantined (or anything else: repeats are recognised). Returns how many."""
    accounts = {delivery.pk: delivery.account_id for delivery in deliveries}
    newest = {accounts[pk]: pk for pk in sorted(accounts)}
    with transaction.atomic():
        InboundDelivery.objects.filter(pk__in=accounts).update(state=DeliveryState.WAITING, attempts=0, error="")
        for pk in newest.values():  # who unpacks it takes along what came before
            ring(UNPACK, pk)
    return len(accounts)


def discard(deliveries: Iterable[InboundDelivery]) -> int:
    """Give up on quarantined deliveries; their bytes stay. Returns how many."""
    ids = [delivery.pk for delivery in deliveries]
    return InboundDelivery.objects.filter(pk__in=ids, state=DeliveryState.QUARANTINED).update(
        state=DeliveryState.DISCARDED
    )
