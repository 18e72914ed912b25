"""How many mails an account may hand over in a minute: all workers together keep its setting `smtp_per_minute`.

Counted in Valkey. Where that is away, mail goes out uncounted: late mail is worse than fast mail.
"""

import secrets

from django.core.cache import cache

from csplatform.common import clock
from csplatform.gateway.contract import AccountConfig
from csplatform.gateway.errors import SendFailed, SendPaced

MINUTE = 60


def keep(account: AccountConfig) -> None:
    """Count one mail. Raises SendPaced where the minute is full, with the time at which its turn comes.

    Whoever is turned away first may come back first, a minute's worth of them in each of the next minutes, so that
    a long queue does not knock all at once.
    """
    most = _limit(account)
    if not most:
        return
    minute, second = divmod(clock.now().timestamp(), MINUTE)
    key = f"email:pace:{account.id}:{int(minute)}"
    cache.add(key, 0, timeout=2 * MINUTE)
    place = cache.incr(key)
    if place > most:
        minutes_ahead = (place - 1) // most
        spread = secrets.randbelow(MINUTE // 2)
        raise SendPaced(
            f"this account sends at most {most} mails a minute", retry_after=minutes_ahead * MINUTE - second + spread
        )


def _limit(account: AccountConfig) -> int:
    value = account.settings.get("smtp_per_minute") or 0
    try:
        return max(0, int(value))
    except (TypeError, ValueError) as error:
        raise SendFailed(f"“{value}” is not a number of mails a minute") from error
