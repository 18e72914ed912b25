"""VK's no, which comes with HTTP 200. Source: repo VKCOM/vk-api-schema, errors.json."""

from django.utils.translation import gettext_noop

from channels_social import calling
from csplatform.gateway.errors import SendFailed, SendUnavailable

TOO_FAST = 6
FLOOD = 9
# What is over soon: the code, and the seconds to wait, None where VK says nothing of it.
PASSING: dict[int, float | None] = {1: None, TOO_FAST: 1, FLOOD: 60, 10: None, 29: 3600}
# What the token is not good enough for.
NOT_ALLOWED = frozenset({7, 15, 20, 23})

REFUSED = gettext_noop("VK refused.")
BAD_TOKEN = gettext_noop("VK does not accept the access token of this account.")
TOKEN_TOO_WEAK = gettext_noop("VK does not allow the access token of this account to do that.")
SLOW_DOWN = gettext_noop("VK asks to slow down.")
_GONE = gettext_noop("The customer's page on VK is deleted or banned.")
_NOT_ALLOWED_TO_WRITE = gettext_noop("The customer does not allow this community to write to them.")
_REASONS = {
    5: BAD_TOKEN,
    14: gettext_noop("VK wants to see whether a person writes, and asks for a picture to be read."),
    18: _GONE,
    27: BAD_TOKEN,
    28: BAD_TOKEN,
    900: gettext_noop("The community has blocked this customer."),
    901: _NOT_ALLOWED_TO_WRITE,
    902: _NOT_ALLOWED_TO_WRITE,
    910: gettext_noop("VK finds this message too long."),
    911: gettext_noop("VK does not understand the buttons of this message."),
    912: gettext_noop("Buttons need “Bot abilities” to be switched on in the community's settings."),
    914: gettext_noop("VK finds this message too long."),
    917: gettext_noop("VK knows no such chat with this community."),
    936: gettext_noop("VK does not know this customer."),
    950: gettext_noop("The customer wrote too long ago for VK to take an answer."),
    985: gettext_noop("This community is for notifications only, so VK takes no answers."),
}


def failure(code: int, said: str) -> SendFailed:
    """Return VK's no as a failure whose reason a person can act on."""
    if code in PASSING:
        words = SLOW_DOWN if code in {TOO_FAST, FLOOD, 29} else calling.ILL
        return SendUnavailable(words, code=str(code), retry_after=PASSING[code])
    known = TOKEN_TOO_WEAK if code in NOT_ALLOWED else _REASONS.get(code)
    return SendFailed(known or f"{REFUSED} ({said or code})", code=str(code))
