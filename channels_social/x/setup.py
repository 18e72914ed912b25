"""What an administrator enters for an account at X, and whether it works."""

from urllib.parse import urlsplit

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from channels_social.x.client import API_BASE, Api
from csplatform.gateway import steps
from csplatform.gateway.contract import AccountConfig, AccountField, FieldKind, Finding
from csplatform.gateway.steps import Failed
from csplatform.gateway.tokens import REFRESH_TOKEN

# Without the first nothing comes in; without the others something is missing.
NEEDED = "dm.received"
WANTED = ("dm.sent", "dm.read", "dm.indicate_typing", "chat.received")

FIELDS = (
    AccountField(
        "address",
        _("User id"),
        required=True,
        help=_("The account's number, not its @name; the test below shows it."),
    ),
    AccountField(
        "consumer_secret",
        _("Consumer secret"),
        FieldKind.SECRET,
        required=True,
        help=_("The app's API key secret, under Keys and tokens. X signs its calls with it."),
        group=_("App at X"),
    ),
    AccountField(
        "bearer_token",
        _("Bearer token of the app"),
        FieldKind.SECRET,
        help=_("Only for the test: with it, the test sees whether X calls us, and what it tells."),
        group=_("App at X"),
    ),
    AccountField("client_id", _("Client id"), FieldKind.LOGIN, help=_("Of OAuth 2.0."), group=_("Access")),
    AccountField(
        "client_secret",
        _("Client secret"),
        FieldKind.SECRET,
        help=_("Of OAuth 2.0; empty where the app is a public client."),
        group=_("Access"),
    ),
    AccountField(
        REFRESH_TOKEN,
        _("Refresh token"),
        FieldKind.SECRET,
        help=_("What X gave when the account logged in to the app. It is renewed by itself from then on."),
        group=_("Access"),
    ),
    AccountField(
        "access_token",
        _("Access token"),
        FieldKind.SECRET,
        help=_("Only for a trial, without a refresh token: it ends after two hours."),
        group=_("Connection"),
        rare=True,
    ),
    AccountField("api_base", _("Address of the API"), help=API_BASE, group=_("Connection"), rare=True),
    AccountField(
        "timeout",
        _("Patience in seconds"),
        FieldKind.NUMBER,
        help=_("How long X may keep silent. Empty: 30."),
        group=_("Connection"),
        rare=True,
    ),
)


def check(account: AccountConfig) -> list[Finding]:
    """Return whether X gives access to this account, calls us, and tells of direct messages. Never raises."""
    found = steps.run(
        [
            (gettext("The account"), lambda: _account(account)),
            (gettext("The consumer secret"), lambda: _secret(account)),
        ]
    )
    calls, tells = gettext("X calls us"), gettext("What X tells us")
    if all(finding.ok for finding in found) and account.credentials.get("bearer_token"):
        return [*found, *steps.run([(calls, lambda: _webhook(account)), (tells, lambda: _subscriptions(account))])]
    words = gettext("Enter the bearer token of the app, and this is tried, too.")
    return [*found, Finding(calls, None, words), Finding(tells, None, words)]


def _account(account: AccountConfig) -> str:
    said = Api(account).ask("GET", "2/users/me")
    if said.identifier("id") != account.address:
        words = gettext("This access belongs to the account with the number %(id)s: enter that.")
        raise Failed(words % {"id": said.identifier("id")})
    return gettext("This is @%(name)s.") % {"name": said.text("username")}


def _secret(account: AccountConfig) -> str:
    words = gettext("The consumer secret is missing, so every call of X is turned away.")
    steps.want(account, "consumer_secret", words)
    return ""


def _webhook(account: AccountConfig) -> str:
    known = Api(account, app_only=True).listed("2/webhooks")
    ours = [one for one in known if one.text("url") == account.webhook]
    if not ours and known:
        words = gettext("X calls another address, on %(host)s. Make a webhook with ours.")
        raise Failed(words % {"host": urlsplit(known[0].text("url")).hostname})
    if not ours:
        raise Failed(gettext("X does not know where to call. Make a webhook with the address of this account."))
    if ours[0].values.get("valid") is not True:
        raise Failed(gettext("X knows our address and does not call it, since a test failed. Have X test it again."))
    return gettext("X calls the webhook address of this account.")


def _subscriptions(account: AccountConfig) -> str:
    kept = Api(account, app_only=True).listed("2/activity/subscriptions")
    ours = [one for one in kept if one.child("filter").optional_text("user_id") == account.address]
    told = {one.optional_text("event_type") for one in ours}
    if NEEDED not in told:
        raise Failed(
            gettext("X keeps direct messages back. Subscribe to %(event)s for this account.") % {"event": NEEDED}
        )
    missing = [event for event in WANTED if event not in told]
    if missing:
        return gettext("Everything but %(missing)s.") % {"missing": ", ".join(missing)}
    return gettext("Everything this desk can show.")
