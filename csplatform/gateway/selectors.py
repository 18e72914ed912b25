"""Reading channel accounts, and how they are doing."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import BinaryField, Count, F, Func, IntegerField, Max, Min, Q, QuerySet, Value

from csplatform.gateway.contract import Abilities
from csplatform.gateway.errors import UnknownChannel
from csplatform.gateway.models import ChannelAccount, DeliveryState, InboundDelivery
from csplatform.gateway.registry import channel_class

MOST_COUNTED = 99
# So far back a call is looked for by what it says.
MOST_SEARCHED = 500


def own_addresses() -> frozenset[str]:
    """Return the addresses of all accounts, lower-case: what goes there comes back to us."""
    return frozenset(address.lower() for address in ChannelAccount.objects.values_list("address", flat=True))


def abilities_of(account: ChannelAccount) -> Abilities:
    """Return what the account's channel can do; a channel that is no longer installed can do nothing special."""
    try:
        return channel_class(account.channel).abilities
    except UnknownChannel:
        return Abilities()


def call_that_says(account_id: int, words: bytes) -> bytes:
    """Return the body of the newest of an account's latest calls that contains `words`; empty where none does.

    For what a platform hands out with a message and wants back, which is of no use to anybody else.
    """
    latest = InboundDelivery.objects.filter(account_id=account_id).order_by("-id").values("pk")[:MOST_SEARCHED]
    place = Func(
        Value(words, output_field=BinaryField()),
        F("body"),
        function="POSITION",
        arg_joiner=" IN ",
        output_field=IntegerField(),
    )
    found = InboundDelivery.objects.filter(pk__in=latest).annotate(place=place).filter(place__gt=0)
    return bytes(found.order_by("-id").values_list("body", flat=True).first() or b"")


@dataclass(frozen=True, slots=True)
class Backlog:
    """Deliveries of one account in one state; counting stops one past MOST_COUNTED."""

    state: DeliveryState
    count: int

    @property
    def shown(self) -> str:
        """The count as people read it."""
        return f"{MOST_COUNTED}+" if self.count > MOST_COUNTED else str(self.count)


def backlogs(account: ChannelAccount) -> list[Backlog]:
    """Return how many deliveries wait, and how many are quarantined."""
    return [_backlog(account, state) for state in (DeliveryState.WAITING, DeliveryState.QUARANTINED)]


def _backlog(account: ChannelAccount, state: DeliveryState) -> Backlog:
    deliveries = InboundDelivery.objects.filter(account=account, state=state)
    return Backlog(state, deliveries[: MOST_COUNTED + 1].count())


@dataclass(frozen=True, slots=True)
class Kept:
    """Deliveries of one account that may be replayed, and when the first and the last of them came."""

    account: str
    channel: str
    done: int
    quarantined: int
    first: datetime
    last: datetime


def kept(deliveries: QuerySet[InboundDelivery]) -> list[Kept]:
    """Return what there is of each account among `deliveries`, ordered by the accounts' names."""
    rows = deliveries.order_by("account__name", "account_id").values("account_id", "account__name", "account__channel")
    counted = rows.annotate(
        done=Count("pk", filter=Q(state=DeliveryState.DONE)),
        quarantined=Count("pk", filter=Q(state=DeliveryState.QUARANTINED)),
        first=Min("received_at"),
        last=Max("received_at"),
    )
    return [
        Kept(
            account=row["account__name"],
            channel=row["account__channel"],
            done=row["done"],
            quarantined=row["quarantined"],
            first=row["first"],
            last=row["last"],
        )
        for row in counted
    ]
