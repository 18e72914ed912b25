"""What an administrator enters for a Facebook page, and whether it works: what the Graph API says of it."""

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from channels_social.meta import setup
from channels_social.meta.errors import MESSAGING
from channels_social.meta.graph import Graph
from csplatform.gateway import steps
from csplatform.gateway.contract import AccountConfig, AccountField, FieldKind, Finding
from csplatform.gateway.steps import Failed

API_BASE = "https://graph.facebook.com/v25.0"
# The fields of a page's webhooks that hold something for a desk.
WANTED = frozenset(
    {
        "messages",
        "messaging_postbacks",
        "message_deliveries",
        "message_reads",
        "message_reactions",
        "message_edits",
        "message_echoes",
        "messaging_referrals",
        "feed",
        "mention",
    }
)

FIELDS = (
    AccountField(
        "address",
        _("Page id"),
        required=True,
        help=_("Meta's number for the Facebook page, under About, Page transparency."),
    ),
    AccountField(
        "access_token",
        _("Access token of the page"),
        FieldKind.SECRET,
        required=True,
        help=_("Under Messenger, Messenger API settings, Generate access tokens."),
        group=_("Meta app"),
    ),
    setup.APP_SECRET,
    setup.VERIFY_TOKEN,
    setup.HUMAN_AGENT,
    setup.api_base(API_BASE),
    setup.TIMEOUT,
)


def check(account: AccountConfig) -> list[Finding]:
    """Return whether Meta takes the token and the app secret, and whether it calls us. Never raises."""

    return steps.run(
        [
            (gettext("The access token and the page"), lambda: _page(account)),
            (gettext("The app secret"), lambda: setup.app_secret(account, _graph(account), "me")),
            (gettext("The verify token"), lambda: setup.verify_token(account)),
            (gettext("Meta calls us"), lambda: setup.calls_us(account, _graph(account), "page")),
            (
                gettext("What Meta tells us"),
                lambda: setup.subscribed(_graph(account), account.address, WANTED, "messages"),
            ),
        ]
    )


def _graph(account: AccountConfig) -> Graph:
    return Graph(account, API_BASE, MESSAGING)


def _page(account: AccountConfig) -> str:
    """A page's token speaks for that page alone: it is asked who it is."""
    steps.want(account, "access_token", gettext("The access token is missing."))
    said = _graph(account).ask("me", fields="id,name")
    name = said.optional_text("name")
    if said.identifier("id") != account.address:
        words = gettext("This token belongs to “%(name)s” (%(id)s), not to this page.")
        raise Failed(words % {"name": name, "id": said.identifier("id")})
    return gettext("This is the page “%(name)s”.") % {"name": name}
