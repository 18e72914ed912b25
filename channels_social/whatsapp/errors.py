"""What the Cloud API's error codes mean for somebody at a desk.

Source: developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes.
"""

from django.utils.translation import gettext_noop

# Busy, throttled or ill for the moment: 131056 is "too many messages to this one customer", about one in six seconds.
TEMPORARY = frozenset({2, 4, 80007, 130429, 131000, 131016, 131056, 133004})

_ACCESS = gettext_noop(
    "WhatsApp does not accept the access token of this account, or it may not write for this number."
)
_REFUSED = gettext_noop("WhatsApp refused.")
_REASONS = {
    0: _ACCESS,
    3: _ACCESS,
    10: _ACCESS,
    190: _ACCESS,
    368: gettext_noop("WhatsApp has blocked this number for a while because of its policies."),
    130472: gettext_noop("WhatsApp kept the message back: the customer's number is part of an experiment."),
    131021: gettext_noop("The message was addressed to the account's own number."),
    131026: gettext_noop(
        "WhatsApp cannot reach this customer: no WhatsApp, an old version, or its terms not accepted."
    ),
    131030: gettext_noop("This number may only write to the numbers on its test list, and the customer is not on it."),
    131031: gettext_noop("WhatsApp has locked this account."),
    131042: gettext_noop("WhatsApp wants the payment method of this account to be put in order."),
    131045: gettext_noop("This number is not registered for sending."),
    131047: gettext_noop(
        "More than 24 hours have passed since the customer last wrote: only a template may be sent now."
    ),
    131048: gettext_noop("WhatsApp holds this number's messages back because too many were reported as spam."),
    131049: gettext_noop("WhatsApp kept the message back so that the customer does not get too many."),
    131051: gettext_noop("WhatsApp does not carry this kind of message."),
    131052: gettext_noop("WhatsApp could not hand out the customer's file."),
    131053: gettext_noop("WhatsApp does not take this file: its type or its size is not allowed."),
    133010: gettext_noop("This number is not registered for sending."),
}


def reason(code: int, said: str) -> str:
    """Return why something failed: a sentence where we know the code, else what WhatsApp `said` itself."""
    known = _ACCESS if 200 <= code <= 299 else _REASONS.get(code)
    if known:
        return known
    return f"{_REFUSED} ({said})" if said else _REFUSED
