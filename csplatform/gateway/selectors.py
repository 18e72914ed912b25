"""Reading channel accounts, and how they are doing."""

from dataclasses import dataclass

from csplatform.gateway.contract import Abilities
from csplatform.gateway.errors import UnknownChannel
from csplatform.gateway.models import ChannelAccount, DeliveryState, InboundDelivery
from csplatform.gateway.registry import channel_class

MOST_COUNTED = 99


def own_addresses() -> frozenset[str]:
    """Return the addresses of all accounts, lower-case: what goes there comes back to us."""
    return frozenset(address.lower() for address in ChannelAccount.objects.values_list("address", flat=True))


def abilities_of(account: ChannelAccount) -> Abilities:
    """Return what the account's channel can do; a channel that is no longer installed can do nothing special."""
    try:
        return channel_class(account.channel).abilities
    except UnknownChannel:
        return Abilities()


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
