"""What the Graph API's error codes mean for somebody at a desk.

A code says little without its subcode. Sources: developers.facebook.com/documentation/business-messaging/
messenger-platform/error-codes, and the reports of others for subcodes that the page leaves out.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import httpx
from django.utils.translation import gettext_noop

from channels_social import calling
from channels_social.reading import Node, node
from csplatform.gateway.errors import SendFailed, SendUnavailable, Unreadable

# Throttled or ill for the moment, whatever the product: of the app, of the user, of the page, of this call.
TEMPORARY = frozenset({1, 2, 4, 17, 32, 341, 613, 1200})
# The token is not taken, or lacks a permission; 200 to 299 all do.
_ACCESS = frozenset({0, 3, 10, 190, 102})
Code = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Refusals:
    """How one product says no. Sentences are marked with gettext_noop; `reasons` are by code, or code and subcode.

    `temporary` codes are tried again; after a code of `gone` nothing else will reach that person either.
    """

    refused: str
    access: str
    reasons: Mapping[int | Code, str]
    temporary: frozenset[int] = TEMPORARY
    gone: frozenset[int | Code] = frozenset()

    def failure(self, answer: httpx.Response) -> SendFailed:
        """Return a refusing answer as a failure whose reason a person can act on."""
        code, subcode, said = _said(answer)
        reason = self.reason(code, said, subcode)
        shown = f"{code}/{subcode}" if subcode else str(code)
        if code in self.temporary or answer.status_code == 429:
            return SendUnavailable(reason, code=shown, retry_after=calling.retry_after(answer))
        return SendFailed(reason, code=shown, dead_address=bool({code, (code, subcode)} & self.gone))

    def reason(self, code: int, said: str, subcode: int = 0) -> str:
        """Return why something failed: a sentence where we know the code, else what the platform `said` itself."""
        known = self.reasons.get((code, subcode)) or self.reasons.get(code)
        if known is None and (code in _ACCESS or 200 <= code <= 299):
            known = self.access
        if known:
            return known
        return f"{self.refused} ({said})" if said else self.refused


def body_of(answer: httpx.Response) -> Node:
    """Return the JSON object that is an answer's body. Raises Unreadable."""
    try:
        return node(answer.json(), "answer")
    except ValueError:
        raise Unreadable("the answer is not JSON") from None


def _said(answer: httpx.Response) -> tuple[int, int, str]:
    """Return an error's code, subcode (0 for none) and words; -1 where the answer makes no sense."""
    try:
        error = body_of(answer).child("error")
        details = error.optional_child("error_data")
        said = (details.optional_text("details") if details else "") or error.optional_text("message")
        subcode = int(error.number("error_subcode")) if error.has("error_subcode") else 0
        return int(error.number("code")), subcode, said
    except Unreadable:
        return -1, 0, f"HTTP {answer.status_code}"


_WINDOW = gettext_noop("Meta no longer takes a free answer to this customer: they last wrote too long ago.")
_UNAVAILABLE = gettext_noop("This customer cannot be reached: they have blocked the account, or are no longer there.")
_TAG = gettext_noop("Meta does not let this account answer so late: its app needs the permission “Human Agent”.")
_FILE = gettext_noop("Meta could not take this file: its type or its size is not allowed.")

# Messenger and Instagram, which share one Send API.
MESSAGING = Refusals(
    refused=gettext_noop("Meta refused."),
    access=gettext_noop("Meta does not accept the access token of this account, or it lacks a permission."),
    reasons={
        (10, 2018065): _WINDOW,
        (10, 2018278): _WINDOW,
        (10, 2534022): _WINDOW,
        (10, 2018108): _UNAVAILABLE,
        (200, 1545041): _UNAVAILABLE,
        551: _UNAVAILABLE,
        (100, 2018001): gettext_noop("Meta knows no such customer of this account."),
        (100, 2534014): gettext_noop("Meta knows no such customer of this account."),
        (10, 2018300): gettext_noop("Another app has this conversation in hand: hand it over to this desk at Meta."),
        (10, 1893063): gettext_noop("Meta keeps this page from sending messages for a while."),
        (100, 1893061): _TAG,
        (100, 2018047): _FILE,
        (100, 2018109): _FILE,
        368: gettext_noop("Meta has blocked this account for a while because of its policies."),
    },
    gone=frozenset({551, (10, 2018108), (200, 1545041), (100, 2018001), (100, 2534014)}),
)
