"""What the Cloud API's error codes mean for somebody at a desk.

Source: developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes.
"""

from django.utils.translation import gettext_noop

from channels_social.meta.errors import Refusals

# Busy, throttled or ill for the moment: 131056 is "too many messages to this one customer", about one in six seconds.
_TEMPORARY = frozenset({2, 4, 80007, 130429, 131000, 131016, 131056, 133004})

_TEMPLATE = gettext_noop("WhatsApp does not know this template in this language, or does not allow it any more.")
_VALUES = gettext_noop("WhatsApp refuses what was filled into the template.")

WHATSAPP = Refusals(
    refused=gettext_noop("WhatsApp refused."),
    access=gettext_noop(
        "WhatsApp does not accept the access token of this account, or it may not write for this number."
    ),
    reasons={
        368: gettext_noop("WhatsApp has blocked this number for a while because of its policies."),
        130472: gettext_noop("WhatsApp kept the message back: the customer's number is part of an experiment."),
        131021: gettext_noop("The message was addressed to the account's own number."),
        131026: gettext_noop(
            "WhatsApp cannot reach this customer: no WhatsApp, an old version, or its terms not accepted."
        ),
        131030: gettext_noop(
            "This number may only write to the numbers on its test list, and the customer is not on it."
        ),
        131031: gettext_noop("WhatsApp has locked this account."),
        131037: gettext_noop("WhatsApp wants the display name of this number to be approved first."),
        131042: gettext_noop("WhatsApp wants the payment method of this account to be put in order."),
        131045: gettext_noop("This number is not registered for sending."),
        131047: gettext_noop(
            "More than 24 hours have passed since the customer last wrote: only a template may be sent now."
        ),
        131048: gettext_noop("WhatsApp holds this number's messages back because too many were reported as spam."),
        131049: gettext_noop("WhatsApp kept the message back so that the customer does not get too many."),
        131050: gettext_noop("The customer does not want advertisements from this business."),
        131051: gettext_noop("WhatsApp does not carry this kind of message."),
        131052: gettext_noop("WhatsApp could not hand out the customer's file."),
        131053: gettext_noop("WhatsApp does not take this file: its type or its size is not allowed."),
        132000: _VALUES,
        132001: _TEMPLATE,
        132005: _VALUES,
        132007: _VALUES,
        132012: _VALUES,
        132015: _TEMPLATE,
        132016: _TEMPLATE,
        133010: gettext_noop("This number is not registered for sending."),
    },
    temporary=_TEMPORARY,
)
