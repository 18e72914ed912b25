"""What the Cloud API's error codes mean for somebody at a desk.

Source: developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes.
"""

# Busy, throttled or ill for the moment: 131056 is "too many messages to this one customer", about one in six seconds.
TEMPORARY = frozenset({2, 4, 80007, 130429, 131000, 131016, 131056, 133004})

_ACCESS = "WhatsApp does not accept the access token of this account, or it may not write for this number."
_REASONS = {
    0: _ACCESS,
    3: _ACCESS,
    10: _ACCESS,
    190: _ACCESS,
    368: "WhatsApp has blocked this number for a while because of its policies.",
    130472: "WhatsApp kept the message back: the customer's number is part of an experiment.",
    131021: "The message was addressed to the account's own number.",
    131026: "WhatsApp cannot reach this customer: no WhatsApp, an old version, or its terms not accepted.",
    131030: "This number may only write to the numbers on its test list, and the customer is not on it.",
    131031: "WhatsApp has locked this account.",
    131042: "WhatsApp wants the payment method of this account to be put in order.",
    131045: "This number is not registered for sending.",
    131047: "More than 24 hours have passed since the customer last wrote: only a template may be sent now.",
    131048: "WhatsApp holds this number's messages back because too many were reported as spam.",
    131049: "WhatsApp kept the message back so that the customer does not get too many.",
    131051: "WhatsApp does not carry this kind of message.",
    131052: "WhatsApp could not hand out the customer's file.",
    131053: "WhatsApp does not take this file: its type or its size is not allowed.",
    133010: "This number is not registered for sending.",
}


def reason(code: int, said: str) -> str:
    """Return why something failed, in words; `said` is what WhatsApp said itself."""
    known = _ACCESS if 200 <= code <= 299 else _REASONS.get(code, "WhatsApp refused the message.")
    return f"{known} ({said})" if said else known
