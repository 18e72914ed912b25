"""What Weibo's codes mean for somebody at a desk. Source: open.weibo.com/wiki/Error_code."""

from django.utils.translation import gettext_noop

from channels_social.reading import Node
from csplatform.gateway.errors import SendFailed, SendUnavailable

_ACCESS = gettext_noop("Weibo does not accept the access token of this account, or it has expired.")
_OFTEN = gettext_noop("Weibo was called too often and takes no more for now.")
_ILL = gettext_noop("Weibo has problems of its own at the moment.")
REFUSED = gettext_noop("Weibo refused.")

_REASONS = {
    **dict.fromkeys([10001, 10002, 10003, 10009, 10010, 10011], _ILL),
    **dict.fromkeys([10022, 10023, 10024], _OFTEN),
    10004: gettext_noop("Weibo does not let this server in."),
    **dict.fromkeys([10006, 10013, 10014, 21301, 21314, 21315, 21316, 21317, 21319, 21327, 21332], _ACCESS),
    20003: gettext_noop("Weibo does not know this person."),
    20012: gettext_noop("The text is too long for Weibo."),
    **dict.fromkeys([20018, 20020, 20021], gettext_noop("Weibo does not take these words or this link.")),
}
_LATER = frozenset({10001, 10002, 10003, 10009, 10010, 10011, 10022, 10023, 10024})
_GONE = frozenset({20003})


def failure(said: Node, status: int) -> SendFailed:
    """Return Weibo's no as a failure whose reason a person can act on. Raises Unreadable."""
    code = int(said.number("error_code")) if said.has("error_code") else status
    words = said.optional_text("error")
    reason = _REASONS.get(code) or (f"{REFUSED} ({words})" if words else REFUSED)
    if code in _LATER or status == 429:
        return SendUnavailable(reason, code=str(code))
    return SendFailed(reason, code=str(code), dead_address=code in _GONE)
