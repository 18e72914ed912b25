"""What an administrator enters for a Weibo account, and whether it works."""

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from channels_social.weibo.client import token_info
from csplatform.gateway import steps
from csplatform.gateway.contract import AccountConfig, AccountField, FieldKind, Finding
from csplatform.gateway.errors import Unreadable
from csplatform.gateway.steps import Failed

FIELDS = (
    AccountField("address", _("User id"), required=True, help=_("The account's number at Weibo.")),
    AccountField(
        "access_token",
        _("Access token"),
        FieldKind.SECRET,
        required=True,
        help=_("From the service for fans, developer mode. It holds for about a year."),
    ),
    AccountField(
        "app_secret",
        _("App secret"),
        FieldKind.SECRET,
        required=True,
        help=_("Of the app that is chosen there. Weibo signs its calls with it."),
    ),
    AccountField(
        "api_base", _("Address of the API"), help=_("Empty: Weibo's own addresses."), group=_("Connection"), rare=True
    ),
    AccountField(
        "timeout",
        _("Patience in seconds"),
        FieldKind.NUMBER,
        help=_("How long the platform may keep silent. Empty: 30."),
        group=_("Connection"),
        rare=True,
    ),
)


def check(account: AccountConfig) -> list[Finding]:
    """Return whether the token is this account's, and how long it holds. Never raises."""
    found = steps.run(
        [
            (gettext("The access token"), lambda: _token(account)),
            (gettext("The app secret"), lambda: _secret(account)),
        ]
    )
    words = gettext("Weibo does not tell whom it calls. Write to the account, and see whether it comes in.")
    return [*found, Finding(gettext("Weibo calls us"), None, words)]


def _token(account: AccountConfig) -> str:
    steps.want(account, "access_token", gettext("The access token is missing."))
    said = token_info(account)
    try:
        owner, seconds = said.identifier("uid"), int(said.number("expire_in"))
    except Unreadable:
        raise Failed(gettext("The platform's answer makes no sense.")) from None
    if owner != account.address:
        raise Failed(gettext("This is the access token of the account %(id)s.") % {"id": owner})
    return gettext("It holds for %(days)d more days.") % {"days": seconds // 86_400}


def _secret(account: AccountConfig) -> str:
    steps.want(account, "app_secret", gettext("The app secret is missing, so every call of Weibo is turned away."))
    return ""
