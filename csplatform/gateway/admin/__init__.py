"""Channel accounts and their deliveries. For administrators."""

from csplatform.gateway.admin.accounts import ChannelAccountAdmin
from csplatform.gateway.admin.deliveries import InboundDeliveryAdmin

__all__ = ["ChannelAccountAdmin", "InboundDeliveryAdmin"]
