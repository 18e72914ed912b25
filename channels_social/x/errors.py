"""What the refusals of API v2 mean for somebody at a desk.

Sources: docs.x.com/x-api/fundamentals/response-codes-and-errors, /x-api/fundamentals/rate-limits,
/x-api/direct-messages/manage/integrate.
"""

from datetime import datetime
from email.utils import parsedate_to_datetime

import httpx
from django.utils.translation import gettext_noop

from channels_social.reading import Node, node
from csplatform.common import clock
from csplatform.gateway.errors import SendFailed, SendUnavailable, Unreadable

BAD_TOKEN = gettext_noop("X does not accept the access token of this account.")
BAD_REFRESH = gettext_noop("X no longer renews the access of this account: log in to X again, and enter the new token.")
NOT_ALLOWED = gettext_noop("The app at X may not do that: give it direct messages, and log in again.")
NO_CREDIT = gettext_noop("The developer account at X has no credit left.")
CLOSED = gettext_noop("X lets this account not write to the customer: they take no messages from it, or blocked it.")
UNKNOWN = gettext_noop("X does not know this customer any more.")
SLOW_DOWN = gettext_noop("X takes no more messages of this account at the moment.")
REFUSED = gettext_noop("X refused.")
# Ends of the problems' addresses that concern the app, not the customer.
_OF_THE_APP = frozenset(
    {"client-forbidden", "client-not-enrolled", "unsupported-authentication", "oauth1-permissions", "noop"}
)
# Limits that X tells in its headers: the quarter of an hour of each call, and the day of a person and of an app.
_LIMITS = ("x-rate-limit", "x-user-limit-24hour", "x-app-limit-24hour")


def body_of(answer: httpx.Response) -> Node:
    """Return the answer's JSON. Raises Unreadable."""
    try:
        return node(answer.json(), "answer")
    except ValueError:
        raise Unreadable("the answer is not JSON") from None


def check_taken(answer: httpx.Response) -> None:
    """Raise SendFailed or SendUnavailable unless the answer's status is that of a success."""
    if not answer.is_success:
        raise _refusal(answer)


def checked(answer: httpx.Response) -> Node:
    """Return the `data` of a success. Raises SendFailed, SendUnavailable, or Unreadable where it makes no sense.

    X may refuse with status 200 too: then there are errors, and no data.
    """
    check_taken(answer)
    body = body_of(answer)
    if not body.has("data") and body.children("errors"):
        raise _refused(answer.status_code, body.children("errors")[0])
    return body.child("data")


def _refusal(answer: httpx.Response) -> SendFailed:
    status = answer.status_code
    if status == 429:
        return SendUnavailable(SLOW_DOWN, code="429", retry_after=_until_reset(answer.headers))
    try:
        body = body_of(answer)
        listed = body.children("errors")
        return _refused(status, body if body.has("type") or not listed else listed[0])
    except Unreadable:
        return _refused(status, Node({}))


def _refused(status: int, problem: Node) -> SendFailed:
    kind = problem.optional_text("type").rpartition("/")[2]
    code = kind if kind and kind != "about:blank" else str(status)
    said = problem.optional_text("detail") or problem.optional_text("message") or f"HTTP {status}"
    if status == 404 or kind == "resource-not-found":
        return SendFailed(UNKNOWN, code=code, dead_address=True)
    if status == 403:
        return SendFailed(NOT_ALLOWED if kind in _OF_THE_APP else CLOSED, code=code)
    known = {401: BAD_TOKEN, 402: NO_CREDIT}.get(status)
    return SendFailed(known or f"{REFUSED} ({said[:300]})", code=code)


def _until_reset(headers: httpx.Headers) -> float | None:
    """Return the seconds until the last of the limits that are used up begins anew, by X's own clock."""
    used_up = [limit for limit in _LIMITS if headers.get(f"{limit}-remaining") == "0"] or ["x-rate-limit"]
    resets = [headers.get(f"{limit}-reset", "") for limit in used_up]
    seconds = [int(reset) - _said_at(headers).timestamp() for reset in resets if reset.isascii() and reset.isdigit()]
    return max(0.0, *seconds) if seconds else None


def _said_at(headers: httpx.Headers) -> datetime:
    try:
        return parsedate_to_datetime(headers.get("date", ""))
    except ValueError:
        return clock.now()
