"""What an administrator enters for every Meta product, and the steps of its live test that they share."""

from urllib.parse import urlsplit

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from channels_social.meta.graph import Graph
from channels_social.signatures import hmac_sha256
from csplatform.gateway import steps
from csplatform.gateway.contract import AccountConfig, AccountField, FieldKind
from csplatform.gateway.errors import SendFailed, SendUnavailable
from csplatform.gateway.steps import Failed

APP_SECRET = AccountField(
    "app_secret",
    _("App secret"),
    FieldKind.SECRET,
    required=True,
    help=_("Under App settings, Basic. Meta signs its calls with it."),
    group=_("Meta app"),
)
VERIFY_TOKEN = AccountField(
    "verify_token",
    _("Verify token"),
    FieldKind.SECRET,
    required=True,
    help=_("Any word; enter the same at Meta, beside the webhook address."),
    group=_("Meta app"),
)
HUMAN_AGENT = AccountField(
    "human_agent",
    _("“Human Agent” is approved"),
    FieldKind.SWITCH,
    help=_("Whether Meta has given the app this permission: only then agents may answer after 24 hours, for 7 days."),
    group=_("Meta app"),
)
TIMEOUT = AccountField(
    "timeout",
    _("Patience in seconds"),
    FieldKind.NUMBER,
    help=_("How long Meta may keep silent. Empty: 30."),
    group=_("Connection"),
    rare=True,
)


def api_base(default: str) -> AccountField:
    """Return the field for another address of the Graph API."""
    return AccountField("api_base", _("Address of the Graph API"), help=default, group=_("Connection"), rare=True)


def app_secret(account: AccountConfig, graph: Graph, place: str) -> str:
    """Have Meta compare the secret: a call that proves to know it is refused where it is another app's."""
    steps.want(account, "app_secret", gettext("The app secret is missing, so every call of Meta is turned away."))
    token, secret = (account.credentials[name] for name in ("access_token", "app_secret"))
    try:
        graph.ask(place, fields="id", appsecret_proof=hmac_sha256(secret, token.encode()))
    except SendUnavailable:
        raise
    except SendFailed:
        raise Failed(gettext("This is not the secret of the app that the access token belongs to.")) from None
    return ""


def verify_token(account: AccountConfig) -> str:
    """Want a word for Meta's test of our address."""
    steps.want(account, "verify_token", gettext("The verify token is missing, so Meta cannot be told our address."))
    return ""


def calls_us(account: AccountConfig, graph: Graph, product: str) -> str:
    """Compare the address that the app calls about its `product` ("page", "instagram") with ours.

    Only the app itself may ask that, with a token made of its id and its secret.
    Source: developers.facebook.com/docs/graph-api/reference/app/subscriptions.
    """
    app = graph.ask("app", fields="id").identifier("id")
    token = f"{app}|{account.credentials['app_secret']}"
    known = graph.acting_as(token).ask(f"{app}/subscriptions").children("data")
    url = next((found.optional_text("callback_url") for found in known if found.text("object") == product), "")
    if not url:
        raise Failed(gettext("Meta does not know where to call. Enter the webhook address in the Meta app."))
    if url != account.webhook:
        words = gettext("Meta calls another address, on %(host)s. Enter ours in the Meta app.")
        raise Failed(words % {"host": urlsplit(url).hostname})
    return gettext("Meta calls the webhook address of this account.")


def subscribed(graph: Graph, place: str, wanted: frozenset[str], needed: str) -> str:
    """Compare the kinds of event that the account tells the app of with those that a desk can show."""
    told: set[object] = set()
    for app in graph.ask(f"{place}/subscribed_apps").children("data"):
        fields = app.values.get("subscribed_fields")
        told |= set(fields) if isinstance(fields, list) else set()
    if needed not in told:
        words = gettext("The account keeps its messages from the app. Subscribe the app to “%(field)s”.")
        raise Failed(words % {"field": needed})
    missing = sorted(wanted - told)
    if missing:
        return gettext("Everything but %(missing)s.") % {"missing": ", ".join(missing)}
    return gettext("Everything this desk can show.")
