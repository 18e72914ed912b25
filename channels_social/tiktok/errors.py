"""What the codes of the Business API mean for somebody at a desk. TikTok says them with HTTP 200.

Source: business-api.tiktok.com/portal/docs, "Return codes"; every answer has a `code`, which is 0 where all is well.
"""

import httpx
from django.utils.translation import gettext_noop

from channels_social import calling
from channels_social.reading import Node, node
from csplatform.gateway.errors import SendFailed, SendUnavailable, SendUncertain, Unreadable

BAD_TOKEN = gettext_noop("TikTok does not accept the access token of this account.")
BAD_REFRESH = gettext_noop("TikTok no longer renews the access of this account: log in again, and enter the new token.")
NOT_ALLOWED = gettext_noop("The app at TikTok may not do that for this account.")
CLOSED = gettext_noop(
    "TikTok lets nobody write to this customer now: they wrote too long ago, or were answered enough."
)
BAD_FILE = gettext_noop("TikTok does not take this file.")
GONE = gettext_noop("TikTok does not know this conversation any more.")
SLOW_DOWN = gettext_noop("TikTok asks to slow down.")
REFUSED = gettext_noop("TikTok refused.")
TOKEN_ENDED = frozenset({40102, 40104, 40105})
_TOO_FAST, _BLOCKED, _RETRY = 40100, 40064, 51065
# From here on TikTok itself has failed, and says nothing about what it did before.
_ITS_OWN = 50000
_REASONS = {
    40001: NOT_ALLOWED,
    40007: GONE,
    40064: CLOSED,
    40908: BAD_FILE,
    **dict.fromkeys(TOKEN_ENDED, BAD_TOKEN),
}


def body_of(answer: httpx.Response) -> Node:
    """Return the answer's JSON. Raises Unreadable."""
    try:
        return node(answer.json(), "answer")
    except ValueError:
        raise Unreadable("the answer is not JSON") from None


def code_of(answer: httpx.Response) -> int | None:
    """Return the code that the answer names, if any."""
    try:
        return int(body_of(answer).number("code"))
    except Unreadable:
        return None


def checked(answer: httpx.Response, *, takes_message: bool = False) -> Node:
    """Return the `data` of a success.

    Raises SendFailed, SendUnavailable, SendUncertain where a message may have been taken nonetheless, or Unreadable.
    """
    code = code_of(answer)
    if code == 0 and answer.is_success:
        return body_of(answer).optional_child("data") or Node({}, "data")
    if code is None and answer.is_success:
        raise Unreadable("the answer says neither yes nor no")
    said = _said(answer)
    if answer.status_code == 429 or code == _TOO_FAST or (code == _BLOCKED and "too fast" in said.lower()):
        raise SendUnavailable(SLOW_DOWN, code=str(code or 429), retry_after=calling.retry_after(answer))
    if code is not None and code >= _ITS_OWN:
        if takes_message and code != _RETRY:
            raise SendUncertain(calling.PERHAPS_TAKEN)
        raise SendUnavailable(calling.ILL, code=str(code))
    known = _REASONS.get(code or 0) or (BAD_TOKEN if answer.status_code == 401 else "")
    raise SendFailed(
        known or f"{REFUSED} ({said or f'HTTP {answer.status_code}'})", code=str(code or answer.status_code)
    )


def _said(answer: httpx.Response) -> str:
    try:
        return body_of(answer).optional_text("message")[:300]
    except Unreadable:
        return ""
