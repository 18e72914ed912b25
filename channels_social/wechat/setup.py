"""What an administrator enters for an Official Account, and whether it works."""

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from channels_social.tencent import entries
from channels_social.wechat.client import API_BASE, quota_left
from csplatform.gateway import steps
from csplatform.gateway.contract import AccountConfig, AccountField, FieldKind, Finding

FIELDS = (
    AccountField("address", _("AppID"), required=True, help=_("Such as wx8888888888888888.")),
    AccountField(
        "app_secret",
        _("AppSecret"),
        FieldKind.SECRET,
        required=True,
        help=_("Under Settings and development, Basic configuration. Allow this server's IP address there, too."),
        group=_("Sending"),
    ),
    *entries.sealing(),
    *entries.connection(API_BASE),
)


def check(account: AccountConfig) -> list[Finding]:
    """Return whether WeChat takes the secret and lets the account answer customers. Never raises."""
    found = steps.run(
        [
            (gettext("The AppSecret and the right to answer"), lambda: _answering(account)),
            (gettext("The token and the EncodingAESKey"), lambda: entries.check_sealing(account)),
        ]
    )
    words = gettext("WeChat does not tell whom it calls. Write to the account, and see whether it comes in.")
    return [*found, Finding(gettext("WeChat calls us"), None, words)]


def _answering(account: AccountConfig) -> str:
    steps.want(account, "app_secret", gettext("The AppSecret is missing."))
    left = quota_left(account)
    return gettext("WeChat takes %(count)d more answers today.") % {"count": left}
