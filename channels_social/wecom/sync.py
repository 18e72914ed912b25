"""Fetching: a call of WeCom only says that there is something, and carries a token with which to ask for it.

What was fetched is kept one delivery an item, with the cursor, in one transaction. Without a call the account is asked
now and then, since a call may be lost; seldom, because WeCom allows little of that.
Source: developer.work.weixin.qq.com/document/path/94670.
"""

import json
from datetime import datetime, timedelta
from typing import Any

from channels_social import calling
from channels_social.reading import Node
from channels_social.tencent import calls
from channels_social.wecom.client import api_of, corporation
from csplatform.common import clock
from csplatform.gateway.contract import AccountConfig, Cursor, FetchResult, RawDelivery
from csplatform.gateway.errors import SendUnavailable, Unreadable
from csplatform.gateway.models import InboundDelivery

# The method of what was fetched, where a call of WeCom has POST.
SYNC = "SYNC"
# So many items at once; up to 1,000 are allowed.
PAGE = 100
SWEEP = timedelta(minutes=5)
# A call's token holds for ten minutes.
TOKEN_LIFE = timedelta(minutes=9)


def fetch(account: AccountConfig, cursor: Cursor) -> FetchResult:
    """Return the next items, if it is time to ask. Raises SendFailed, SendUnavailable."""
    place = cursor.value
    bell = _newest_call(account, place.get("call", 0))
    rung = bell is not None and bell.pk != place.get("call")
    if not rung and not place.get("more") and not _is_sweep(place):
        return FetchResult((), cursor)
    said = api_of(account).post("cgi-bin/kf/sync_msg", _question(account, place, bell))
    try:
        return _result(said, bell.pk if bell else place.get("call", 0))
    except Unreadable:
        raise SendUnavailable(calling.BROKEN_OFF) from None


def signal_of(raw: RawDelivery, account: AccountConfig) -> Node:
    """Return what a call says. Raises Unreadable, also where it is about another customer service account."""
    call = calls.opened(raw, calls.keys_of(account, corporation(account)))
    ours = call.optional_text("OpenKfId") in {"", account.address}
    if call.optional_text("Event") == "kf_msg_or_event" and not ours:
        raise Unreadable(f"the customer service account {call.text('OpenKfId')} has no account at this address")
    return call


def _newest_call(account: AccountConfig, since: int) -> InboundDelivery | None:
    """Return the newest call of WeCom, from the one that was heeded last; those are few, and not what was fetched."""
    kept = InboundDelivery.objects.filter(account_id=account.id, method="POST", pk__gte=since)
    return kept.order_by("-pk").first()


def _is_sweep(place: Any) -> bool:
    asked = place.get("asked")
    return asked is None or clock.now() - datetime.fromisoformat(asked) >= SWEEP


def _question(account: AccountConfig, place: Any, bell: InboundDelivery | None) -> dict[str, Any]:
    question: dict[str, Any] = {"limit": PAGE, "open_kfid": account.address, "voice_format": 0}
    if place.get("cursor"):
        question["cursor"] = place["cursor"]
    if bell is not None and clock.now() - bell.received_at < TOKEN_LIFE:
        question |= _token(bell, account)
    return question


def _token(bell: InboundDelivery, account: AccountConfig) -> dict[str, str]:
    try:
        token = signal_of(bell.raw, account).optional_text("Token")
    except Unreadable:
        return {}
    return {"token": token} if token else {}


def _result(said: Node, heeded: int) -> FetchResult:
    """Return the items and where to go on; there may be more even where there are none."""
    now = clock.now()
    more = said.has("has_more") and said.number("has_more") == 1
    place = {"cursor": said.text("next_cursor"), "call": heeded, "asked": now.isoformat(), "more": more}
    return FetchResult(tuple(_kept(item, now) for item in said.children("msg_list")), Cursor(place), more=more)


def _kept(item: Node, at: datetime) -> RawDelivery:
    body = json.dumps(item.values, ensure_ascii=False).encode("utf-8", "surrogatepass")
    return RawDelivery(body, {}, {}, SYNC, at)
