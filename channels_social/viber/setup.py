"""What an administrator enters for a Viber bot, and whether it works: get_account_info."""

from urllib.parse import urlsplit

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from channels_social.reading import Node
from channels_social.viber.client import API_BASE, BotApi
from csplatform.gateway import steps
from csplatform.gateway.contract import AccountConfig, AccountField, FieldKind, Finding
from csplatform.gateway.steps import Failed

# Characters that a sender's name may have.
MAX_NAME = 28
# What set_webhook must ask for; messages and unsubscribing come in any case.
EVENTS = ("delivered", "seen", "failed", "subscribed")

FIELDS = (
    AccountField("address", _("URI of the bot"), required=True, help=_("As in viber://pa?chatURI=…")),
    AccountField(
        "auth_token",
        _("Token"),
        FieldKind.SECRET,
        required=True,
        help=_("Of the bot, in the Viber Admin Panel. Viber signs its calls with it, too."),
        group=_("Bot"),
    ),
    AccountField(
        "sender_name",
        _("Name that customers see"),
        help=_("At most 28 characters. Empty: the name of this account."),
        group=_("Bot"),
    ),
    AccountField("api_base", _("Address of the bot API"), help=API_BASE, group=_("Connection"), rare=True),
    AccountField(
        "timeout",
        _("Patience in seconds"),
        FieldKind.NUMBER,
        help=_("How long Viber may keep silent. Empty: 30."),
        group=_("Connection"),
        rare=True,
    ),
)


def check(account: AccountConfig) -> list[Finding]:
    """Return whether Viber takes the token, and whether it calls us. Never raises."""
    trial = _Trial(account)
    return steps.run(
        [
            (gettext("The token"), trial.token),
            (gettext("Viber calls us"), trial.webhook),
            (gettext("What Viber tells us"), trial.events),
        ]
    )


class _Trial:
    def __init__(self, account: AccountConfig) -> None:
        self._account = account
        self._bot = Node({}, "answer")

    def token(self) -> str:
        steps.want(self._account, "auth_token", gettext("The token is missing."))
        self._bot = BotApi(self._account).ask("get_account_info")
        return gettext("This is the bot “%(name)s”.") % {"name": self._bot.text("name")}

    def webhook(self) -> str:
        url = self._bot.optional_text("webhook")
        if not url:
            raise Failed(gettext("Viber does not know where to call. Tell it the webhook address by set_webhook."))
        if url != self._account.webhook:
            words = gettext("Viber calls another address, on %(host)s. Tell it ours by set_webhook.")
            raise Failed(words % {"host": urlsplit(url).hostname})
        return gettext("Viber calls the webhook address of this account.")

    def events(self) -> str:
        told = self._bot.values.get("event_types")
        missing = [event for event in EVENTS if isinstance(told, list) and event not in told]
        if missing:
            return gettext("Everything but %(missing)s.") % {"missing": ", ".join(missing)}
        return gettext("Everything this desk can show.")
