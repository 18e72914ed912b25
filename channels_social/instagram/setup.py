"""What an administrator enters for an Instagram account, and whether it works, for either product."""

from datetime import datetime

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from channels_social.instagram.products import LOGIN, LOGIN_BASE, PAGE, PAGE_BASE, Product, graph
from channels_social.meta import setup
from csplatform.gateway import steps, tokens
from csplatform.gateway.contract import AccountConfig, AccountField, FieldKind, Finding
from csplatform.gateway.steps import Failed, Step

# The fields of Instagram's webhooks that hold something for a desk; echoes come with "messages".
WANTED = frozenset(
    {"messages", "messaging_postbacks", "messaging_seen", "message_reactions", "messaging_referral", "comments"}
)

FIELDS = (
    AccountField(
        "address",
        _("Account id"),
        required=True,
        help=_("Meta's number for the professional account; it begins with 1784."),
    ),
    AccountField(
        "product",
        _("Connected by"),
        FieldKind.CHOICE,
        choices=((LOGIN, _("Instagram Login")), (PAGE, _("A Facebook page"))),
        default=LOGIN,
        help=_("By which of Meta's two ways the access token was made."),
    ),
    AccountField("page_id", _("Page id"), help=_("Of the linked Facebook page; only for that way.")),
    AccountField(
        "access_token",
        _("Access token"),
        FieldKind.SECRET,
        required=True,
        help=_("Long-lived; that of Instagram Login is renewed here every week, that of a page does not end."),
        group=_("Meta app"),
    ),
    setup.APP_SECRET,
    setup.VERIFY_TOKEN,
    setup.HUMAN_AGENT,
    setup.api_base(f"{LOGIN_BASE} · {PAGE_BASE}"),
    setup.TIMEOUT,
)


def check(account: AccountConfig) -> list[Finding]:
    """Return whether Meta takes the token, and whether it calls us. Never raises."""
    return steps.run(_by_login(account) if Product.of(account).is_login else _by_page(account))


def _by_login(account: AccountConfig) -> list[Step]:
    """Only a Facebook app may ask where its calls go: of Instagram's the secret is not tried out either."""
    return [
        (gettext("The access token and the account"), lambda: _account(account, "me", "user_id")),
        (gettext("The app secret"), lambda: _app_secret(account)),
        (gettext("The verify token"), lambda: setup.verify_token(account)),
        (gettext("What Meta tells us"), lambda: setup.subscribed(graph(account), "me", WANTED, "messages")),
        (gettext("How long the token holds"), lambda: _lifetime(account)),
    ]


def _by_page(account: AccountConfig) -> list[Step]:
    return [
        (gettext("The access token and the account"), lambda: _account(account, account.address, "id")),
        (gettext("The app secret"), lambda: setup.app_secret(account, graph(account), account.address)),
        (gettext("The verify token"), lambda: setup.verify_token(account)),
        (gettext("Meta calls us"), lambda: setup.calls_us(account, graph(account), "instagram")),
        (gettext("What Meta tells us"), lambda: _page_subscribed(account)),
    ]


def _account(account: AccountConfig, place: str, field: str) -> str:
    steps.want(account, "access_token", gettext("The access token is missing."))
    if not Product.of(account).speaker:
        raise Failed(gettext("The id of the linked Facebook page is missing."))
    said = graph(account).ask(place, fields=f"{field},username")
    name = said.optional_text("username")
    if said.identifier(field) != account.address:
        words = gettext("This token belongs to @%(name)s (%(id)s), not to this account.")
        raise Failed(words % {"name": name, "id": said.identifier(field)})
    return gettext("This is @%(name)s.") % {"name": name}


def _app_secret(account: AccountConfig) -> str:
    words = gettext("The app secret is missing, so every call of Meta is turned away.")
    steps.want(account, "app_secret", words)
    return gettext("It is there; the first call of Meta shows whether it is right.")


def _page_subscribed(account: AccountConfig) -> str:
    """The page must be subscribed to the app by some field; which of Instagram's are told is the app's own setting."""
    if not graph(account).ask(f"{Product.of(account).speaker}/subscribed_apps").children("data"):
        raise Failed(gettext("The linked page is not subscribed to the app. Connect it once more in the Meta app."))
    return ""


def _lifetime(account: AccountConfig) -> str:
    if not tokens.kept(account.credentials):
        return gettext("It is renewed for the first time after a day.")
    until = localtime(datetime.fromisoformat(account.credentials[tokens.EXPIRES_AT]))
    return gettext("Until %(date)s, and it is renewed every week.") % {"date": date_format(until, "SHORT_DATE_FORMAT")}
