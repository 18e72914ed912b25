"""Keeping what platforms deliver, and what became of it."""

from collections.abc import Iterable

import structlog
from django.db import transaction

from csplatform.common import clock
from csplatform.common.doorbell import ring
from csplatform.gateway.contract import FetchResult, RawDelivery
from csplatform.gateway.models import ChannelAccount, DeliveryState, InboundDelivery

log = structlog.get_logger(__name__)

UNPACK = "csplatform.doors.tasks.unpack"


def accept(account: ChannelAccount, raw: RawDelivery) -> InboundDelivery:
    """Store a verified delivery and ring for its unpacking. Once this returned and committed, it cannot be lost."""
    with transaction.atomic():
        delivery = InboundDelivery.objects.create(
            account=account,
            received_at=raw.received_at,
            method=raw.method,
            headers=dict(raw.headers),
            query=dict(raw.query),
            body=raw.body,
        )
        ring(UNPACK, delivery.pk)
    log.info("delivery_accepted", delivery=delivery.pk, account=account.pk, bytes=len(raw.body))
    return delivery


def accept_fetched(account: ChannelAccount, result: FetchResult) -> None:
    """Store what polling brought and the new cursor, together or not at all."""
    with transaction.atomic():
        for raw in result.deliveries:
            accept(account, raw)
        ChannelAccount.objects.filter(pk=account.pk).update(cursor=dict(result.cursor.value), last_error="")


def finish(delivery: InboundDelivery, *, events: int) -> None:
    """Write down that `delivery` was understood; belongs in the transaction that stored its last event."""
    moment = clock.now()
    InboundDelivery.objects.filter(pk=delivery.pk).update(
        state=DeliveryState.DONE, events=events, error="", done_at=moment
    )
    ChannelAccount.objects.filter(pk=delivery.account_id).update(last_event_at=moment)


def quarantine(delivery: InboundDelivery, reason: str) -> None:
    """Set `delivery` aside with its bytes, for an administrator to read and replay."""
    InboundDelivery.objects.filter(pk=delivery.pk).update(state=DeliveryState.QUARANTINED, error=reason[:4000])
    ChannelAccount.objects.filter(pk=delivery.account_id).update(last_error=reason[:1000])
    log.warning("delivery_quarantined", delivery=delivery.pk, account=delivery.account_id, reason=reason)


def replay(deliveries: Iterable[InboundDelivery]) -> int:
    """Try again what was quarantined (or anything else: repeats are recognised). Returns how many."""
    ids = [delivery.pk for delivery in deliveries]
    with transaction.atomic():
        InboundDelivery.objects.filter(pk__in=ids).update(state=DeliveryState.WAITING, attempts=0, error="")
        for pk in ids:
            ring(UNPACK, pk)
    return len(ids)


def discard(deliveries: Iterable[InboundDelivery]) -> int:
    """Give up on quarantined deliveries; their bytes stay. Returns how many."""
    ids = [delivery.pk for delivery in deliveries]
    return InboundDelivery.objects.filter(pk__in=ids, state=DeliveryState.QUARANTINED).update(
        state=DeliveryState.DISCARDED
    )
