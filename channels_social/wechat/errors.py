"""What WeChat's codes mean for somebody at a desk.

Source: developers.weixin.qq.com/doc/service/api/customer/message/api_sendcustommessage.html
and its general list of codes.
"""

from django.utils.translation import gettext_noop

from channels_social.tencent.api import Words

_ACCESS = gettext_noop("WeChat does not accept the AppID and the AppSecret of this account.")
_TOKEN = gettext_noop("WeChat does not accept this account's access token.")
_RIGHT = gettext_noop("This WeChat account has no right to do that; most rights are for verified accounts only.")
_GONE = gettext_noop("The customer does not follow this WeChat account, or has blocked it.")
_FILE = gettext_noop("WeChat does not take this file: its type or its size is not allowed.")
_OFTEN = gettext_noop("WeChat was called too often and takes no more for now.")
REJECTED_BY_USER = gettext_noop("The customer has turned messages of this kind off.")
UNKNOWN_TEMPLATE = gettext_noop("WeChat does not know this template.")
REFUSED = gettext_noop("WeChat refused.")

_REASONS = {
    -1: gettext_noop("WeChat is busy."),
    **dict.fromkeys([40013, 40125, 40002, 41002, 41004], _ACCESS),
    **dict.fromkeys([40001, 40014, 42001], _TOKEN),
    40164: gettext_noop("WeChat does not let this server in. Enter its IP address in the list of allowed addresses."),
    40243: gettext_noop("The AppSecret of this WeChat account is frozen."),
    **dict.fromkeys([40003, 43004, 43019, 50005], _GONE),
    **dict.fromkeys([40004, 40005, 40006, 40007, 40009, 40010, 40011, 45001, 45007], _FILE),
    40037: UNKNOWN_TEMPLATE,
    43101: REJECTED_BY_USER,
    45002: gettext_noop("The text is too long for WeChat."),
    45009: _OFTEN,
    45011: _OFTEN,
    45015: gettext_noop("The customer wrote to this WeChat account too long ago, or does not follow it any more."),
    45047: gettext_noop("WeChat takes no more answers until the customer writes again."),
    **dict.fromkeys([48001, 48002, 50001], _RIGHT),
    48004: gettext_noop("WeChat has taken this right away from the account."),
    50002: gettext_noop("WeChat has limited this account."),
}

WORDS = Words(
    refused=REFUSED,
    reasons=_REASONS,
    # 45011 counts by the minute; 45009 by the day.
    later={-1: None, 45009: None, 45011: 60.0},
    gone=frozenset({40003, 43004, 43019, 50005}),
)
