"""When somebody is there to answer."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from csplatform.gateway.models import ChannelAccount
from csplatform.sla.calculator import due
from csplatform.sla.models import Calendar

_INSTANT = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Opening:
    """`opens_at` (UTC) is when the next working hours begin; it has passed, or is now, while `is_open`."""

    is_open: bool
    opens_at: datetime


def opening_of(account: ChannelAccount, at: datetime) -> Opening | None:
    """Return whether the account's calendar works at `at`, None where the account names no calendar that there is."""
    name = account.settings.get("calendar") if isinstance(account.settings, dict) else None
    calendar = Calendar.objects.prefetch_related("days").filter(name=name).first() if name else None
    if calendar is None:
        return None
    opens_at = due(at, _INSTANT, calendar.schedule()) - _INSTANT
    return Opening(is_open=opens_at <= at, opens_at=opens_at)
