"""What an administrator enters for a number, and whether it works: what the Graph API says of it."""

from urllib.parse import urlsplit

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from channels_social.meta import setup
from channels_social.whatsapp import client, templates
from channels_social.whatsapp.client import API_BASE
from csplatform.gateway import steps
from csplatform.gateway.contract import AccountConfig, AccountField, FieldKind, Finding
from csplatform.gateway.errors import SendFailed
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
    setup.APP_SECRET,
    setup.VERIFY_TOKEN,
    AccountField(
        "business_account",
        _("WhatsApp Business Account id"),
        help=_("Under API setup, beside the phone number id. Only for templates, which may be sent after 24 hours."),
        group=_("Meta app"),
    ),
    setup.api_base(API_BASE),
    setup.TIMEOUT,
)


def check(account: AccountConfig) -> list[Finding]:
    """Return whether Meta takes the token and the app secret, and whether it calls us. Never raises."""
    trials = [
        (gettext("The access token and the number"), lambda: _number(account)),
        (gettext("The app secret"), lambda: setup.app_secret(account, client.graph(account), account.address)),
        (gettext("The verify token"), lambda: setup.verify_token(account)),
        (gettext("WhatsApp calls us"), lambda: _webhook(account)),
    ]
    if account.settings.get("business_account"):
        trials.append((gettext("Templates"), lambda: _templates(account)))
    return steps.run(trials)


def _number(account: AccountConfig) -> str:
    steps.want(account, "access_token", gettext("The access token is missing."))
    try:
        said = client.number(account, "display_phone_number", "verified_name")
    except SendFailed as failure:
        if failure.code != NO_SUCH_OBJECT:
            raise
        words = gettext("Meta knows no number with the id %(id)s, or this access token may not use it.")
        raise Failed(words % {"id": account.address}) from None
    facts = {"number": said.text("display_phone_number"), "name": said.optional_text("verified_name")}
    return gettext("This is %(number)s, “%(name)s”.") % facts


def _webhook(account: AccountConfig) -> str:
    """Compare the addresses that Meta knows: the number's goes before the business's, and that before the app's.

    Source: developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/override.
    """
    said = client.number(account, "webhook_configuration").optional_child("webhook_configuration")
    known = [said.optional_text(name) for name in _PLACES] if said else []
    url = next((url for url in known if url), "")
    if not url:
        raise Failed(gettext("Meta does not know where to call. Enter the webhook address in the Meta app."))
    if url != account.webhook:
        words = gettext("Meta calls another address, on %(host)s. Enter ours in the Meta app, or for this number.")
        raise Failed(words % {"host": urlsplit(url).hostname})
    return gettext("Meta calls the webhook address of this account.")


def _templates(account: AccountConfig) -> str:
    return gettext("%(count)d templates can be sent from here.") % {"count": len(templates.ask(account))}
