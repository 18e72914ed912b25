"""What an administrator enters for a TikTok Business Account, and whether it works."""

from urllib.parse import urlsplit

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from channels_social.tiktok.client import API_BASE, Api, called_address
from csplatform.gateway import steps
from csplatform.gateway.contract import AccountConfig, AccountField, FieldKind, Finding
from csplatform.gateway.steps import Failed
from csplatform.gateway.tokens import REFRESH_TOKEN

FIELDS = (
    AccountField(
        "address",
        _("Business id"),
        required=True,
        help=_("The open_id that TikTok gave when the account logged in to the app."),
    ),
    AccountField(
        "app_id",
        _("App id"),
        FieldKind.LOGIN,
        required=True,
        help=_("In TikTok for Business Developers, under My apps."),
    ),
    AccountField(
        "app_secret",
        _("App secret"),
        FieldKind.SECRET,
        required=True,
        help=_("Beside the app id. TikTok signs its calls with it."),
    ),
    AccountField(
        REFRESH_TOKEN,
        _("Refresh token"),
        FieldKind.SECRET,
        help=_("What TikTok gave when the account logged in to the app. It is renewed by itself from then on."),
    ),
    AccountField(
        "access_token",
        _("Access token"),
        FieldKind.SECRET,
        help=_("Only for a trial, without a refresh token: it ends after a day."),
        group=_("Connection"),
        rare=True,
    ),
    AccountField("api_base", _("Address of the Business API"), help=API_BASE, group=_("Connection"), rare=True),
    AccountField(
        "timeout",
        _("Patience in seconds"),
        FieldKind.NUMBER,
        help=_("How long TikTok may keep silent. Empty: 30."),
        group=_("Connection"),
        rare=True,
    ),
)


def check(account: AccountConfig) -> list[Finding]:
    """Return whether TikTok gives access to the account, and calls us. Never raises."""
    return steps.run(
        [
            (gettext("The account"), lambda: _account(account)),
            (gettext("The app secret"), lambda: _secret(account)),
            (gettext("TikTok calls us"), lambda: _webhook(account)),
        ]
    )


def _account(account: AccountConfig) -> str:
    said = Api(account).account()
    facts = {"name": said.optional_text("display_name"), "id": said.text("username")}
    return gettext("This is “%(name)s”, @%(id)s.") % facts


def _secret(account: AccountConfig) -> str:
    words = gettext("The app secret is missing, so every call of TikTok is turned away.")
    steps.want(account, "app_secret", words)
    return ""


def _webhook(account: AccountConfig) -> str:
    url = called_address(account)
    if not url:
        raise Failed(gettext("TikTok does not know where to call. Give it the webhook address of this account."))
    if url != account.webhook:
        words = gettext("TikTok calls another address, on %(host)s. Give it ours.")
        raise Failed(words % {"host": urlsplit(url).hostname})
    return gettext("TikTok calls the webhook address of this account.")
