"""Access tokens that expire and must be asked for anew: one at a time for an account, kept encrypted beside the rest.

A token holds for the credentials it was made from: whoever changes one of them gets a new token.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.db import transaction

from csplatform.common import clock
from csplatform.common.locks import in_turn
from csplatform.gateway.errors import SendFailed
from csplatform.gateway.models import ChannelAccount

log = structlog.get_logger(__name__)

# Names of credentials.
REFRESH_TOKEN = "oauth_refresh_token"  # noqa: S105 - names, not secrets
ACCESS_TOKEN = "oauth_access_token"  # noqa: S105
EXPIRES_AT = "oauth_expires_at"
GRANTED_AT = "oauth_granted_at"
MADE_FROM = "oauth_made_from"
KEPT = frozenset({ACCESS_TOKEN, EXPIRES_AT, GRANTED_AT, MADE_FROM})
# A token that expires within this time is renewed before it is used.
MARGIN = timedelta(minutes=3)
# With less than this left, a token that held for long is said to end: by then it should have been renewed.
WARNING = timedelta(days=7)
LONG = 2 * WARNING
# First key of the advisory locks that keep two workers from renewing one account's token at once.
LOCK_SPACE = 0x746F6B6E


@dataclass(frozen=True, slots=True)
class NewToken:
    """What a platform answered; `refresh_token` is set where it replaces the old one."""

    access_token: str
    expires_at: datetime
    refresh_token: str = ""


@dataclass(frozen=True, slots=True)
class Expiry:
    """Until when the kept token holds, `at`; `is_near` where somebody should see to it that it is renewed.

    Tokens that hold for hours or days are brought anew whenever they are needed, so their end is no news.
    """

    at: datetime
    is_near: bool

    @property
    def is_over(self) -> bool:
        """Whether it has ended."""
        return self.at <= clock.now()


Refresh = Callable[[Mapping[str, str]], NewToken]


def fresh(account_id: int, refresh: Refresh, *, rejected: str = "") -> str:
    """Return an access token that will hold for a while: the kept one, or what `refresh` brings.

    `refresh` gets the account's credentials as they are now, and raises SendFailed or SendUnavailable; it is called
    by one process at a time for an account, inside a transaction. `rejected` is a token that the platform did not
    take although it had not expired: it is not returned again.
    """
    known = _usable(_credentials(account_id), rejected)
    if known:
        return known
    with transaction.atomic(), in_turn(LOCK_SPACE, account_id):
        credentials = _credentials(account_id)
        known = _usable(credentials, rejected)  # by whoever had the lock before
        if known:
            return known
        token = refresh(credentials)
        _keep(account_id, credentials, token)
    log.info("token_renewed", account=account_id, expires_at=token.expires_at.isoformat())
    return token.access_token


def kept(credentials: Mapping[str, str]) -> str:
    """Return the token that was brought for these credentials and will hold for a while, else nothing."""
    return _usable(credentials, "")


def expiry(credentials: Mapping[str, str]) -> Expiry | None:
    """Return until when the token holds that was brought for these credentials; None where there is none."""
    if not credentials.get(ACCESS_TOKEN) or credentials.get(MADE_FROM) != _digest(credentials):
        return None
    at = datetime.fromisoformat(credentials[EXPIRES_AT])
    granted_at = credentials.get(GRANTED_AT)
    is_long = granted_at is not None and at - datetime.fromisoformat(granted_at) > LONG
    return Expiry(at, is_long and at - clock.now() < WARNING)


def entered(credentials: Mapping[str, str]) -> dict[str, str]:
    """Return the credentials without what is kept here: what somebody entered, or the platform gave for good."""
    return {name: value for name, value in credentials.items() if name not in KEPT}


def _credentials(account_id: int) -> dict[str, str]:
    account = ChannelAccount.objects.filter(pk=account_id).only("credentials").first()
    if account is None:
        raise SendFailed("the channel account does not exist any more")
    credentials: dict[str, str] = account.credentials
    return credentials


def _usable(credentials: Mapping[str, str], rejected: str) -> str:
    """Return the kept token, empty where there is none that can be used."""
    token = credentials.get(ACCESS_TOKEN, "")
    if not token or token == rejected or credentials.get(MADE_FROM) != _digest(credentials):
        return ""
    expires_at = datetime.fromisoformat(credentials[EXPIRES_AT])
    return token if expires_at - MARGIN > clock.now() else ""


def _keep(account_id: int, used: Mapping[str, str], token: NewToken) -> None:
    """Store the token, unless somebody has entered other credentials while it was asked for."""
    account = ChannelAccount.objects.select_for_update().get(pk=account_id)
    if entered(account.credentials) != entered(used):
        return
    credentials = entered(account.credentials)
    if token.refresh_token:
        credentials[REFRESH_TOKEN] = token.refresh_token
    made_from = _digest(credentials)
    credentials |= {
        ACCESS_TOKEN: token.access_token,
        EXPIRES_AT: token.expires_at.isoformat(),
        GRANTED_AT: clock.now().isoformat(),
        MADE_FROM: made_from,
    }
    ChannelAccount.objects.filter(pk=account_id).update(credentials=credentials)


def _digest(credentials: Mapping[str, str]) -> str:
    plain = json.dumps(sorted(entered(credentials).items()))
    return hashlib.sha256(plain.encode()).hexdigest()
