"""What an administrator enters for a customer service account of WeCom, and whether it works."""

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from channels_social.tencent import entries
from channels_social.wecom.client import API_BASE, account_of
from csplatform.gateway import steps
from csplatform.gateway.contract import AccountConfig, AccountField, FieldKind, Finding
from csplatform.gateway.steps import Failed

FIELDS = (
    AccountField(
        "address",
        _("Id of the customer service account"),
        required=True,
        help=_("Its open_kfid, such as wkAJ2GCAAASSm4_FhToWMFea0xAFfd3Q."),
    ),
    AccountField(
        "corp_id",
        _("Id of the corporation"),
        required=True,
        help=_("Under My company, such as ww1234567890abcdef."),
        group=_("Sending"),
    ),
    AccountField(
        "secret",
        _("Secret of the app"),
        FieldKind.SECRET,
        required=True,
        help=_("Of the self-built app that is allowed to use this customer service account."),
        group=_("Sending"),
    ),
    *entries.sealing(),
    *entries.connection(API_BASE),
)


def check(account: AccountConfig) -> list[Finding]:
    """Return whether WeCom takes the secret, and whether the app may serve the account's customers. Never raises."""
    found = steps.run(
        [
            (gettext("The secret and the customer service account"), lambda: _serving(account)),
            (gettext("The token and the EncodingAESKey"), lambda: entries.check_sealing(account)),
        ]
    )
    words = gettext("WeCom does not tell whom it calls. Write to the account, and see whether it comes in.")
    return [*found, Finding(gettext("WeCom calls us"), None, words)]


def _serving(account: AccountConfig) -> str:
    steps.want(account, "secret", gettext("The secret of the app is missing."))
    known = account_of(account)
    if known is None:
        raise Failed(gettext("WeCom knows no customer service account with this id, or the app may not use it."))
    name = known.optional_text("name")
    if known.values.get("manage_privilege") is False:
        words = gettext("The app may see “%(name)s” but not serve it. Choose the app for it in WeCom's administration.")
        raise Failed(words % {"name": name})
    return gettext("This is “%(name)s”.") % {"name": name}
