"""What an administrator enters for a number, and whether it works: what the Graph API says of it."""

from urllib.parse import urlsplit

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from channels_social.signatures import hmac_sha256
from channels_social.whatsapp.client import API_BASE, GraphApi
from csplatform.gateway import steps
from csplatform.gateway.contract import AccountConfig, AccountField, FieldKind, Finding
from csplatform.gateway.errors import SendFailed, SendUnavailable
from csplatform.gateway.steps import Failed

# Graph API: invalid parameter; of a number that is only read, its id.
NO_SUCH_OBJECT = "100"
# Whose webhook address counts first.
_PLACES = ("phone_number", "whatsapp_business_account", "application")

FIELDS = (
    AccountField(
        "address",
        _("Phone number id"),
        required=True,
        help=_("Meta's number for the phone number, under WhatsApp, API setup; not the phone number itself."),
    ),
    AccountField(
        "access_token",
        _("Access token"),
        FieldKind.SECRET,
        required=True,
        help=_("Of a system user, so that it does not expire."),
        group=_("Meta app"),
    ),
    AccountField(
        "app_secret",
        _("App secret"),
        FieldKind.SECRET,
        required=True,
        help=_("Under App settings, Basic. Meta signs its calls with it."),
        group=_("Meta app"),
    ),
    AccountField(
        "verify_token",
        _("Verify token"),
        FieldKind.SECRET,
        required=True,
        help=_("Any word; enter the same at Meta, beside the webhook address."),
        group=_("Meta app"),
    ),
    AccountField("api_base", _("Address of the Graph API"), help=API_BASE, group=_("Connection"), rare=True),
    AccountField(
        "timeout",
        _("Patience in seconds"),
        FieldKind.NUMBER,
        help=_("How long WhatsApp may keep silent. Empty: 30."),
        group=_("Connection"),
        rare=True,
    ),
)


def check(account: AccountConfig) -> list[Finding]:
    """Return whether Meta takes the token and the app secret, and whether it calls us. Never raises."""
    trial = _Trial(account)
    return steps.run(
        [
            (gettext("The access token and the number"), trial.number),
            (gettext("The app secret"), trial.app_secret),
            (gettext("The verify token"), trial.verify_token),
            (gettext("WhatsApp calls us"), trial.webhook),
        ]
    )


class _Trial:
    def __init__(self, account: AccountConfig) -> None:
        self._account = account

    def number(self) -> str:
        steps.want(self._account, "access_token", gettext("The access token is missing."))
        try:
            said = GraphApi(self._account).number("display_phone_number", "verified_name")
        except SendFailed as failure:
            if failure.code != NO_SUCH_OBJECT:
                raise
            words = gettext("Meta knows no number with the id %(id)s, or this access token may not use it.")
            raise Failed(words % {"id": self._account.address}) from None
        facts = {"number": said.text("display_phone_number"), "name": said.optional_text("verified_name")}
        return gettext("This is %(number)s, “%(name)s”.") % facts

    def app_secret(self) -> str:
        """Have Meta compare the secret: a call that proves to know it is refused where it is another app's."""
        steps.want(
            self._account, "app_secret", gettext("The app secret is missing, so every call of Meta is turned away.")
        )
        token, secret = (self._account.credentials[name] for name in ("access_token", "app_secret"))
        try:
            GraphApi(self._account).number("id", appsecret_proof=hmac_sha256(secret, token.encode()))
        except SendUnavailable:
            raise
        except SendFailed:
            words = gettext("This is not the secret of the app that the access token belongs to.")
            raise Failed(words) from None
        return ""

    def verify_token(self) -> str:
        words = gettext("The verify token is missing, so Meta cannot be told our address.")
        steps.want(self._account, "verify_token", words)
        return ""

    def webhook(self) -> str:
        """Compare the addresses that Meta knows: the number's goes before the business's, and that before the app's.

        Source: developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/override.
        """
        said = GraphApi(self._account).number("webhook_configuration").optional_child("webhook_configuration")
        known = [said.optional_text(name) for name in _PLACES] if said else []
        url = next((url for url in known if url), "")
        if not url:
            raise Failed(gettext("Meta does not know where to call. Enter the webhook address in the Meta app."))
        if url != self._account.webhook:
            words = gettext("Meta calls another address, on %(host)s. Enter ours in the Meta app, or for this number.")
            raise Failed(words % {"host": urlsplit(url).hostname})
        return gettext("Meta calls the webhook address of this account.")
