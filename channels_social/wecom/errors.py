"""What WeCom's codes mean for somebody at a desk.

Source: developer.work.weixin.qq.com/document/path/90313 (codes of calls), /94670 (why a message failed afterwards).
"""

from django.utils.translation import gettext_noop

from channels_social.tencent.api import Words

_ACCESS = gettext_noop("WeCom does not accept the corporation's id and the app's secret of this account.")
_TOKEN = gettext_noop("WeCom does not accept this account's access token.")
_RIGHT = gettext_noop("This app may not use the customer service account. Allow it in WeCom's administration.")
_UNKNOWN_ACCOUNT = gettext_noop("WeCom does not know this customer service account.")
_FILE = gettext_noop("WeCom does not take this file: its type or its size is not allowed.")
_OFTEN = gettext_noop("WeCom was called too often and takes no more for now.")
_ELSEWHERE = gettext_noop(
    "A colleague serves this customer in the WeCom app. End that session there, then answer here."
)
_LATE = gettext_noop("More than 48 hours have passed since the customer wrote; WeCom takes no answer any more.")
_CLOSED = gettext_noop("The session has ended; WeCom takes no answer until the customer writes again.")
_QUOTA = gettext_noop("WeCom takes no more answers until the customer writes again.")
REFUSED = gettext_noop("WeCom refused.")

WORDS = Words(
    refused=REFUSED,
    reasons={
        -1: gettext_noop("WeCom is busy."),
        **dict.fromkeys([40001, 40013, 41002, 41004], _ACCESS),
        **dict.fromkeys([40014, 42001, 41001], _TOKEN),
        **dict.fromkeys([40004, 40005, 40006, 40007, 40009, 40010, 40011, 45001], _FILE),
        40096: gettext_noop("WeCom does not know this customer."),
        45002: gettext_noop("The text is too long for WeCom."),
        **dict.fromkeys([45009, 45033], _OFTEN),
        **dict.fromkeys([48002, 60011, 95012], _RIGHT),
        60020: gettext_noop(
            "WeCom does not let this server in. Enter its IP address among the app's trusted addresses."
        ),
        **dict.fromkeys([95000, 95004], _UNKNOWN_ACCOUNT),
        95001: _QUOTA,
        95002: _LATE,
        95013: _CLOSED,
        95017: gettext_noop("The API of this customer service account is switched off in WeCom's administration."),
        95018: _ELSEWHERE,
    },
    later={-1: None, 45009: 60.0, 45033: None},
    gone=frozenset({40096}),
)

# Why a message that was taken did not arrive after all.
LATER = {
    1: _UNKNOWN_ACCOUNT,
    2: _RIGHT,
    4: _LATE,
    5: _CLOSED,
    6: _QUOTA,
    8: gettext_noop("WeCom wants the corporation to be verified first."),
    9: gettext_noop("WeCom wants the corporation to be verified first."),
    10: gettext_noop("The customer does not accept messages of this account."),
}
