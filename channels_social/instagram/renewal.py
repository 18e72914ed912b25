"""Keeping the token of Instagram Login alive: it holds for 60 days, and can be renewed from its second day on.

A token that has lapsed needs a new login, so it is renewed every week, whether or not anybody writes.
Source: developers.facebook.com/documentation/instagram-platform/reference/refresh_access_token.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from channels_social.calling import BROKEN_OFF, Line
from channels_social.instagram.products import LOGIN_BASE
from channels_social.meta.errors import MESSAGING, body_of
from csplatform.common import clock
from csplatform.gateway import tokens
from csplatform.gateway.contract import AccountConfig, Cursor
from csplatform.gateway.errors import SendFailed, SendUnavailable, Unreadable
from csplatform.gateway.tokens import NewToken

log = structlog.get_logger(__name__)

EVERY = timedelta(days=7)
# A new token is left alone for so long; a renewal that failed is tried again after as long.
REST = timedelta(hours=25)
# With less than this left, a renewal that fails is an error of the account, shown to administrators.
ALARM = timedelta(days=7)


def keep_alive(account: AccountConfig, cursor: Cursor) -> Cursor:
    """Renew the token where it is time, and return when the next time is. Raises SendFailed if it is to lapse soon."""
    now = clock.now()
    due = _moment(cursor.value.get("renew_at"))
    if due is None:
        return _at(now + REST)
    if now < due:
        return cursor
    try:
        tokens.fresh(
            account.id, lambda credentials: _renewed(account, credentials), rejected=newest(account.credentials)
        )
    except SendFailed as failure:
        left = _moment(account.credentials.get(tokens.EXPIRES_AT))
        if left is not None and left - now < ALARM:
            raise
        log.warning("token_not_renewed", account=account.id, reason=failure.reason)
        return _at(now + REST)
    return _at(now + EVERY)


def newest(credentials: Mapping[str, str]) -> str:
    """Return the token that was brought last for what was entered, else the one that was entered."""
    return tokens.kept(credentials) or credentials.get("access_token", "")


def _renewed(account: AccountConfig, credentials: Mapping[str, str]) -> NewToken:
    line = Line.of(account, LOGIN_BASE)
    unversioned = replace(line, base=line.base.rpartition("/")[0])
    asked = {"grant_type": "ig_refresh_token", "access_token": newest(credentials)}
    answer = unversioned.call("GET", "refresh_access_token", takes_message=False, params=asked)
    if answer.status_code != 200:
        raise MESSAGING.failure(answer)
    try:
        said = body_of(answer)
        lifetime = timedelta(seconds=said.number("expires_in"))
        return NewToken(said.text("access_token"), clock.now() + lifetime)
    except (Unreadable, OverflowError):
        raise SendUnavailable(BROKEN_OFF) from None


def _moment(written: object) -> datetime | None:
    return datetime.fromisoformat(written) if isinstance(written, str) and written else None


def _at(moment: datetime) -> Cursor:
    return Cursor({"renew_at": moment.isoformat(timespec="seconds")})
