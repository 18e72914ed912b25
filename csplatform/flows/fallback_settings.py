"""Which mail account answers for a chat whose visitor has gone, and when.

Settings of the chat's account, all optional:
    mail_account     the address of a mail account: answers that nobody read go out through it
    mail_after       minutes that an answer stays unread before it does; 10 unless it says otherwise
    calendar         the name of the calendar with the opening hours: whoever wrote outside of them has gone
"""

from datetime import datetime, timedelta

from csplatform.gateway.models import ChannelAccount
from csplatform.gateway.selectors import abilities_of
from csplatform.sla.calculator import due
from csplatform.sla.models import Calendar

USUAL_MINUTES = 10
MOST_MINUTES = 7 * 24 * 60
_INSTANT = timedelta(seconds=1)


def mail_account_of(account: ChannelAccount) -> ChannelAccount | None:
    """Return the active mail account that answers for `account`; None where it names none that can."""
    address = account.settings.get("mail_account") if isinstance(account.settings, dict) else None
    if not isinstance(address, str) or not address.strip():
        return None
    found = ChannelAccount.objects.filter(address__iexact=address.strip(), is_active=True).exclude(pk=account.pk)
    return next((other for other in found if abilities_of(other).copies), None)


def patience_of(account: ChannelAccount) -> timedelta:
    """Return how long an answer may stay unread in `account` before it goes by mail."""
    minutes = account.settings.get("mail_after", USUAL_MINUTES)
    if isinstance(minutes, bool) or not isinstance(minutes, int | float) or not 0 <= minutes <= MOST_MINUTES:
        minutes = USUAL_MINUTES
    return timedelta(minutes=minutes)


def is_working(account: ChannelAccount, at: datetime) -> bool:
    """Return whether somebody was there at `at` by the account's calendar; always, where it has none."""
    name = account.settings.get("calendar")
    calendar = Calendar.objects.prefetch_related("days").filter(name=name).first() if name else None
    return calendar is None or due(at, _INSTANT, calendar.schedule()) - _INSTANT <= at
