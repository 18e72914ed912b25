"""What Twilio's codes mean for somebody at a desk. Source: www.twilio.com/docs/api/errors."""

from django.utils.translation import gettext_noop

OPTED_OUT = gettext_noop("The customer wants no more messages from this number (STOP).")
BAD_TOKEN = gettext_noop("Twilio does not accept the account SID and the token of this account.")
_REFUSED = gettext_noop("Twilio refused.")
_NO_NUMBER = gettext_noop("This is not a number that can get text messages.")
_UNREACHABLE = gettext_noop("The customer's phone cannot be reached, or no longer has this number.")
_FILTERED = gettext_noop("The carrier held the message back as unwanted.")
_QUEUE_FULL = gettext_noop("Too many messages of this number wait at Twilio.")
_REASONS = {
    "20003": BAD_TOKEN,
    "20429": gettext_noop("Twilio asks to slow down."),
    "21211": _NO_NUMBER,
    "21408": gettext_noop("Messages to the customer's country are not switched on at Twilio."),
    "21606": gettext_noop("This number may not send text messages to the customer."),
    "21610": OPTED_OUT,
    "21611": _QUEUE_FULL,
    "21612": gettext_noop("This number may not send text messages to the customer."),
    "21614": _NO_NUMBER,
    "21617": gettext_noop("The message is too long."),
    "30001": _QUEUE_FULL,
    "30002": gettext_noop("Twilio has suspended this account."),
    "30003": _UNREACHABLE,
    "30004": gettext_noop("The customer's number is blocked, or takes no such messages."),
    "30005": _UNREACHABLE,
    "30006": gettext_noop("The customer's number is a landline, or its carrier takes no such messages."),
    "30007": _FILTERED,
    "30008": gettext_noop("The carrier did not deliver it, and gave no reason."),
    "30034": gettext_noop("This number must be registered for messages in the United States first (A2P 10DLC)."),
    "63016": gettext_noop("The customer wrote too long ago: only a template may be sent now."),
}
# Throttled for the moment, in seconds until it is worth another try where Twilio names none.
TEMPORARY = {"20429": None, "21611": 60.0}
# Nothing else sent there will arrive.
DEAD = frozenset({"21211", "21610", "21614"})


def reason(code: str, said: str) -> str:
    """Return why something failed: a sentence where we know the code, else what Twilio `said`, or the code."""
    known = _REASONS.get(code)
    if known:
        return known
    detail = said or code
    return f"{_REFUSED} ({detail})" if detail else _REFUSED
