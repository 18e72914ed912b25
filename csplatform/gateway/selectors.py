"""Reading channel accounts."""

from csplatform.gateway.models import ChannelAccount


def own_addresses() -> frozenset[str]:
    """Return the addresses of all accounts, lower-case: what goes there comes back to us."""
    return frozenset(address.lower() for address in ChannelAccount.objects.values_list("address", flat=True))
